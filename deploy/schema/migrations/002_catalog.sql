-- What exists: programs, courses, webinars, who takes part, and recordings.

create table programs (
    id          text primary key,
    title       text not null,
    description text not null default '',
    version     integer not null default 1,
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    deleted_at  timestamptz
);

-- The rule of completion; the newest version of a program is in force.
create table program_rules (
    program_id        text not null references programs on delete cascade,
    version           integer not null,
    threshold_percent numeric(5,2) not null check (threshold_percent > 0 and threshold_percent <= 100),
    counts            text not null check (counts in ('live', 'replay', 'union')),
    max_rate          numeric(3,2) not null check (max_rate > 0 and max_rate <= 2),
    created_at        timestamptz not null default now(),
    primary key (program_id, version)
);

create table courses (
    id          text primary key,
    program_id  text not null references programs,
    title       text not null,
    description text not null default '',
    position    integer not null default 0,
    version     integer not null default 1,
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    deleted_at  timestamptz
);
create index courses_program on courses (program_id, position, id);

create table webinars (
    id                   text primary key,
    course_id            text not null references courses,
    title                text not null,
    description          text not null default '',
    starts_at            timestamptz,
    ends_at              timestamptz,
    auto_publish         boolean not null default true,
    position             integer not null default 0,
    current_recording_id text,
    version              integer not null default 1,
    created_at           timestamptz not null default now(),
    updated_at           timestamptz not null default now(),
    deleted_at           timestamptz
);
create index webinars_course on webinars (course_id, position, id);

create table webinar_presenters (
    webinar_id text not null references webinars on delete cascade,
    account_id text not null references accounts on delete cascade,
    primary key (webinar_id, account_id)
);
create index webinar_presenters_account on webinar_presenters (account_id);

create table invitations (
    id         text primary key,
    program_id text not null references programs,
    code_hash  bytea not null unique, -- SHA-256 of the normalised code (≥ 64 random bits)
    email      text,                  -- bound to this address when set
    via        text not null default 'invitation',
    created_by text not null default '',
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    used_by    text references accounts,
    used_at    timestamptz
);
create index invitations_program on invitations (program_id, id);

create table enrolments (
    id         text primary key,
    program_id text not null references programs,
    account_id text not null references accounts,
    via        text not null,
    created_at timestamptz not null default now(),
    unique (account_id, program_id)
);
create index enrolments_program on enrolments (program_id, id);

create table recordings (
    id              text primary key,
    webinar_id      text not null references webinars,
    filename        text not null,
    size_bytes      bigint not null check (size_bytes > 0),
    content_type    text not null default '',
    fingerprint     text not null default '',
    checksum        text not null default '' check (checksum in ('', 'sha256')),
    upload_id       text not null default '', -- S3 multipart upload, never leaves the server
    part_size_bytes bigint not null,
    state           text not null default 'uploading'
                    check (state in ('uploading', 'uploaded', 'processing', 'ready', 'failed')),
    progress        double precision not null default 0,
    eta_s           double precision,
    stages          jsonb not null default '[]',
    warnings        jsonb not null default '[]',
    failure         jsonb,
    duration_ms     bigint not null default 0,
    token           text not null default '',  -- of the live prefix
    sealed_key      bytea,                     -- AES-128 content key, sealed
    fencing_token   bigint not null default 0, -- grows with each processing attempt
    lease_expires_at timestamptz,
    attempts        integer not null default 0, -- since the upload or the last retry; a released one does not count
    created_by      text not null default '',
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    published_at    timestamptz,
    withdrawn_at    timestamptz,
    withdraw_reason text not null default ''
);
create index recordings_webinar on recordings (webinar_id, id);
create unique index recordings_unfinished on recordings (webinar_id, created_by, fingerprint)
    where state = 'uploading' and fingerprint <> '';
alter table webinars add foreign key (current_recording_id) references recordings;

create table renditions (
    recording_id      text not null references recordings on delete cascade,
    name              text not null,
    height            integer not null,
    width             integer not null,
    frame_rate        double precision not null,
    bandwidth         bigint not null,
    average_bandwidth bigint not null,
    codecs            text not null,
    size_bytes        bigint not null,
    primary key (recording_id, name)
);

-- The live map: pieces (live clock ↔ recording second, length).
create table live_maps (
    recording_id text primary key references recordings on delete cascade,
    pieces       jsonb not null,
    confirmed    boolean not null default false,
    confirmed_by text not null default '',
    updated_at   timestamptz not null default now()
);
