-- Ways in: who executes a run and whether it was asked to stop, scheduled jobs, uploads, and what people did about
-- quarantined rows.

-- process that executes the run; its lock file beside the database says whether it still lives
alter table run add column holder text not null default '';
-- 1: somebody asked the run to stop
alter table run add column stop_asked integer not null default 0;

create table job (
    name text primary key,
    -- five fields, UTC
    cron text not null,
    -- candles, daily
    kind text not null,
    -- venue and instrument
    subject text not null,
    last_run_at integer,
    -- null: it is no longer configured
    next_run_at integer,
    -- idle, running, done, failed, cancelled
    state text not null,
    detail text not null default '',
    run_id integer
) strict, without rowid;

create table upload (
    -- random, and the name of its file
    id text primary key,
    -- file name as the sender gave it
    name text not null,
    bytes integer not null,
    received_at integer not null,
    -- received, committing
    state text not null
) strict, without rowid;

-- what was done about a quarantined row; a replay does it again, at the same place in the order of landings
create table quarantine_event (
    id integer primary key,
    -- the row: its key changes with a replay, these do not
    landing_id integer not null,
    line_no integer not null,
    raw_before text not null,
    -- the row's text as it was read: differs where it was corrected
    raw_after text not null,
    at integer not null,
    actor text not null,
    -- retry, correct, discard
    action text not null,
    from_state text not null,
    to_state text not null,
    -- newest landing when it was done
    after_landing integer not null
) strict;

create index quarantine_event_row on quarantine_event (landing_id, line_no);
