-- Outgoing messages. The content is sealed: it can hold one-time codes. A
-- River job carries only the id.
create table messages (
    id             text primary key,
    channel        text not null default 'email',
    recipient      text not null,
    kind           text not null,            -- template, e.g. "sign_in_code"
    sealed_content bytea,                    -- cleared once sent
    idempotency    text unique,              -- the same message is never queued twice
    created_at     timestamptz not null default now(),
    sent_at        timestamptz,
    last_error     text not null default ''
);
