-- How many doctors are expected to watch a webinar live, when that is not everybody who is enrolled.
alter table webinars add column expected_viewers integer check (expected_viewers between 1 and 1000000); -- null: not said
