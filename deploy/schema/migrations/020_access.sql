-- Who is let in: tries that are under way, and sign-in on a shared computer.

-- A try of a secret is counted before it is known to be wrong, so that a hundred
-- at once are a hundred; whoever was right is taken off again. What a process
-- leaves that dies in between goes with its minute.
alter table address_failures
    alter column failures set default 0,
    add column trying integer not null default 0;

-- A sign-in that a phone hands to a computer. The computer knows secret, the
-- phone learns id from the picture; the number is on the computer's screen, and
-- the phone has to find it among others.
create table handovers (
    id          text primary key,
    secret_hash bytea not null,          -- SHA-256 of what the computer's browser keeps
    number      integer not null,
    numbers     integer[] not null,      -- what the phone shows
    network     text not null default '',-- of the computer
    device      text not null default '',-- its User-Agent
    state       text not null default 'waiting' check (state in ('waiting', 'confirmed', 'refused', 'used')),
    account_id  text references accounts on delete cascade, -- who has decided
    created_at  timestamptz not null default now(),
    expires_at  timestamptz not null
);
create index handovers_network on handovers (network, created_at);
create index handovers_expires on handovers (expires_at);
create index handovers_account on handovers (account_id);

-- Sessions on computers that others use next.
alter table sessions add column shared boolean not null default false;
