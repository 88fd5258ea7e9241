//! What the pages that judge share: read once, in a handful of queries.

use app::model::{
    AlertState, AlertVm, DAY_MS, FeedVm, GOLD_STEPS, LayerVm, QuoteVm, Severity, Verdict,
    bucket_start, pipeline::TableVm,
};

use super::{
    market::preferred,
    verdict::{Findings, verdict},
};
use crate::{
    quality::catalog,
    store::{
        Store, StoreError,
        view::{LayerCount, OpenAlerts, Primary, SeriesRow},
    },
};

/// A poll needs some time after the end of a candle to bring it: until then it is not missing.
const ARRIVAL_MS: i64 = 90_000;

/// Facts of one moment.
#[derive(Debug)]
pub struct Facts {
    /// The clock when they were read.
    pub now: i64,
    /// Every series, the live one first.
    pub series: Vec<SeriesRow>,
    /// Newest live quote of the main series; of all where it has none.
    pub quote: Option<QuoteVm>,
    /// Primary venues, in the order of instruments.
    pub primaries: Vec<Primary>,
    /// Newest alerts, open ones first.
    pub alerts: Vec<AlertVm>,
    /// Share of expected candles of the main series that are there, newest 24 h.
    pub completeness: Option<f64>,
    counts: Vec<LayerCount>,
    open: Vec<OpenAlerts>,
    checked: bool,
    main: Option<usize>,
    /// Score of the whole, where it is known.
    score: Option<f64>,
}

impl Facts {
    /// Reads them; at most `alerts` alerts.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn read(
        store: &Store,
        feeds: &[FeedVm],
        now: i64,
        alerts: i64,
    ) -> Result<Self, StoreError> {
        let series = series(store, feeds).await?;
        let primaries = store.primaries().await?;
        let quotes = store.newest_quotes().await?;
        let main = main_series(&series, &primaries, quotes.first());
        let quote = of_series(main.and_then(|index| series.get(index)), quotes, |quote| {
            (&quote.instrument, &quote.venue)
        });
        let completeness = match main.and_then(|index| series.get(index)) {
            Some(row) => completeness(store, row, now).await?,
            None => None,
        };
        Ok(Self {
            now,
            quote,
            primaries,
            alerts: store.alerts(alerts).await?,
            completeness,
            counts: store.layer_counts().await?,
            open: store.open_alerts().await?,
            checked: store.any_check().await?,
            main,
            series,
            score: None,
        })
    }

    /// With the score of the whole.
    pub const fn scored(mut self, score: Option<f64>) -> Self {
        self.score = score;
        self
    }

    /// The series the page is about: that of a primary venue, else of the newest quote, else the first.
    pub fn main_series(&self) -> Option<&SeriesRow> {
        self.main.and_then(|index| self.series.get(index))
    }

    /// The one of a list, newest first, that belongs to the main series; the first where none does.
    pub fn of_main<T>(&self, list: Vec<T>, names: impl Fn(&T) -> (&str, &str)) -> Option<T> {
        of_series(self.main_series(), list, names)
    }

    /// Age of the newest live price by the venue's time.
    pub fn price_age_ms(&self) -> Option<i64> {
        self.quote
            .as_ref()
            .map(|quote| (self.now - quote.quote.observed_at).max(0))
    }

    /// Severities of all open alerts.
    pub fn severities(&self) -> Vec<Severity> {
        let mut all = self.of_pipeline(true);
        all.extend(self.of_pipeline(false));
        all
    }

    /// Open alerts in all.
    pub fn open_alerts(&self) -> i64 {
        self.open.iter().map(|open| open.count).sum()
    }

    /// Quarantined rows in all.
    pub fn quarantined(&self) -> i64 {
        self.count("silver", "quarantine").map_or(0, |row| row.rows)
    }

    /// The sentence on top.
    pub fn verdict(&self) -> Verdict {
        let headline = self
            .alerts
            .first()
            .filter(|alert| alert.state.is_open() && alert.state != AlertState::Pending);
        verdict(&Findings {
            has_data: !self.series.is_empty()
                || self.quote.is_some()
                || self.counts.iter().any(|row| row.rows > 0),
            checked: self.checked,
            live: self.of_pipeline(true),
            batch: self.of_pipeline(false),
            headline: headline.map(|alert| alert.summary.clone()),
            price_age_ms: self.price_age_ms(),
            completeness: self.completeness,
            score: self.score,
        })
    }

    /// Bronze, silver and gold.
    pub fn layers(&self) -> Vec<LayerVm> {
        ["bronze", "silver", "gold"]
            .map(|layer| self.layer(layer))
            .into()
    }

    /// Rows table by table, in the order of the data's way.
    pub fn tables(&self) -> Vec<TableVm> {
        let mut tables: Vec<&LayerCount> = self.counts.iter().collect();
        tables.sort_by_key(|row| match row.layer.as_str() {
            "bronze" => 0,
            "silver" => 1,
            _ => 2,
        });
        tables
            .into_iter()
            .map(|row| TableVm {
                layer: row.layer.clone(),
                name: row.name.clone(),
                rows: row.rows,
                rejects: row.rejects,
                newest_at: row.newest_at,
                written_at: row.written_at,
            })
            .collect()
    }

    fn layer(&self, layer: &str) -> LayerVm {
        let tables: Vec<&LayerCount> = self
            .counts
            .iter()
            .filter(|row| row.layer == layer && row.name != "quarantine")
            .collect();
        let rejects = match layer {
            "silver" => self.quarantined(),
            _ => tables.iter().map(|row| row.rejects).sum(),
        };
        let open: Vec<&OpenAlerts> = self
            .open
            .iter()
            .filter(|open| layer_of(open) == layer)
            .collect();
        LayerVm {
            layer: layer.to_owned(),
            rows: tables.iter().map(|row| row.rows).sum(),
            rejects,
            newest_at: tables.iter().filter_map(|row| row.newest_at).max(),
            written_at: tables.iter().filter_map(|row| row.written_at).max(),
            worst: open.iter().map(|open| open.severity).max(),
            open_alerts: open.iter().map(|open| open.count).sum(),
        }
    }

    fn count(&self, layer: &str, name: &str) -> Option<&LayerCount> {
        self.counts
            .iter()
            .find(|row| row.layer == layer && row.name == name)
    }

    /// An alert whose pipeline is not known counts as live: better too careful than too trusting.
    fn of_pipeline(&self, live: bool) -> Vec<Severity> {
        self.open
            .iter()
            .filter(|open| (open.pipeline != "batch") == live)
            .flat_map(|open| {
                std::iter::repeat_n(open.severity, usize::try_from(open.count).unwrap_or(0))
            })
            .collect()
    }
}

fn layer_of(open: &OpenAlerts) -> &str {
    match catalog::definition(&open.check_id) {
        Some(check) if open.layer.is_empty() => check.layer,
        _ => &open.layer,
    }
}

/// Every series, the live ones first; a feed that has no rows of late is live all the same.
///
/// # Errors
/// When the store cannot be read.
pub async fn series(store: &Store, feeds: &[FeedVm]) -> Result<Vec<SeriesRow>, StoreError> {
    let mut series = store.series().await?;
    for row in &mut series {
        row.vm.live |= feeds.iter().any(|feed| {
            feed.state != "off"
                && feed.venue == row.vm.venue
                && feed.instrument == row.vm.instrument
        });
    }
    // stable: within live and not live the store's order stays
    series.sort_by_key(|row| !row.vm.live);
    Ok(series)
}

fn of_series<T>(
    series: Option<&SeriesRow>,
    mut list: Vec<T>,
    names: impl Fn(&T) -> (&str, &str),
) -> Option<T> {
    let same = |row: &SeriesRow| {
        let is = |item: &T| names(item) == (row.vm.instrument.as_str(), row.vm.venue.as_str());
        list.iter().position(is)
    };
    let index = series.and_then(same).unwrap_or(0);
    (index < list.len()).then(|| list.swap_remove(index))
}

fn main_series(
    series: &[SeriesRow],
    primaries: &[Primary],
    quote: Option<&QuoteVm>,
) -> Option<usize> {
    if !primaries.is_empty()
        && let Some(index) = preferred(series, primaries, "", "")
        && series.get(index).is_some_and(|row| {
            let is = |primary: &Primary| {
                primary.instrument == row.vm.instrument && primary.venue == row.vm.venue
            };
            primaries.iter().any(is)
        })
    {
        return Some(index);
    }
    let of_quote = quote.and_then(|quote| {
        series
            .iter()
            .position(|row| row.vm.instrument == quote.instrument && row.vm.venue == quote.venue)
    });
    of_quote.or(if series.is_empty() { None } else { Some(0) })
}

/// Source candles that are there over those that should be, in the newest 24 h up to now (live) or up to the last
/// candle (batch). A bucket without any candle has no row, so the expected number comes from the clock, not from rows.
async fn completeness(store: &Store, row: &SeriesRow, now: i64) -> Result<Option<f64>, StoreError> {
    let Some(step_ms) = GOLD_STEPS
        .into_iter()
        .find(|step| *step >= row.vm.finest_step_ms)
        .filter(|step| *step <= DAY_MS)
    else {
        return Ok(None);
    };
    let end = if row.vm.live {
        bucket_start(now - ARRIVAL_MS, step_ms)
    } else {
        bucket_start(row.vm.last_at + row.vm.finest_step_ms, step_ms)
    };
    // the first bucket may have begun before the series did
    let begin = (end - DAY_MS).max(bucket_start(row.vm.first_at + step_ms - 1, step_ms));
    if begin >= end {
        return Ok(None);
    }
    let found = store.completeness(row.key, step_ms, begin, end).await?;
    let per_bucket = match found.expected_per_bucket {
        0 => step_ms / row.vm.finest_step_ms.max(1),
        known => known,
    };
    let expected = (end - begin) / step_ms * per_bucket;
    #[expect(
        clippy::cast_precision_loss,
        reason = "at most 1440 candles in 24 hours"
    )]
    Ok((expected > 0).then(|| (found.observed as f64 / expected as f64).clamp(0.0, 1.0)))
}
