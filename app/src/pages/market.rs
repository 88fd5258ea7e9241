//! The Market page: one series as a full chart, its order book, and the newest bars as a table.
//!
//! The address is the page's state (`?instrument=…&venue=…&step=…`), so every control is a link that works without
//! JavaScript; in the browser the step changes in place.

mod bars;
mod book;
mod controls;
mod query;
mod tape;
mod venues;

use leptos::{either::Either, prelude::*};
use leptos_router::hooks::use_query_map;

use self::{
    bars::BarTable,
    book::BookPanel,
    controls::{SeriesChoice, ranges, steps},
    query::{address, image, sync_step},
    tape::Tape,
    venues::Venues,
};
use crate::{
    api::get_market,
    backend::MarketQuery,
    chart::{Chart, RangeRequest},
    components::panel::SimulatedBadge,
    json,
    live::{Live, use_live},
    model::{MarketVm, SeriesVm, format_utc_short},
};

/// The page.
#[component]
pub fn MarketPage() -> impl IntoView {
    let query = use_query_map();
    let reload = use_context::<Live>().map(|live| live.reload);
    let wanted = move |name: &str| query.with(|query| query.get(name).unwrap_or_default());
    let series = Memo::new(move |_| (wanted("instrument"), wanted("venue")));
    // The step is not part of what makes the page load again: the chart changes it in place.
    let data = json::resource(
        move || (series.get(), reload.map(|reload| reload.get())),
        move |((instrument, venue), _)| {
            let step = query.with_untracked(|query| query.get("step").unwrap_or_default());
            get_market(MarketQuery {
                instrument,
                venue,
                step,
            })
        },
    );
    view! {
        <leptos_meta::Title text="Market"/>
        <h1 class="sr-only">"Market"</h1>
        <Transition fallback=|| view! { <div class="market-loading" aria-busy="true"></div> }>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(vm) => Either::Left(view! { <Market vm/> }),
                    Err(error) => Either::Right(view! { <Failed message=error.to_string()/> }),
                }
            })}
        </Transition>
    }
}

#[component]
fn Failed(message: String) -> impl IntoView {
    view! {
        <section class="load-error" role="alert" data-testid="load-error">
            <h2>"The market data could not be loaded"</h2>
            <p>{message}</p>
            <p><a class="button" rel="external" href="/market">"Try again"</a></p>
        </section>
    }
}

#[component]
fn Market(vm: MarketVm) -> impl IntoView {
    let chosen = vm.chosen.and_then(|index| vm.series.get(index)).cloned();
    match chosen {
        Some(series) => Either::Left(view! { <Shown vm series/> }),
        None => Either::Right(view! {
            <section class="panel">
                <p class="empty" data-testid="market-empty">
                    "There is no such price series yet. Start the live pipeline or ingest a file of candles; this page then shows them."
                </p>
                {(!vm.series.is_empty()).then(|| view! { <SeriesChoice all=vm.series chosen=None step_ms=vm.step_ms/> })}
            </section>
        }),
    }
}

#[component]
fn Shown(vm: MarketVm, series: SeriesVm) -> impl IntoView {
    let step_ms = RwSignal::new(vm.step_ms);
    let range = RwSignal::new(RangeRequest::default());
    sync_step(&series, step_ms);
    follow_primary(&series, &vm);
    // a file has neither
    let has_trades = series.live || !vm.trades.is_empty();
    let has_venues = series.live || vm.consensus.is_some();
    let picture = image(&series, vm.step_ms);
    let here = address(&series, vm.step_ms);
    view! {
        {vm.failed_over.map(|words| view! {
            <p class="notice notice-warn" role="status" data-testid="failed-over">{words}</p>
        })}
        <div class="market">
            <section class="panel market-chart" aria-labelledby="market-series">
                <header class="market-head">
                    <h2 id="market-series">{format!("{} · {}", series.instrument, series.venue)}</h2>
                    {series.simulated.then(|| view! { <SimulatedBadge/> })}
                    <p class="panel-note">
                        {format!(
                            "{} – {} UTC",
                            format_utc_short(series.first_at),
                            format_utc_short(series.last_at),
                        )}
                    </p>
                </header>
                <SeriesChoice all=vm.series chosen=vm.chosen step_ms=vm.step_ms/>
                <div class="market-toolbar">
                    {steps(&series, step_ms)}
                    {ranges(&series, range)}
                </div>
                <Chart series=series.clone() step_ms initial_svg_url=picture range/>
                <p class="chart-hint">
                    "Drag to pan, wheel or pinch to zoom, double-click to reset. With the chart focused: arrow keys move \
                    from candle to candle, + and − zoom, Home and End go to the oldest and newest, 1 to 7 change the step."
                </p>
                <BarTable series=series.clone() step_ms table=vm.table shown_step=vm.step_ms here/>
            </section>
            <div class="stack">
                <BookPanel series=series.clone() book=vm.book/>
                {has_trades.then(|| view! { <Tape series=series.clone() trades=vm.trades/> })}
            </div>
            {has_venues.then(|| view! { <Venues series consensus=vm.consensus server_now=vm.server_now/> })}
        </div>
        <div class="market-differences" inner_html=vm.differences></div>
    }
}

/// Loads the page again once the instrument's primary series comes from another venue: it may be the one to show, and
/// the page says why.
fn follow_primary(series: &SeriesVm, vm: &MarketVm) {
    let live = use_live();
    let instrument = series.instrument.clone();
    let loaded = vm
        .consensus
        .as_ref()
        .and_then(|agreed| agreed.primary.clone());
    Effect::new(move |last: Option<Option<String>>| {
        let now = live.consensus.with(|all| {
            let agreed = all.iter().find(|agreed| agreed.instrument == instrument);
            agreed.map(|agreed| agreed.primary.clone())
        });
        match (now, last) {
            // nothing heard yet
            (None, last) => last.unwrap_or_else(|| loaded.clone()),
            // loaded after the change was heard
            (Some(now), None) => now,
            (Some(now), Some(last)) => {
                if now.is_some() && last.is_some() && now != last {
                    live.reload.update(|count| *count += 1);
                }
                now
            }
        }
    });
}
