-- Playing and credit. Ranges are whole milliseconds on the recording's
-- timeline, half-open, so that the union is exact.

create table playback_sessions (
    id             text primary key,
    enrolment_id   text not null references enrolments,
    account_id     text not null,
    webinar_id     text not null references webinars,
    recording_id   text not null references recordings,
    login_id       text not null default '',
    device         text not null default '',  -- in words: "Chrome on Windows"
    started_at     timestamptz not null default now(),
    last_beat_at   timestamptz,
    last_seq       bigint not null default 0,
    accepted_ms    bigint not null default 0, -- media time credited to this session
    refused_ms     bigint not null default 0, -- claimed beyond what the clock allows
    ended_at       timestamptz,
    end_reason     text not null default ''   -- "taken_over", "withdrawn", "expired"
) with (fillfactor = 70);
create index playback_sessions_account on playback_sessions (account_id, started_at desc);

-- The truth: what was watched, per playback session or import batch.
create table coverage (
    origin_id    text not null,               -- playback session or attendance import
    enrolment_id text not null references enrolments,
    webinar_id   text not null references webinars,
    recording_id text not null references recordings,
    source       text not null check (source in ('live', 'replay')),
    ranges       int4multirange not null default '{}',
    primary key (origin_id, enrolment_id, webinar_id)
) with (fillfactor = 70);
create index coverage_enrolment on coverage (enrolment_id, webinar_id);

-- Derived from coverage and rebuildable: the union per source.
create table coverage_union (
    enrolment_id text not null references enrolments,
    webinar_id   text not null references webinars,
    source       text not null check (source in ('live', 'replay')),
    ranges       int4multirange not null default '{}',
    primary key (enrolment_id, webinar_id, source)
) with (fillfactor = 70);

create table resume_positions (
    enrolment_id text not null references enrolments,
    webinar_id   text not null references webinars,
    position_ms  bigint not null,
    session_id   text not null default '',
    device       text not null default '',
    updated_at   timestamptz not null default now(),
    primary key (enrolment_id, webinar_id)
) with (fillfactor = 70);

-- When each enrolment first met all requirements of a webinar, under which rule.
create table completions (
    enrolment_id text not null references enrolments,
    webinar_id   text not null references webinars,
    rule_version integer not null,
    recording_id text not null,
    completed_at timestamptz not null default now(),
    primary key (enrolment_id, webinar_id)
);
