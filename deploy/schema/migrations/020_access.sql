-- Who is let in: tries that are under way, and sign-in on a shared computer.

-- A try of a secret is counted before it is known to be wrong, so that a hundred
-- at once are a hundred; whoever was right is taken off again. What a process
-- leaves that dies in between goes with its minute.
alter table address_failures
    alter column failures set default 0,
    add column trying integer not null default 0;
