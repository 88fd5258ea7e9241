//! Judging candles that were written before: those that changed, those around them, and the last hour of a live series.

use app::model::{HOUR_MS, Held, MINUTE_MS, Pipeline, bucket_start, flag};

use super::{CandleWork, Ranges};
use crate::{
    quality::watch::{Counting, Watch},
    store::{
        StoreError, Tx,
        candle::{candles_before, candles_from, set_flags},
    },
};

/// Flags that the watch decides; others come from the source or the merge.
const WATCHED: i64 = flag::FINDINGS & !flag::FIXED | flag::SEVERE;
/// What a live series reports reaches back so far.
const RECENT_MS: i64 = HOUR_MS;
/// Candles read back at once.
const PAGE: i64 = 10_000;

/// A candle of the landing that a rule sets apart.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The candle.
    pub held: Held,
    /// The rule.
    pub rule: &'static str,
    /// Why.
    pub reason: String,
}

/// Which findings of a candle that is read back go into the tallies.
pub type CountWhich = fn(held: &Held, landing_id: i64, now_ms: i64) -> Counting;

/// A file reports what is wrong with its own rows.
#[must_use]
pub fn count_own(held: &Held, landing_id: i64, _now_ms: i64) -> Counting {
    if held.landing_id == landing_id {
        Counting::All
    } else {
        Counting::None
    }
}

/// A live series reports what is wrong now: values of the last 5 minutes, gaps of the last hour.
#[must_use]
pub fn count_recent(held: &Held, _landing_id: i64, now_ms: i64) -> Counting {
    let age = now_ms - held.candle.opened_at;
    if age <= 5 * MINUTE_MS {
        Counting::All
    } else if age <= RECENT_MS {
        Counting::Gaps
    } else {
        Counting::None
    }
}

impl CandleWork {
    /// Judges what changed and is not judged yet. Gives the candles of this landing that a rule sets apart: they are
    /// to be taken back, then this is called again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn judge(
        &mut self,
        tx: &mut Tx,
        which: CountWhich,
        now_ms: i64,
    ) -> Result<Vec<Refused>, StoreError> {
        let reach = self.watch.rules().reach() as i64;
        if !self.judged {
            self.watch.restart();
            self.counts.flagged = 0;
        }
        let mut refused = Vec::new();
        let mut flagged: Vec<i64> = Vec::new();
        let ranges = self.to_judge();
        let ends = ranges.iter().skip(1).map(|(from, _)| from);
        for ((from, to), next_from) in ranges.iter().zip(ends.chain([i64::MAX])) {
            let mut stretch = Stretch::default();
            self.watch.begin_stretch();
            for before in candles_before(tx, &self.key, from, reach + 1).await? {
                self.watch.remember(&before.candle);
                stretch.last = Some((before, before.candle.flags));
            }
            let mut next = from;
            loop {
                // behind the stretch, as many candles as its last one can influence, and one more: it says whether the
                // jump of the last of them came back
                let limit = if next < to { PAGE } else { reach + 1 };
                // the next stretch judges its candles itself: here they would be counted a second time
                let until = if next < to { to } else { next_from };
                let mut page = candles_from(tx, &self.key, next, limit).await?;
                page.retain(|held| held.candle.opened_at < until);
                for held in &page {
                    let counting = if self.judged {
                        Counting::None
                    } else {
                        which(held, self.landing_id, now_ms)
                    };
                    stretch.look(&mut self.watch, held, self.landing_id, counting);
                }
                if next >= to {
                    if let Some(further) = page.last().filter(|_| page.len() as i64 == limit) {
                        stretch.leave(further.candle.opened_at);
                    }
                    break;
                }
                next = if page.len() == PAGE as usize {
                    page.last().map_or(to, |held| held.candle.opened_at + 1)
                } else {
                    to
                };
            }
            stretch.end(self.landing_id);
            set_flags(tx, &self.key, &stretch.updates).await?;
            flagged.extend(stretch.updates.iter().map(|(at, _)| *at));
            self.counts.flagged += if self.judged {
                stretch.flagged - stretch.flagged_before
            } else {
                stretch.flagged
            };
            refused.extend(stretch.refused);
        }
        self.changed
            .add(flagged, self.key.step_ms, self.margin_ms());
        Ok(refused)
    }

    /// What changed; of a live series also the last hour, because its results say what is wrong now, and a gap or a
    /// spike is still wrong when the next answer brings other candles.
    fn to_judge(&self) -> Ranges {
        let mut ranges = self.changed.map(|from, to| (from, to), self.margin_ms());
        if self.key.pipeline == Pipeline::Live {
            let last = bucket_start(self.received_at, self.key.step_ms);
            let first = bucket_start(self.received_at - RECENT_MS, self.key.step_ms);
            ranges.add([first], self.key.step_ms, 0);
            ranges.add(
                [last],
                self.key.step_ms,
                (last - first).max(self.margin_ms()),
            );
        }
        ranges
    }
}

/// Judging candles that are read back.
#[derive(Debug, Default)]
struct Stretch {
    /// Times whose flags change, and their new flags.
    updates: Vec<(i64, i64)>,
    /// The last candle with its flags so far, and those it had before.
    last: Option<(Held, i64)>,
    /// Candles of the landing with a finding.
    flagged: i64,
    /// The same, before.
    flagged_before: i64,
    refused: Vec<Refused>,
}

impl Stretch {
    fn look(&mut self, watch: &mut Watch, held: &Held, landing_id: i64, counting: Counting) {
        let judgement = watch.look(&held.candle, counting);
        if let Some(at) = judgement.refused {
            // what an earlier landing brought was judged then
            if held.landing_id == landing_id {
                let (rule, reason) = watch.refusal(at);
                self.refused.push(Refused {
                    held: *held,
                    rule,
                    reason,
                });
            }
            return;
        }
        if let Some((last, _)) = &mut self.last {
            last.candle.flags |= judgement.previous;
        }
        self.end(landing_id);
        let before = held.candle.flags;
        let mut held = *held;
        held.candle.flags = (before & !WATCHED) | judgement.flags;
        self.last = Some((held, before));
    }

    /// The last candle, if it is that one, was only there to judge the one before it: what comes behind it is not known.
    fn leave(&mut self, at: i64) {
        self.last = self
            .last
            .take()
            .filter(|(last, _)| last.candle.opened_at != at);
    }

    /// Notes the last candle, whose flags are complete now.
    fn end(&mut self, landing_id: i64) {
        let Some((last, before)) = self.last.take() else {
            return;
        };
        let flags = last.candle.flags;
        if flags != before {
            self.updates.push((last.candle.opened_at, flags));
        }
        if last.landing_id == landing_id {
            self.flagged += i64::from(flags & flag::FINDINGS != 0);
            self.flagged_before += i64::from(before & flag::FINDINGS != 0);
        }
    }
}
