//! Which candles to ask for: normally the last three, after a silence everything since, as far back as the venue goes and
//! some days at most. Older holes are the work of the gaps' own worker.

use std::collections::HashMap;

use app::model::{DAY_MS, MINUTE_MS, Pipeline, bucket_start};

use crate::{
    pipeline::Engine,
    source::venue::Facts,
    store::{Names, SeriesKey, StoreError, candle::candles_from},
};

/// Candles of a normal request: the running minute and two to settle.
const NORMAL: i64 = 3;
/// Candles of a series that has none yet.
const FIRST: i64 = 1_000;
/// Farthest that is looked back, in minutes.
const FARTHEST: i64 = 3 * DAY_MS / MINUTE_MS;
/// A minute that so many answers left out is asked for less and less often.
const TRIES: u32 = 5;
/// But not less often than this: the venue may mend its history.
const LONGEST_PAUSE_MS: i64 = 60 * MINUTE_MS;
/// Where the venue leaves out minutes without a trade, one that an answer lacks so long after it was not traded in.
const SETTLED_MS: i64 = 10 * MINUTE_MS;

/// Remembers which minutes were asked for. Holds at most as many as it looks back.
#[derive(Debug)]
pub struct Healer {
    /// Minutes that are looked back.
    reach: i64,
    /// The venue lists every minute, traded or not.
    lists_all: bool,
    minutes: HashMap<i64, Asked>,
    /// Minutes the question under way should bring.
    wanted: Vec<i64>,
}

/// How often a minute was asked for in vain.
#[derive(Debug, Default)]
struct Asked {
    answers: u32,
    next_at: i64,
}

impl Healer {
    /// Has asked nothing yet.
    #[must_use]
    pub fn new(facts: &Facts) -> Self {
        let reach = facts.candles_reach_ms.map_or(FARTHEST, |ms| ms / MINUTE_MS);
        Self {
            reach: reach.clamp(NORMAL, FARTHEST),
            lists_all: facts.lists_all_minutes,
            minutes: HashMap::new(),
            wanted: Vec::new(),
        }
    }

    /// Opening of the oldest candle to ask for.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn oldest(&mut self, engine: &Engine, names: Names) -> Result<i64, StoreError> {
        let key = SeriesKey {
            names,
            pipeline: Pipeline::Live,
            step_ms: MINUTE_MS,
        };
        let now_ms = engine.clock.now_ms();
        let farthest = self.farthest(now_ms);
        let mut tx = engine.store.snapshot().await?;
        // the venue's clock may be ahead
        let held = candles_from(&mut tx, &key, farthest, self.reach + NORMAL).await?;
        let held: Vec<(i64, bool)> = held
            .iter()
            .map(|held| (held.candle.opened_at, held.candle.is_final))
            .collect();
        let count = self.choose(&held, now_ms);
        Ok(bucket_start(now_ms, MINUTE_MS) - (count - 1) * MINUTE_MS)
    }

    /// The oldest minute that is looked back to.
    const fn farthest(&self, now_ms: i64) -> i64 {
        bucket_start(now_ms, MINUTE_MS) - (self.reach - 1) * MINUTE_MS
    }

    /// Pure half of [`Healer::oldest`]: how many minutes back, the running one included. `held` are the candles within
    /// reach, ascending, and whether they are final.
    fn choose(&mut self, held: &[(i64, bool)], now_ms: i64) -> i64 {
        let (running, farthest) = (bucket_start(now_ms, MINUTE_MS), self.farthest(now_ms));
        self.minutes.retain(|at, _| *at >= farthest);
        self.wanted.clear();
        if held.is_empty() {
            return FIRST.min(self.reach);
        }
        // minutes that must be there: all between two others, and those up to the running one
        let ends = held.iter().map(|(at, _)| *at).skip(1).chain([running]);
        for ((at, is_final), end) in held.iter().copied().zip(ends) {
            if !is_final && at < running {
                self.wanted.push(at);
            }
            let mut missing = at + MINUTE_MS;
            while missing < end {
                self.wanted.push(missing);
                missing += MINUTE_MS;
            }
        }
        let minutes = &self.minutes;
        self.wanted
            .retain(|at| minutes.get(at).is_none_or(|asked| now_ms >= asked.next_at));
        let back = self
            .wanted
            .first()
            .map_or(0, |oldest| (running - oldest) / MINUTE_MS + 2);
        back.clamp(NORMAL, self.reach)
    }

    /// The question was answered with these candles. What it should have brought and did not is asked for again,
    /// later and later; what it did bring and silver still lacks was set apart, and asking again changes nothing.
    pub fn answered(&mut self, served: &[i64], now_ms: i64) {
        for at in std::mem::take(&mut self.wanted) {
            let is_served = served.contains(&at);
            if is_served && now_ms - at <= NORMAL * MINUTE_MS {
                // it has not settled yet
                continue;
            }
            let asked = self.minutes.entry(at).or_default();
            asked.answers = asked.answers.saturating_add(1);
            let is_absent = !self.lists_all && now_ms - at >= SETTLED_MS;
            asked.next_at = if is_served || is_absent {
                i64::MAX
            } else {
                now_ms + pause_ms(asked.answers)
            };
        }
    }
}

fn pause_ms(answers: u32) -> i64 {
    match answers.checked_sub(TRIES) {
        None => 0,
        Some(more) => (MINUTE_MS << more.min(20)).min(LONGEST_PAUSE_MS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1000 * MINUTE_MS;

    fn healer() -> Healer {
        Healer::new(&crate::source::binance::facts::FACTS)
    }

    fn all_but(missing: std::ops::Range<i64>) -> Vec<(i64, bool)> {
        (1..=1000)
            .filter(|minute| !missing.contains(minute))
            .map(|minute| (minute * MINUTE_MS, minute < 1000))
            .collect()
    }

    #[test]
    fn only_what_is_missing_is_asked_for() {
        let mut unsettled = all_but(0..0);
        unsettled[989].1 = false;
        for (name, held, expected) in [
            ("nothing yet", vec![], FIRST),
            ("complete", all_but(0..0), NORMAL),
            ("a silence of 20 minutes", all_but(981..1001), 21),
            ("a hole", all_but(900..910), 102),
            ("a candle that never became final", unsettled, 12),
        ] {
            assert_eq!(healer().choose(&held, NOW), expected, "{name}");
        }
    }

    #[test]
    fn a_question_without_an_answer_is_no_try() {
        let mut healer = healer();
        let held = all_but(500..501);
        for _ in 0..100 {
            assert_eq!(healer.choose(&held, NOW), 502);
        }
    }

    #[test]
    fn a_hole_the_venue_has_itself_is_asked_for_less_and_less_often() {
        let mut healer = healer();
        let mut held = all_but(500..501);
        held.iter_mut().for_each(|(_, is_final)| *is_final = true);
        let mut asked_at = Vec::new();
        for second in (0..10_800).step_by(30) {
            let now_ms = NOW + second * 1000;
            let mut held = held.clone();
            held.extend(
                (1001..=bucket_start(now_ms, MINUTE_MS) / MINUTE_MS).map(|m| (m * MINUTE_MS, true)),
            );
            if healer.choose(&held, now_ms) > NORMAL {
                asked_at.push(second / 60);
            }
            healer.answered(&[], now_ms);
        }
        assert_eq!(
            asked_at,
            [0, 0, 1, 1, 2, 3, 5, 9, 17, 33, 65, 125],
            "minutes"
        );
    }

    #[test]
    fn a_minute_that_was_served_and_set_apart_is_not_asked_for_again() {
        let mut healer = healer();
        let held = all_but(500..501);
        assert_eq!(healer.choose(&held, NOW), 502);
        healer.answered(&[500 * MINUTE_MS], NOW);
        assert_eq!(healer.choose(&held, NOW + 400 * MINUTE_MS + 1), 402);
        healer.answered(&[], NOW);
        assert!(healer.minutes.len() <= 1000);
    }

    #[test]
    fn a_minute_that_a_venue_leaves_out_was_not_traded_in() {
        let mut healer = Healer {
            lists_all: false,
            ..healer()
        };
        let held = all_but(998..999);
        assert_eq!(healer.choose(&held, NOW), 4, "it may still come");
        healer.answered(&[], NOW);
        let later = NOW + 9 * MINUTE_MS;
        assert_eq!(healer.choose(&held, later), 13);
        healer.answered(&[999 * MINUTE_MS], later);
        let held = all_but(998..999);
        healer.choose(&held, NOW);
        assert!(healer.wanted.is_empty());
    }

    #[test]
    fn no_farther_than_the_venue() {
        let mut healer = Healer {
            reach: 720,
            ..healer()
        };
        assert_eq!(healer.choose(&[], NOW), 720);
        assert_eq!(healer.choose(&all_but(2..999)[..1], NOW), 720);
    }
}
