-- What administrators' lists are filtered by: accounts that are kept from signing
-- in, and the audit log by who, what and when.
create index accounts_disabled on accounts (id) where disabled_at is not null;
create index audit_log_actor on audit_log (actor, id);
create index audit_log_action on audit_log (action, id);

-- Recordings that are not done with, for the queue.
create index recordings_open on recordings (id) where state <> 'ready';
