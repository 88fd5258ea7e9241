-- The live engine: trades, what is computed of them and of books by the minute, the price that venues agree on, gaps
-- from detected to filled, and what happened to connections.

insert into venue (name, simulated) values
    ('simulator-coinbase', 1), ('simulator-kraken', 1), ('simulator-bitstamp', 1), ('simulator-bitfinex', 1),
    ('coingecko', 0)
on conflict (name) do nothing;

-- the id is the venue's: it makes a trade that arrives twice, over two connections or again by a backfill, one
create table silver_trade (
    instrument_id integer not null,
    venue_id integer not null,
    pipeline text not null,
    traded_at integer not null,
    trade_id integer not null,
    price real not null,
    size real not null,
    -- of the taker: buy, sell
    side text not null,
    received_at integer not null,
    -- 1: it came after its minute was final and outside a backfill, and is not in gold_minute's prices
    late integer not null,
    landing_id integer not null,
    primary key (instrument_id, venue_id, pipeline, traded_at, trade_id)
) strict, without rowid;

-- what Assay computes of a venue's trades and books in a minute; beside the venue's own candles in silver_candle
create table gold_minute (
    instrument_id integer not null,
    venue_id integer not null,
    minute_at integer not null,
    -- of the trades; null without any
    open real,
    high real,
    low real,
    close real,
    vwap real,
    volume real not null,
    quote_volume real not null,
    trades integer not null,
    buy_volume real not null,
    sell_volume real not null,
    -- square root of the sum of squared log returns from second to second
    realised_volatility real,
    -- means of the books seen in the minute, one a second; null without any
    books integer not null,
    spread_bps real,
    imbalance real,
    bid_depth_10bps real,
    ask_depth_10bps real,
    bid_depth_50bps real,
    ask_depth_50bps real,
    buy_cost_bps real,
    sell_cost_bps real,
    -- trades that came too late to count
    late integer not null,
    is_final integer not null,
    primary key (instrument_id, venue_id, minute_at)
) strict, without rowid;

-- the price the venues agree on: median of those that are fresh and healthy
create table gold_consensus (
    instrument_id integer not null,
    observed_at integer not null,
    price real not null,
    -- venues in the median
    venues integer not null,
    -- largest less smallest of their prices, in basis points of the median
    spread_bps real not null,
    primary key (instrument_id, observed_at)
) strict, without rowid;

-- how far each venue was from it
create table gold_deviation (
    instrument_id integer not null,
    venue_id integer not null,
    observed_at integer not null,
    price real not null,
    deviation_bps real not null,
    -- 1: it was in the median; 0: stale, failed or its book not to be trusted
    used integer not null,
    primary key (instrument_id, venue_id, observed_at)
) strict, without rowid;

-- a stretch without data, from detected to filled or recorded for good
create table gap (
    id integer primary key,
    instrument_id integer not null,
    venue_id integer not null,
    -- trade, candle, book
    dataset text not null,
    -- from the last row before it to the first behind it; to_at null: it is still growing
    from_at integer not null,
    to_at integer,
    -- last trade before it and first behind it, where the venue counts its trades
    from_id integer,
    to_id integer,
    -- not_running, disconnected, sequence, silence, checksum
    cause text not null,
    -- open, filling, filled, recorded (cannot be filled: detail says why)
    state text not null,
    detected_at integer not null,
    updated_at integer not null,
    closed_at integer,
    attempts integer not null,
    next_at integer not null,
    rows integer not null,
    detail text not null
) strict;

create index gap_open on gap (state, next_at) where state in ('open', 'filling');
create index gap_of on gap (instrument_id, venue_id, dataset, from_at);

-- what happened to sources: connected, disconnected, resynchronised, failed over, returned, conflated
create table source_event (
    id integer primary key,
    at integer not null,
    instrument text not null,
    venue text not null,
    kind text not null,
    detail text not null
) strict;

create index source_event_at on source_event (at);

-- which venue an instrument's primary series comes from
create table primary_venue (
    instrument_id integer primary key,
    venue_id integer not null,
    since integer not null,
    reason text not null
) strict;

-- moods of the market as others publish them: the Fear & Greed index, one value a day
create table silver_sentiment (
    instrument_id integer not null,
    venue_id integer not null,
    observed_at integer not null,
    -- 0 to 100
    value real not null,
    -- in the publisher's words: the classes are never computed here
    label text not null,
    received_at integer not null,
    landing_id integer not null,
    primary key (instrument_id, venue_id, observed_at)
) strict, without rowid;
