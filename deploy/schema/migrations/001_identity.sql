-- Who is asking: accounts, how they come in, and what they did.

create table accounts (
    id               text primary key,
    email            text not null,             -- lower case
    name             text not null,
    roles            text[] not null default '{doctor}',
    country          text not null default '',  -- ISO 3166-1 alpha-2
    time_zone        text not null default 'UTC', -- IANA name
    speciality       text not null default '',
    locale           text not null default 'en', -- BCP 47
    phone            text not null default '',
    certificate_name text not null default '',
    council          text not null default '',
    council_number   text not null default '',
    version          integer not null default 1,
    created_at       timestamptz not null default now(),
    updated_at       timestamptz not null default now(),
    disabled_at      timestamptz
);
create unique index accounts_email on accounts (email);

create table consents (
    account_id   text not null references accounts on delete cascade,
    purpose      text not null,
    text_version text not null,
    granted      boolean not null,
    at           timestamptz not null default now()
);
create index consents_account on consents (account_id);

-- One-time codes. The code itself is kept as an HMAC under the server's pepper.
create table one_time_codes (
    id            text primary key,
    email         text not null,
    account_id    text references accounts on delete cascade, -- null: a registration
    invitation_id text,                                       -- of a registration
    registration  jsonb,                                      -- what the registering doctor told
    code_mac      bytea not null,
    tries         integer not null default 0,
    expires_at    timestamptz not null,
    used_at       timestamptz,
    created_at    timestamptz not null default now()
);
create index one_time_codes_email on one_time_codes (email, created_at desc);

-- Login sessions, in the shape that scs/pgxstore reads and writes.
create table sessions (
    token  text primary key,
    data   bytea not null,
    expiry timestamptz not null
);
create index sessions_expiry on sessions (expiry);

create table api_tokens (
    id           text primary key,
    name         text not null,
    token_hash   bytea not null unique, -- SHA-256 of 256 random bits
    roles        text[] not null,
    created_by   text not null default '',
    created_at   timestamptz not null default now(),
    expires_at   timestamptz,
    last_used_at timestamptz,
    revoked_at   timestamptz
);

create table audit_log (
    id          bigint generated always as identity primary key,
    at          timestamptz not null default now(),
    actor       text not null, -- account id, token id, or "system"
    action      text not null, -- e.g. "webinar.update"
    object_type text not null,
    object_id   text not null,
    detail      jsonb not null default '{}'
);
create index audit_log_object on audit_log (object_type, object_id, id);

-- Answers to POSTs that carried an Idempotency-Key, kept for a day.
create table idempotency_keys (
    actor        text not null,
    key          text not null,
    route        text not null,
    request_hash bytea not null,
    status       integer not null default 0, -- 0: still being worked on
    header       jsonb not null default '{}',
    body         bytea,
    created_at   timestamptz not null default now(),
    primary key (actor, key)
);
create index idempotency_keys_created on idempotency_keys (created_at);
