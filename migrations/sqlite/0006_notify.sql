-- Notices: what is told of incidents, and what became of it. Plans say what is due when; the outbox keeps each notice
-- until it has arrived or was given up.

create table notify_cursor (
    -- 1: there is one
    id integer primary key,
    -- the last incident_event that the plans know of
    event_id integer not null,
    -- random: ids of notices differ from those of other databases
    instance text not null,
    -- when the next digest is due; null: there is none
    digest_at integer
) strict;

create table notify_channel (
    name text primary key,
    -- since when there is such a channel: what was over before is not told there
    since integer not null
) strict, without rowid;

create table notice_plan (
    incident_id integer primary key references incident (id),
    -- when something is due if nothing else happens; null: never
    next_at integer,
    -- JSON of quality::notice::Plan
    state text not null
) strict;

create index notice_plan_due on notice_plan (next_at) where next_at is not null;

create table notice (
    id integer primary key,
    -- what receivers know it by: the same on every try
    key text not null unique,
    channel text not null,
    -- opened, worse, reminder, flapping, resolved, digest, test
    kind text not null,
    incident_id integer,
    subject text not null,
    -- JSON of notify::Letter: every try says the same
    letter text not null,
    -- waiting, sent, given_up
    state text not null,
    attempts integer not null,
    -- when it is tried next; while it is being tried, when it is tried again if nobody says how that went
    next_at integer not null,
    -- why the last try failed
    error text not null,
    created_at integer not null,
    sent_at integer
) strict;

create index notice_waiting on notice (channel, next_at) where state = 'waiting';
create index notice_incident on notice (incident_id, id);
