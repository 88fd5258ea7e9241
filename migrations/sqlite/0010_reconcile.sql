-- Gold judged as a whole: live against batch, bars against the minutes they are made of, days against the days before.

-- stretches of minutes that changed since they were last judged, by the day they begin in; written with the rows
create table touched (
    instrument_id integer not null,
    venue_id integer not null,
    pipeline text not null,
    day_at integer not null,
    -- first and last minute
    from_at integer not null,
    to_at integer not null,
    primary key (instrument_id, venue_id, pipeline, day_at)
) strict, without rowid;

-- what is there already is judged once
insert into touched (instrument_id, venue_id, pipeline, day_at, from_at, to_at)
select s.instrument_id, s.venue_id, p.pipeline, s.first_at - s.first_at % 86400000, s.first_at, s.last_at
from series s cross join (select 'live' as pipeline union all select 'batch') p
where s.step_ms = 60000 and s.rows > 0 and exists (
    select 1 from silver_candle c where c.instrument_id = s.instrument_id and c.venue_id = s.venue_id
        and c.pipeline = p.pipeline and c.step_ms = 60000);

-- live against batch, by the day
create table reconcile_day (
    instrument_id integer not null,
    venue_id integer not null,
    day_at integer not null,
    -- minutes that both pipelines cover, and those of them that agree
    compared integer not null,
    matched integer not null,
    price integer not null,
    volume integer not null,
    missing_live integer not null,
    missing_batch integer not null,
    -- final candles of either pipeline that were changed later
    restated integer not null,
    primary key (instrument_id, venue_id, day_at)
) strict, without rowid;

create index reconcile_day_at on reconcile_day (day_at);

-- the minutes that differ, and no others
create table reconcile_minute (
    instrument_id integer not null,
    venue_id integer not null,
    opened_at integer not null,
    -- price, volume, missing_live, missing_batch, restated
    kind text not null,
    -- of the version before, for a restated candle
    live_close real,
    live_volume real,
    -- of the version now, for a restated candle
    batch_close real,
    batch_volume real,
    price_bps real,
    volume_share real,
    primary key (instrument_id, venue_id, opened_at, kind)
) strict, without rowid;

create index reconcile_minute_at on reconcile_minute (opened_at);

-- what the checks of gold say of a day
create table day_finding (
    instrument_id integer not null,
    venue_id integer not null,
    check_id text not null,
    day_at integer not null,
    tested integer not null,
    failed integer not null,
    -- rank of the worst finding: 0 none, 1 info, 2 warn, 3 error, 4 critical
    severity integer not null,
    value real,
    -- JSON of the evidence; empty without any
    evidence text not null,
    primary key (instrument_id, venue_id, check_id, day_at)
) strict, without rowid;

-- distribution of a day's standardised returns, and how far it was from the 28 days before it
create table day_profile (
    instrument_id integer not null,
    venue_id integer not null,
    day_at integer not null,
    -- JSON: a histogram
    returns text not null,
    psi real,
    ks_effect real,
    primary key (instrument_id, venue_id, day_at)
) strict, without rowid;

-- which stretches files of a series cover
create index bronze_landing_of on bronze_landing (instrument, venue, first_at) where pipeline = 'batch' and dataset = 'candle';
