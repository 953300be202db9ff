-- What doctors ask who presents a webinar, and what they are answered.
create table questions (
    id           text primary key,
    at           timestamptz not null default now(),
    account_id   text not null references accounts,
    webinar_id   text not null references webinars,
    recording_id text not null references recordings, -- that was shown then
    position_ms  integer,                             -- on its timeline; null: of no particular place
    text         text not null,
    answer       text not null default '',
    shared       boolean not null default false,      -- all who watch the webinar see it with its answer, without who asked
    answered_at  timestamptz,                         -- of the first answer; null: none yet
    answered_by  text not null default '',            -- account or token, of the newest
    dismissed_at timestamptz,                         -- null: it is not put aside
    dismissed_by text not null default '',
    check (answered_at is null or dismissed_at is null)
);
create index questions_webinar on questions (webinar_id, id);
create index questions_account on questions (account_id, at);
