-- The rest of the catalog: order of learning, schedules, materials, search,
-- undo, import of people, and API tokens that may do little.

-- A course that opens when others are completed.
create table course_prerequisites (
    course_id   text not null references courses on delete cascade,
    requires_id text not null references courses on delete cascade check (requires_id <> course_id),
    primary key (course_id, requires_id)
);
create index course_prerequisites_requires on course_prerequisites (requires_id);

alter table webinars
    add column time_zone text not null default 'UTC', -- IANA name, of the schedule
    add column opens_at  timestamptz,                 -- hidden from doctors before
    add column closes_at timestamptz,                 -- and from then on
    add check (closes_at > opens_at);

create table webinar_moderators (
    webinar_id text not null references webinars on delete cascade,
    account_id text not null references accounts on delete cascade,
    primary key (webinar_id, account_id)
);
create index webinar_moderators_account on webinar_moderators (account_id);

-- missing_prerequisites are the courses that an account has to complete before
-- it may open a course, in their order. A course without webinars asks nothing.
create function missing_prerequisites(course text, account text) returns table (id text, title text) language sql stable
begin atomic
    select q.id, q.title from course_prerequisites cp
    join courses q on q.id = cp.requires_id and q.deleted_at is null
    where cp.course_id = course and exists (
        select from webinars w where w.course_id = q.id and w.deleted_at is null and not exists (
            select from enrolments e
            left join completions done on (done.enrolment_id, done.webinar_id) = (e.id, w.id)
            left join waivers wv on (wv.enrolment_id, wv.webinar_id) = (e.id, w.id) and wv.revoked_at is null
            where e.account_id = account and e.program_id = q.program_id and (done.webinar_id is not null or wv.id is not null)))
    order by q.position, q.id;
end;

-- Files that go with a webinar. The bytes are in the upload bucket.
create table materials (
    id           text primary key,
    webinar_id   text not null references webinars,
    title        text not null,
    filename     text not null,
    content_type text not null,
    size_bytes   bigint not null check (size_bytes > 0),
    sha256       text not null,             -- base64; the storage refuses other bytes
    created_by   text not null default '',
    created_at   timestamptz not null default now(),
    uploaded_at  timestamptz,               -- null: announced, not yet there
    deleted_at   timestamptz                -- the row goes when the object has gone
);
create index materials_webinar on materials (webinar_id, id);
create index materials_unwanted on materials (created_at) where uploaded_at is null or deleted_at is not null;

-- folded brings text into the form in which words are compared: lower case,
-- without accents.
create function folded(t text) returns text language sql immutable parallel safe
    return translate(
        replace(replace(replace(
            lower(regexp_replace(normalize(t, nfkd), '[\u0300-\u036f]', '', 'g') collate "und-x-icu"),
            'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'),
        'øłđðıħŧ', 'olddiht');
-- search_fold also has ASCII punctuation as blanks.
create function search_fold(t text) returns text language sql immutable parallel safe
    return translate(folded(t), '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', repeat(' ', 32));
create function search_vector(t text) returns tsvector language sql immutable parallel safe
    return to_tsvector('simple', search_fold(t));
-- search_query asks for all words of q; from three letters on, their beginnings do.
create function search_query(q text) returns tsquery language sql immutable parallel safe
    return (select to_tsquery('simple', string_agg(format('''%s''%s', word, case when length(word) > 2 then ':*' else '' end), ' & '))
            from regexp_split_to_table(search_fold(q), '\s+') word where word <> '');

alter table programs add column search tsvector generated always as (search_vector(title)) stored;
alter table courses  add column search tsvector generated always as (search_vector(title)) stored;
alter table webinars add column search tsvector generated always as (search_vector(title)) stored;
create index programs_search on programs using gin (search);
create index courses_search on courses using gin (search);
create index webinars_search on webinars using gin (search);
create index accounts_name_search on accounts using gin (search_vector(name));

-- What is said, and when. Kept by triggers, so that every way captions come by
-- is searched alike. Each cue is also found with the one that follows it,
-- since sentences run over.
alter table captions add column search tsvector;
create index captions_search on captions using gin (search);
create table caption_cues (
    recording_id text not null,
    lang         text not null,
    n            integer not null,
    start_ms     bigint not null,
    words        text not null,
    own          tsvector not null,
    search       tsvector not null, -- with the next
    primary key (recording_id, lang, n),
    foreign key (recording_id, lang) references captions on delete cascade
);

create function webvtt_cues(webvtt text) returns table (n integer, start_ms bigint, words text) language sql immutable
begin atomic
    select row_number() over (order by block.n)::integer,
           (coalesce(left(at[1], -1), '0')::bigint * 3600 + at[2]::bigint * 60 + at[3]::bigint) * 1000 + at[4]::bigint,
           left(btrim(replace(replace(replace(replace(regexp_replace(regexp_replace(at[5], '<[^>]*>', '', 'g'), '\s+', ' ', 'g'),
               '&nbsp;', ' '), '&lt;', '<'), '&gt;', '>'), '&amp;', '&')), 2000)
    from regexp_split_to_table(webvtt, '\n\n+') with ordinality block (content, n),
         regexp_match(block.content, '(\d{2,6}:)?(\d\d):(\d\d)\.(\d{3}) --> [^\n]*\n(.*)$') at
    where at is not null;
end;

create function captions_search() returns trigger language plpgsql as $$
begin
    new.search := (select strip(search_vector(left(string_agg(words, ' ' order by n), 200000))) from webvtt_cues(new.webvtt));
    return new;
end $$;
create trigger captions_search before insert or update of webvtt on captions for each row execute function captions_search();

create function captions_cues() returns trigger language plpgsql as $$
begin
    delete from caption_cues where recording_id = new.recording_id and lang = new.lang;
    insert into caption_cues (recording_id, lang, n, start_ms, words, own, search)
    select new.recording_id, new.lang, n, start_ms, words, search_vector(words), search_vector(words || ' ' || coalesce(lead(words) over (order by n), ''))
    from webvtt_cues(new.webvtt);
    return null;
end $$;
create trigger captions_cues after insert or update of webvtt on captions for each row execute function captions_cues();
update captions set webvtt = webvtt;

-- Undo: what is deleted can be restored until it is purged.
alter table programs add column purged_at timestamptz;
alter table courses  add column purged_at timestamptz;
alter table webinars add column purged_at timestamptz;
create index programs_deleted on programs (deleted_at) where deleted_at is not null;
create index courses_deleted on courses (deleted_at) where deleted_at is not null;
create index webinars_deleted on webinars (deleted_at) where deleted_at is not null;

-- Lists of people that are taken in, row by row.
create table account_imports (
    id          text primary key,
    program_id  text references programs,    -- they are enrolled there; null: nowhere
    dry_run     boolean not null default false,
    state       text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed')),
    total       integer not null default 0,
    created_by  text not null default '',
    created_at  timestamptz not null default now(),
    finished_at timestamptz,
    failure     text not null default ''
);
create index account_imports_open on account_imports (id) where state in ('waiting', 'running');
create table account_import_rows (
    import_id  text not null references account_imports on delete cascade,
    line       integer not null,
    email      text not null default '',
    profile    jsonb,
    outcome    text not null check (outcome in ('waiting', 'invalid', 'created', 'existing')),
    enrolled   boolean not null default false, -- by this import
    field      text not null default '',
    code       text not null default '',
    reason     text not null default '',
    account_id text,
    primary key (import_id, line)
);
create index account_import_rows_outcome on account_import_rows (import_id, outcome, line);

-- What a token may do; null: all that its roles may.
alter table api_tokens add column scopes text[];

-- Few accounts are not just doctors, and are asked for.
create index accounts_staff on accounts (id) where roles <> '{doctor}';
create index audit_log_of on audit_log (object_id, id);
