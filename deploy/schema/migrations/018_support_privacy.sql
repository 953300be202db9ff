-- Helping doctors, telling sponsors figures, and what a person may ask for.

create extension if not exists pg_trgm;

-- By what people are found: each word of their names, their addresses and
-- registration numbers, without accents and case. Kept by triggers, so that no
-- writer of accounts has to know of it.
create table account_words (
    account_id text not null references accounts on delete cascade,
    word       text not null,
    whole      boolean not null, -- an address with its domain, which thousands share: found by its beginning only
    primary key (account_id, word)
);
create index account_words_word on account_words (word text_pattern_ops, account_id);
create index account_words_alike on account_words using gin (word gin_trgm_ops) where not whole;

-- The words of a text: a number with its dashes and dots also in one piece.
create function words_of(told text) returns setof text language sql immutable as $$
    select word from (
        select regexp_split_to_table(folded(told), '[\s.,;:()/"''’_@+-]+') as word
        union select regexp_replace(folded(told), '[\s./-]+', '', 'g') where told ~ '^[^@]*[0-9][^@]*$') w
    where length(word) between 2 and 100 and word not in ('dr', 'prof')
$$;

create function words_of_account(id text) returns table (word text, whole boolean) language sql stable as $$
    with addresses as (
        select email from accounts a where a.id = $1
        union all select email from account_emails e where e.account_id = $1)
    select w.word, false from accounts a, words_of(a.name || ' ' || a.certificate_name) w(word) where a.id = $1
    union select w.word, false from accounts a, words_of(a.council_number) w(word) where a.id = $1
    union select w.word, false from addresses, words_of(split_part(email, '@', 1)) w(word)
    union select folded(split_part(email, '@', 1)), false from addresses
    union select folded(email), true from addresses
$$;

create function keep_account_words(ids text[]) returns void language sql as $$
    delete from account_words where account_id = any($1);
    insert into account_words (account_id, word, whole)
    select i.id, w.word, w.whole from accounts i, words_of_account(i.id) w where i.id = any($1) on conflict do nothing;
$$;

create function accounts_inserted() returns trigger language plpgsql as $$
begin
    perform keep_account_words(array(select id from fresh));
    return null;
end $$;
create trigger accounts_words_insert after insert on accounts referencing new table as fresh
    for each statement execute function accounts_inserted();

create function account_changed() returns trigger language plpgsql as $$
begin
    perform keep_account_words(array[new.id]);
    return null;
end $$;
create trigger accounts_words_update after update of name, certificate_name, email, council_number on accounts
    for each row execute function account_changed();

create function account_email_changed() returns trigger language plpgsql as $$
begin
    perform keep_account_words(array[coalesce(new.account_id, old.account_id)]);
    return null;
end $$;
create trigger account_emails_words after insert or update or delete on account_emails
    for each row execute function account_email_changed();

select keep_account_words(array(select id from accounts));

-- A further address that support has linked lets in as well; one that only
-- stands in an attendance report does not.
alter table account_emails add column signs_in boolean not null default false;

-- A code that somebody of support read out on the phone: who.
alter table one_time_codes add column issued_by text not null default '';
create index one_time_codes_issued on one_time_codes (issued_by, created_at) where issued_by <> '';
create index one_time_codes_account on one_time_codes (account_id) where account_id is not null;

-- Who came in, and with which device: what is left of login sessions that have
-- ended. Kept by a trigger, as there are several ways in.
create table sign_ins (
    account_id text not null,
    at         timestamptz not null default now(),
    login_id   text not null default '',
    device     text not null default '' -- User-Agent
);
create index sign_ins_account on sign_ins (account_id, at desc);
create index sign_ins_at on sign_ins (at);

create function session_started() returns trigger language plpgsql as $$
begin
    insert into sign_ins (account_id, login_id, device) values (new.account_id, new.login_id, new.device);
    return null;
end $$;
create trigger sessions_started after insert on sessions for each row execute function session_started();

-- An account that is part of another one now, or of nobody any more.
alter table accounts
    add column merged_into text references accounts,
    add column erased_at   timestamptz;
create index accounts_merged on accounts (merged_into) where merged_into is not null;

create table account_merges (
    id          text primary key,
    source_id   text not null references accounts,
    target_id   text not null references accounts,
    reason      text not null,
    merged_by   text not null,
    merged_at   timestamptz not null default now(),
    outcome     jsonb not null        -- what the preview had told
);
create index account_merges_target on account_merges (target_id);

-- Where a row was before: the account, or of attendance the enrolment.
alter table enrolments add column merged_from text;
alter table playback_sessions add column merged_from text;
alter table attendance add column merged_from text;
create index attendance_enrolment on attendance (enrolment_id) where enrolment_id is not null;
create index invitations_used_by on invitations (used_by) where used_by is not null;
create index invitations_email on invitations (email) where email is not null;

-- Who pays for a program and sees its figures.
create table program_sponsors (
    program_id text not null references programs,
    account_id text not null references accounts on delete cascade,
    added_by   text not null default '',
    added_at   timestamptz not null default now(),
    primary key (program_id, account_id)
);
create index program_sponsors_account on program_sponsors (account_id);

-- The figures that sponsors were told, as they were told: those of a week do not change.
create table sponsor_figures (
    program_id text not null references programs,
    as_of      timestamptz not null,
    figures    jsonb not null,
    primary key (program_id, as_of)
);

-- "Forget me", and what became of it.
create table erasure_requests (
    id         text primary key,
    account_id text not null references accounts,
    note       text not null default '',
    state      text not null default 'open' check (state in ('open', 'done', 'refused', 'withdrawn')),
    created_at timestamptz not null default now(),
    decided_at timestamptz,
    decided_by text not null default '',
    reason     text not null default '' -- of a refusal, for the person
);
create unique index erasure_requests_open on erasure_requests (account_id) where state = 'open';
create index erasure_requests_state on erasure_requests (state, created_at);

-- Who said so: empty, the person herself.
alter table consents add column recorded_by text not null default '';
create index audit_log_at on audit_log (at);
create index messages_created on messages (created_at);
