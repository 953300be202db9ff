-- What completion is judged by beside what was watched: how a rule rounds,
-- what counts for nobody, and what an administrator waives.

alter table program_rules
    add column rounding   text not null default 'none' check (rounding in ('none', 'floor', 'nearest')),
    add column created_by text not null default '',  -- account or token; empty: unknown
    add column note       text not null default '';  -- why it was set

-- Stretches of a recording that are neither had nor needed, such as the opening
-- and the questions. Versioned like rules; the newest of a recording is in force.
create table excluded_ranges (
    recording_id text not null references recordings on delete cascade,
    version      integer not null,
    pieces       jsonb not null,            -- [{"from_ms", "to_ms", "label"}, …], in order, disjoint
    reason       text not null default '',
    created_by   text not null default '',
    created_at   timestamptz not null default now(),
    primary key (recording_id, version)
);

-- Under which exclusions a completion was reached; 0: none.
alter table completions add column exclusions_version integer not null default 0;

-- A webinar that a doctor need not complete. A revoked one stays as a record.
create table waivers (
    id            text primary key,
    enrolment_id  text not null references enrolments,
    webinar_id    text not null references webinars,
    reason        text not null check (reason <> ''),
    created_by    text not null,
    created_at    timestamptz not null default now(),
    revoked_at    timestamptz,
    revoked_by    text not null default '',
    revoke_reason text not null default ''
);
create unique index waivers_standing on waivers (enrolment_id, webinar_id) where revoked_at is null;
create index waivers_webinar on waivers (webinar_id, id);

-- Why seconds were refused: what is in neither was beyond the clock.
alter table playback_sessions
    add column refused_late_ms bigint not null default 0, -- for time after the session had ended
    add column refused_fast_ms bigint not null default 0; -- played faster than the rule allows
