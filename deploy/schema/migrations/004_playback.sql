-- Playing and credit. Ranges are whole milliseconds on the recording's
-- timeline, half-open, so that the union is exact.

-- One doctor playing one webinar on one device, and its clock: what the time
-- between started_at and ended_at is worth. No column that a beat changes is
-- indexed, so that beats are heap-only updates.
create table playback_sessions (
    id             text primary key,
    enrolment_id   text not null references enrolments,
    account_id     text not null references accounts,
    webinar_id     text not null references webinars,
    recording_id   text not null references recordings,
    login_id       text not null default '',
    device         text not null default '',  -- in words: "Chrome on Windows"
    access_hash    bytea,                     -- SHA-256 of the token of query delivery; null: cookies
    started_at     timestamptz not null,
    ended_at       timestamptz,
    end_reason     text not null default ''   -- "taken_over"
                   check (end_reason in ('', 'taken_over')),
    last_beat_at   timestamptz,
    speed          integer not null default 100, -- percent: the fastest it has told to play
    speed_limit    integer not null,             -- percent: of the rule when it was opened
    carry_ms       bigint not null default 0,    -- credited by earlier sessions ahead of their clock
    spent_ms       bigint not null default 0,    -- media time charged to this session
    seqs           int8multirange not null default '{}', -- sequence numbers that were counted
    accepted_ms    bigint not null default 0,
    refused_ms     bigint not null default 0     -- claimed beyond what the clock allows
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
create index playback_sessions_account on playback_sessions (account_id, started_at desc);
-- A doctor plays on one device at a time.
create unique index playback_sessions_playing on playback_sessions (account_id) where ended_at is null;

-- The truth: what was watched, per playback session or import batch.
create table coverage (
    origin_id    text not null,               -- playback session or attendance import
    enrolment_id text not null references enrolments,
    webinar_id   text not null references webinars,
    recording_id text not null references recordings,
    source       text not null check (source in ('live', 'replay')),
    ranges       int4multirange not null default '{}',
    primary key (origin_id, enrolment_id, webinar_id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
create index coverage_enrolment on coverage (enrolment_id, webinar_id);

-- Derived from coverage and rebuildable: the union per source. Every recording
-- has a timeline of its own, so a replacement starts with rows of its own.
create table coverage_union (
    enrolment_id text not null references enrolments,
    webinar_id   text not null references webinars,
    recording_id text not null references recordings,
    source       text not null check (source in ('live', 'replay')),
    ranges       int4multirange not null default '{}',
    primary key (enrolment_id, webinar_id, recording_id, source)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

create table resume_positions (
    enrolment_id text not null references enrolments,
    webinar_id   text not null references webinars,
    recording_id text not null references recordings,
    position_ms  bigint not null,
    session_id   text not null default '',
    device       text not null default '',
    updated_at   timestamptz not null default now(),
    primary key (enrolment_id, webinar_id, recording_id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

-- When each enrolment first met all requirements of a webinar, under which rule.
create table completions (
    enrolment_id text not null references enrolments,
    webinar_id   text not null references webinars,
    rule_version integer not null,
    recording_id text not null,
    completed_at timestamptz not null default now(),
    primary key (enrolment_id, webinar_id)
);
