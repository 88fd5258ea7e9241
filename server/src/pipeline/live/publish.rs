//! Telling listeners what an answer brought, after it is committed.

use app::model::{Bar, GOLD_STEPS, LiveEvent, MINUTE_MS, Pipeline};

use super::{answer::Taken, feed::Feed};
use crate::{
    pipeline::Engine,
    refine::rollup::{close, of_candle},
    store::{
        Names, SeriesKey, StoreError, candle::candles_before, count::series_version,
        gold::bars_before,
    },
};

/// Publishes alerts, then a quote, a book or new bars. What cannot be read is logged: it is committed all the same.
pub async fn publish(engine: &Engine, feed: &Feed, names: Names, taken: Taken) {
    engine.hub.alerts(taken.events);
    if let Some(quote) = taken.quote {
        engine.hub.publish(LiveEvent::Price(quote));
    }
    if let Some(book) = taken.book {
        engine.hub.publish(LiveEvent::Book(book));
    }
    if taken.candles {
        match newest_bars(engine, &feed.source.instrument, &feed.source.name, names).await {
            Ok(bars) => engine.hub.publish(bars),
            Err(error) => tracing::warn!(%error, "the newest bars cannot be read"),
        }
    }
    engine.hub.changed();
}

/// The newest bar of every step.
///
/// # Errors
/// When the database fails.
pub(super) async fn newest_bars(
    engine: &Engine,
    instrument: &str,
    venue: &str,
    names: Names,
) -> Result<LiveEvent, StoreError> {
    let key = SeriesKey {
        names,
        pipeline: Pipeline::Live,
        step_ms: MINUTE_MS,
    };
    let mut tx = engine.store.snapshot().await?;
    let mut bars: Vec<(i64, Bar)> = Vec::new();
    for held in candles_before(&mut tx, &key, i64::MAX, 2).await? {
        let mut bar = of_candle(&held.candle, MINUTE_MS);
        close(&mut bar);
        bars.push((MINUTE_MS, bar.bar));
    }
    for step_ms in GOLD_STEPS {
        bars.extend(
            bars_before(&mut tx, names, step_ms, i64::MAX, 1)
                .await?
                .into_iter()
                .map(|bar| (step_ms, bar.bar)),
        );
    }
    let version = series_version(&mut tx, &key).await?;
    Ok(LiveEvent::Bars {
        instrument: instrument.to_owned(),
        venue: venue.to_owned(),
        version,
        bars,
    })
}
