-- A private address under which a doctor's calendar program finds her live
-- sessions. Calendar programs cannot sign in, so the address itself is the
-- secret: only its hash is kept, and a new one ends the old one.
create table calendar_feeds (
    account_id text primary key references accounts,
    token_hash bytea not null unique,
    created_at timestamptz not null default now()
);
