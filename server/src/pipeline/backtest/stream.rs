//! A stream of trades and books judged as a live one is, second by second.

use app::model::{GapCause, RecallVm, RecordVm, Trade};

use super::minutes::Minutes;
use crate::{
    pipeline::live::stream::Trial,
    quality::{
        backtest::{Finding, Judged, recall_vm, record_of},
        inject::{APART, BookEvent, Fault, FaultyRow, Injected, Placed, Plan, inject},
        live::{
            event::{Event, What},
            source::{SourceChecks, Traits},
        },
        rule::{Rule, RuleBook},
    },
    refine::book::book_figures,
    sample::stream::TRAVEL_MS,
};

/// How often the checks are asked how they stand.
const EVERY_MS: i64 = 5_000;
/// Best levels whose size is the depth.
const DEPTH: usize = 10;
/// Losses that are mended at once are no finding each: a fault is so many of them, one after the other.
const LOSSES: usize = 4;
/// Rows in which the place of a fault is chosen by lot.
const CHOICE: usize = 64;
/// The rule that holds trades against candles.
const MATCH: &str = "trade.candle_match";
const TRAITS: Traits = Traits {
    counts_trades: true,
    tells_checksums: false,
    has_book: true,
    has_trades: true,
    has_quotes: false,
};

/// Trades and books of one source, each in time order, at the same times.
#[derive(Debug, Clone, Copy)]
pub struct Stream<'a> {
    /// One a second.
    pub trades: &'a [Trade],
    /// One a second.
    pub books: &'a [BookEvent],
}

/// Rules about trades and books that follow a stream.
#[must_use]
pub fn rules_of_streams(book: &RuleBook) -> Vec<&Rule> {
    let mut checks = SourceChecks::new(String::new(), TRAITS);
    checks
        .results(book, 0)
        .iter()
        .filter_map(|outcome| book.get(outcome.check_id))
        .filter(|rule| matches!(rule.dataset, "trade" | "book"))
        .chain(book.enabled(MATCH))
        .collect()
}

/// Judges a stream as it is.
#[must_use]
pub fn judge_stream(stream: Stream<'_>, book: &RuleBook) -> Judged {
    judge(&as_is(stream.trades), &as_is(stream.books), stream, book)
}

/// One record for each of the rules.
#[must_use]
pub fn measure_stream(
    rules: &[&Rule],
    book: &RuleBook,
    stream: Stream<'_>,
    (corpus, count, seed): (&str, usize, u64),
) -> (Judged, Vec<RecordVm>) {
    let quiet = judge_stream(stream, book);
    let mut records: Vec<RecordVm> = rules
        .iter()
        .map(|rule| record_of(rule, corpus, &quiet))
        .collect();
    for fault in Fault::ALL.iter().copied() {
        for of_books in [false, true] {
            let dataset = if of_books {
                app::model::Dataset::Book
            } else {
                app::model::Dataset::Trade
            };
            if !fault.applies_to(dataset) {
                continue;
            }
            let (faults, faulty) = faulty(stream, book, (fault, of_books), count, seed);
            for (rule, record) in rules.iter().zip(&mut records) {
                // a fault of both is that of the rule's own dataset
                if (rule.dataset == "book") == of_books {
                    record.recall.push(RecallVm {
                        fault: fault.as_str().to_owned(),
                        ..recall_vm(rule, &faults, &faulty, &quiet)
                    });
                }
            }
        }
    }
    (quiet, records)
}

/// Each fault in a stretch of its own.
fn faulty(
    stream: Stream<'_>,
    book: &RuleBook,
    (fault, of_books): (Fault, bool),
    count: usize,
    seed: u64,
) -> (Vec<Injected>, Judged) {
    let together = match (fault, of_books) {
        (Fault::SequenceLoss, true) => LOSSES,
        _ => 1,
    };
    let length = 2 * APART + together * (APART + fault.rows() + CHOICE);
    let rows = stream.trades.len().min(stream.books.len());
    let count = count.min(rows / length);
    let every = rows.checked_div(count).unwrap_or(0);
    let mut faults = Vec::new();
    let mut judged = Judged::default();
    for (number, seed) in (0..count).zip(seed..) {
        let range = number * every..number * every + length;
        let part = Stream {
            trades: &stream.trades[range.clone()],
            books: &stream.books[range],
        };
        let plan = Plan {
            fault,
            count: together,
            seed,
        };
        let (trades, books, put_in) = if of_books {
            let made = inject(part.books, &plan);
            (as_is(part.trades), made.rows, made.faults)
        } else {
            let made = inject(part.trades, &plan);
            (made.rows, as_is(part.books), made.faults)
        };
        let (Some(first), Some(last)) = (put_in.first(), put_in.last()) else {
            continue;
        };
        judged
            .findings
            .extend(judge(&trades, &books, part, book).findings);
        faults.push(Injected {
            last_at: last.last_at,
            rows: put_in.iter().map(|fault| fault.rows).sum(),
            ..*first
        });
    }
    (faults, judged)
}

fn as_is<T: Clone>(rows: &[T]) -> Vec<Placed<T>> {
    rows.iter()
        .enumerate()
        .map(|(source, row)| Placed {
            source,
            changed: false,
            row: row.clone(),
        })
        .collect()
}

fn judge(
    trades: &[Placed<Trade>],
    books: &[Placed<BookEvent>],
    good: Stream<'_>,
    book: &RuleBook,
) -> Judged {
    let (Some(first), Some(last)) = (good.trades.first(), good.trades.last()) else {
        return Judged::default();
    };
    let mut listening = Listening {
        checks: SourceChecks::new("backtest".to_owned(), TRAITS),
        trial: Trial::default(),
        minutes: Minutes::default(),
        last_change: None,
        asked_at: 0,
        book,
        findings: Vec::new(),
    };
    let (trades_at, books_at) = (arrivals(trades, good.trades), arrivals(books, good.books));
    let (mut trade, mut update) = (0, 0);
    while trade < trades.len() || update < books.len() {
        let next = |times: &[i64], at: usize| times.get(at).copied().unwrap_or(i64::MAX);
        let (of_trade, of_book) = (next(&trades_at, trade), next(&books_at, update));
        listening.ask(of_trade.min(of_book));
        if of_book <= of_trade {
            listening.book(&books[update].row, of_book);
            update += 1;
        } else {
            listening.trade(&trades[trade].row, of_trade);
            trade += 1;
        }
    }
    let mut findings = listening.findings;
    if let Some(rule) = book.enabled(MATCH) {
        findings.extend(listening.minutes.differing(rule, good.trades));
    }
    Judged {
        findings,
        range: Some((first.traded_at, last.traded_at)),
        rows: (trades.len() + books.len()) as i64,
    }
}

/// When rows reach us: what is late comes with the row before it.
fn arrivals<T: FaultyRow>(rows: &[Placed<T>], good: &[T]) -> Vec<i64> {
    let mut newest = i64::MIN;
    rows.iter()
        .map(|placed| {
            let at = good.get(placed.source).map_or(newest, FaultyRow::at);
            newest = newest.max(at);
            newest + TRAVEL_MS
        })
        .collect()
}

struct Listening<'a> {
    checks: SourceChecks,
    trial: Trial,
    minutes: Minutes,
    last_change: Option<i64>,
    asked_at: i64,
    book: &'a RuleBook,
    findings: Vec<Finding>,
}

impl Listening<'_> {
    fn tell(&mut self, at: i64, what: What) {
        self.checks.push(self.book, &Event { at, what });
    }

    /// Asks how all checks stand, if it is time.
    fn ask(&mut self, now_ms: i64) {
        if now_ms - self.asked_at < EVERY_MS {
            return;
        }
        self.asked_at = now_ms;
        for event in self.trial.missing(now_ms) {
            if let What::Missing { from, to } = event.what {
                self.minutes.missing(from, to);
            }
            self.checks.push(self.book, &event);
        }
        for outcome in self.checks.results(self.book, now_ms) {
            if let Some(severity) = outcome.state.severity() {
                self.findings.push(Finding {
                    check_id: outcome.check_id,
                    at: now_ms,
                    severity,
                });
            }
        }
    }

    fn trade(&mut self, trade: &Trade, at: i64) {
        for what in self.trial.trade(trade, at) {
            if let What::Traded { trade } = &what {
                self.minutes.add(trade);
            }
            self.tell(at, what);
        }
    }

    /// An update of the book: numbers first, then what it left.
    fn book(&mut self, event: &BookEvent, at: i64) {
        let (from, to) = event.changes;
        let follows = self.last_change.is_none_or(|last| from <= last + 1);
        self.last_change = Some(to);
        if !follows {
            let reason = format!("change {from} does not follow the one before it");
            let cause = GapCause::Sequence;
            self.tell(at, What::Lost { cause, reason });
            self.tell(at, What::Synced);
        }
        if let (Some(bid), Some(ask)) = (event.bids.first(), event.asks.first()) {
            let (bid, ask) = (bid.price, ask.price);
            self.tell(at, What::Moved { bid, ask });
        }
        match book_figures(event.observed_at, &event.bids, &event.asks) {
            Ok(figures) => {
                let depth = figures
                    .bids
                    .iter()
                    .take(DEPTH)
                    .chain(figures.asks.iter().take(DEPTH))
                    .map(|level| level.size)
                    .sum();
                let spread_bps = figures.spread_bps;
                self.tell(at, What::Figures { spread_bps, depth });
            }
            Err(broken) => {
                let (rules, reasons): (Vec<_>, Vec<_>) = broken.into_iter().unzip();
                let what = What::Rejected {
                    rules,
                    raw: String::new(),
                    reason: reasons.join("; "),
                };
                self.tell(at, what);
            }
        }
    }
}
