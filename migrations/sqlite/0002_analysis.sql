-- Analysis: summaries and trends of prices and news, and what each file of the batch pipeline held.
-- Everything but dataset_profile is a function of gold_candle and silver_article.

-- Σ of the squared log returns of the finest candles in the bar (the first of a 5-minute bucket from its own open)
alter table gold_candle add column realised_variance real not null default 0;

create table gold_day (
    instrument_id integer not null,
    venue_id integer not null,
    opened_at integer not null,
    open real not null,
    high real not null,
    low real not null,
    close real not null,
    -- to the close of the day before that has one; null on the first day
    return_1 real,
    log_return real,
    -- null where the day has a single candle, so that nothing inside it is known
    realised_volatility real,
    -- realised_volatility × √365
    volatility_annualised real,
    -- highest close so far, and close / peak − 1
    peak real not null,
    drawdown real not null,
    volume real not null,
    vwap real,
    -- candles between the ends of the series that should be and that are there
    expected integer not null,
    observed integer not null,
    -- observed / expected, at most 1
    completeness real not null,
    source_step_ms integer not null,
    sma_50 real,
    sma_200 real,
    volatility_20 real,
    -- up, down, mixed, unknown
    regime text not null,
    primary key (instrument_id, venue_id, opened_at)
) strict, without rowid;

create table gold_period (
    instrument_id integer not null,
    venue_id integer not null,
    -- week (from Monday) or month
    period text not null,
    opened_at integer not null,
    days integer not null,
    open real not null,
    high real not null,
    low real not null,
    close real not null,
    -- to the close before the period; of the first one to its own open
    return_1 real not null,
    -- Σ of the days' variances, and √(mean × 365)
    variance real not null,
    volatility_annualised real,
    -- deepest close under the highest close of the period or the one before it, − 1
    max_drawdown real not null,
    volume real not null,
    vwap real,
    -- days without any candle between the ends of the series count too
    expected integer not null,
    observed integer not null,
    completeness real not null,
    primary key (instrument_id, venue_id, period, opened_at)
) strict, without rowid;

-- by 13 weeks, so that a late row changes few hours' sums
create table gold_profile (
    instrument_id integer not null,
    venue_id integer not null,
    -- Monday on which the 13 weeks begin
    opened_at integer not null,
    -- Monday = 0
    weekday integer not null,
    -- UTC
    hour integer not null,
    -- hours, and those of them with a return from the hour right before
    hours integer not null,
    n integer not null,
    -- sums over those n: mean and deviation are computed on reading
    sum_return real not null,
    sum_square real not null,
    sum_abs real not null,
    volume real not null,
    primary key (instrument_id, venue_id, opened_at, weekday, hour)
) strict, without rowid;

create table gold_news_day (
    -- 0: the whole market
    instrument_id integer not null,
    opened_at integer not null,
    source text not null,
    -- duplicates included
    articles integer not null,
    duplicates integer not null,
    -- sums and counts over articles that are no duplicates
    given_sum real not null,
    given_count integer not null,
    computed_sum real not null,
    computed_count integer not null,
    positive integer not null,
    neutral integer not null,
    negative integer not null,
    primary key (instrument_id, opened_at, source)
) strict, without rowid;

-- what a file of the batch pipeline held, and whether it can be trusted
create table dataset_profile (
    instrument_id integer not null,
    venue_id integer not null,
    dataset text not null,
    -- 0 for articles
    step_ms integer not null,
    landing_id integer not null references bronze_landing (id),
    format text not null,
    -- JSON: columns, months, histograms
    profile text not null,
    -- trusted, trusted with caution, not trusted
    verdict text not null,
    reason text not null,
    -- JSON {"pass":n,…} and [["rule",rows],…]
    checks text not null,
    rejects text not null,
    primary key (instrument_id, venue_id, dataset, step_ms, landing_id)
) strict, without rowid;

create unique index dataset_profile_landing on dataset_profile (landing_id);
