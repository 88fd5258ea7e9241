//! Candles judged as a landing is: hard rules and duplicates, the order of rows, the watch, and what a later landing
//! restates.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use app::model::{Candle, Held, MINUTE_MS, Severity};

use super::{Series, watched::Told};
use crate::{
    quality::{
        backtest::{Finding, Judged},
        inject::{Injection, Placed},
        rule::RuleBook,
        watch::CandleRules,
    },
    refine::{
        clean::{CandleChunk, CandleRow, clean},
        merge::merge,
    },
};

const CONFLICT: &str = "candle.dup_conflict";

/// Judges a series as it is.
#[must_use]
pub fn judge_rows(series: Series<'_>, book: &RuleBook) -> Judged {
    let rows = series.rows.iter().enumerate();
    let made = Injection {
        rows: rows
            .map(|(source, row)| Placed {
                source,
                changed: false,
                row: *row,
            })
            .collect(),
        later: Vec::new(),
        faults: Vec::new(),
    };
    judge(&made, series, book)
}

/// Judges rows with faults; `good` is the series they come from, whose times say when a finding was made.
#[must_use]
pub fn judge(made: &Injection<Candle>, good: Series<'_>, book: &RuleBook) -> Judged {
    let (Some(first), Some(last)) = (good.rows.first(), good.rows.last()) else {
        return Judged::default();
    };
    let mut work = Work {
        made,
        good,
        book,
        findings: Vec::new(),
    };
    let received_at = last.opened_at + good.step_ms + MINUTE_MS;
    let mut chunk = CandleChunk {
        rows: lines(&made.rows),
        ..CandleChunk::default()
    };
    let rules = Arc::new(CandleRules::new(book));
    let broken =
        |rows: &[CandleRow]| rules.broken_among(rows, |row| &row.candle, good.step_ms, received_at);
    let cleaned = clean(&mut chunk, broken, &mut HashSet::new());
    let mut state = vec![Line::Repeated; made.rows.len()];
    for reject in &cleaned.rejects {
        let line = reject.line_no as usize;
        for rule in &reject.rules {
            work.found(rule, line, None);
        }
        state[line] = if reject.rules.contains(&CONFLICT) {
            Line::Sound
        } else {
            Line::Broken
        };
    }
    for row in &cleaned.rows {
        state[row.line_no as usize] = Line::Sound;
    }
    for (line, _) in state
        .iter()
        .enumerate()
        .filter(|(_, state)| **state == Line::Repeated)
    {
        work.found("candle.dup_same", line, Some(Severity::Info));
    }
    if cleaned.out_of_order > 0 {
        work.order(&state);
    }
    let mut told = Told::new(good, rules);
    for row in &cleaned.rows {
        let at = work.at(row.line_no as usize);
        let _ = told.push(&row.candle, at, &mut work.findings);
    }
    work.restated(&cleaned.rows);
    let mut findings = work.findings;
    findings.sort_by_key(|finding| finding.at);
    Judged {
        findings,
        range: Some((first.opened_at, last.opened_at + good.step_ms)),
        rows: made.rows.len() as i64,
    }
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    /// It says what another one says.
    Repeated,
    /// It breaks a hard rule.
    Broken,
    /// It has a time that its order is judged by.
    Sound,
}

struct Work<'a> {
    made: &'a Injection<Candle>,
    good: Series<'a>,
    book: &'a RuleBook,
    findings: Vec<Finding>,
}

impl Work<'_> {
    /// True time of a line.
    fn at(&self, line: usize) -> i64 {
        let source = self.made.rows.get(line).map_or(0, |placed| placed.source);
        self.time_of(source)
    }

    fn time_of(&self, source: usize) -> i64 {
        self.good.rows.get(source).map_or(0, |row| row.opened_at)
    }

    fn found(&mut self, check_id: &str, line: usize, severity: Option<Severity>) {
        let at = self.at(line);
        self.found_at(check_id, at, severity);
    }

    /// Notes a finding, if the rule is in force.
    fn found_at(&mut self, check_id: &str, at: i64, severity: Option<Severity>) {
        let Some(rule) = self.book.get(check_id).filter(|rule| rule.enabled) else {
            return;
        };
        let of_rule = rule
            .limits
            .first()
            .map_or(rule.severity, |(severity, _)| *severity);
        self.findings.push(Finding {
            check_id: rule.id,
            at,
            severity: severity.unwrap_or(of_rule),
        });
    }

    /// Rows earlier than the sound one before them.
    fn order(&mut self, state: &[Line]) {
        let mut before = i64::MIN;
        for (line, state) in state.iter().enumerate().take(self.made.rows.len()) {
            if *state == Line::Broken {
                continue;
            }
            let opened_at = self.made.rows[line].row.opened_at;
            if opened_at < before {
                self.found("candle.order", line, None);
            }
            before = opened_at;
        }
    }

    /// Final candles that a later landing gives other values.
    fn restated(&mut self, written: &[CandleRow]) {
        if self.made.later.is_empty() {
            return;
        }
        let held: HashMap<i64, Held> = written
            .iter()
            .map(|row| {
                let held = Held {
                    candle: row.candle,
                    landing_id: 1,
                };
                (row.candle.opened_at, held)
            })
            .collect();
        for replaced in merge(lines(&self.made.later), &held, 2).replaced {
            if replaced.candle.is_final {
                for check_id in ["rec.restated", "candle.restated"] {
                    self.found_at(check_id, replaced.candle.opened_at, None);
                }
            }
        }
    }
}

fn lines(rows: &[Placed<Candle>]) -> Vec<CandleRow> {
    rows.iter()
        .zip(0..)
        .map(|(placed, line_no)| CandleRow {
            line_no,
            candle: placed.row,
            raw: (0, 0),
        })
        .collect()
}
