//! Looking at the candles of a series in time order: gaps, spikes, stale closes, extreme moves and the like.
//!
//! Limits and their calibration on 520,499 minutes of 2018 are those of the design's quality reference; each limit
//! here names what it costs in findings a year. The tested candle is never part of its own baseline.

mod limits;
mod tallies;
mod window;

use std::collections::VecDeque;

use app::model::{Candle, MINUTE_MS, flag, format_utc};

use self::limits::{
    BASELINE_REACH, EXTREME_MOVE, GAP, GAP_COARSE, GAP_FILLED, MAD_SCALE, MIN_BASELINE, OPEN_JUMP,
    RANGE, SANITY, SCALE_FLOOR, SPIKE, SPIKE_REVERSAL, STALE, growth,
};
use self::window::Window;
pub use self::{
    limits::WINDOW,
    tallies::{Tallies, Watched},
};
use super::tally::Tally;

/// What the watch says of one candle.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Judgement {
    /// Finding flags of this candle.
    pub flags: i64,
    /// Flags to add to the candle before it: its jump was taken back just now.
    pub previous: i64,
    /// The price is absurd: the candle is no candle, and the watch has forgotten it.
    pub insane: bool,
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
    step_ms: i64,
    gap_limits: [i64; 3],
    /// Multiple of the limits of moves.
    growth: f64,
    last: Option<Candle>,
    returns: Window,
    closes: Window,
    close_times: VecDeque<i64>,
    equal_closes: i64,
    /// Jump of the last candle that the next may take back: deviation, and whether it would be an error.
    suspect: Option<(f64, bool)>,
    counting: Counting,
    /// Findings by check id.
    pub tallies: Tallies,
    /// Runs of missing candles.
    pub gaps: Gaps,
}

impl Watch {
    /// A watch that has seen nothing, for candles `step_ms` apart.
    #[must_use]
    pub fn new(step_ms: i64) -> Self {
        Self {
            step_ms,
            gap_limits: if step_ms == MINUTE_MS {
                GAP
            } else {
                GAP_COARSE
            },
            growth: growth(step_ms),
            last: None,
            returns: Window::default(),
            closes: Window::default(),
            close_times: VecDeque::new(),
            equal_closes: 1,
            suspect: None,
            counting: Counting::All,
            tallies: Tallies::default(),
            gaps: Gaps::default(),
        }
    }

    /// The same for a source that leaves out no minute, not even one without trades.
    #[must_use]
    pub fn of_filled(step_ms: i64) -> Self {
        let mut watch = Self::new(step_ms);
        if step_ms == MINUTE_MS {
            watch.gap_limits = GAP_FILLED;
        }
        watch
    }

    /// Forgets the candles, not the findings: the next candle begins another stretch.
    pub fn begin_stretch(&mut self) {
        let tallies = std::mem::take(&mut self.tallies);
        *self = Self {
            tallies,
            gaps: self.gaps,
            gap_limits: self.gap_limits,
            ..Self::new(self.step_ms)
        };
    }

    /// Judges the next candle, which must be later than all before, and counts its findings.
    pub fn push(&mut self, candle: &Candle) -> Judgement {
        self.look(candle, Counting::All)
    }

    /// Judges the next candle; `counting` says which findings go into the tallies.
    pub fn look(&mut self, candle: &Candle, counting: Counting) -> Judgement {
        self.counting = counting;
        let mut judgement = Judgement::default();
        self.forget_old(candle.opened_at);
        if self.is_insane(candle) {
            judgement.insane = true;
            return judgement;
        }
        self.judge_alone(candle, &mut judgement);
        match self.last {
            Some(last) => self.judge_pair(&last, candle, &mut judgement),
            None => self.equal_closes = 1,
        }
        self.closes.push(candle.close, WINDOW);
        self.close_times.push_back(candle.opened_at);
        if self.close_times.len() > WINDOW {
            self.close_times.pop_front();
        }
        self.last = Some(*candle);
        judgement
    }

    /// Counts what is missing at the end: between the newest candle and the one that is running.
    pub fn look_at_end(&mut self, newest_at: i64, running_at: i64) {
        self.counting = Counting::All;
        if running_at - newest_at > self.step_ms {
            self.judge_gap(newest_at, running_at);
        }
    }

    fn forget_old(&mut self, now: i64) {
        while self
            .close_times
            .front()
            .is_some_and(|at| now - at > BASELINE_REACH * self.step_ms)
        {
            self.close_times.pop_front();
            self.closes.pop_oldest();
        }
    }

    /// Only for minutes: the median of 60 days is no limit for a day.
    fn is_insane(&mut self, candle: &Candle) -> bool {
        if self.step_ms != MINUTE_MS || self.closes.len() < MIN_BASELINE {
            return false;
        }
        let prices = [candle.open, candle.high, candle.low, candle.close];
        let off = |price: f64, level: f64| price / level - 1.0;
        let (low, high) = self.closes.bounds();
        // the median is between the bounds: a price that is near both is near the median
        let near = |price: f64| off(price, low) <= SANITY && off(price, high) >= -SANITY;
        if prices.into_iter().all(near) {
            if let Some(tally) = self.tally(Watched::PriceSanity) {
                tally.tested += 1;
            }
            return false;
        }
        let median = self.closes.median();
        let far = prices
            .into_iter()
            .map(|price| off(price, median))
            .max_by(|a, b| a.abs().total_cmp(&b.abs()))
            .unwrap_or(0.0);
        let insane = far.abs() > SANITY;
        if let Some(tally) = self.tally(Watched::PriceSanity) {
            tally.tested += 1;
            if insane {
                tally.critical += 1;
                tally.note(far);
                tally.sample(
                    &["time", "close", "median of the last 60", "off by"],
                    || {
                        vec![
                            format_utc(candle.opened_at),
                            price(candle.close),
                            price(median),
                            percent(far),
                        ]
                    },
                );
            }
        }
        insane
    }

    fn judge_alone(&mut self, candle: &Candle, judgement: &mut Judgement) {
        let range = (candle.high / candle.low).ln();
        let level = level(range, RANGE.map(|limit| limit * self.growth));
        judgement.mark(flag::RANGE, level);
        self.count(
            Watched::Range,
            level,
            range,
            &["time", "low", "high", "range"],
            || {
                vec![
                    format_utc(candle.opened_at),
                    price(candle.low),
                    price(candle.high),
                    percent(range),
                ]
            },
        );
    }

    fn judge_pair(&mut self, last: &Candle, candle: &Candle, judgement: &mut Judgement) {
        let missing = (candle.opened_at - last.opened_at) / self.step_ms - 1;
        let contiguous = missing == 0;
        self.judge_gap(last.opened_at, candle.opened_at);

        let change = candle.close / last.close - 1.0;
        let limits = EXTREME_MOVE.map(|limit| limit * self.growth);
        let move_level = level(change.abs(), limits);
        judgement.mark(flag::EXTREME_MOVE, move_level);
        self.count(
            Watched::ExtremeMove,
            move_level,
            change,
            &["time", "close before", "close", "move"],
            || {
                vec![
                    format_utc(candle.opened_at),
                    price(last.close),
                    price(candle.close),
                    percent(change),
                ]
            },
        );

        self.equal_closes = if candle.close == last.close {
            self.equal_closes + 1
        } else {
            1
        };
        let run = self.equal_closes;
        let stale_level = usize::from(run >= STALE[0]) + usize::from(run >= STALE[1]);
        judgement.mark(flag::STALE, stale_level);
        self.count(
            Watched::StaleClose,
            stale_level,
            run as f64,
            &["time", "close", "equal closes"],
            || {
                vec![
                    format_utc(candle.opened_at),
                    price(candle.close),
                    run.to_string(),
                ]
            },
        );

        // a candle without volume that comes after a hole may open anywhere
        let moved = candle.volume == 0.0
            && contiguous
            && (candle.high != candle.low || candle.close != last.close);
        judgement.mark(flag::ZERO_VOLUME_MOVED, usize::from(moved));
        self.count(
            Watched::ZeroVolumeFlat,
            usize::from(moved),
            change,
            &["time", "close before", "close", "volume"],
            || {
                vec![
                    format_utc(candle.opened_at),
                    price(last.close),
                    price(candle.close),
                    "0".to_owned(),
                ]
            },
        );

        if contiguous {
            let jump = candle.open / last.close - 1.0;
            let jumped = usize::from(jump.abs() > OPEN_JUMP * self.growth);
            judgement.mark(flag::OPEN_JUMP, jumped);
            self.count(
                Watched::OpenJump,
                jumped,
                jump,
                &["time", "close before", "open", "jump"],
                || {
                    vec![
                        format_utc(candle.opened_at),
                        price(last.close),
                        price(candle.open),
                        percent(jump),
                    ]
                },
            );
        }
        self.judge_spike(last, candle, contiguous, judgement);
    }

    fn judge_gap(&mut self, last_at: i64, next_at: i64) {
        let missing = (next_at - last_at) / self.step_ms - 1;
        let limits = self.gap_limits;
        let step_ms = self.step_ms;
        if self.counting == Counting::None {
            return;
        }
        if missing > 0 {
            self.gaps.any += 1;
            self.gaps.missing += missing;
            self.gaps.longest = self.gaps.longest.max(missing);
        }
        let tally = &mut self.tallies[Watched::Gap];
        tally.tested += 1;
        if missing < limits[0] {
            return;
        }
        tally.note(missing as f64);
        match missing {
            m if m >= limits[2] => tally.critical += 1,
            m if m >= limits[1] => tally.error += 1,
            _ => tally.warn += 1,
        }
        tally.sample(
            &["first missing", "last missing", "candles missing"],
            || {
                vec![
                    format_utc(last_at + step_ms),
                    format_utc(next_at - step_ms),
                    missing.to_string(),
                ]
            },
        );
    }

    /// A jump far outside the last 60 returns that the next candle takes back is a bad price; one that stays is a move.
    fn judge_spike(
        &mut self,
        last: &Candle,
        candle: &Candle,
        contiguous: bool,
        judgement: &mut Judgement,
    ) {
        let r = (candle.close / last.close).ln();
        if let Some((deviation, severe)) = self.suspect.take()
            && contiguous
            && r * deviation < 0.0
            && r.abs() >= SPIKE_REVERSAL * deviation.abs()
        {
            judgement.previous = flag::SPIKE | if severe { flag::SEVERE } else { 0 };
            if let Some(tally) = self.tally(Watched::SpikeReversal) {
                *(if severe {
                    &mut tally.error
                } else {
                    &mut tally.warn
                }) += 1;
                tally.note(deviation);
                tally.sample(&["time", "close", "next close", "jump"], || {
                    vec![
                        format_utc(last.opened_at),
                        price(last.close),
                        price(candle.close),
                        percent(deviation),
                    ]
                });
            }
        }
        if self.returns.len() >= MIN_BASELINE {
            // the median is between the bounds: only a return that is far from one of them can be far from it
            let (low, high) = self.returns.bounds();
            let floor = SPIKE[0].1 * self.growth;
            if (r - low > floor || high - r > floor)
                && !self.returns.median_is_within(r - floor, r + floor)
            {
                self.suspect = self.suspicion(r);
            }
            if let Some(tally) = self.tally(Watched::SpikeReversal) {
                tally.tested += 1;
            }
        }
        self.returns.push(r, WINDOW);
    }

    /// How far a return is from those before it, if that is too far, and whether it would be an error.
    fn suspicion(&self, r: f64) -> Option<(f64, bool)> {
        let median = self.returns.median();
        let deviation = r - median;
        if deviation.abs() <= SPIKE[0].1 * self.growth {
            return None;
        }
        let scale = (MAD_SCALE * self.returns.median_distance(median)).max(SCALE_FLOOR);
        let beyond =
            |(k, floor): (f64, f64)| deviation.abs() > (k * scale).max(floor * self.growth);
        beyond(SPIKE[0]).then(|| (deviation, beyond(SPIKE[1])))
    }

    fn tally(&mut self, check: Watched) -> Option<&mut Tally> {
        (self.counting == Counting::All).then(|| &mut self.tallies[check])
    }

    fn count(
        &mut self,
        check: Watched,
        level: usize,
        value: f64,
        columns: &[&str],
        row: impl FnOnce() -> Vec<String>,
    ) {
        let Some(tally) = self.tally(check) else {
            return;
        };
        tally.tested += 1;
        if level > 0 {
            *(if level > 1 {
                &mut tally.error
            } else {
                &mut tally.warn
            }) += 1;
            tally.note(value);
            tally.sample(columns, row);
        }
    }
}

impl Judgement {
    fn mark(&mut self, bit: i64, level: usize) {
        if level > 0 {
            self.flags |= bit;
        }
        if level > 1 {
            self.flags |= flag::SEVERE;
        }
    }
}

/// 0 within limits, 1 beyond the first, 2 beyond the second.
fn level(value: f64, limits: [f64; 2]) -> usize {
    limits.into_iter().filter(|limit| value > *limit).count()
}

fn price(value: f64) -> String {
    format!("{value}")
}

fn percent(value: f64) -> String {
    format!("{:+.2} %", value * 100.0)
}

#[cfg(test)]
mod tests;
