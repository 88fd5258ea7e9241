//! The page on top: what the data are, whether they can be trusted, what was found, what to do.

use leptos::prelude::*;

use super::{
    parts::{simulated, status},
    verdict,
    words::{candles, capital, count, date, median, rounded, signed, units, went, whole},
};
use crate::{
    components::status::of_check,
    format::{decimal, integer, percent, price as money},
    model::{
        CheckState,
        analysis::{AnalysisVm, CheckEvidenceVm, PriceVm},
    },
};

/// Failed checks named on top.
const FAILED: usize = 5;
/// Less than this is worth a word: one candle in a thousand is missing.
const COMPLETE: f64 = 0.999;
/// Days a statement on prices should rest on.
const ENOUGH_DAYS: usize = 200;

pub(super) fn view(vm: &AnalysisVm) -> AnyView {
    let findings: Vec<_> = findings(vm)
        .into_iter()
        .map(|text| view! { <li>{text}</li> })
        .collect();
    let actions: Vec<_> = actions(vm)
        .into_iter()
        .map(|text| view! { <li>{text}</li> })
        .collect();
    view! {
        <section id="summary" class="summary">
            <h2>"Summary"</h2>
            {failed(vm)}
            <dl>
                <dt>"What the data are"</dt>
                <dd>{what(vm)} " " {simulated(vm.sources.first().is_some_and(|source| source.simulated))}</dd>
                <dt>"Can they be trusted?"</dt>
                <dd>{verdict(vm)} ": " {trust(vm)}</dd>
                <dt>"What was found"</dt>
                <dd><ol>{findings}</ol></dd>
                <dt>"What to do"</dt>
                <dd><ul>{actions}</ul></dd>
            </dl>
        </section>
    }
    .into_any()
}

/// Findings that are errors: nobody may read on without having seen them.
fn failed(vm: &AnalysisVm) -> Option<AnyView> {
    let wrong: Vec<&CheckEvidenceVm> = vm
        .health
        .checks
        .iter()
        .filter(|check| is_wrong(check))
        .collect();
    if wrong.is_empty() {
        return None;
    }
    let lines: Vec<_> = wrong
        .iter()
        .take(FAILED)
        .map(|found| {
            let (level, word) = of_check(found.check.state);
            view! {
                <li>{status(level, word)} " " {format!("{}: {}", capital(&found.check.title), found.check.summary)}
                    " (" <code>{found.check.entity.clone()}</code> ")"</li>
            }
        })
        .collect();
    let more = wrong.len().saturating_sub(FAILED);
    let head = format!(
        "{} found errors",
        count(whole(wrong.len()), "check", "checks")
    );
    Some(
        view! {
            <div class="failed" role="note">
                <h3>{head}</h3>
                <ul>{lines}</ul>
                <p><a href="#checks">{if more > 0 { format!("{more} more, and the rows that show them") } else { "The rows that show it".to_owned() }}</a></p>
            </div>
        }
        .into_any(),
    )
}

const fn is_wrong(check: &CheckEvidenceVm) -> bool {
    matches!(
        check.check.state,
        CheckState::Critical | CheckState::Error | CheckState::Failed
    )
}

fn what(vm: &AnalysisVm) -> String {
    let prices = match vm.sources.as_slice() {
        [] => "There are no prices".to_owned(),
        [main, others @ ..] => {
            let more = match others.len() {
                0 => String::new(),
                1 => ", and 1 other price series".to_owned(),
                many => format!(", and {many} other price series"),
            };
            format!(
                "Prices of {} at {} from {} to {}: {} {}{more}",
                main.instrument,
                main.venue,
                date(main.first_at),
                date(main.last_at),
                integer(main.rows),
                candles(main.step_ms)
            )
        }
    };
    match &vm.news {
        Some(news) => format!(
            "{prices}. News: {} from {} to {}.",
            count(news.articles, "article", "articles"),
            date(news.first_at),
            date(news.last_at)
        ),
        None => format!("{prices}. There are no news."),
    }
}

fn trust(vm: &AnalysisVm) -> String {
    let mut text = capital(&vm.verdict.reason);
    if !text.is_empty() {
        text.push('.');
    }
    if let Some(share) = vm.sources.first().and_then(|source| source.completeness) {
        text.push_str(&format!(
            " Of the candles that should be there from the first to the last, {} are.",
            percent(share)
        ));
    }
    if vm.health.quarantined > 0 {
        text.push_str(&format!(
            " {} broke a hard rule and {} set apart: no number of this report contains {}.",
            count(vm.health.quarantined, "row", "rows"),
            if vm.health.quarantined == 1 {
                "was"
            } else {
                "were"
            },
            if vm.health.quarantined == 1 {
                "it"
            } else {
                "them"
            }
        ));
    }
    text
}

/// Share that is missing, rounded up as what is there is rounded down.
fn lacking(share: f64) -> String {
    format!(
        "{} %",
        decimal(((1.0 - share) * 10_000.0 - 1e-6).ceil() / 100.0, 2)
    )
}

/// The three most important.
fn findings(vm: &AnalysisVm) -> Vec<String> {
    let mut found = Vec::new();
    match vm.prices.first() {
        Some(price) => {
            found.push(price_finding(price));
            found.push(risk_finding(price));
        }
        None => found.push(
            "Nothing can be said of prices: there is no complete day of any series.".to_owned(),
        ),
    }
    found.push(match &vm.news {
        Some(news) => format!("News and prices: {}", news.verdict),
        None => "Nothing can be said of news: no article was taken in.".to_owned(),
    });
    found
}

fn price_finding(price: &PriceVm) -> String {
    let (_, quote) = units(&price.instrument);
    let (Some(first), Some(last)) = (price.days.first(), price.days.last()) else {
        return "Nothing can be said of prices: there is no day.".to_owned();
    };
    format!(
        "Price: from {} {quote} on {} to {} {quote} on {} ({}); the highest close was {} {quote} on {}.",
        money(first.close),
        date(first.opened_at),
        money(last.close),
        date(last.opened_at),
        went(first.close, last.close),
        money(price.records.highest_close.value),
        date(price.records.highest_close.opened_at)
    )
}

fn risk_finding(price: &PriceVm) -> String {
    let fall = match price.records.deepest.first() {
        Some(fall) => {
            let back = match fall.recovered_at {
                Some(at) => format!("it took until {} to recover", date(at)),
                None => "it has not recovered yet".to_owned(),
            };
            format!(
                "the deepest fall was {} ({} to {}), and {back}",
                signed(fall.depth),
                date(fall.peak_at),
                date(fall.trough_at)
            )
        }
        None => "no close lies under an earlier one".to_owned(),
    };
    let values = |pick: fn(&crate::model::analysis::DayVm) -> Option<f64>| {
        price.days.iter().filter_map(pick).collect()
    };
    let volatility =
        median(values(|day| day.volatility_20)).or_else(|| median(values(|day| day.volatility)));
    match volatility {
        Some(volatility) => format!(
            "Risk: {fall}; the median volatility is {} a year.",
            rounded(volatility)
        ),
        None => format!("Risk: {fall}; too few days for a volatility."),
    }
}

fn actions(vm: &AnalysisVm) -> Vec<String> {
    let mut actions = Vec::new();
    let health = &vm.health;
    let wrong = health.checks.iter().filter(|check| is_wrong(check)).count();
    if vm.sources.is_empty() && vm.news.is_none() {
        return vec!["Take data in: assay ingest FILE, or run: assay serve".to_owned()];
    }
    if wrong > 0 {
        actions.push(format!(
            "Look into the {} above before you use the data; the rows are listed under “Checks and their evidence”.",
            if wrong == 1 { "error".to_owned() } else { format!("{wrong} errors") }
        ));
    }
    let warnings = health
        .checks
        .iter()
        .filter(|check| check.check.state == CheckState::Warn)
        .count();
    if warnings > 0 {
        actions.push(if warnings == 1 {
            "Read the warning: it may change what a number means.".to_owned()
        } else {
            format!("Read the {warnings} warnings: they may change what a number means.")
        });
    }
    if health.quarantined > 0 {
        actions.push(format!(
            "See why {} in quarantine, mend the source and take the file in again.",
            count(health.quarantined, "row is", "rows are")
        ));
    }
    for source in vm
        .sources
        .iter()
        .filter(|source| source.completeness.is_some_and(|share| share < COMPLETE))
    {
        actions.push(format!(
            "Fill the gaps of {} at {}: “Completeness by month” shows where {} of its candles are missing.",
            source.instrument,
            source.venue,
            lacking(source.completeness.unwrap_or(1.0))
        ));
    }
    if vm.sources.iter().any(|source| source.simulated) {
        actions.push("Do not decide anything by the simulated or synthetic series: their prices were never paid.".to_owned());
    }
    if vm
        .prices
        .first()
        .is_some_and(|price| price.days.len() < ENOUGH_DAYS)
    {
        actions.push(format!(
            "Take more history in: statements on trend need {ENOUGH_DAYS} days."
        ));
    }
    if vm.verdict.unknown {
        actions.push("Have the data checked: no check has run.".to_owned());
    }
    if actions.is_empty() {
        actions.push("Nothing: no check found anything that asks for it.".to_owned());
    }
    actions
}
