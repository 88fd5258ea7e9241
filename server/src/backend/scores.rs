//! Scores with their history, what costs them points, and how checks have been over time.

use std::collections::HashMap;

use app::model::{
    CheckState, DAY_MS, HOUR_MS, MINUTE_MS, ScoreDetailVm, ScoreOf, ScoreVm, ScoreboardVm,
    TimelineVm,
};

use super::StoreBackend;
use crate::{
    pipeline::score::scores,
    quality::score::{Score, Scores},
    store::{StoreError, view::States},
};

/// The history of a score: finer for the last day, coarser for the week before it.
const FINE: (i64, i64) = (DAY_MS, 15 * MINUTE_MS);
const COARSE: (i64, i64) = (7 * DAY_MS, HOUR_MS);
/// Costs that are listed.
const COSTS: usize = 200;
/// Timelines that are listed.
const TIMELINES: i64 = 40;
/// Longest time they show, in hours.
const MOST_HOURS: i64 = 7 * 24;
/// Spans of one timeline: what changes more often is shown by the worst of each stretch.
const SPANS: usize = 288;

/// Times and scores by what they are of.
type Histories = HashMap<(ScoreOf, String), Vec<(i64, f64)>>;

impl StoreBackend {
    /// Every score but those of checks, with the last week of each.
    pub(super) async fn read_scoreboard(&self) -> Result<ScoreboardVm, StoreError> {
        let now_ms = self.clock.now_ms();
        let scores = scores(&self.store, &self.hub.rules().now()).await?;
        let mut histories = self.histories(now_ms, None).await?;
        Ok(ScoreboardVm {
            server_now: now_ms,
            scores: scores
                .main()
                .into_iter()
                .map(|score| with_history(score, &mut histories, now_ms))
                .collect(),
        })
    }

    /// One score; `None` if there is no such thing.
    pub(super) async fn read_score(
        &self,
        of: ScoreOf,
        name: &str,
    ) -> Result<Option<ScoreDetailVm>, StoreError> {
        let now_ms = self.clock.now_ms();
        let scores = scores(&self.store, &self.hub.rules().now()).await?;
        if !scores.has(of, name) {
            return Ok(None);
        }
        let mut histories = self.histories(now_ms, Some((of, name))).await?;
        let mut costs = scores.costs(of, name);
        costs.truncate(COSTS);
        Ok(Some(ScoreDetailVm {
            score: with_history(scores.one(of, name), &mut histories, now_ms),
            costs,
        }))
    }

    /// What was not well in the last hours.
    pub(super) async fn read_timelines(&self, hours: i64) -> Result<Vec<TimelineVm>, StoreError> {
        let now_ms = self.clock.now_ms();
        let from_ms = now_ms - hours.clamp(1, MOST_HOURS) * HOUR_MS;
        let states = self.store.states(from_ms, now_ms, TIMELINES).await?;
        Ok(states
            .into_iter()
            .filter_map(|states| timeline(states, from_ms, now_ms))
            .collect())
    }

    async fn histories(
        &self,
        now_ms: i64,
        only: Option<(ScoreOf, &str)>,
    ) -> Result<Histories, StoreError> {
        let fine_from = now_ms - FINE.0;
        let mut all = Histories::new();
        for window in [
            (now_ms - COARSE.0, fine_from, COARSE.1),
            (fine_from, now_ms + 1, FINE.1),
        ] {
            for (key, points) in self.store.score_history(window, only).await? {
                all.entry(key).or_default().extend(points);
            }
        }
        Ok(all)
    }
}

/// Every score but those of checks, without history.
pub(super) fn without_history(scores: &Scores) -> Vec<ScoreVm> {
    scores.main().into_iter().map(vm).collect()
}

fn vm(score: Score) -> ScoreVm {
    ScoreVm {
        of: score.of,
        name: score.name,
        score: score.score,
        cap: score.cap,
        evaluated: score.evaluated,
        total: score.total,
        history: Vec::new(),
    }
}

/// The history ends with the score of now.
fn with_history(score: Score, histories: &mut Histories, now_ms: i64) -> ScoreVm {
    let mut history = histories
        .remove(&(score.of, score.name.clone()))
        .unwrap_or_default();
    if let Some(value) = score.score {
        history.retain(|(at, _)| *at < now_ms);
        history.push((now_ms, value));
    }
    ScoreVm {
        history,
        ..vm(score)
    }
}

/// Spans of states within a window; `None` if all was well in it.
fn timeline(((check_id, entity), states): States, from_ms: i64, now_ms: i64) -> Option<TimelineVm> {
    let mut spans: Vec<(i64, i64, CheckState)> = Vec::new();
    for (index, (at, state)) in states.iter().enumerate() {
        let begin = (*at).max(from_ms);
        let end = states
            .get(index + 1)
            .map_or(now_ms, |(next, _)| *next)
            .min(now_ms);
        if end <= begin {
            continue;
        }
        match spans.last_mut() {
            Some((_, last_end, last)) if last == state => *last_end = end,
            _ => spans.push((begin, end, *state)),
        }
    }
    if spans.len() > SPANS {
        spans = coarser(&spans, from_ms, now_ms);
    }
    spans
        .iter()
        .any(|(.., state)| rank(*state) > 0)
        .then_some(TimelineVm {
            check_id,
            entity,
            spans,
        })
}

/// The worst state of each stretch of a window.
fn coarser(
    spans: &[(i64, i64, CheckState)],
    from_ms: i64,
    now_ms: i64,
) -> Vec<(i64, i64, CheckState)> {
    let stretch = ((now_ms - from_ms) / SPANS as i64).max(1);
    let mut all: Vec<(i64, i64, CheckState)> = Vec::new();
    let mut first = 0;
    let mut begin = spans.first().map_or(from_ms, |(begin, ..)| *begin);
    while begin < now_ms {
        let end = (begin + stretch).min(now_ms);
        while spans
            .get(first)
            .is_some_and(|(_, until, _)| *until <= begin)
        {
            first += 1;
        }
        let worst = spans[first..]
            .iter()
            .take_while(|(from, ..)| *from < end)
            .map(|(.., state)| *state)
            .max_by_key(|state| rank(*state));
        if let Some(state) = worst {
            match all.last_mut() {
                Some((_, until, last)) if *last == state => *until = end,
                _ => all.push((begin, end, state)),
            }
        }
        begin = end;
    }
    all
}

/// How bad a state is; 0: nothing is wrong as far as is known.
const fn rank(state: CheckState) -> u8 {
    match state {
        CheckState::Pass | CheckState::NotEvaluated => 0,
        CheckState::NoData => 1,
        CheckState::Warn => 2,
        CheckState::Failed => 3,
        CheckState::Error => 4,
        CheckState::Critical => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CheckState::{Critical, Pass, Warn};

    fn of(states: &[(i64, CheckState)]) -> Option<Vec<(i64, i64, CheckState)>> {
        let key = ("feed.silence".to_owned(), "e".to_owned());
        timeline((key, states.to_vec()), 1_000, 2_000).map(|timeline| timeline.spans)
    }

    #[test]
    fn spans_have_no_holes_and_end_now() {
        assert_eq!(
            of(&[
                (500, Pass),
                (1_200, Critical),
                (1_300, Critical),
                (1_500, Pass)
            ]),
            Some(vec![
                (1_000, 1_200, Pass),
                (1_200, 1_500, Critical),
                (1_500, 2_000, Pass)
            ])
        );
        // nothing is said of the time before its first result
        assert_eq!(of(&[(1_900, Warn)]), Some(vec![(1_900, 2_000, Warn)]));
        assert_eq!(
            of(&[(500, Warn), (900, Pass)]),
            None,
            "it was well all the time"
        );
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn what_changes_all_the_time_is_shown_by_its_worst() {
        let states: Vec<(i64, CheckState)> = (1_000..2_000)
            .map(|at| (at, if at % 2 == 0 { Pass } else { Warn }))
            .collect();
        let spans = of(&states).unwrap_or_default();
        assert_eq!(spans, [(1_000, 2_000, Warn)]);
    }
}
