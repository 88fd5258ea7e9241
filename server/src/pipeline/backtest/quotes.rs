//! Tickers judged one by one, as polls bring them.

use app::model::{Dataset, Quote, RecallVm, RecordVm, Trade};

use crate::{
    pipeline::live::EqualPrices,
    quality::{
        backtest::{Finding, Judged, recall_vm, record_of},
        feed::{EqualQuotes, stale_price},
        inject::{Fault, Injection, Placed, Plan, inject},
        rule::{Kind, Rule, RuleBook},
    },
};

/// Trades, one a second, between two tickers: a venue is asked every ten seconds.
const TRADES: usize = 10;

/// Rules about the quotes of polls.
#[must_use]
pub fn rules_of_quotes(book: &RuleBook) -> Vec<&Rule> {
    book.of("quote")
        .filter(|rule| rule.kind == Kind::Stale)
        .collect()
}

/// What a venue that trades once a second says every ten seconds.
#[must_use]
pub fn quotes_of(trades: &[Trade]) -> Vec<Quote> {
    trades
        .chunks_exact(TRADES)
        .filter_map(|trades| trades.last())
        .map(|trade| Quote {
            observed_at: trade.traded_at,
            last: trade.price,
            bid: None,
            ask: None,
            open_24h: None,
            high_24h: None,
            low_24h: None,
            volume_24h: None,
            quote_volume_24h: None,
        })
        .collect()
}

/// One record for each of the rules.
#[must_use]
pub fn measure_quotes(
    rules: &[&Rule],
    quotes: &[Quote],
    (corpus, count, seed): (&str, usize, u64),
) -> Vec<RecordVm> {
    let as_is = quotes.iter().enumerate().map(|(source, quote)| Placed {
        source,
        changed: false,
        row: *quote,
    });
    let as_is = Injection {
        rows: as_is.collect(),
        later: Vec::new(),
        faults: Vec::new(),
    };
    let quiet = judge(rules, &as_is, quotes);
    let mut records: Vec<RecordVm> = rules
        .iter()
        .map(|rule| record_of(rule, corpus, &quiet))
        .collect();
    let faults = Fault::ALL.iter().copied();
    for fault in faults.filter(|fault| fault.applies_to(Dataset::Quote)) {
        let made = inject(quotes, &Plan { fault, count, seed });
        let faulty = judge(rules, &made, quotes);
        for (rule, record) in rules.iter().zip(&mut records) {
            record.recall.push(RecallVm {
                fault: fault.as_str().to_owned(),
                ..recall_vm(rule, &made.faults, &faulty, &quiet)
            });
        }
    }
    records
}

fn judge(rules: &[&Rule], made: &Injection<Quote>, good: &[Quote]) -> Judged {
    let mut equal: Option<EqualPrices> = None;
    let mut findings = Vec::new();
    for placed in &made.rows {
        let at = good.get(placed.source).map_or(0, |quote| quote.observed_at);
        let now = EqualPrices::after(equal, placed.row.last, at);
        equal = Some(now);
        for rule in rules {
            let equal = EqualQuotes {
                run: now.run,
                last: now.last,
                since: now.since,
                elsewhere: None,
            };
            let outcome = stale_price(rule, "", equal);
            findings.extend(outcome.state.severity().map(|severity| Finding {
                check_id: rule.id,
                at,
                severity,
            }));
        }
    }
    findings.sort_by_key(|finding: &Finding| finding.at);
    let range = good.first().zip(good.last());
    Judged {
        findings,
        range: range.map(|(first, last)| (first.observed_at, last.observed_at)),
        rows: made.rows.len() as i64,
    }
}
