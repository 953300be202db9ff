-- Rehearsals: a presenter tries everything with a recording that nobody else sees.

-- A program that exists for the rehearsal of one presenter: it is in no list, and
-- nothing in it is credited. Null: a program like any other.
alter table programs add column rehearsal_of text references accounts;
create unique index programs_rehearsal on programs (rehearsal_of) where rehearsal_of is not null and deleted_at is null;
