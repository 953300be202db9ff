-- Who watches, and who may not any more.

-- The code of the mark over the picture: it leads from a filmed screen to this
-- session. Random, so that it tells an outsider nothing; shown in groups of three.
alter table playback_sessions add column viewer_code text not null default '';
create index playback_sessions_viewer_code on playback_sessions (viewer_code) where viewer_code <> '';

-- An enrolment that an administrator has ended: nothing may be played, what was
-- watched stays on record. Enrolling the account again lifts it.
alter table enrolments
    add column withdrawn_at    timestamptz,
    add column withdraw_reason text not null default '';
