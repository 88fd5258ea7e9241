//! The published record: every rule that candles can show anything of, on data without faults, on real prices where
//! they are, and on both with faults.

use std::path::Path;

use app::model::{Candle, Dataset, MINUTE_MS, RecordVm};
use sha2::{Digest, Sha256};

use super::{
    Series, Wanted,
    days::{measure_days, rules_of_days},
    measure,
    quotes::{measure_quotes, quotes_of, rules_of_quotes},
    source::read_file,
    stream::{Stream, measure_stream, rules_of_streams},
};
use crate::{
    quality::{
        backtest::{
            is_anomaly,
            publish::{Corpus, Proven, Published},
        },
        inject::Fault,
        rule::{Kind, Rule, RuleBook},
    },
    sample::{
        quiet::{QUIET_SEED, minutes},
        stream::seconds,
    },
};

/// Days of data without faults.
pub const QUIET_DAYS: i64 = 365;
/// Faults of each kind that are put in.
pub const FAULTS: usize = 200;
/// Seed of their places.
pub const FAULT_SEED: u64 = 1;
/// Name of the data without faults.
pub const QUIET: &str = "quiet";
/// Name of the stream without faults.
const STREAM: &str = "stream";
/// Its length in minutes.
const STREAM_MINUTES: i64 = 360;
/// Faults of each kind that are put into it.
const STREAM_FAULTS: usize = 20;
/// Where real prices are looked for, from the project's folder.
pub const PRICES: &str = "../shared/data/prices";
/// Real prices: name in the record, file, what it is.
const REAL: [(&str, &str, &str); 2] = [
    (
        "prices-2018",
        "bitfinex-btcusd-1m-2018.csv.gz",
        "minutes of Bitfinex BTC-USD, real",
    ),
    (
        "prices-2019",
        "bitfinex-btcusd-1m-2019.csv.gz",
        "minutes of Bitfinex BTC-USD, real",
    ),
];

/// Rules whose worth candles alone can show.
#[must_use]
pub fn rules_of_candles(book: &RuleBook) -> Vec<&Rule> {
    let told = [
        "candle.dup_same",
        "candle.order",
        "candle.restated",
        "rec.restated",
    ];
    book.iter()
        .filter(|rule| rule.enabled)
        .filter(|rule| {
            let by_row = rule.dataset == "candle"
                && (is_anomaly(rule.kind)
                    || matches!(rule.kind, Kind::Row | Kind::Streak | Kind::Duplicate))
                && !matches!(
                    rule.kind,
                    Kind::Seasonal | Kind::Drift | Kind::CrossVenue | Kind::Volume
                );
            by_row || told.contains(&rule.id)
        })
        .collect()
}

/// Faults that candles can have.
#[must_use]
pub fn faults_of_candles() -> Vec<Fault> {
    let of_candles = |fault: &Fault| fault.applies_to(Dataset::Candle);
    Fault::ALL.iter().copied().filter(of_candles).collect()
}

/// Measures everything; real prices only where the folder has them. `today` is the day that is noted for those.
///
/// # Errors
/// When a file of real prices is there and cannot be read.
pub fn record(
    book: &RuleBook,
    prices: &Path,
    today: &str,
    progress: &dyn Fn(&str, f64),
) -> anyhow::Result<Published> {
    let of_candles = rules_of_candles(book);
    let of_streams = rules_of_streams(book);
    let mut made = Published {
        corpora: Vec::new(),
        rules: of_candles
            .iter()
            .chain(&rules_of_days(book))
            .chain(&of_streams)
            .chain(&rules_of_quotes(book))
            .map(|rule| Proven {
                check_id: rule.id.to_owned(),
                kind: rule.kind.as_str().to_owned(),
                records: Vec::new(),
            })
            .collect(),
    };
    progress(QUIET, 0.0);
    let rows = minutes(QUIET_SEED, QUIET_DAYS);
    let words = format!("minutes of the simulated market, seed {QUIET_SEED}, without faults");
    let of_rows = sha256(&rows);
    let quiet = Corpus {
        name: QUIET.to_owned(),
        words,
        sha256: short(&of_rows),
        ..Corpus::default()
    };
    add(&mut made, book, quiet, &rows, progress);
    progress(STREAM, 0.0);
    add_stream(&mut made, book, &of_streams);
    for (name, file, words) in REAL {
        let path = prices.join(file);
        if !path.exists() {
            continue;
        }
        progress(name, 0.0);
        let file = read_file(&path, None)?;
        let corpus = Corpus {
            name: name.to_owned(),
            words: words.to_owned(),
            sha256: short(&file.sha256),
            measured: today.to_owned(),
            ..Corpus::default()
        };
        add(&mut made, book, corpus, &file.rows(), progress);
    }
    Ok(made)
}

fn add(
    made: &mut Published,
    book: &RuleBook,
    mut corpus: Corpus,
    rows: &[Candle],
    progress: &dyn Fn(&str, f64),
) {
    let name = corpus.name.clone();
    let rules = rules_of_candles(book);
    let wanted = Wanted {
        corpus: &name,
        faults: &faults_of_candles(),
        count: FAULTS,
        seed: FAULT_SEED,
    };
    let series = Series {
        rows,
        step_ms: MINUTE_MS,
        is_filled: name == QUIET,
    };
    let (quiet, records) = measure(&rules, book, series, &wanted, &|done| progress(&name, done));
    corpus.days = quiet.days();
    corpus.rows = quiet.rows;
    made.corpora.push(corpus);
    keep(made, &rules, records);
    let rules: Vec<&Rule> = rules_of_days(book)
        .into_iter()
        // against a venue that is made up nothing real can be measured
        .filter(|rule| name == QUIET || rule.kind != Kind::CrossVenue)
        .collect();
    let records = measure_days(&rules, series, &wanted);
    keep(made, &rules, records);
}

fn keep(made: &mut Published, rules: &[&Rule], records: Vec<RecordVm>) {
    for (rule, record) in rules.iter().zip(records) {
        let of_rule = made
            .rules
            .iter_mut()
            .find(|proven| proven.check_id == rule.id);
        if let Some(proven) = of_rule {
            proven.records.push(record);
        }
    }
}

/// Records of a table for one rule, as the page shows them.
#[must_use]
pub fn records_of(table: &Published, check_id: &str) -> Vec<RecordVm> {
    table
        .rules
        .iter()
        .filter(|rule| rule.check_id == check_id)
        .flat_map(|rule| rule.records.iter().cloned())
        .collect()
}

fn add_stream(made: &mut Published, book: &RuleBook, rules: &[&Rule]) {
    let (trades, books) = seconds(QUIET_SEED, STREAM_MINUTES);
    let stream = Stream {
        trades: &trades,
        books: &books,
    };
    let wanted = (STREAM, STREAM_FAULTS, FAULT_SEED);
    let (quiet, records) = measure_stream(rules, book, stream, wanted);
    let of_quotes = rules_of_quotes(book);
    let quotes = quotes_of(&trades);
    made.corpora.push(Corpus {
        name: STREAM.to_owned(),
        words: format!(
            "trades and books of the same market by the second, a ticker every ten, seed {QUIET_SEED}"
        ),
        days: quiet.days(),
        rows: quiet.rows + quotes.len() as i64,
        ..Corpus::default()
    });
    keep(made, rules, records);
    keep(
        made,
        &of_quotes,
        measure_quotes(&of_quotes, &quotes, wanted),
    );
}

fn sha256(rows: &[Candle]) -> String {
    let mut hasher = Sha256::new();
    for row in rows {
        hasher.update(row.opened_at.to_le_bytes());
        for value in [row.open, row.high, row.low, row.close, row.volume] {
            hasher.update(value.to_le_bytes());
        }
    }
    hex::encode(hasher.finalize())
}

fn short(sha256: &str) -> String {
    sha256.chars().take(16).collect()
}
