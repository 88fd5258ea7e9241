-- Foundation: who and what (instrument, venue), bronze, silver, gold, and the records of the engine itself.
-- Times are milliseconds since the epoch, UTC. Keys of the big tables start with the instrument and contain the
-- time, so that they can be spread over several databases later.

create table instrument (
    id integer primary key,
    symbol text not null unique,
    base text not null,
    quote text not null
) strict;

-- instrument 0 stands for "the whole market": articles are about no single pair
insert into instrument (id, symbol, base, quote) values
    (0, '*', '*', '*'), (1, 'BTC-USD', 'BTC', 'USD'), (2, 'BTC-USDT', 'BTC', 'USDT');

create table venue (
    id integer primary key,
    name text not null unique,
    -- 1: not real prices, marked on every page that shows them
    simulated integer not null default 0
) strict;

insert into venue (id, name, simulated) values
    (1, 'binance', 0), (2, 'coinbase', 0), (3, 'kraken', 0), (4, 'bitstamp', 0), (5, 'bitfinex', 0),
    (6, 'simulator', 1), (7, 'sample', 1);

-- ---------------------------------------------------------------- bronze

create table bronze_landing (
    id integer primary key,
    pipeline text not null,
    venue text not null,
    dataset text not null,
    instrument text not null,
    -- file path or URL
    origin text not null,
    format text not null default '',
    received_at integer not null,
    sha256 text not null,
    bytes integer not null,
    -- landing, landed, refining, done, refused, failed
    state text not null,
    -- reason of a refusal or failure
    detail text not null default '',
    -- rows = accepted + deduplicated + quarantined once state is done
    rows integer not null default 0,
    accepted integer not null default 0,
    deduplicated integer not null default 0,
    quarantined integer not null default 0,
    flagged integer not null default 0,
    first_at integer,
    last_at integer,
    finished_at integer
) strict;

-- the same file lands once; two polls may well give the same bytes
create unique index bronze_landing_file on bronze_landing (dataset, sha256) where pipeline = 'batch';
create index bronze_landing_unfinished on bronze_landing (state) where state in ('landing', 'landed', 'refining', 'failed');
create index bronze_landing_received on bronze_landing (pipeline, received_at);

create table bronze_part (
    landing_id integer not null references bronze_landing (id),
    part_no integer not null,
    -- first line in the part and lines that begin in it; 0 where the bytes are compressed as they arrived
    first_line integer not null,
    rows integer not null,
    -- none or zstd
    codec text not null,
    body blob not null,
    unique (landing_id, part_no)
) strict;

-- ---------------------------------------------------------------- silver

create table silver_candle (
    instrument_id integer not null,
    venue_id integer not null,
    pipeline text not null,
    step_ms integer not null,
    opened_at integer not null,
    open real not null,
    high real not null,
    low real not null,
    close real not null,
    volume real not null,
    quote_volume real,
    trades integer,
    is_final integer not null,
    -- bits of app::model::flag
    flags integer not null,
    landing_id integer not null,
    primary key (instrument_id, venue_id, pipeline, step_ms, opened_at)
) strict, without rowid;

-- the older version of a final candle that a later landing restated
create table silver_candle_restated (
    instrument_id integer not null,
    venue_id integer not null,
    pipeline text not null,
    step_ms integer not null,
    opened_at integer not null,
    landing_id integer not null,
    superseded_by integer not null,
    open real not null,
    high real not null,
    low real not null,
    close real not null,
    volume real not null,
    quote_volume real,
    trades integer,
    is_final integer not null,
    flags integer not null,
    primary key (instrument_id, venue_id, pipeline, step_ms, opened_at, landing_id)
) strict, without rowid;

create index silver_candle_restated_by on silver_candle_restated (superseded_by);

create table silver_quote (
    instrument_id integer not null,
    venue_id integer not null,
    pipeline text not null,
    observed_at integer not null,
    received_at integer not null,
    last real not null,
    bid real,
    ask real,
    open_24h real,
    high_24h real,
    low_24h real,
    volume_24h real,
    quote_volume_24h real,
    landing_id integer not null,
    primary key (instrument_id, venue_id, pipeline, observed_at)
) strict, without rowid;

create table silver_book (
    instrument_id integer not null,
    venue_id integer not null,
    pipeline text not null,
    observed_at integer not null,
    received_at integer not null,
    best_bid real not null,
    best_ask real not null,
    spread_bps real not null,
    bid_depth_10bps real not null,
    ask_depth_10bps real not null,
    bid_depth_50bps real not null,
    ask_depth_50bps real not null,
    imbalance real not null,
    -- cost of 100,000 in quote currency, basis points from the mid; null: the book is too thin
    buy_cost_bps real,
    sell_cost_bps real,
    -- top levels: JSON {"bids":[[price,size],…],"asks":[…]}
    levels blob not null,
    landing_id integer not null,
    primary key (instrument_id, venue_id, pipeline, observed_at)
) strict, without rowid;

create table silver_article (
    instrument_id integer not null,
    published_at integer not null,
    -- hash of canonical url, title, source and time
    id integer not null,
    source text not null,
    title text not null,
    summary text not null,
    url text not null,
    subject text not null,
    sentiment_given real,
    sentiment_class text,
    -- a later capability; null until then
    sentiment_computed real,
    url_key integer not null,
    title_key integer not null,
    -- id of the earliest article with the same url or title; null: this is the earliest
    duplicate_of integer,
    -- 1: the date had no time of day
    date_only integer not null,
    landing_id integer not null,
    primary key (instrument_id, published_at, id)
) strict, without rowid;

create index silver_article_url on silver_article (url_key);
create index silver_article_title on silver_article (title_key);

create table quarantine (
    id integer primary key,
    landing_id integer not null references bronze_landing (id),
    line_no integer not null,
    dataset text not null,
    raw text not null,
    -- JSON array of check ids
    rules text not null,
    reason text not null,
    seen_at integer not null,
    -- open, retried, discarded
    state text not null default 'open'
) strict;

create index quarantine_landing on quarantine (landing_id, line_no);

-- ---------------------------------------------------------------- gold

create table gold_candle (
    instrument_id integer not null,
    venue_id integer not null,
    step_ms integer not null,
    opened_at integer not null,
    open real not null,
    high real not null,
    low real not null,
    close real not null,
    volume real not null,
    vwap real,
    trades integer,
    expected integer not null,
    observed integer not null,
    flagged integer not null,
    -- worst severity of the source candles: 0 none, 1 info, 2 warn, 3 error, 4 critical
    worst integer not null,
    sma_20 real,
    sma_50 real,
    sma_200 real,
    volatility_20 real,
    return_1 real,
    -- finest silver step in the bucket: what expected and observed count
    source_step_ms integer not null,
    -- what the next coarser step sums for its vwap: Σ quote_volume (null if a candle lacks it), Σ typical price × volume
    quote_volume real,
    typical_volume real not null,
    primary key (instrument_id, venue_id, step_ms, opened_at)
) strict, without rowid;

-- the pipelines meet: a final candle before a provisional one, then batch before live
create view gold_candle_1m as
select instrument_id, venue_id, step_ms, opened_at, open, high, low, close, volume, quote_volume, trades,
    is_final, flags, pipeline, landing_id
from silver_candle s
where step_ms = 60000 and not exists (
    select 1 from silver_candle o
    where o.instrument_id = s.instrument_id and o.venue_id = s.venue_id and o.step_ms = s.step_ms
        and o.opened_at = s.opened_at
        -- an equality, so that the key can be used to its end
        and o.pipeline = case s.pipeline when 'live' then 'batch' else 'live' end
        and (o.is_final > s.is_final or (o.is_final = s.is_final and o.pipeline = 'batch'))
);

-- what there is of each series: kept in the same transaction as its rows, so that no page has to count
create table series (
    instrument_id integer not null,
    venue_id integer not null,
    step_ms integer not null,
    rows integer not null,
    first_at integer not null,
    last_at integer not null,
    -- grows with every change of its candles
    version integer not null,
    primary key (instrument_id, venue_id, step_ms)
) strict, without rowid;

-- rows per table, counted in the transaction that writes them
create table layer_count (
    layer text not null,
    name text not null,
    rows integer not null,
    rejects integer not null,
    newest_at integer,
    written_at integer,
    primary key (layer, name)
) strict, without rowid;

-- ---------------------------------------------------------------- the engine itself

create table run (
    id integer primary key,
    pipeline text not null,
    kind text not null,
    subject text not null,
    -- running, done, refused, failed, interrupted
    state text not null,
    phase text not null default '',
    landing_id integer,
    started_at integer not null,
    finished_at integer,
    bytes_done integer not null default 0,
    bytes_total integer not null default 0,
    rows integer not null default 0,
    accepted integer not null default 0,
    deduplicated integer not null default 0,
    quarantined integer not null default 0,
    flagged integer not null default 0,
    detail text not null default ''
) strict;

create index run_started on run (pipeline, started_at);

-- where a duty goes on after a restart; the epoch fences out a holder that was replaced
create table checkpoint (
    name text primary key,
    epoch integer not null,
    resume_from text not null,
    updated_at integer not null
) strict, without rowid;

-- every result that said something new; append only
create table check_result (
    id integer primary key,
    check_id text not null,
    entity text not null,
    pipeline text not null,
    layer text not null,
    landing_id integer,
    evaluated_at integer not null,
    state text not null,
    tested integer not null,
    failed integer not null,
    value real,
    threshold text not null,
    summary text not null,
    -- JSON {"columns":[…],"rows":[[…],…]}
    evidence text not null
) strict;

create index check_result_of on check_result (check_id, entity, evaluated_at);

-- the newest result of every check and entity
create table check_latest (
    check_id text not null,
    entity text not null,
    pipeline text not null,
    layer text not null,
    result_id integer not null,
    evaluated_at integer not null,
    since integer not null,
    state text not null,
    tested integer not null,
    failed integer not null,
    value real,
    threshold text not null,
    summary text not null,
    primary key (check_id, entity)
) strict, without rowid;

create table alert (
    id integer primary key,
    check_id text not null,
    entity text not null,
    severity text not null,
    -- pending, firing, acknowledged, recovering, resolved
    state text not null,
    summary text not null,
    threshold text not null,
    -- JSON {"columns":[…],"rows":[[…],…]}
    evidence text not null,
    opened_at integer not null,
    updated_at integer not null,
    resolved_at integer,
    count integer not null
) strict;

-- one open alert per check and entity
create unique index alert_open on alert (check_id, entity) where state <> 'resolved';

create table alert_event (
    id integer primary key,
    alert_id integer not null references alert (id),
    at integer not null,
    from_state text,
    to_state text not null,
    severity text not null,
    cause text not null,
    actor text not null,
    -- JSON of the alert after the transition: what the event stream sends, also after a restart
    alert text not null
) strict;

create index alert_event_alert on alert_event (alert_id, id);
