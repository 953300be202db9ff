-- Outgoing messages. The content is sealed: it can hold one-time codes. A
-- River job carries only the id, and only hints that the row wants sending.
create table messages (
    id              text primary key,
    channel         text not null default 'email',
    recipient       text not null,
    kind            text not null,            -- template, e.g. "sign_in_code"
    sealed_content  bytea,                    -- cleared once sent or given up
    idempotency     text unique,              -- the same message is never queued twice
    attempts        integer not null default 0,
    next_attempt_at timestamptz not null default now() + interval '15 seconds', -- when the sweeper hints again
    created_at      timestamptz not null default now(),
    sent_at         timestamptz,
    given_up_at     timestamptz,
    last_error      text not null default ''
);
create index messages_unsent on messages (next_attempt_at) where sent_at is null and given_up_at is null;
