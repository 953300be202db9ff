-- What credit hangs on, as one chain of hashes an enrolment; and how well play went.

-- Where each enrolment's chain ends. The row is locked while a record is added.
create table evidence_chains (
    enrolment_id text primary key references enrolments,
    program_id   text not null references programs,
    number       integer not null default 0, -- of the last record
    hash         bytea not null,             -- of the last record; 32 zero bytes before the first
    headed       integer not null default 0  -- the last record that a daily head vouches for
) with (fillfactor = 70);
create index evidence_chains_program on evidence_chains (program_id, enrolment_id);
create index evidence_chains_due on evidence_chains (enrolment_id) where number > headed;

create table evidence (
    enrolment_id text not null references evidence_chains,
    number       integer not null check (number > 0),
    recorded_at  timestamptz not null,
    record       text not null,  -- exactly the bytes that were hashed
    hash         bytea not null, -- SHA-256 over the hash before and the record
    primary key (enrolment_id, number)
);

-- Keeps mistakes away, not the owner of the database: the daily heads do that.
create function evidence_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'evidence is append-only';
end $$;
create trigger evidence_append_only before update or delete or truncate on evidence
    for each statement execute function evidence_is_append_only();

-- The daily heads that were written to the second place, in order.
create table evidence_heads (
    day        date primary key,
    hash       bytea not null, -- SHA-256 of the stored object
    written_at timestamptz not null default now()
);

-- What players noticed, as they told it: one partition a day, made by who
-- writes, dropped by upkeep. No index: nobody looks for single events, and
-- telling them must cost nothing.
create table qoe_events (
    received_at timestamptz not null,
    session_id  text not null,
    n           integer not null, -- counted by the player, so that one told twice counts once
    kind        text not null,
    at_ms       bigint not null,  -- since the session was opened
    detail      jsonb not null
) partition by range (received_at);

-- What the events of one playback session come to. webinar, country, device and
-- network are copied, so that figures need one index.
create table qoe_views (
    session_id text primary key,
    webinar_id text not null,
    at         timestamptz not null,        -- of the first event
    country    text not null default '',
    device     text not null default '',    -- "phone", "tablet", "computer", …
    browser    text not null default '',
    network    text not null default '',    -- "4g", "wifi", …
    seen       int4multirange not null,     -- numbers of the events that were counted
    figures    jsonb not null,              -- rounds/playback/qoe.View
    startup_ms bigint,                      -- null: never started
    stalled_ms bigint not null default 0,
    exited     boolean not null default false, -- before it started
    failed     boolean not null default false
) with (fillfactor = 80);
create index qoe_views_webinar on qoe_views (webinar_id, at);
