//! Runs of equal values that are only wrong if the market moved elsewhere meanwhile (`unless_all` of `stale`). They are
//! counted as they are seen, for a series knows nothing of others, and taken back once it is told that all stood still.

use app::{format::counted, model::Severity};

use super::{
    evidence,
    memory::{Memory, Now},
    rules::Compiled,
};
use crate::quality::tally::Tally;

/// Runs that are held against other venues; of further ones what the series says counts.
const MOST: usize = 100;

/// The runs of one rule.
#[derive(Debug, Default)]
pub(super) struct Runs {
    each: Vec<Run>,
    /// What came of it, in words.
    pub(super) words: String,
}

/// A run that is long enough to be wrong.
#[derive(Debug)]
struct Run {
    /// First and newest candle.
    range: (i64, i64),
    /// Its own share of the findings.
    tally: Tally,
}

impl Runs {
    /// First and last time of each.
    pub(super) fn ranges(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        self.each.iter().map(|run| run.range)
    }
}

impl Memory {
    /// Counts a finding of a run a second time, for the run alone.
    pub(super) fn count_run(
        &mut self,
        rule: &Compiled,
        value: f64,
        severity: Severity,
        now: &Now<'_>,
    ) {
        let at = now.candle.opened_at;
        let from = self.run_from.min(at);
        let mut each = std::mem::take(&mut self.runs.each);
        let is_new = each.last().is_none_or(|run| run.range.0 != from);
        if is_new && each.len() < MOST {
            each.push(Run {
                range: (from, at),
                tally: Tally::default(),
            });
        }
        if let Some(run) = each.last_mut().filter(|run| run.range.0 == from) {
            run.range.1 = at;
            std::mem::swap(&mut self.tally, &mut run.tally);
            self.tally.count(severity);
            evidence::note(self, rule, value, now);
            std::mem::swap(&mut self.tally, &mut run.tally);
        }
        self.runs.each = each;
    }

    /// Takes back the runs in which no other venue moved by more than `moved_bps`. Of each run: how far the others moved
    /// at most, in basis points; `None` if nothing is known of any.
    pub(super) fn hold_against(&mut self, moved_bps: f64, elsewhere: &[Option<f64>]) {
        let mut left = Tally::default();
        let (mut excused, mut unknown, mut furthest) = (0, 0, None::<f64>);
        let before = self.tally.clone();
        let mut taken = [0; 4];
        for (run, moved) in self.runs.each.drain(..).zip(elsewhere) {
            match moved {
                Some(moved) if *moved <= moved_bps => {
                    excused += 1;
                    let tally = &run.tally;
                    let own = [tally.info, tally.warn, tally.error, tally.critical];
                    for (sum, count) in taken.iter_mut().zip(own) {
                        *sum += count;
                    }
                    continue;
                }
                Some(moved) => furthest = Some(furthest.map_or(*moved, |most| most.max(*moved))),
                None => unknown += 1,
            }
            left.merge(run.tally);
        }
        self.runs.words = words(excused, unknown, furthest);
        if excused == 0 {
            return;
        }
        let [info, warn, error, critical] = taken;
        let is_none = before.failed() + before.info == taken.iter().sum::<i64>();
        // runs beyond the most that are held against others have left nothing but counts
        let shown = if left.evidence.rows.is_empty() && !is_none {
            (before.extreme, before.evidence)
        } else {
            (left.extreme, left.evidence)
        };
        self.tally = Tally {
            tested: before.tested,
            info: before.info - info,
            warn: before.warn - warn,
            error: before.error - error,
            critical: before.critical - critical,
            extreme: shown.0,
            evidence: shown.1,
        };
    }
}

fn words(excused: usize, unknown: usize, furthest: Option<f64>) -> String {
    let mut words = Vec::new();
    if let Some(most) = furthest {
        words.push(format!(
            "another venue moved {most:.0} basis points meanwhile"
        ));
    }
    match unknown {
        0 => {}
        _ if furthest.is_none() && excused == 0 => {
            words.push("no other venue is known to hold them against".to_owned());
        }
        some => words.push(format!(
            "of {} no other venue is known",
            counted(some as i64, "run")
        )),
    }
    if excused > 0 {
        words.push(format!(
            "in {} of equal values the other venues stood still too",
            counted(excused as i64, "run")
        ));
    }
    words.join("; ")
}
