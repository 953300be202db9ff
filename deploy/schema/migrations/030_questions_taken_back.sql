-- A doctor can take her own question back while it has no answer: its words and
-- its place go at once, that it was asked stays. dismissed_at is set as well, so
-- that a release that does not know of this yet counts it among no open ones.
alter table questions add column withdrawn_at timestamptz; -- null: it was not taken back
-- How many wait for an answer at each webinar.
create index questions_open on questions (webinar_id) where answered_at is null and dismissed_at is null and withdrawn_at is null;
