//! Price series as sources of the report.

use app::model::analysis::SourceVm;

use crate::{
    analysis::day::share,
    store::{Names, Store, StoreError, analysis::NewsTotals, view::SeriesRow},
};

/// Series listed.
const SOURCES: usize = 100;

/// A series and how to ask for its rows.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) names: Names,
    pub(super) vm: SourceVm,
}

impl Source {
    /// Milliseconds that the series shares with the news.
    pub(super) fn overlap_ms(&self, totals: &NewsTotals) -> i64 {
        let end = self.vm.last_at.saturating_add(self.vm.step_ms);
        (end.min(totals.last_at) - self.vm.first_at.max(totals.first_at)).max(0)
    }
}

/// Every series, the main one first: the one that shares most time with the news; without any such, the longest real one.
pub(super) async fn sources(
    store: &Store,
    series: &[SeriesRow],
    totals: Option<&NewsTotals>,
) -> Result<Vec<Source>, StoreError> {
    let mut sources = Vec::new();
    for row in series.iter().take(SOURCES) {
        let names = Names {
            instrument_id: row.key.instrument_id,
            venue_id: row.key.venue_id,
        };
        let (expected, observed) = store.months_expected_observed(names).await?;
        sources.push(Source {
            names,
            vm: SourceVm {
                instrument: row.vm.instrument.clone(),
                venue: row.vm.venue.clone(),
                simulated: row.vm.simulated,
                live: row.vm.live,
                step_ms: row.vm.finest_step_ms,
                first_at: row.vm.first_at,
                last_at: row.vm.last_at,
                rows: store.series_rows(names, row.vm.finest_step_ms).await?,
                completeness: (expected > 0).then(|| share(observed, expected)),
                main: false,
            },
        });
    }
    let rank = |source: &Source| {
        (
            totals.map_or(0, |totals| source.overlap_ms(totals)),
            !source.vm.simulated,
            source.vm.last_at - source.vm.first_at,
        )
    };
    let main =
        (0..sources.len()).max_by_key(|index| (rank(&sources[*index]), std::cmp::Reverse(*index)));
    if let Some(main) = main {
        sources[main].vm.main = true;
        sources[..=main].rotate_right(1);
    }
    Ok(sources)
}
