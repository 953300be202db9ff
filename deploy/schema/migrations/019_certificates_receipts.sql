-- Certificates; events that are told once and forgotten later; phones that
-- people confirm; what services report of messages they took.

-- Issued when the rule of a program is met: each of its webinars is completed or
-- waived. One an enrolment. It stays when the program gets more webinars or credit
-- is taken back: that is for a person to settle.
create table certificates (
    -- In the order in which they were issued, as other ids are.
    id           text primary key default 'crt_' || lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0')
                     || left(replace(gen_random_uuid()::text, '-', ''), 14),
    enrolment_id text not null unique references enrolments,
    issued_at    timestamptz not null default now()
);

-- What was told already. It outlives the events, which are forgotten by age.
create table told_once (once text primary key);
insert into told_once select dedupe from events where dedupe is not null;
create index webhook_deliveries_event on webhook_deliveries (event_seq);

create or replace function tell_event(event_type text, event_data jsonb, once text) returns void language sql
begin atomic
    with first as (
        insert into told_once select tell_event.once where tell_event.once <> '' on conflict do nothing returning 1
    ), told as (
        insert into events (type, data) select event_type, event_data where coalesce(tell_event.once, '') = '' or exists (select from first) returning seq
    )
    insert into webhook_deliveries (endpoint_id, event_seq)
    select e.id, told.seq from told, webhook_endpoints e
    where e.deleted_at is null and e.disabled_at is null and (e.event_types = '{}' or event_type = any(e.event_types));
end;

alter table events drop column dedupe;

-- tell_completed tells which courses and programs these enrolments have completed:
-- each of their webinars is, or is waived. A course without webinars never is. With
-- the program it issues the certificate, and tells that too.
create or replace function tell_completed(enrolment_ids text[]) returns void language sql
begin atomic
    with standing as (
        select e.id as enrolment_id, e.account_id, e.program_id, p.title as program, c.id as course_id, c.title as course,
               bool_and(done.webinar_id is not null or exists (
                   select from waivers wv where (wv.enrolment_id, wv.webinar_id) = (e.id, w.id) and wv.revoked_at is null)) as completed
        from enrolments e
        join programs p on p.id = e.program_id
        join courses c on c.program_id = e.program_id and c.deleted_at is null
        join webinars w on w.course_id = c.id and w.deleted_at is null
        left join completions done on (done.enrolment_id, done.webinar_id) = (e.id, w.id)
        where e.id = any(enrolment_ids) and e.withdrawn_at is null
        group by e.id, p.id, c.id
    ), finished as (
        select enrolment_id, min(account_id) as account_id, min(program_id) as program_id, min(program) as program
        from standing group by enrolment_id having bool_and(completed)
    ), issued as (
        insert into certificates (enrolment_id) select enrolment_id from finished order by 1 on conflict do nothing returning id, enrolment_id
    ), reached as (
        select 1 as step, 'course.completed' as type, enrolment_id || ':' || course_id as once, jsonb_build_object(
            'enrolment_id', enrolment_id, 'account_id', account_id, 'program_id', program_id, 'course_id', course_id, 'title', course) as data
        from standing where completed
        union all
        select 2, 'program.completed', enrolment_id, jsonb_build_object(
            'enrolment_id', enrolment_id, 'account_id', account_id, 'program_id', program_id, 'title', program)
        from finished
        union all
        select 3, 'certificate.issued', i.id, jsonb_build_object(
            'certificate_id', i.id, 'enrolment_id', enrolment_id, 'account_id', account_id, 'program_id', program_id, 'title', program)
        from issued i join finished using (enrolment_id)
    )
    select count(*) from (select tell_event(type, data, type || ':' || once) from reached order by step, once) told;
end;

-- Who had met a rule before gets the certificate now, and is told of.
select tell_completed(array(select distinct enrolment_id from completions));

-- Messages go to a phone only when somebody confirmed its number: the person, by
-- a code, or an administrator who chose the channel for her.
alter table accounts
    add column phone_confirmed text not null default '',   -- the number, as it stands in phone
    add column codes_by_phone  boolean not null default false; -- sign-in codes too
update accounts set phone_confirmed = phone, codes_by_phone = true where message_channel <> 'email';

-- Codes on their way to a phone that is to be confirmed.
create table phone_codes (
    id         text primary key,
    account_id text not null references accounts on delete cascade,
    phone      text not null,
    channel    text not null check (channel in ('sms', 'whatsapp')),
    codes      boolean not null, -- sign-in codes are to go there too
    code_mac   bytea not null,
    tries      integer not null default 0,
    expires_at timestamptz not null,
    used_at    timestamptz,
    created_at timestamptz not null default now()
);
create index phone_codes_account on phone_codes (account_id, created_at);
create index phone_codes_phone on phone_codes (phone, created_at);

-- A message that goes to one address by one channel, whatever its reader prefers.
alter table messages
    add column only_channel text not null default '',
    add column only_to      text not null default '',
-- What the service that took it said later.
    add column receipt        text not null default '' check (receipt in ('', 'sent', 'delivered', 'read', 'failed')),
    add column receipt_at     timestamptz,
    add column receipt_detail text not null default '';
