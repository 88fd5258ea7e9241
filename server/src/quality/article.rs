//! Articles of a file or of a feed: what is remarkable about those that are kept, and how old the newest is.

use app::model::{CheckState, Counts, Evidence, Outcome, Pipeline, format_age, format_utc};

use super::{
    outcome::RejectTally,
    rule::{Kind, Rule, state_of},
};

/// What was mended is a number to know; what was made up, or lost in number, is a finding.
#[must_use]
pub fn noted(rule: &Rule, entity: &str, counts: &Counts, notes: &RejectTally) -> Outcome {
    let tally = notes.rules.get(rule.id).cloned().unwrap_or_default();
    let share = tally.critical as f64 / counts.rows.max(1) as f64;
    let severity = match rule.kind {
        Kind::Share => rule.beyond("above", share),
        _ => Some(rule.severity).filter(|_| tally.critical > 0),
    };
    let summary = format!("{} of {} articles", tally.critical, counts.rows);
    let pass = rule.passed(entity, Pipeline::Batch, counts.rows, summary);
    let state = state_of(severity);
    let holds = state == CheckState::Pass;
    Outcome {
        state: if holds { pass.state } else { state },
        failed: if holds { 0 } else { tally.critical },
        value: Some(share),
        evidence: tally.evidence,
        ..pass
    }
}

/// `article.dup`: `linked` articles repeat another one in other words.
#[must_use]
pub fn duplicates(rule: &Rule, entity: &str, counts: &Counts, linked: i64) -> Outcome {
    let repeated = linked + counts.deduplicated;
    let share = repeated as f64 / counts.rows.max(1) as f64;
    let summary = format!(
        "{linked} articles repeat an earlier one and are linked to it, {} records are repeated to the letter",
        counts.deduplicated
    );
    let pass = rule.passed(entity, Pipeline::Batch, counts.rows, summary);
    let too_many = rule
        .worst(|limits| limits.get("share").is_some_and(|limit| share > *limit))
        .max(rule.reached("from", repeated as f64));
    let state = state_of(too_many);
    let holds = state == CheckState::Pass;
    Outcome {
        state: if holds { pass.state } else { state },
        failed: if holds { 0 } else { repeated },
        value: Some(share),
        ..pass
    }
}

/// Whether given sentiments are all the same.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sameness {
    first: Option<f64>,
    scores: i64,
    differs: bool,
}

impl Sameness {
    /// Notes the sentiment that an article gives.
    pub fn push(&mut self, score: f64) {
        let first = *self.first.get_or_insert(score);
        self.differs |= first.total_cmp(&score).is_ne();
        self.scores += 1;
    }

    /// `article.sentiment_constant`.
    #[must_use]
    pub fn result(&self, rule: &Rule, entity: &str) -> Outcome {
        let summary = match self.first {
            Some(score) if !self.differs => {
                format!("all {} sentiments that are given are {score}", self.scores)
            }
            _ => format!("{} sentiments are given", self.scores),
        };
        let pass = rule.passed(entity, Pipeline::Batch, self.scores, summary);
        let run = if self.differs { 0 } else { self.scores };
        match rule.reached("run", run as f64) {
            None => pass,
            severity => Outcome {
                state: state_of(severity),
                failed: run,
                value: self.first,
                ..pass
            },
        }
    }
}

/// Pauses of a feed that are looked back on, at most.
pub const PAUSES: i64 = 1_000;
/// Fewer pauses say nothing about what is usual.
const MIN_PAUSES: usize = 30;
/// The longest usual pause: this share of all pauses is not longer.
const USUAL: f64 = 0.999;

/// `article.fresh`: `published` are times of the newest articles of a feed, newest first.
#[must_use]
pub fn fresh(rule: &Rule, entity: &str, published: &[i64], now_ms: i64) -> Outcome {
    let Some(newest) = published.first() else {
        let words = "no article is known".to_owned();
        return rule.passed(entity, Pipeline::Live, 0, words);
    };
    let age = (now_ms - newest).max(0);
    let allowed = longest_usual(published).map_or(0.0, |pause| pause * rule.number("gaps"));
    let severity = rule.worst(|limits| {
        limits
            .get("age")
            .is_some_and(|limit| age as f64 > limit.max(allowed))
    });
    let words = format!("the newest article is {} old", format_age(age));
    let pass = rule.passed(entity, Pipeline::Live, 1, words);
    let state = state_of(severity);
    let value = Some(age as f64 / 1_000.0);
    if state == CheckState::Pass {
        return Outcome { value, ..pass };
    }
    Outcome {
        state,
        failed: 1,
        value,
        evidence: Evidence {
            columns: ["newest", "now", "age", "longest usual pause"]
                .map(str::to_owned)
                .to_vec(),
            rows: vec![vec![
                format_utc(*newest),
                format_utc(now_ms),
                format_age(age),
                longest_usual(published).map_or_else(String::new, |ms| format_age(ms as i64)),
            ]],
            range: Some((*newest, now_ms)),
            ..Evidence::default()
        },
        ..pass
    }
}

/// The [`USUAL`] quantile of the pauses between articles, in milliseconds.
fn longest_usual(published: &[i64]) -> Option<f64> {
    let mut pauses: Vec<i64> = published
        .windows(2)
        .map(|pair| (pair[0] - pair[1]).max(0))
        .collect();
    if pauses.len() < MIN_PAUSES {
        return None;
    }
    pauses.sort_unstable();
    let rank = (USUAL * (pauses.len() - 1) as f64).floor() as usize;
    pauses.get(rank).map(|pause| *pause as f64)
}

#[cfg(test)]
mod tests {
    use app::model::HOUR_MS;

    use super::*;
    use crate::quality::rule::RuleBook;

    const NOW: i64 = 1_790_000_040_000;

    fn rule(id: &str) -> Rule {
        RuleBook::shipped().get(id).expect(id).clone()
    }

    #[test]
    fn a_feed_may_pause_as_long_as_it_usually_does() {
        let rule = rule("article.fresh");
        let state = |pause_h: i64, articles: i64, age_h: i64| {
            let published: Vec<i64> = (0..articles)
                .map(|index| NOW - (age_h + index * pause_h) * HOUR_MS)
                .collect();
            fresh(&rule, "e", &published, NOW).state
        };
        assert_eq!(state(1, 0, 0), CheckState::NotEvaluated);
        assert_eq!(state(1, 100, 24), CheckState::Pass);
        assert_eq!(state(1, 100, 25), CheckState::Warn);
        assert_eq!(state(1, 100, 73), CheckState::Error);
        assert_eq!(
            state(48, 100, 70),
            CheckState::Pass,
            "it always pauses two days"
        );
        assert_eq!(state(48, 100, 73), CheckState::Error);
        assert_eq!(state(48, 10, 70), CheckState::Warn, "too few to know");
    }

    #[test]
    fn sentiments_that_are_all_the_same_were_not_computed() {
        let rule = rule("article.sentiment_constant");
        let state = |scores: &[f64]| {
            let mut sameness = Sameness::default();
            scores.iter().for_each(|score| sameness.push(*score));
            sameness.result(&rule, "e").state
        };
        assert_eq!(state(&[]), CheckState::NotEvaluated);
        assert_eq!(state(&[0.0; 19]), CheckState::Pass);
        assert_eq!(state(&[0.0; 20]), CheckState::Error);
        let mut scores = [0.0; 40];
        scores[39] = 0.1;
        assert_eq!(state(&scores), CheckState::Pass);
    }

    #[test]
    fn many_duplicates_are_worth_a_look() {
        let rule = rule("article.dup");
        let counts = |deduplicated| Counts {
            rows: 100,
            accepted: 100 - deduplicated,
            deduplicated,
            ..Counts::default()
        };
        assert_eq!(
            duplicates(&rule, "e", &counts(5), 15).state,
            CheckState::Pass
        );
        let told = duplicates(&rule, "e", &counts(5), 16);
        assert_eq!((told.state, told.failed), (CheckState::Warn, 21));
        assert_eq!(
            duplicates(&rule, "e", &Counts::default(), 0).state,
            CheckState::NotEvaluated
        );
    }
}
