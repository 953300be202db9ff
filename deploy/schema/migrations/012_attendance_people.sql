-- By what else than their own address people are known in attendance reports.

-- Further addresses of a person, e.g. the private one used to join.
create table account_emails (
    email      text primary key,              -- lower case; nobody's own
    account_id text not null references accounts on delete cascade,
    added_by   text not null default '',
    added_at   timestamptz not null default now()
);
create index account_emails_account on account_emails (account_id);

-- Names in reports that have no address, for one program.
create table attendance_names (
    program_id text not null references programs,
    name       text not null,                 -- folded, see attendance_name
    account_id text not null references accounts on delete cascade,
    added_by   text not null default '',
    added_at   timestamptz not null default now(),
    primary key (program_id, name)
);
create index attendance_names_account on attendance_names (account_id);

-- What a doctor says of herself: "I was there, as this".
create table attendance_claims (
    id         text primary key,
    webinar_id text not null references webinars,
    account_id text not null references accounts on delete cascade,
    email      text not null default '',      -- one of both is given
    name       text not null default '',
    note       text not null default '',
    state      text not null default 'pending' check (state in ('pending', 'approved', 'refused')),
    created_at timestamptz not null default now(),
    decided_at timestamptz,
    decided_by text not null default '',
    reason     text not null default ''       -- of a refusal, for the doctor
);
create index attendance_claims_webinar on attendance_claims (webinar_id, created_at, id);
create unique index attendance_claims_pending on attendance_claims (webinar_id, account_id, email, name) where state = 'pending';

-- Columns of sheets that are no platform's report.
create table attendance_mappings (
    name       text primary key,
    columns    jsonb not null,
    updated_by text not null default '',
    updated_at timestamptz not null default now()
);

create function attendance_name(name text) returns text language sql immutable
    return lower(regexp_replace(btrim(name), '\s+', ' ', 'g'));

-- Whose row of a report this is: by the person's own address, by a further
-- one, or – where the report has none – by the name.
create function attending_account(program text, email text, name text) returns text language sql stable
begin atomic
    select coalesce(
        (select a.id from accounts a where $2 <> '' and a.email = $2),
        (select e.account_id from account_emails e where $2 <> '' and e.email = $2),
        (select n.account_id from attendance_names n where $2 = '' and $3 <> '' and n.program_id = $1 and n.name = attendance_name($3)));
end;
