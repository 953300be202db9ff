-- What the service is looked after by: reports of its checks (rounds admin
-- doctor), backups that were made, restores that were rehearsed.
create table care_runs (
    id      bigint generated always as identity primary key,
    kind    text not null check (kind in ('daily', 'weekly', 'backup_database', 'backup_media', 'restore_rehearsal')),
    host    text not null,                    -- the machine that did it
    done_at timestamptz not null default now(),
    light   text not null check (light in ('green', 'amber', 'red')),
    report  jsonb not null                    -- its lines, or the figures of a backup
);
create index care_runs_kind on care_runs (kind, done_at);
