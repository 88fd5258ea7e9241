//! The series that are judged, and their minutes.

use app::model::{Candle, MINUTE_MS, Pipeline};

use crate::{
    pipeline::Engine,
    quality::cross_venue::{VenueMinute, VenueMinutes},
    refine::rollup::meet,
    store::{
        Names, SeriesKey, StoreError, Tx,
        candle::{candles, ends},
    },
};

/// A series of minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Series {
    /// Instrument and venue.
    pub names: Names,
    /// `BTC-USD`
    pub instrument: String,
    /// `kraken`
    pub venue: String,
    /// Never compared with one that is not.
    pub simulated: bool,
    /// True if the live pipeline brings its newest minutes.
    pub live: bool,
    /// Half-open stretches of incidents that a person confirmed: they are in no baseline.
    pub excluded: Vec<(i64, i64)>,
}

impl Series {
    /// Name of what results of now are about.
    pub fn now_entity(&self) -> String {
        format!("{}/{}/gold", self.instrument, self.venue)
    }
}

/// Every series of minutes, always in the same order: the first of an instrument is what others are held against.
pub(super) async fn all_series(engine: &Engine) -> Result<Vec<Series>, StoreError> {
    let rows = engine.store.series().await?;
    let mut all: Vec<Series> = rows
        .into_iter()
        .filter(|row| row.vm.finest_step_ms <= MINUTE_MS)
        .map(|row| Series {
            names: Names {
                instrument_id: row.key.instrument_id,
                venue_id: row.key.venue_id,
            },
            instrument: row.vm.instrument,
            venue: row.vm.venue,
            simulated: row.vm.simulated,
            live: row.vm.live,
            excluded: Vec::new(),
        })
        .collect();
    for series in &mut all {
        let confirmed = engine
            .store
            .confirmed_ranges(&series.instrument, &series.venue)
            .await?;
        let half_open = |(from, to): (i64, i64)| (from, to.saturating_add(1));
        series.excluded = confirmed.into_iter().map(half_open).collect();
    }
    all.sort_by_key(|series| (series.names.instrument_id, series.names.venue_id));
    Ok(all)
}

/// First and last minute of either pipeline; an empty stretch without any.
pub(super) async fn ends_of_minutes(tx: &mut Tx, names: Names) -> Result<(i64, i64), StoreError> {
    let mut found = (i64::MAX, i64::MIN);
    for pipeline in [Pipeline::Batch, Pipeline::Live] {
        let key = SeriesKey {
            names,
            pipeline,
            step_ms: MINUTE_MS,
        };
        if let Some((first, last)) = ends(tx, &key).await? {
            found = (found.0.min(first), found.1.max(last));
        }
    }
    Ok(found)
}

/// First minute of the live pipeline; behind all time without any.
pub(super) async fn first_live(tx: &mut Tx, names: Names) -> Result<i64, StoreError> {
    let key = SeriesKey {
        names,
        pipeline: Pipeline::Live,
        step_ms: MINUTE_MS,
    };
    Ok(ends(tx, &key).await?.map_or(i64::MAX, |(first, _)| first))
}

/// Minutes as gold sees them, from `from` to before `to`: of two pipelines the batch one.
pub(super) async fn minutes(
    tx: &mut Tx,
    names: Names,
    (from, to): (i64, i64),
) -> Result<Vec<Candle>, StoreError> {
    let of = |pipeline| SeriesKey {
        names,
        pipeline,
        step_ms: MINUTE_MS,
    };
    let batch = candles(tx, &of(Pipeline::Batch), from, to).await?;
    let live = candles(tx, &of(Pipeline::Live), from, to).await?;
    Ok(meet(
        batch.into_iter().map(|held| held.candle).collect(),
        live.into_iter().map(|held| held.candle).collect(),
    ))
}

/// The final minutes of the venues of an instrument.
pub(super) async fn venues(
    tx: &mut Tx,
    group: &[&Series],
    range: (i64, i64),
) -> Result<Vec<VenueMinutes>, StoreError> {
    let mut all = Vec::with_capacity(group.len());
    for series in group {
        let minutes = minutes(tx, series.names, range).await?;
        all.push(VenueMinutes {
            venue: series.venue.clone(),
            minutes: minutes
                .iter()
                .filter(|minute| minute.is_final)
                .map(|minute| VenueMinute {
                    at: minute.opened_at,
                    close: minute.close,
                    volume: minute.volume,
                })
                .collect(),
        });
    }
    Ok(all)
}
