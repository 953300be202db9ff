-- A waiver completes; what does not count moves along with a replaced
-- recording; keys are counted for all processes together.

-- By which waiver a completion was reached; null: by what was watched. It
-- stands when the waiver is revoked, unless the credit is taken back with it.
alter table completions add column waiver_id text references waivers;
create index completions_waiver on completions (waiver_id) where waiver_id is not null;

-- Moved here by the time map from the recording that this one replaces, and
-- moved again with it until somebody says what does not count of this one.
alter table excluded_ranges add column derived boolean not null default false;
create index time_maps_replaces on time_maps (replaces);

-- Content keys of those accounts that fetch more than a few. Unlogged: it is of
-- the last minutes only, and a crash that forgets it helps nobody for long.
create unlogged table key_fetches (
    account_id text primary key,
    since      timestamptz not null, -- of the first key of the window
    keys       integer not null
) with (fillfactor = 70);
