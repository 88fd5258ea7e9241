//! What the Market page shows.

use app::{
    backend::MarketQuery,
    model::{
        ConsensusVm, HOUR_MS, MINUTE_MS, MarketVm, SeriesVm, SourceEventKind, Step, VenuePriceVm,
        format_utc,
    },
};

use super::StoreBackend;
use crate::store::{
    StoreError,
    view::{Primary, SeriesRow, Window},
};

/// Bars in the table.
const BARS: i64 = 60;
/// Trades on the tape.
const TRADES: i64 = 50;
/// A consensus older than this is history.
const AGREED_MS: i64 = 15 * MINUTE_MS;

impl StoreBackend {
    pub(super) async fn read_market(&self, query: &MarketQuery) -> Result<MarketVm, StoreError> {
        let store = &self.store;
        let now = self.clock.now_ms();
        let series = self.series().await?;
        let primaries = store.primaries().await?;
        // an old link to a series that is gone still shows a chart
        let chosen = preferred(&series, &primaries, &query.instrument, &query.venue)
            .or_else(|| preferred(&series, &primaries, "", ""));
        let row = chosen.and_then(|index| series.get(index));
        let step_ms = Step::named(&query.step)
            .map(|step| step.step_ms)
            .filter(|step_ms| row.is_none_or(|row| row.vm.finest_step_ms <= *step_ms))
            .unwrap_or_else(|| row.map_or(HOUR_MS, |row| usual_step(&row.vm)));
        let mut vm = MarketVm {
            server_now: now,
            series: Vec::new(),
            chosen,
            step_ms,
            bars: Vec::new(),
            table: String::new(),
            differences: String::new(),
            book: None,
            quote: None,
            trades: Vec::new(),
            consensus: None,
            failed_over: None,
        };
        if let Some(row) = row {
            let window = Window {
                to_ms: row.vm.last_at.saturating_add(1),
                ..Window::newest(BARS)
            };
            vm.bars = store.bars(row.key, step_ms, window).await?;
            vm.book = store.books(row.key, Window::newest(1)).await?.pop();
            vm.quote = store.quotes(row.key, Window::newest(1)).await?.pop();
            let trades = store.trades(row.key, Window::newest(TRADES)).await?;
            vm.trades = trades.into_iter().map(|row| row.trade).collect();
            let primary = primaries
                .iter()
                .find(|primary| primary.instrument == row.vm.instrument);
            vm.consensus = self.consensus(row, primary, now).await?;
            if let Some(primary) = primary {
                vm.failed_over = self.failed_over(primary).await?;
            }
        }
        vm.series = series.into_iter().map(|row| row.vm).collect();
        Ok(vm)
    }

    /// What the venues of an instrument agree on: from memory, after a start from the newest row.
    async fn consensus(
        &self,
        series: &SeriesRow,
        primary: Option<&Primary>,
        now: i64,
    ) -> Result<Option<ConsensusVm>, StoreError> {
        let heard = self.hub.consensus().into_iter();
        if let Some(newest) = heard
            .filter(|consensus| consensus.instrument == series.vm.instrument)
            .max_by_key(|consensus| consensus.observed_at)
        {
            return Ok(Some(newest));
        }
        let window = Window {
            from_ms: now - AGREED_MS,
            ..Window::newest(1)
        };
        let stored = self.store.consensus(series.key.instrument_id, window);
        Ok(stored.await?.pop().map(|row| ConsensusVm {
            instrument: series.vm.instrument.clone(),
            simulated: series.vm.simulated,
            observed_at: row.observed_at,
            price: Some(row.price),
            spread_bps: row.spread_bps,
            primary: primary.map(|primary| primary.venue.clone()),
            venues: row
                .deviations
                .into_iter()
                .map(|venue| VenuePriceVm {
                    venue: venue.venue,
                    price: venue.price,
                    deviation_bps: venue.deviation_bps,
                    used: venue.used,
                    received_at: row.observed_at,
                    reason: String::new(),
                })
                .collect(),
        }))
    }

    /// The notice of a fail-over that still holds.
    async fn failed_over(&self, primary: &Primary) -> Result<Option<String>, StoreError> {
        // the event is written with the row that it explains, maybe a moment before
        let from_ms = primary.since.saturating_sub(MINUTE_MS);
        let change = self.store.newest_change(&primary.instrument, from_ms);
        Ok(change
            .await?
            .filter(|event| event.kind == SourceEventKind::FailedOver)
            .map(|event| {
                format!(
                    "Fail-over: since {} UTC the primary series of {} comes from {}. {}",
                    format_utc(event.at),
                    primary.instrument,
                    primary.venue,
                    event.detail
                )
            }))
    }
}

/// The series to show where names leave a choice: the live one of a primary venue, real before simulated, in the order
/// of instruments; else the first that fits. An empty name stands for any.
#[must_use]
pub fn preferred(
    series: &[SeriesRow],
    primaries: &[Primary],
    instrument: &str,
    venue: &str,
) -> Option<usize> {
    let matches = |wanted: &str, is: &str| wanted.is_empty() || wanted == is;
    let fits =
        |row: &SeriesRow| matches(instrument, &row.vm.instrument) && matches(venue, &row.vm.venue);
    let of = |primary: &Primary| {
        series.iter().position(|row| {
            fits(row)
                && row.vm.live
                && row.vm.instrument == primary.instrument
                && row.vm.venue == primary.venue
        })
    };
    let real = primaries.iter().filter(|primary| primary.simulated == 0);
    let simulated = primaries.iter().filter(|primary| primary.simulated != 0);
    real.chain(simulated)
        .find_map(of)
        .or_else(|| series.iter().position(fits))
}

/// Hours, unless the series is too young to fill a chart with them.
fn usual_step(series: &SeriesVm) -> i64 {
    /// Bars that make a chart.
    const BARS: i64 = 60;
    let length = series.last_at - series.first_at;
    let fits = |step_ms: &i64| *step_ms >= series.finest_step_ms && length / step_ms >= BARS;
    let finer = [15 * MINUTE_MS, 5 * MINUTE_MS].into_iter().find(fits);
    if fits(&HOUR_MS) {
        HOUR_MS
    } else {
        finer.unwrap_or(series.finest_step_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::view::SeriesKey;

    fn row(instrument: &str, venue: &str, live: bool) -> SeriesRow {
        SeriesRow {
            key: SeriesKey {
                instrument_id: 1,
                venue_id: 1,
            },
            vm: SeriesVm {
                instrument: instrument.to_owned(),
                venue: venue.to_owned(),
                simulated: venue.starts_with("simulator"),
                live,
                finest_step_ms: MINUTE_MS,
                first_at: 0,
                last_at: 0,
                version: 1,
            },
        }
    }

    fn primary(instrument: &str, venue: &str) -> Primary {
        Primary {
            instrument: instrument.to_owned(),
            venue: venue.to_owned(),
            since: 0,
            reason: String::new(),
            simulated: i64::from(venue.starts_with("simulator")),
        }
    }

    #[test]
    fn the_primary_venue_is_shown_unless_another_is_asked_for() {
        let series = [
            row("BTC-USDT", "binance", true),
            row("BTC-USD", "kraken", true),
            row("BTC-USD", "coinbase", true),
            row("BTC-USD", "bitfinex", false),
        ];
        let primaries = [
            primary("BTC-USD", "coinbase"),
            primary("BTC-USDT", "binance"),
        ];
        let ask = |instrument, venue| preferred(&series, &primaries, instrument, venue);
        assert_eq!(ask("", ""), Some(2));
        assert_eq!(ask("BTC-USD", ""), Some(2));
        assert_eq!(ask("BTC-USDT", ""), Some(0));
        assert_eq!(ask("BTC-USD", "bitfinex"), Some(3));
        assert_eq!(ask("", "kraken"), Some(1));
        assert_eq!(ask("BTC-EUR", ""), None);
        assert_eq!(preferred(&series, &[], "", ""), Some(0));
        let gone = [primary("BTC-USD", "bitfinex")];
        assert_eq!(
            preferred(&series, &gone, "BTC-USD", ""),
            Some(1),
            "not live any more"
        );
    }

    #[test]
    fn real_prices_come_before_simulated_ones() {
        let series = [
            row("BTC-USD", "simulator-kraken", true),
            row("BTC-USDT", "binance", true),
        ];
        let primaries = [
            primary("BTC-USD", "simulator-kraken"),
            primary("BTC-USDT", "binance"),
        ];
        assert_eq!(preferred(&series, &primaries, "", ""), Some(1));
    }
}
