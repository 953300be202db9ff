-- What presenters do with their recordings.

-- A trimmed recording is made from the file of an earlier one of its webinar:
-- nothing is uploaded again, and that file stays for as long as the webinar.
alter table recordings
    add column source_id   text references recordings check (source_id <> id), -- whose file; null: its own
    add column cut_from_ms bigint not null default 0 check (cut_from_ms >= 0), -- of the recording the whole file makes
    add column cut_to_ms   bigint not null default 0 check (cut_to_ms = 0 or cut_to_ms > cut_from_ms); -- 0: its end
create index recordings_source on recordings (source_id) where source_id is not null;

-- A link by which somebody without an account sends one recording to one
-- webinar: a token that may do nothing else.
alter table api_tokens add column uploads_to text references webinars;
create index api_tokens_uploads_to on api_tokens (uploads_to) where uploads_to is not null;
