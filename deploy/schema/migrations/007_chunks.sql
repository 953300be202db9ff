-- Encoding in pieces (chunks). A recording that is being processed has one
-- layout and a chunk for each piece; both go when it is ready or has failed.
-- These rows are the truth about who encodes what; jobs in the queue are hints.

create table layouts (
    recording_id text primary key references recordings on delete cascade,
    fingerprint  text not null,             -- of plan and division; another one makes what was encoded useless
    plan         jsonb not null,            -- the transcoder's own
    owner        text not null,             -- whoever uploaded it: owners take turns
    length       interval not null,         -- of the recording: shorter ones go first
    source_bytes bigint not null,
    laid_out_at  timestamptz not null default now()
);

create table chunks (
    recording_id     text not null references layouts on delete cascade,
    number           integer not null check (number >= -1), -- from 0; -1 is the sound of the whole recording
    state            text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed')),
    length           interval not null,           -- of media
    fence            bigint not null default 0,   -- grows with each claim
    attempts         integer not null default 0,  -- a claim that was handed back does not count
    token            text not null default '',    -- path element that the newest claim writes its parts under
    worker           text not null default '',    -- that has or had it
    lease_expires_at timestamptz,
    not_before       timestamptz,                 -- for the worker that failed at it; others may try at once
    done             interval not null default '0',
    speed            double precision not null default 0, -- media seconds a second
    parts            jsonb not null default '[]', -- files that were made
    complaints       integer not null default 0,  -- of the decoder
    decoded          integer not null default 0,  -- pictures that came out of it
    heard            jsonb,                       -- what the sound's encoder measured
    last_error       text not null default '',
    primary key (recording_id, number)
);
create index chunks_open on chunks (state) where state in ('waiting', 'running');
