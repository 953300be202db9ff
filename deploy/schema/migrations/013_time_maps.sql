-- A recording that replaces another: where the seconds of the earlier one are.

create table time_maps (
    recording_id text primary key references recordings on delete cascade,
    replaces     text not null references recordings check (replaces <> recording_id), -- of the same webinar
    pieces       jsonb not null,
    set_by       text not null default '',
    updated_at   timestamptz not null default clock_timestamp()
);

-- What was carried over: coverage whose origin_id is the recording itself is
-- derived from the earlier recording's, and derived again when this differs.
create table carried (
    enrolment_id text not null references enrolments,
    webinar_id   text not null references webinars,
    recording_id text not null references recordings,
    map_set_at   timestamptz not null,
    ranges       int4multirange not null, -- of the earlier recording, replay
    position_ms  bigint,                  -- there
    primary key (enrolment_id, webinar_id, recording_id)
) with (fillfactor = 90);

-- A live map that was moved here from the earlier recording, and is moved
-- again with the time map until somebody sets one.
alter table live_maps add column derived boolean not null default false;
