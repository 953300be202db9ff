-- What people add to a recording beside its picture and sound.

-- Captions: the truth. The object below the recording's media prefix is a copy
-- that follows: it is of stored_version and lies below stored_token.
create table captions (
    recording_id   text not null references recordings on delete cascade,
    lang           text not null,                 -- BCP 47, as in the object's name
    webvtt         text not null,                 -- checked and written by us
    cues           integer not null,
    ends_ms        bigint not null,               -- of the caption that goes last
    version        integer not null default 1,    -- grows with each upload
    stored_version integer not null default 0,
    stored_token   text not null default '',
    deleted_at     timestamptz,                   -- the row goes when the copy has gone
    updated_at     timestamptz not null default now(),
    primary key (recording_id, lang)
);

-- Slide changes and poster candidates as the newest attempt found them, and what
-- people made of them.
create table recording_extras (
    recording_id text primary key references recordings on delete cascade,
    slides_ms    bigint[] not null default '{}',  -- starts of the suggested chapters
    posters_ms   bigint[] not null default '{}',  -- what the poster candidates show, from number 1
    poster       integer not null default 0,      -- the candidate that was chosen; 0: the one made by itself
    chapters     jsonb,                           -- [{start_ms, title}]; null: nobody has decided
    updated_at   timestamptz not null default now()
);
