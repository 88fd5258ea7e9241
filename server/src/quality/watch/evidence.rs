//! What is shown of a finding: its row, and what it was held against.

use app::model::{Baseline, Evidence};

use super::{
    bounds::Bounds,
    memory::{Memory, Now},
    row::words,
    rules::{Compiled, Judge},
};
use crate::quality::tally::Tally;

/// A share as per cent, with its sign.
pub(super) fn percent(share: f64) -> String {
    format!("{:+.2} %", share * 100.0)
}

/// A judged number as text, in the unit of its rule.
pub(super) fn number(rule: &Compiled, value: f64) -> String {
    if rule.rule.text_of("unit") == "%" {
        format!("{:.2} %", value * 100.0)
    } else if matches!(rule.judge, Judge::Level { .. } | Judge::Spike { .. }) {
        percent(value)
    } else if value.fract() == 0.0 {
        value.to_string()
    } else {
        format!("{value:.4}")
    }
}

/// Notes a finding with its time, row and baseline; the baseline kept is that of the most extreme one.
pub(super) fn note(memory: &mut Memory, rule: &Compiled, value: f64, now: &Now<'_>) {
    let at = now.candle.opened_at;
    let is_most = is_most(&memory.tally, value);
    if memory.tally.has_room() {
        let (columns, row) = row_of(memory, rule, value, now);
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        memory.tally.sample(&columns, || row);
    }
    let from = match rule.judge {
        Judge::Stale(..) | Judge::Streak(..) => memory.run_from.min(at),
        _ => at,
    };
    let baseline = is_most
        .then(|| baseline_of(memory, rule, value, now))
        .flatten();
    let tally = &mut memory.tally;
    tally.note(value);
    stretch(&mut tally.evidence, from, at);
    if let Some(baseline) = baseline {
        tally.evidence.baseline = Some(baseline);
    }
}

/// True if no finding so far was as extreme.
pub(super) fn is_most(tally: &Tally, value: f64) -> bool {
    tally
        .extreme
        .is_none_or(|extreme| value.abs() > extreme.abs())
}

/// The data concerned reach over these times too.
pub(super) fn stretch(evidence: &mut Evidence, from: i64, to: i64) {
    let (first, last) = evidence.range.unwrap_or((from, to));
    evidence.range = Some((first.min(from), last.max(to)));
}

/// Limits of a count, which begins at 0.
pub(super) fn count_baseline(label: &str, bounds: &Bounds, tested: (i64, f64)) -> Baseline {
    Baseline {
        label: label.to_owned(),
        points: Vec::new(),
        centre: 0.0,
        limits: bounds
            .each()
            .map(|(severity, limit)| (severity.as_str().to_owned(), 0.0, limit))
            .collect(),
        tested,
    }
}

fn row_of(
    memory: &Memory,
    rule: &Compiled,
    value: f64,
    now: &Now<'_>,
) -> (Vec<String>, Vec<String>) {
    let mut columns = vec!["time".to_owned()];
    let mut row = vec![words(0, now.slots[0])];
    for (name, slot) in &rule.shown {
        columns.push(name.clone());
        row.push(words(*slot, now.slots[*slot]));
    }
    let last = match &rule.judge {
        Judge::Value { .. } => Some(rule.rule.text_of("label").to_owned()),
        Judge::Streak(..) => Some("rows in a row".to_owned()),
        Judge::Stale(..) => Some(format!("equal {}s", rule.rule.text_of("field"))),
        Judge::RobustZ { .. } => Some("distance in robust deviations".to_owned()),
        Judge::Level { window, .. } => {
            columns.push("close".to_owned());
            row.push(now.candle.close.to_string());
            columns.push(format!("median of the last {window}"));
            row.push(memory.window.median().to_string());
            Some("off by".to_owned())
        }
        _ => None,
    };
    if let Some(last) = last {
        columns.push(last);
        row.push(number(rule, value));
    }
    (columns, row)
}

fn baseline_of(memory: &Memory, rule: &Compiled, value: f64, now: &Now<'_>) -> Option<Baseline> {
    let at = now.candle.opened_at;
    let label = || rule.rule.text_of("label").to_owned();
    match &rule.judge {
        Judge::Stale(_, run) => {
            let label = format!("equal {}s in a row", rule.rule.text_of("field"));
            Some(count_baseline(&label, run, (at, value)))
        }
        Judge::Streak(_, run) => Some(count_baseline("rows in a row", run, (at, value))),
        Judge::Level { off, .. } => {
            let median = memory.window.median();
            // the price that is off by so much
            let tested = median * (1.0 + value);
            let limit = |limit: f64| (median * (1.0 - limit), median * (1.0 + limit));
            Some(Baseline {
                label: "close".to_owned(),
                points: memory.window.points(1.0),
                centre: median,
                limits: within(off, limit),
                tested: (at, tested),
            })
        }
        Judge::RobustZ {
            floor,
            k,
            value: of,
            ..
        } => {
            let median = memory.window.median();
            let deviation = memory.window.median_distance(median);
            let scale = (super::memory::MAD_SCALE * deviation).max(*floor);
            Some(Baseline {
                label: label(),
                points: memory.window.points(1.0),
                centre: median,
                limits: within(k, |k| (median - k * scale, median + k * scale)),
                tested: (at, of.eval(now.slots)),
            })
        }
        _ => None,
    }
}

fn within(bounds: &Bounds, limits: impl Fn(f64) -> (f64, f64)) -> Vec<(String, f64, f64)> {
    let named = bounds.each().map(|(severity, limit)| {
        let (low, high) = limits(limit);
        (severity.as_str().to_owned(), low, high)
    });
    named.collect()
}
