-- What the sweepers need to know.

-- The path element that the running attempt writes under. It was given out by
-- Begin; together with token it says which prefixes of a recording are in use.
alter table recordings add column attempt_token text not null default '';

-- When each kind of upkeep was last done to its end, by whichever process.
create table upkeep (
    name    text primary key,
    done_at timestamptz not null
);

create index recordings_uploading on recordings (updated_at) where state = 'uploading';
