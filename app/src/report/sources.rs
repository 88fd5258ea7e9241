//! Where the data come from, and how complete they are.

use leptos::prelude::*;

use super::{
    chart::completeness,
    parts::{
        Cell, Section, columns, figure_of, heading, nothing, paragraph, simulated, status, table,
    },
    words::{count, date, whole},
};
use crate::{
    chart::label,
    components::status::{Level, of_landing},
    format::{UNKNOWN, bytes, integer, percent, plain},
    model::{
        LandingVm,
        analysis::{AnalysisVm, LandingProfileVm, SourceVm},
    },
};

/// Files whose distributions are listed.
const PROFILES: usize = 8;

pub(super) fn section(vm: &AnalysisVm) -> Section {
    Section {
        id: "sources".to_owned(),
        title: "Data sources".to_owned(),
        body: view! { {series(vm)} {news(vm)} {complete(vm)} {files(vm)} {distributions(vm)} }
            .into_any(),
    }
}

fn series(vm: &AnalysisVm) -> AnyView {
    if vm.sources.is_empty() {
        return nothing(
            "There are no prices. Take files in with: assay ingest FILE, or run: assay serve",
        );
    }
    let rows = vm.sources.iter().map(row).collect();
    table(
        "Price series. The first one is analysed in most depth and compared with the news.",
        columns([
            "Series",
            "Kind",
            "Candles of",
            "From",
            "To",
            "#Candles",
            "#Complete",
        ]),
        rows,
    )
}

fn row(source: &SourceVm) -> Vec<Cell> {
    let name = format!("{} at {}", source.instrument, source.venue);
    let name = view! { {name} " " {simulated(source.simulated)} }.into_any();
    vec![
        Cell::View(name),
        if source.live { "live" } else { "files" }.into(),
        label::step(source.step_ms).into(),
        date(source.first_at).into(),
        date(source.last_at).into(),
        integer(source.rows).into(),
        source
            .completeness
            .map_or_else(|| UNKNOWN.to_owned(), percent)
            .into(),
    ]
}

fn news(vm: &AnalysisVm) -> AnyView {
    match &vm.news {
        Some(news) => paragraph(format!(
            "News: {} from {} to {}, of which {} repeat an earlier one.",
            count(news.articles, "article", "articles"),
            date(news.first_at),
            date(news.last_at),
            integer(news.duplicates)
        )),
        None => paragraph("News: none."),
    }
}

fn complete(vm: &AnalysisVm) -> Option<AnyView> {
    let strips: Vec<_> = vm.prices.iter().filter_map(completeness::view).collect();
    (!strips.is_empty()).then(|| view! { {heading("Completeness by month")} {strips} }.into_any())
}

fn files(vm: &AnalysisVm) -> AnyView {
    let landings = &vm.health.landings;
    if landings.is_empty() {
        return view! { {heading("Files")} {nothing("No file was taken in.")} }.into_any();
    }
    let rows = landings.iter().map(file).collect();
    let caption = format!(
        "{}, newest first. Every row of a file is accepted, a repeat of what was there, or in quarantine.",
        count(whole(landings.len()), "file", "files")
    );
    view! {
        {heading("Files")}
        {table(
            caption,
            columns([
                "File", "Holds", "State", "#Size", "#Rows", "#Accepted", "#Repeats", "#Quarantined", "Verdict",
            ]),
            rows,
        )}
    }
    .into_any()
}

fn file(file: &LandingProfileVm) -> Vec<Cell> {
    let landing = &file.landing;
    let (level, word) = of_landing(landing.state);
    let verdict = if file.verdict_word.is_empty() {
        let reason = if landing.detail.is_empty() {
            UNKNOWN.to_owned()
        } else {
            landing.detail.clone()
        };
        reason.into_any()
    } else {
        view! { {status(verdict_level(&file.verdict_word), file.verdict_word.clone())} ": " {file.verdict_reason.clone()} }
            .into_any()
    };
    vec![
        Cell::Mono(file_name(&landing.origin)),
        holds(landing).into(),
        Cell::View(status(level, word)),
        bytes(landing.bytes).into(),
        integer(landing.rows).into(),
        integer(landing.accepted).into(),
        integer(landing.deduplicated).into(),
        integer(landing.quarantined).into(),
        Cell::View(view! { <span class="wide">{verdict}</span> }.into_any()),
    ]
}

/// Dataset and format: `candle (bitfinex)`.
fn holds(landing: &LandingVm) -> String {
    if landing.format.is_empty() {
        landing.dataset.to_string()
    } else {
        format!("{} ({})", landing.dataset, landing.format)
    }
}

/// The last part of a path: folders of the machine that made the report are nobody's business.
fn file_name(origin: &str) -> String {
    origin
        .rsplit(['/', '\\'])
        .find(|part| !part.is_empty())
        .unwrap_or(origin)
        .to_owned()
}

fn verdict_level(word: &str) -> Level {
    match word {
        "trusted" => Level::Ok,
        "trusted with caution" => Level::Warn,
        "not trusted" => Level::Crit,
        _ => Level::Unknown,
    }
}

fn distributions(vm: &AnalysisVm) -> Option<AnyView> {
    let shown = vm
        .health
        .landings
        .iter()
        .filter_map(|file| Some((file_name(&file.landing.origin), file.profile.as_ref()?)))
        .filter(|(_, profile)| !profile.distributions.is_empty())
        .take(PROFILES);
    let mut rows = Vec::new();
    for (name, profile) in shown {
        for values in &profile.distributions {
            let mut row: Vec<Cell> = vec![
                Cell::Mono(name.clone()),
                values.name.replace('_', " ").into(),
                integer(values.count).into(),
            ];
            row.extend(
                [
                    values.min, values.q01, values.q25, values.q50, values.q75, values.q99,
                    values.max,
                ]
                .map(|value| Cell::from(short(value))),
            );
            rows.push(row);
        }
    }
    (!rows.is_empty()).then(|| {
        let files = table(
            "Quantiles of the values in the newest files. Prices are in the quote currency, volumes in the base currency, \
             returns are shares of 1 from candle to candle, sentiment runs from −1 to 1.",
            columns([
                "File", "Value", "#Number", "#Min", "#1 %", "#25 %", "#Median", "#75 %", "#99 %", "#Max",
            ]),
            rows,
        );
        figure_of("What the files hold".to_owned(), Vec::new(), files, String::new())
    })
}

/// A number of any size in few digits.
fn short(value: f64) -> String {
    if value != 0.0 && value.abs() < 0.001 {
        // powers of ten are shorter than zeros
        format!("{value:.1e}").replace('-', "−")
    } else if value.abs() >= 1000.0 {
        crate::format::decimal(value, 0)
    } else {
        plain(value)
    }
}
