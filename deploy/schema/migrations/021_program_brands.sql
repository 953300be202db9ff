-- How the pages of a program look and whom its doctors ask: the API checks each
-- value before it comes here. A program without a row looks like Rounds itself.
create table program_brands (
    program_id   text primary key references programs on delete cascade,
    name         text not null default '',
    accent       text not null default '' check (accent = '' or accent ~ '^#[0-9a-f]{6}$'),
    phone        text not null default '',
    whatsapp     text not null default '',
    email        text not null default '',
    logo         bytea,
    logo_type    text not null default '',
    version      integer not null default 1,
    updated_at   timestamptz not null default now(),
    check ((logo is null) = (logo_type = '')),
    check (octet_length(logo) <= 262144)
);
