//! Rows for tests of what reads the store. Not for the product: nothing here keeps the store's promises.

use app::model::{
    AlertEventVm, AlertState, AlertVm, DAY_MS, GOLD_STEPS, HOUR_MS, MINUTE_MS, Severity,
    bucket_start,
};
use sqlx::{AssertSqlSafe, Executor as _};

use super::{Store, StoreError};

/// Two days of live minutes of BTC-USDT at binance up to `now_ms` with 20 minutes missing, three days of a file of
/// BTC-USD at bitfinex from 2018, and one or two rows of everything else. No alert.
///
/// # Errors
/// When the database refuses.
pub async fn fill(store: &Store, now_ms: i64) -> Result<(), StoreError> {
    let now = bucket_start(now_ms, MINUTE_MS);
    let live_from = now - 2 * DAY_MS;
    minutes(store, (2, 1, "live"), live_from, 2 * 24 * 60).await?;
    let hole = (now - 5 * HOUR_MS, now - 5 * HOUR_MS + 20 * MINUTE_MS);
    run(
        store,
        format!(
            "delete from silver_candle where instrument_id = 2 and opened_at >= {} and opened_at < {}",
            hole.0, hole.1
        ),
    )
    .await?;
    minutes(store, (1, 5, "batch"), 1_514_764_800_000, 3 * 24 * 60).await?;
    for step_ms in GOLD_STEPS {
        roll_up(store, step_ms).await?;
    }
    run(store, others(now_ms)).await
}

/// One more transition of an alert, committed: `feed.silence` of `entity` fires.
///
/// # Errors
/// When the database refuses.
pub async fn fire(
    store: &Store,
    entity: &str,
    severity: Severity,
    at_ms: i64,
) -> Result<AlertEventVm, StoreError> {
    let mut alert = AlertVm {
        id: 0,
        check_id: "feed.silence".to_owned(),
        title: String::new(),
        entity: entity.to_owned(),
        severity,
        state: AlertState::Firing,
        summary: format!("no message from {entity} for 3 min"),
        opened_at: at_ms,
        updated_at: at_ms,
        resolved_at: None,
        count: 1,
        incident_id: None,
        acknowledged_by: None,
        silenced: false,
        inhibited_by: None,
        flapping: false,
    };
    let mut transaction = store.write.begin().await?;
    (alert.id,) = sqlx::query_as(
        "insert into alert (check_id, entity, severity, state, summary, threshold, evidence, opened_at, updated_at,
            count, pipeline, scope, since, found_since)
        values ($1, $2, $3, 'firing', $4, 'a message in 90 s', $5, $6, $6, 1, 'live', 'live:' || $2, $6, $6)
        returning id",
    )
    .bind(&alert.check_id)
    .bind(entity)
    .bind(severity.as_str())
    .bind(&alert.summary)
    .bind(r#"{"columns":["venue","last"],"rows":[["binance","2026-11-23"]]}"#)
    .bind(at_ms)
    .fetch_one(&mut *transaction)
    .await?;
    let (seq,) = sqlx::query_as(
        "insert into alert_event (alert_id, at, to_state, severity, cause, actor, alert)
        values ($1, $2, 'firing', $3, 'silent', 'engine', $4)
        returning id",
    )
    .bind(alert.id)
    .bind(at_ms)
    .bind(severity.as_str())
    .bind(serde_json::to_string(&alert)?)
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(AlertEventVm {
        seq,
        at: at_ms,
        from_state: None,
        to_state: AlertState::Firing,
        severity,
        cause: "silent".to_owned(),
        actor: "engine".to_owned(),
        alert,
    })
}

async fn run(store: &Store, sql: String) -> Result<(), StoreError> {
    store.write.execute(AssertSqlSafe(sql)).await?;
    Ok(())
}

async fn minutes(
    store: &Store,
    (instrument_id, venue_id, pipeline): (i64, i64, &str),
    from_ms: i64,
    count: i64,
) -> Result<(), StoreError> {
    let last_at = from_ms + (count - 1) * MINUTE_MS;
    run(
        store,
        format!(
            "with recursive n(i) as (select 0 union all select i + 1 from n where i < {count} - 1)
            insert into silver_candle (instrument_id, venue_id, pipeline, step_ms, opened_at, open, high, low, close,
                volume, quote_volume, trades, is_final, flags, landing_id)
            select {instrument_id}, {venue_id}, '{pipeline}', 60000, {from_ms} + i * 60000, 100.0 + i % 7,
                110.0 + i % 7, 90.0, 101.0 + i % 7, 2.0, 205.0, 3, 1, 0, 1
            from n;
            insert into series values ({instrument_id}, {venue_id}, 60000, {count}, {from_ms}, {last_at}, 7);
            insert into layer_count values ('silver', 'candle', {count}, 0, {last_at}, {last_at})
            on conflict (layer, name) do update set rows = layer_count.rows + excluded.rows,
                newest_at = case when excluded.newest_at > layer_count.newest_at then excluded.newest_at
                    else layer_count.newest_at end"
        ),
    )
    .await
}

async fn roll_up(store: &Store, step_ms: i64) -> Result<(), StoreError> {
    let offset = bucket_start(step_ms, step_ms) - step_ms;
    run(
        store,
        format!(
            "insert into gold_candle (instrument_id, venue_id, step_ms, opened_at, open, high, low, close, volume,
                expected, observed, flagged, worst, source_step_ms, typical_volume)
            select instrument_id, venue_id, {step_ms}, (opened_at - {offset}) / {step_ms} * {step_ms} + {offset},
                min(open), max(high), min(low), max(close), sum(volume), {step_ms} / 60000, count(*), 0, 0, 60000, 1.0
            from silver_candle
            group by 1, 2, 4;
            insert into series
            select instrument_id, venue_id, step_ms, count(*), min(opened_at), max(opened_at), 1
            from gold_candle where step_ms = {step_ms} group by 1, 2, 3"
        ),
    )
    .await
}

fn others(now_ms: i64) -> String {
    let seen = now_ms - 41_000;
    format!(
        r#"
insert into bronze_landing (id, pipeline, venue, dataset, instrument, origin, format, received_at, sha256, bytes, state,
    rows, accepted, deduplicated, quarantined)
values (1, 'batch', 'bitfinex', 'candle', 'BTC-USD', 'data/<b>2018</b>.csv.gz', 'headed ohlcv', {seen}, 'aa', 1000,
        'done', 4321, 4320, 0, 1),
    (2, 'live', 'binance', 'quote', 'BTC-USDT', 'https://api/ticker', 'binance', {seen}, 'bb', 500, 'done', 1, 1, 0, 0);
insert into quarantine (landing_id, line_no, dataset, raw, rules, reason, seen_at)
values (1, 17, 'candle', '<script>alert(1)</script>,1,2', '["candle.ohlc"]', 'low is above high', {seen});
insert into silver_quote values (2, 1, 'live', {seen} - 60000, {seen} - 60000, 90.0, null, null, null, null, null, null,
    null, 2), (2, 1, 'live', {seen}, {seen}, 91234.5, 91234.0, 91235.0, 90000.0, 92000.0, 89000.0, 12345.6, 1.1e9, 2);
insert into silver_book values (2, 1, 'live', {seen}, {seen}, 91234.0, 91235.0, 0.11, 1, 2, 3, 4, -0.1, 0.5, null,
    cast('{{"bids":[[91234.0,0.5]],"asks":[[91235.0,0.25]]}}' as blob), 2);
insert into silver_article values (0, {seen}, 77, 'CoinDesk', 'Bitcoin <i>rises</i>', 'text', 'https://x/y', 'bitcoin',
    0.5, 'positive', null, 1, 2, null, 0, 1);
insert into run (pipeline, kind, subject, state, started_at, finished_at, rows, accepted, quarantined)
values ('batch', 'ingest', 'btcusd-1m-2018.csv.gz', 'done', {seen}, {seen}, 4321, 4320, 1),
    ('live', 'poll', 'binance', 'done', {seen}, {seen}, 1, 1, 0);
insert into check_latest (check_id, entity, pipeline, layer, result_id, evaluated_at, since, state, tested, failed,
    threshold, summary)
values ('candle.ohlc', 'BTC-USD/bitfinex', 'batch', 'silver', 1, {seen}, {seen}, 'pass', 4321, 0, 'none', 'all right'),
    ('feed.silence', 'binance', 'live', 'bronze', 2, {seen}, {seen}, 'critical', 1, 1, '90 s', 'silent');
insert into silver_trade values
    (2, 1, 'live', {seen} - 1000, 70, 91230.5, 0.25, 'buy', {seen} - 990, 0, 2),
    (2, 1, 'live', {seen}, 71, 91231.0, 0.5, 'sell', {seen} + 12, 0, 2),
    (2, 1, 'live', {seen}, 72, 91231.5, 1.5, 'buy', {seen} + 13, 1, 2);
insert into gold_minute values (2, 1, {seen} / 60000 * 60000, 91230.5, 91231.5, 91230.5, 91231.0, 91230.8, 0.75, 68423.1,
    2, 0.25, 0.5, 0.0001, 30, 0.1, -0.1, 1, 2, 3, 4, 0.5, null, 1, 0);
insert into gold_consensus values (2, {seen} - 60000, 91230.0, 2, 1.5), (2, {seen}, 91231.0, 3, 2.5);
insert into gold_deviation values (2, 1, {seen}, 91234.5, 0.38, 1), (2, 2, {seen}, 91131.0, -10.96, 0);
insert into gap (id, instrument_id, venue_id, dataset, from_at, to_at, cause, state, detected_at, updated_at, closed_at,
    attempts, next_at, rows, detail)
values (1, 2, 1, 'trade', {seen} - 600000, {seen} - 540000, 'disconnected', 'filled', {seen} - 540000, {seen} - 530000,
        {seen} - 530000, 1, 0, 240, ''),
    (2, 1, 5, 'candle', {seen} - 900000, null, 'silence', 'open', {seen} - 840000, {seen}, null, 2, {seen} + 5000, 0,
        'HTTP 503 <b>'),
    (3, 2, 1, 'book', {seen} - 300000, {seen} - 290000, 'checksum', 'recorded', {seen} - 300000, {seen} - 290000,
        {seen} - 290000, 0, 0, 0, 'books of the past cannot be asked for');
insert into primary_venue values (2, 1, {seen}, 'first of the configuration');
insert into source_event (id, at, instrument, venue, kind, detail)
values (1, {seen} - 60000, 'BTC-USDT', 'binance', 'disconnected', 'closed by the venue: 1006'),
    (2, {seen}, 'BTC-USDT', 'binance', 'failed_over', 'coinbase was silent for 31 s');
insert into job values ('hourly', '5 * * * *', 'candles', 'binance BTC-USDT', {seen}, {seen} + 3600000, 'done', '', 1);
insert into layer_count values ('bronze', 'landing', 2, 0, {seen}, {seen}), ('silver', 'quote', 2, 0, {seen}, {seen}),
    ('silver', 'quarantine', 1, 0, {seen}, {seen}), ('gold', 'candle', 900, 3, {seen}, {seen});
"#
    )
}
