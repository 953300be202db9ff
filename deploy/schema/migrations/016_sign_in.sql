-- How people come in: events that admit on the spot.

-- A time in which doctors register with one event code that a room can read.
create table spot_windows (
    id            text primary key,
    program_id    text not null references programs,
    title         text not null,
    code_hash     bytea not null unique, -- SHA-256 of the normalised event code
    admission     text not null check (admission in ('domain', 'number', 'approval')),
    domains       text[] not null default '{}',
    moderator_ids text[] not null default '{}',
    cap           integer not null check (cap > 0),
    opens_at      timestamptz not null,
    closes_at     timestamptz not null,
    version       integer not null default 1,
    created_by    text not null default '',
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now()
);
create index spot_windows_program on spot_windows (program_id, id);
create index spot_windows_moderators on spot_windows using gin (moderator_ids);

-- The personal codes that an event mints, and codes for one e-mail domain.
alter table invitations
    add column window_id text references spot_windows,
    add column domain    text; -- bound to addresses of this domain when set
create unique index invitations_spot on invitations (window_id, email) where window_id is not null;

-- Registration numbers that an event admits, as an HMAC under the server's
-- pepper. Removed some time after the window has closed.
create table spot_numbers (
    window_id     text not null references spot_windows on delete cascade,
    number_mac    bytea not null,
    invitation_id text references invitations, -- whose place it gave
    primary key (window_id, number_mac)
);

-- Who waits for a moderator. What she told is cleared when it is not needed any more.
create table spot_requests (
    id            text primary key,
    window_id     text not null references spot_windows on delete cascade,
    email         text not null,
    registration  jsonb,
    state         text not null default 'waiting' check (state in ('waiting', 'approved', 'refused')),
    reason        text not null default '',
    invitation_id text references invitations,
    created_at    timestamptz not null default now(),
    decided_at    timestamptz,
    decided_by    text not null default '',
    unique (window_id, email)
);
create index spot_requests_queue on spot_requests (window_id, state, id);
create index spot_requests_email on spot_requests (email) where state = 'approved';

-- One-time codes are entered where they were asked for: in the same browser, or
-- from the same network by whoever keeps no cookies. Both empty: a code that
-- support issued, to be entered anywhere.
alter table one_time_codes
    add column browser bytea, -- SHA-256 of the browser's random name
    add column network text not null default '';
create index one_time_codes_network on one_time_codes (network, created_at) where used_at is null;

-- Wrong codes by network and minute, counted for all processes.
create table address_failures (
    network  text not null,
    minute   timestamptz not null,
    failures integer not null,
    primary key (network, minute)
);
create index address_failures_minute on address_failures (minute);

-- Login sessions that their owner sees and ends. Earlier ones do not tell whose
-- they are: whoever is signed in now signs in once more.
delete from sessions;
alter table sessions
    add column account_id   text not null,
    add column login_id     text not null,
    add column device       text not null default '', -- User-Agent
    add column remembered   boolean not null default false,
    add column created_at   timestamptz not null default now(),
    add column last_used_at timestamptz not null default now(); -- to some minutes
create index sessions_account on sessions (account_id, login_id);

-- Passkeys of staff: the public halves.
create table passkeys (
    id            text primary key,
    account_id    text not null references accounts on delete cascade,
    credential_id bytea not null unique,
    name          text not null,
    data          bytea not null, -- as go-webauthn writes it, with the count of uses
    created_at    timestamptz not null default now(),
    last_used_at  timestamptz
);
create index passkeys_account on passkeys (account_id, id);

-- Challenges of passkeys and single sign-on that were answered: none is twice.
create table answered_challenges (
    challenge   bytea primary key,
    answered_at timestamptz not null default now()
);
create index answered_challenges_at on answered_challenges (answered_at);
