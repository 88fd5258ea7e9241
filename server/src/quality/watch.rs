//! Looking at candles in time order: gaps, jumps, runs, ranges, levels, and whatever else the rules over candles ask for.
//!
//! A [`Watch`] is fed one candle after the other, whether they come out of a file, out of the database or one a minute, and
//! its findings depend on nothing but the candles, the rules and what is left out of baselines. Baselines never hold the
//! tested candle. `rules` makes the rules ready, `row` is what expressions read, `memory` judges by what was before, `spike`
//! by what comes after, `runs` holds runs against other venues, `evidence` is what is shown of a finding.

mod bounds;
mod evidence;
mod memory;
mod row;
mod rules;
mod runs;
mod spike;
mod window;

use std::sync::Arc;

use app::model::{Candle, MINUTE_MS, Severity, flag, format_utc};

pub use self::rules::{CandleRules, sets_apart};
use self::{
    bounds::Bounds,
    memory::{Memory, Now},
    row::{Beside, OWN, SLOTS, Slots, fill, growth},
    rules::{Compiled, Judge},
};
use super::{rule::Rule, tally::Tally};

/// What the watch says of one candle.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Judgement {
    /// Finding flags of this candle.
    pub flags: i64,
    /// Flags to add to the candle before it: its jump was taken back just now.
    pub previous: i64,
    /// The rule by which the candle is no candle, for [`Watch::refusal`]; the watch has forgotten it.
    pub refused: Option<usize>,
}

/// Which findings are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// None: the candle is only baseline, or was counted before.
    None,
    /// Gaps only.
    Gaps,
    /// Every finding.
    All,
}

/// Counts of runs of missing candles, by length.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gaps {
    /// Runs of any length.
    pub any: i64,
    /// Candles missing in all.
    pub missing: i64,
    /// Longest run, in candles.
    pub longest: i64,
}

/// Watches one series.
#[derive(Debug)]
pub struct Watch {
    rules: Arc<CandleRules>,
    step_ms: i64,
    /// The source leaves out no minute, not even one without trades.
    is_filled: bool,
    growth: f64,
    /// Stretches that are left out of baselines, ascending and apart.
    excluded: Vec<(i64, i64)>,
    last: Option<Candle>,
    /// The candle at hand and the last one.
    slots: Slots,
    memories: Vec<Memory>,
    /// Runs of missing candles.
    pub gaps: Gaps,
}

impl Watch {
    /// A watch that has seen nothing, for candles `step_ms` apart; `is_filled`: of a source that leaves out no minute, not
    /// even one without trades.
    #[must_use]
    pub fn new(rules: Arc<CandleRules>, step_ms: i64, is_filled: bool) -> Self {
        let memories = rules.watched.iter().map(|_| Memory::default()).collect();
        Self {
            rules,
            step_ms: step_ms.max(1),
            is_filled,
            growth: growth(step_ms),
            excluded: Vec::new(),
            last: None,
            slots: [f64::NAN; SLOTS],
            memories,
            gaps: Gaps::default(),
        }
    }

    /// Leaves the candles of these stretches (first and last time, in milliseconds) out of baselines; they are judged all
    /// the same.
    #[must_use]
    pub fn without(mut self, ranges: &[(i64, i64)]) -> Self {
        let mut ranges: Vec<(i64, i64)> = ranges.to_vec();
        ranges.sort_unstable();
        for (from, to) in ranges {
            match self.excluded.last_mut() {
                Some((_, end)) if from <= *end => *end = to.max(*end),
                _ => self.excluded.push((from, to)),
            }
        }
        self
    }

    /// The rules it judges by.
    #[must_use]
    pub fn rules(&self) -> &Arc<CandleRules> {
        &self.rules
    }

    /// Forgets the candles, not the findings: the next candle begins another stretch.
    pub fn begin_stretch(&mut self) {
        self.last = None;
        self.slots = [f64::NAN; SLOTS];
        for memory in &mut self.memories {
            memory.begin_stretch();
        }
    }

    /// Forgets candles and findings.
    pub fn restart(&mut self) {
        self.begin_stretch();
        self.gaps = Gaps::default();
        for memory in &mut self.memories {
            *memory = Memory::default();
        }
    }

    /// Judges the next candle, which must be later than all before, and counts its findings.
    pub fn push(&mut self, candle: &Candle) -> Judgement {
        self.look(candle, Counting::All)
    }

    /// Takes a candle that was accepted before into the baselines, without a judgement.
    pub fn remember(&mut self, candle: &Candle) {
        let _ = self.see(candle, None);
    }

    /// Judges the next candle; `counting` says which findings go into the tallies.
    pub fn look(&mut self, candle: &Candle, counting: Counting) -> Judgement {
        self.see(candle, Some(counting))
    }

    /// `None`: the candle is not judged.
    fn see(&mut self, candle: &Candle, counting: Option<Counting>) -> Judgement {
        let missing = self
            .last
            .map(|last| (candle.opened_at - last.opened_at) / self.step_ms - 1);
        let beside = Beside {
            step_ms: self.step_ms,
            growth: self.growth,
            missing: missing.map_or(f64::NAN, |missing| missing as f64),
            received_at: f64::NAN,
        };
        fill(&mut self.slots, candle, &beside);
        let now = Now {
            slots: &self.slots,
            candle,
            last: self.last.as_ref(),
            contiguous: missing == Some(0),
            step_ms: self.step_ms,
            growth: self.growth,
            excluded: !self.excluded.is_empty()
                && [Some(candle.opened_at), self.last.map(|last| last.opened_at)]
                    .into_iter()
                    .flatten()
                    .any(|at| is_within(&self.excluded, at)),
        };
        let mut judgement = Judgement::default();
        let counts = counting == Some(Counting::All);
        let watched = || self.rules.watched.iter();
        let apart = if counting.is_some() {
            self.rules.apart
        } else {
            0
        };
        for (at, (rule, memory)) in watched().zip(&mut self.memories).take(apart).enumerate() {
            let severity = judge(rule, memory, &now, counts);
            if severity > Some(Severity::Info) {
                judgement.refused = Some(at);
                return judgement;
            }
        }
        for (rule, memory) in watched().zip(&mut self.memories).skip(self.rules.apart) {
            match &rule.judge {
                Judge::Spike { .. } => {
                    let spike = judge_spike(rule, memory, &now, counts);
                    judgement.previous |= marks(rule.flag, spike);
                }
                Judge::Gap { .. } => {}
                _ if counting.is_none() => {}
                _ => {
                    let severity = judge(rule, memory, &now, counts);
                    judgement.flags |= marks(rule.flag, severity);
                }
            }
        }
        for (rule, memory) in watched().zip(&mut self.memories) {
            memory.learn(rule, &now);
        }
        if let Some(last) = self.last.replace(*candle)
            && !matches!(counting, None | Some(Counting::None))
        {
            self.judge_gap(last.opened_at, candle.opened_at);
        }
        self.slots.copy_within(..OWN, OWN);
        judgement
    }

    /// Counts what is missing at the end: between the newest candle and the one that is running.
    pub fn look_at_end(&mut self, newest_at: i64, running_at: i64) {
        if running_at - newest_at > self.step_ms {
            self.judge_gap(newest_at, running_at);
        }
    }

    /// Runs of equal values, first and last time of each, that are only wrong if other venues moved meanwhile; for
    /// [`Watch::hold_against`].
    #[must_use]
    pub fn runs(&self) -> Vec<(i64, i64)> {
        let runs = self.memories.iter().flat_map(|memory| memory.runs.ranges());
        runs.collect()
    }

    /// Takes back the runs in which all other venues stood still. `elsewhere` says of each run, in the order of
    /// [`Watch::runs`], how far another venue moved at most, in basis points; `None` if nothing is known of any.
    pub fn hold_against(&mut self, elsewhere: &[Option<f64>]) {
        let mut next = 0;
        for (rule, memory) in self.rules.watched.iter().zip(&mut self.memories) {
            let count = memory.runs.ranges().count();
            if count > 0 {
                let own = elsewhere.get(next..next + count).unwrap_or_default();
                if own.len() == count {
                    memory.hold_against(rule.rule.number("moved_bps"), own);
                }
                next += count;
            }
        }
    }

    /// The rule of a refused candle, and why it was refused; only of the candle that was judged last.
    #[must_use]
    pub fn refusal(&self, at: usize) -> (&'static str, String) {
        match self.rules.watched.get(at) {
            Some(rule) => (rule.rule.id, rule.reason(&self.slots)),
            None => ("candle.contract", String::new()),
        }
    }

    /// Findings by rule.
    pub fn findings(&self) -> impl Iterator<Item = Findings<'_>> {
        let both = self.rules.watched.iter().zip(&self.memories);
        both.map(|(compiled, memory)| Findings {
            rule: &compiled.rule,
            tally: &memory.tally,
            extreme: memory
                .tally
                .extreme
                .map(|value| evidence::number(compiled, value)),
            broken: match &compiled.judge {
                Judge::Broken(reason) => Some(reason),
                _ => None,
            },
            beside: &memory.runs.words,
        })
    }

    /// Counts by rule.
    pub fn tallies(&self) -> impl Iterator<Item = (&'static str, &Tally)> {
        let both = self.rules.watched.iter().zip(&self.memories);
        both.map(|(compiled, memory)| (compiled.rule.id, &memory.tally))
    }

    /// Counts of one rule.
    #[must_use]
    pub fn tally(&self, id: &str) -> Option<&Tally> {
        self.tallies()
            .find(|(of, _)| *of == id)
            .map(|(_, tally)| tally)
    }

    fn judge_gap(&mut self, last_at: i64, next_at: i64) {
        let missing = (next_at - last_at) / self.step_ms - 1;
        if missing > 0 {
            self.gaps.any += 1;
            self.gaps.missing += missing;
            self.gaps.longest = self.gaps.longest.max(missing);
        }
        let (first, last) = (last_at + self.step_ms, next_at - self.step_ms);
        for (rule, memory) in self.rules.watched.iter().zip(&mut self.memories) {
            let Judge::Gap {
                sparse,
                filled,
                coarse,
            } = &rule.judge
            else {
                continue;
            };
            let bounds: &Bounds = match (self.step_ms, self.is_filled) {
                (MINUTE_MS, true) => filled,
                (MINUTE_MS, false) => sparse,
                _ => coarse,
            };
            let value = missing as f64;
            let tally = &mut memory.tally;
            tally.tested += 1;
            let Some(severity) = bounds.from(value).filter(|_| missing > 0) else {
                continue;
            };
            if evidence::is_most(tally, value) {
                let baseline =
                    evidence::count_baseline("candles missing in a row", bounds, (first, value));
                tally.evidence.baseline = Some(baseline);
            }
            tally.count(severity);
            tally.note(value);
            evidence::stretch(&mut tally.evidence, first, last);
            tally.sample(
                &["first missing", "last missing", "candles missing"],
                || vec![format_utc(first), format_utc(last), missing.to_string()],
            );
        }
    }
}

/// What one rule found.
#[derive(Debug, Clone)]
pub struct Findings<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// Its counts.
    pub tally: &'a Tally,
    /// Its most extreme value, in words.
    pub extreme: Option<String>,
    /// Why it cannot be evaluated.
    pub broken: Option<&'a String>,
    /// What other venues say of it, in words; empty if it was not held against any.
    pub beside: &'a str,
}

/// The severity of a candle by one rule, counted.
#[inline]
fn judge(rule: &Compiled, memory: &mut Memory, now: &Now<'_>, counts: bool) -> Option<Severity> {
    let (value, severity) = memory.test(rule, now)?;
    if counts {
        memory.tally.tested += 1;
        if let Some(severity) = severity {
            memory.tally.count(severity);
            evidence::note(memory, rule, value, now);
            if matches!(rule.judge, Judge::Stale(..)) && rule.rule.flag("unless_all") {
                memory.count_run(rule, value, severity, now);
            }
        }
    }
    severity
}

/// The severity of the candle before, whose jump was taken back.
#[inline]
fn judge_spike(
    rule: &Compiled,
    memory: &mut Memory,
    now: &Now<'_>,
    counts: bool,
) -> Option<Severity> {
    let seen = spike::look(memory, &rule.judge, now);
    let tally = &mut memory.tally;
    tally.tested += i64::from(seen.tested && counts);
    let suspect = seen.confirmed?;
    if counts {
        if evidence::is_most(tally, suspect.deviation) {
            tally.evidence.baseline = Some(*suspect.baseline);
        }
        tally.count(suspect.severity);
        tally.note(suspect.deviation);
        evidence::stretch(&mut tally.evidence, suspect.at, suspect.at);
        let field = rule.rule.text_of("field");
        let slot = rule.judge.reads().first().copied().unwrap_or(0);
        tally.sample(&["time", field, &format!("next {field}"), "jump"], || {
            vec![
                format_utc(suspect.at),
                suspect.value.to_string(),
                row::words(slot, now.slots[slot]),
                evidence::percent(suspect.deviation),
            ]
        });
    }
    Some(suspect.severity)
}

const fn marks(bit: i64, severity: Option<Severity>) -> i64 {
    match severity {
        Some(Severity::Warn) => bit,
        Some(Severity::Error | Severity::Critical) if bit != 0 => bit | flag::SEVERE,
        _ => 0,
    }
}

/// True if a time is in one of the stretches, which are ascending and apart.
fn is_within(ranges: &[(i64, i64)], at: i64) -> bool {
    let next = ranges.partition_point(|(from, _)| *from <= at);
    next > 0 && ranges[next - 1].1 >= at
}

#[cfg(test)]
mod tests;
