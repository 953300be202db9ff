-- What doctors report with one tap when play fails, for those who look after it.
create table play_reports (
    id          text primary key,
    at          timestamptz not null,
    account_id  text not null references accounts,
    webinar_id  text not null references webinars,
    session_id  text,                          -- null: no session could be opened
    n           integer,                       -- of the event within its session
    position_ms bigint,                        -- on the recording's timeline; null: not known
    code        text not null default '',      -- what the player says went wrong
    device      text not null default '',      -- "phone", "tablet", "computer"
    browser     text not null default '',
    done_at     timestamptz,                   -- null: somebody should look
    done_by     text not null default '',
    unique (session_id, n)
);
create index play_reports_webinar on play_reports (webinar_id, id);
create index play_reports_account on play_reports (account_id);
