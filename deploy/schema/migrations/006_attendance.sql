-- Who was in the live session. What was imported is never changed: a wrong
-- import is retracted as a whole. Coverage with source 'live' is derived from
-- it (origin_id = the import) whenever the recording or its live map changes.

create table attendance_imports (
    id             text primary key,
    webinar_id     text not null references webinars,
    platform       text not null,             -- "zoom_webinar", …; "api"
    created_by     text not null default '',
    created_at     timestamptz not null default now(),
    retracted_at   timestamptz,
    retracted_by   text not null default '',
    reason         text not null default ''   -- of the retraction
);
create index attendance_imports_webinar on attendance_imports (webinar_id, id);

create table attendance (
    import_id    text not null references attendance_imports,
    ordinal      integer not null,            -- in the order of the report
    line         integer not null,            -- of the report, for people
    enrolment_id text references enrolments,  -- null: nobody enrolled has this address (yet)
    email        text not null,               -- lower case; empty: the report has none
    name         text not null default '',
    joined_at    timestamptz not null,
    left_at      timestamptz not null check (left_at > joined_at),
    primary key (import_id, ordinal)
);
create index attendance_unmatched on attendance (import_id, email) where enrolment_id is null and email <> '';

-- By what the live coverage of a webinar was derived; when this is no longer
-- so, it is derived again.
create table attendance_projections (
    webinar_id   text primary key references webinars,
    recording_id text not null references recordings,
    starts_at    timestamptz,                 -- of the webinar
    map_set_at   timestamptz                  -- of the live map; null: there is none
);
