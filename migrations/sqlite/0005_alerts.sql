-- The life of alerts in full: what it needs to go on after a restart, who has taken it, what keeps its notices back;
-- incidents, silences, and what notices are made of.

-- live, batch
alter table alert add column pipeline text not null default 'batch';
-- what it shares a cause with: live:VENUE, batch:ENTITY
alter table alert add column scope text not null default '';
-- when it entered its state
alter table alert add column since integer not null default 0;
-- 1: its newest result that judged anything found it; and since when that is so
alter table alert add column found integer not null default 1;
alter table alert add column found_since integer not null default 0;
-- its waiting times, in milliseconds, as they were at the newest result
alter table alert add column for_ms integer not null default 0;
alter table alert add column keep_firing_ms integer not null default 0;
-- most rows that broke the rule at once, first and last time of the data concerned
alter table alert add column rows integer not null default 0;
alter table alert add column from_at integer;
alter table alert add column to_at integer;
alter table alert add column incident_id integer;
-- who has taken it, and how bad it was then
alter table alert add column acknowledged_by text;
alter table alert add column acknowledged_severity text;
alter table alert add column silenced integer not null default 0;
-- the check that explains it
alter table alert add column inhibited_by text;
alter table alert add column flapping integer not null default 0;

-- what was found, where the transition comes of a finding; else null
alter table alert_event add column threshold text;
alter table alert_event add column evidence text;

update alert set since = updated_at, found_since = updated_at,
    found = case when state in ('recovering', 'resolved') then 0 else 1 end,
    pipeline = case when entity like '%/%/live' then 'live' else 'batch' end,
    scope = case when entity like '%/%/live'
        then 'live:' || substr(entity, instr(entity, '/') + 1, length(entity) - instr(entity, '/') - 5)
        else 'batch:' || entity end;

create index alert_scope on alert (scope, state);
create index alert_of on alert (check_id, entity, updated_at);
create index alert_opened on alert (opened_at);
create index alert_incident on alert (incident_id) where incident_id is not null;

-- alerts with one cause
create table incident (
    id integer primary key,
    scope text not null,
    title text not null,
    -- the worst of its alerts so far
    severity text not null,
    opened_at integer not null,
    updated_at integer not null,
    -- when the last of its alerts was resolved; null: it is open
    resolved_at integer,
    -- 1: something happened in it that nothing kept back
    audible integer not null,
    -- confirmed, false_alarm; null: nobody has said
    opinion text,
    opinion_by text not null,
    opinion_at integer
) strict;

-- one open incident for each scope
create unique index incident_open on incident (scope) where resolved_at is null;
create index incident_of on incident (scope, id);
create index incident_opinion on incident (opinion) where opinion is not null;

-- what happens to incidents: what notices are made of, read from a cursor by id
create table incident_event (
    id integer primary key,
    incident_id integer not null references incident (id),
    at integer not null,
    -- opened; joined (one more alert); worse; flapping; acknowledged, unacknowledged; silenced (an alert is kept back from
    -- now on); unmuted (one no longer is); alert_resolved; resolved (all alerts are); reopened; opinion
    kind text not null,
    -- of the alert, or of the incident where it is about no alert
    severity text not null,
    cause text not null,
    -- engine, or an operator
    actor text not null,
    alert_id integer,
    -- 1: silenced or inhibited, it is for the record only; of a resolved incident: all of it was
    muted integer not null
) strict;

create index incident_event_of on incident_event (incident_id, id);

-- what keeps notices back; alerts are recorded all the same
create table silence (
    id integer primary key,
    -- names, or patterns with *
    check_id text not null,
    entity text not null,
    reason text not null,
    actor text not null,
    starts_at integer not null,
    -- null: until what it mutes is resolved
    ends_at integer,
    -- when it was ended by hand, by its time or by what it waited for
    ended_at integer
) strict;

create index silence_held on silence (id) where ended_at is null;
