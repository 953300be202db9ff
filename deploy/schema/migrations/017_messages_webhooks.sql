-- Messages over several channels, their texts and what comes back; events and
-- the webhooks that tell them to other systems.

-- By which channel a person wants messages; mail is what everybody has.
alter table accounts add column message_channel text not null default 'email' check (message_channel in ('email', 'sms', 'whatsapp'));

alter table messages
    add column urgent           boolean not null default false, -- somebody waits in front of a screen
    add column expires_at       timestamptz,            -- not sent after that
    add column claimed_until    timestamptz,            -- a sender has it in hand
    add column handed_at        timestamptz,            -- the last time it was handed to a channel
    add column handed_to        text not null default '', -- the address it was handed over for
    add column provider_id      text not null default '', -- by which the service that took it knows it
    add column template_version integer not null default 0, -- 0: the text that is built in
    add column outcome          text not null default '';   -- why it was given up, as a word
update messages set urgent = kind in ('sign_in_code', 'register_code', 'join_code');
-- Caps count what was handed over; only a message that was ever handed over is in it.
create index messages_handed on messages (handed_to, handed_at) where handed_at is not null;
create index messages_due on messages (urgent, next_attempt_at) where sent_at is null and given_up_at is null;
create index messages_provider on messages (provider_id) where provider_id <> '';
create index messages_recipient on messages (recipient, id);

-- The token bucket of each channel, shared by all processes.
create table send_rates (
    channel text primary key,
    tokens  double precision not null,
    at      timestamptz not null default clock_timestamp()
) with (fillfactor = 50);

-- Texts that administrators have stored. A version that was ever approved is not changed any more.
create table message_templates (
    id            text primary key,
    channel       text not null check (channel in ('email', 'sms', 'whatsapp')),
    kind          text not null,
    locale        text not null,
    version       integer not null,             -- of this channel, kind and locale
    subject       text not null default '',
    body          text not null,
    external_id   text not null default '',     -- name or number at WhatsApp, or of the Indian DLT registration
    category      text not null default '',
    approval      text not null default 'draft' check (approval in ('draft', 'submitted', 'approved', 'rejected', 'paused')),
    approval_note text not null default '',
    frozen        boolean not null default false,
    revision      integer not null default 1,   -- the ETag
    created_by    text not null default '',
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now(),
    retired_at    timestamptz,
    unique (channel, kind, locale, version)
);

-- Addresses that do not take messages: a hard bounce, or a complaint.
create table undeliverable (
    channel    text not null,
    address    text not null,
    reason     text not null check (reason in ('bounce', 'complaint')),
    detail     text not null default '',
    message_id text not null default '',
    noted_at   timestamptz not null default now(),
    primary key (channel, address)
);

-- What happened, for other systems. Written in the transaction that made it happen.
create table events (
    seq    bigint generated always as identity primary key,
    id     text not null unique default 'evt_' || replace(gen_random_uuid()::text, '-', ''),
    type   text not null,
    at     timestamptz not null default now(),
    data   jsonb not null,
    dedupe text unique                          -- the same thing happens once
);
create index events_at on events (at);

create table webhook_endpoints (
    id                text primary key,
    url               text not null,
    description       text not null default '',
    event_types       text[] not null default '{}', -- none: all
    sealed_secret     bytea not null,
    sealed_old_secret bytea,                        -- signs beside the new one until then
    old_secret_until  timestamptz,
    version           integer not null default 1,
    created_by        text not null default '',
    created_at        timestamptz not null default now(),
    updated_at        timestamptz not null default now(),
    failing_since     timestamptz,                  -- no success since
    disabled_at       timestamptz,
    disabled_reason   text not null default '',
    deleted_at        timestamptz
);

create table webhook_deliveries (
    id              text primary key default 'whd_' || replace(gen_random_uuid()::text, '-', ''),
    endpoint_id     text not null references webhook_endpoints,
    event_seq       bigint not null references events,
    state           text not null default 'pending' check (state in ('pending', 'delivered', 'dead')),
    attempts        integer not null default 0,     -- since it was asked for, or asked for again
    next_attempt_at timestamptz not null default now(),
    claimed_until   timestamptz,
    claim           text not null default '',       -- of the one sender that may record the outcome
    delivered_at    timestamptz,
    last_status     integer not null default 0,
    last_error      text not null default '',
    unique (endpoint_id, event_seq)
);
create index webhook_deliveries_due on webhook_deliveries (endpoint_id, next_attempt_at) where state = 'pending';
create index webhook_deliveries_dead on webhook_deliveries (event_seq) where state = 'dead';

-- The delivery log.
create table webhook_attempts (
    delivery_id text not null references webhook_deliveries on delete cascade,
    at          timestamptz not null default now(),
    took_ms     integer not null,
    status      integer not null,                   -- of the answer; 0: there was none
    error       text not null default '',
    answer      text not null default ''            -- its beginning
);
create index webhook_attempts_delivery on webhook_attempts (delivery_id, at);

-- tell_event writes an event and what is to be delivered of it. The same dedupe
-- twice is told once.
create function tell_event(event_type text, event_data jsonb, once text) returns void language sql
begin atomic
    with told as (
        insert into events (type, data, dedupe) values (event_type, event_data, nullif(once, ''))
        on conflict (dedupe) do nothing returning seq
    )
    insert into webhook_deliveries (endpoint_id, event_seq)
    select e.id, told.seq from told, webhook_endpoints e
    where e.deleted_at is null and e.disabled_at is null and (e.event_types = '{}' or event_type = any(e.event_types));
end;

-- tell_completed tells which courses and programs these enrolments have completed:
-- each of their webinars is, or is waived. A course without webinars never is.
create function tell_completed(enrolment_ids text[]) returns void language sql
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
    ), reached as (
        select 'course.completed' as type, enrolment_id || ':' || course_id as once, jsonb_build_object(
            'enrolment_id', enrolment_id, 'account_id', account_id, 'program_id', program_id, 'course_id', course_id, 'title', course) as data
        from standing where completed
        union all
        select 'program.completed', enrolment_id, jsonb_build_object(
            'enrolment_id', enrolment_id, 'account_id', min(account_id), 'program_id', min(program_id), 'title', min(program))
        from standing group by enrolment_id having bool_and(completed)
    )
    select count(*) from (select tell_event(type, data, type || ':' || once) from reached order by type, once) told;
end;
