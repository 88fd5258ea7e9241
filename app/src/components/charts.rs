//! Server-drawn charts of the Overview: complete without JavaScript, a click away from the full chart.

use leptos::prelude::*;

use super::panel::{Empty, SimulatedBadge};
use crate::{
    links::{self, ChartImage},
    live::{Live, use_live},
    model::{DAY_MS, SeriesVm, format_utc_short},
    theme::{Theme, use_theme},
};

/// A live chart is fetched again at most this often.
const REFRESH_MS: i64 = 30_000;

/// The live series, or none.
#[must_use]
pub fn live_series(series: &[SeriesVm]) -> Option<&SeriesVm> {
    series.iter().find(|series| series.live)
}

/// The series of files with the newest data.
#[must_use]
pub fn batch_series(series: &[SeriesVm]) -> Option<&SeriesVm> {
    series
        .iter()
        .filter(|series| !series.live)
        .max_by_key(|series| series.last_at)
}

/// A step that shows the series' whole shape.
#[must_use]
pub const fn overview_step(series: &SeriesVm) -> &'static str {
    match (series.last_at - series.first_at) / DAY_MS {
        0..=4 => "15m",
        5..=30 => "1h",
        31..=120 => "4h",
        _ => "1d",
    }
}

/// Both charts.
#[component]
pub fn Charts(
    /// The live series.
    live: Option<SeriesVm>,
    /// The series of files to show.
    batch: Option<SeriesVm>,
) -> impl IntoView {
    let nothing = live.is_none() && batch.is_none();
    view! {
        <div class="charts">
            {live.map(|series| view! { <Chart series step="1m" title="Live" tall=true/> })}
            {batch.map(|series| {
                let step = overview_step(&series);
                view! { <Chart series step title="Batch" tall=false/> }
            })}
        </div>
        {nothing.then(|| view! { <Empty text="No prices yet: no source has answered and no file has been read."/> })}
    }
}

#[component]
fn Chart(series: SeriesVm, step: &'static str, title: &'static str, tall: bool) -> impl IntoView {
    let version = version_to_show(use_live(), &series);
    let theme = use_theme();
    let image = {
        let (instrument, venue) = (series.instrument.clone(), series.venue.clone());
        move || ChartImage {
            instrument: instrument.clone(),
            venue: venue.clone(),
            step,
            version: version.get(),
        }
    };
    // a phone gets a picture of its own width, so that its text is not shrunk
    let source = move |system: Theme, width: u32, height: u32| {
        let image = image.clone();
        move || image().src(theme.get().unwrap_or(system), width, height)
    };
    let height = if tall { 300 } else { 220 };
    let href = links::market(&series.instrument, &series.venue, step);
    let name = format!("{} {}", series.instrument, series.venue);
    let alt = format!(
        "{name}, {step} candles from {} to {} UTC",
        format_utc_short(series.first_at),
        format_utc_short(series.last_at)
    );
    view! {
        <figure class="chart-card" data-testid=format!("chart-{}", title.to_ascii_lowercase())>
            <figcaption>
                <span class="chart-title">{title}</span>
                <span class="chart-series">{name.clone()}</span>
                <span class="badge">{step}</span>
                {series.simulated.then(|| view! { <SimulatedBadge/> })}
                <a class="chart-open" href=href.clone() aria-label=format!("Open chart of {name}")>"Open chart"</a>
            </figcaption>
            <a href=href tabindex="-1" aria-hidden="true" class="chart-picture">
                <picture>
                    <source media="(max-width: 640px) and (prefers-color-scheme: dark)" srcset=source(Theme::Dark, 360, 220)/>
                    <source media="(max-width: 640px)" srcset=source(Theme::Light, 360, 220)/>
                    <source media="(prefers-color-scheme: dark)" srcset=source(Theme::Dark, 760, height)/>
                    <img src=source(Theme::Light, 760, height) width="760" height=height.to_string() alt=alt/>
                </picture>
            </a>
        </figure>
    }
}

/// The series' data version, following the stream at most every [`REFRESH_MS`].
fn version_to_show(live: Live, series: &SeriesVm) -> RwSignal<i64> {
    let shown = RwSignal::new(series.version);
    let (instrument, venue) = (series.instrument.clone(), series.venue.clone());
    Effect::new(move |last: Option<i64>| {
        let now = live.now.get();
        let last = last.unwrap_or(now);
        let newer = live.bars.with_untracked(|bars| {
            bars.iter()
                .find(|bars| bars.instrument == instrument && bars.venue == venue)
                .map(|bars| bars.version)
        });
        match newer {
            Some(version) if now - last >= REFRESH_MS && version != shown.get_untracked() => {
                shown.set(version);
                now
            }
            _ => last,
        }
    });
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(venue: &str, live: bool, days: i64) -> SeriesVm {
        SeriesVm {
            instrument: "BTC-USD".into(),
            venue: venue.into(),
            simulated: false,
            live,
            finest_step_ms: 60_000,
            first_at: 0,
            last_at: days * DAY_MS,
            version: 1,
        }
    }

    #[test]
    fn one_live_and_the_newest_batch_series_are_shown() {
        let all = [
            series("binance", true, 1),
            series("a", false, 10),
            series("b", false, 400),
        ];
        assert_eq!(live_series(&all).map(|s| s.venue.as_str()), Some("binance"));
        assert_eq!(batch_series(&all).map(|s| s.venue.as_str()), Some("b"));
        assert_eq!(overview_step(&all[1]), "1h");
        assert_eq!(overview_step(&all[2]), "1d");
        assert!(batch_series(&[]).is_none());
    }
}
