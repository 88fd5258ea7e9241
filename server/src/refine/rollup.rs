//! Gold: bars from candles and coarser bars from finer ones.
//!
//! Every bar is a left fold over its children in time order, level by level (1m → 5m → 15m → …). The order of the
//! additions is therefore the same however the rows arrived, and so is every bit of the result.

use std::collections::VecDeque;

use app::model::{Bar, Candle, GoldBar, bucket_start, flag};

/// A single candle as the smallest bar.
#[must_use]
pub fn of_candle(candle: &Candle, step_ms: i64) -> GoldBar {
    let typical = (candle.high + candle.low + candle.close) / 3.0;
    let worst = flag::worst(candle.flags);
    let bar = Bar {
        opened_at: candle.opened_at,
        open: candle.open,
        high: candle.high,
        low: candle.low,
        close: candle.close,
        volume: candle.volume,
        vwap: None,
        trades: candle.trades,
        expected: 1,
        observed: 1,
        flagged: i64::from(worst > 0),
        worst,
        sma_20: None,
        sma_50: None,
        sma_200: None,
        volatility_20: None,
        return_1: None,
    };
    GoldBar {
        bar,
        source_step_ms: step_ms,
        quote_volume: candle.quote_volume,
        typical_volume: typical * candle.volume,
        realised_variance: squared_log_return(candle.open, candle.close),
    }
}

/// The first child of a bucket as the beginning of its bar.
#[must_use]
pub fn begin(child: &GoldBar, step_ms: i64) -> GoldBar {
    let mut bar = *child;
    bar.bar.opened_at = bucket_start(child.bar.opened_at, step_ms);
    bar.bar.expected = step_ms / child.source_step_ms;
    bar
}

/// Adds the next child, which must be later. Only children of the finest source step count: a finer one starts
/// the bar anew, a coarser one is passed over.
pub fn add(bar: &mut GoldBar, child: &GoldBar, step_ms: i64) {
    if child.source_step_ms > bar.source_step_ms {
        return;
    }
    if child.source_step_ms < bar.source_step_ms {
        *bar = begin(child, step_ms);
        return;
    }
    // a bar of a single candle is as fine as it gets; coarser ones have summed theirs
    bar.realised_variance += if child.bar.expected == 1 {
        squared_log_return(bar.bar.close, child.bar.close)
    } else {
        child.realised_variance
    };
    let (mine, other) = (&mut bar.bar, &child.bar);
    mine.high = mine.high.max(other.high);
    mine.low = mine.low.min(other.low);
    mine.close = other.close;
    mine.volume += other.volume;
    mine.trades = mine
        .trades
        .zip(other.trades)
        .map(|(a, b)| a.saturating_add(b));
    mine.observed += other.observed;
    mine.flagged += other.flagged;
    mine.worst = mine.worst.max(other.worst);
    bar.quote_volume = bar.quote_volume.zip(child.quote_volume).map(|(a, b)| a + b);
    bar.typical_volume += child.typical_volume;
}

fn squared_log_return(from: f64, to: f64) -> f64 {
    let r = (to / from).ln();
    r * r
}

/// Computes the average price once all children are in.
pub fn close(bar: &mut GoldBar) {
    let volume = bar.bar.volume;
    bar.bar.vwap = (volume > 0.0).then(|| bar.quote_volume.unwrap_or(bar.typical_volume) / volume);
}

/// The last closes and log returns of a step: all that the derived columns need.
#[derive(Debug, Clone, Default)]
pub struct Tail {
    closes: VecDeque<f64>,
    log_returns: VecDeque<f64>,
}

/// Closes a [`Tail`] holds: the longest moving average.
pub const TAIL_CLOSES: usize = 200;
const VOLATILITY_RETURNS: usize = 20;

impl Tail {
    /// A tail that has seen these closes, oldest first. One more than [`TAIL_CLOSES`] gives every return it needs.
    #[must_use]
    pub fn of(closes: impl IntoIterator<Item = f64>) -> Self {
        let mut tail = Self::default();
        for close in closes {
            tail.push(close);
        }
        tail
    }

    /// Derives the columns of the next bar and remembers its close.
    pub fn derive(&mut self, bar: &mut Bar) {
        bar.return_1 = self
            .closes
            .back()
            .map(|previous| bar.close / previous - 1.0);
        self.push(bar.close);
        bar.sma_20 = self.mean(20);
        bar.sma_50 = self.mean(50);
        bar.sma_200 = self.mean(TAIL_CLOSES);
        bar.volatility_20 = self.volatility();
    }

    fn push(&mut self, close: f64) {
        if let Some(previous) = self.closes.back() {
            if self.log_returns.len() == VOLATILITY_RETURNS {
                self.log_returns.pop_front();
            }
            self.log_returns.push_back((close / previous).ln());
        }
        if self.closes.len() == TAIL_CLOSES {
            self.closes.pop_front();
        }
        self.closes.push_back(close);
    }

    /// Summed anew each time, oldest first: a running sum would depend on where it began.
    fn mean(&self, n: usize) -> Option<f64> {
        let skip = self.closes.len().checked_sub(n)?;
        Some(self.closes.range(skip..).sum::<f64>() / n as f64)
    }

    /// Sample standard deviation of the last 20 log returns.
    fn volatility(&self) -> Option<f64> {
        if self.log_returns.len() < VOLATILITY_RETURNS {
            return None;
        }
        let n = VOLATILITY_RETURNS as f64;
        let mean = self.log_returns.iter().sum::<f64>() / n;
        let squares: f64 = self
            .log_returns
            .iter()
            .map(|r| (r - mean) * (r - mean))
            .sum();
        Some((squares / (n - 1.0)).sqrt())
    }
}

/// Folds children in time order into the bars of one step.
#[must_use]
pub fn fold(children: &[GoldBar], step_ms: i64) -> Vec<GoldBar> {
    let mut bars: Vec<GoldBar> = Vec::new();
    for child in children {
        match bars.last_mut() {
            Some(bar) if bar.bar.opened_at == bucket_start(child.bar.opened_at, step_ms) => {
                add(bar, child, step_ms)
            }
            _ => bars.push(begin(child, step_ms)),
        }
    }
    for bar in &mut bars {
        close(bar);
    }
    bars
}

/// All steps at once over candles that come in time order: what a new series needs, without reading anything back.
#[derive(Debug)]
pub struct Cascade {
    source_step_ms: i64,
    levels: Vec<Level>,
}

#[derive(Debug)]
struct Level {
    step_ms: i64,
    open: Option<GoldBar>,
    tail: Tail,
    done: Vec<GoldBar>,
}

impl Cascade {
    /// For candles of `source_step_ms`, into those of `steps` (ascending) that are not finer.
    #[must_use]
    pub fn new(source_step_ms: i64, steps: &[i64]) -> Self {
        let level = |step_ms: &i64| Level {
            step_ms: *step_ms,
            open: None,
            tail: Tail::default(),
            done: Vec::new(),
        };
        Self {
            source_step_ms,
            levels: steps
                .iter()
                .filter(|step| **step >= source_step_ms)
                .map(level)
                .collect(),
        }
    }

    /// Adds the next candle, which must be later than all before.
    pub fn push(&mut self, candle: &Candle) {
        push_level(&mut self.levels, &of_candle(candle, self.source_step_ms));
    }

    /// Closes the bars that are still open.
    pub fn finish(&mut self) {
        for level in 0..self.levels.len() {
            let (this, coarser) = self.levels.split_at_mut(level + 1);
            if let Some(bar) = this[level].open.take() {
                this[level].complete(bar);
                push_level(coarser, &bar);
            }
        }
    }

    /// Bars that are complete since the last call: step and bars in time order.
    pub fn take(&mut self) -> Vec<(i64, Vec<GoldBar>)> {
        self.levels
            .iter_mut()
            .map(|level| (level.step_ms, std::mem::take(&mut level.done)))
            .collect()
    }
}

impl Level {
    fn complete(&mut self, mut bar: GoldBar) {
        close(&mut bar);
        self.tail.derive(&mut bar.bar);
        self.done.push(bar);
    }
}

fn push_level(levels: &mut [Level], child: &GoldBar) {
    let Some((level, coarser)) = levels.split_first_mut() else {
        return;
    };
    let bucket = bucket_start(child.bar.opened_at, level.step_ms);
    match &mut level.open {
        Some(open) if open.bar.opened_at == bucket => add(open, child, level.step_ms),
        open => {
            let previous = open.replace(begin(child, level.step_ms));
            if let Some(previous) = previous {
                level.complete(previous);
                push_level(coarser, &previous);
            }
        }
    }
}

/// Where the pipelines meet: a final candle before a provisional one, then batch before live. Both ascending.
#[must_use]
pub fn meet(batch: Vec<Candle>, live: Vec<Candle>) -> Vec<Candle> {
    if live.is_empty() {
        return batch;
    }
    let mut met = batch;
    met.extend(live);
    // stable: of two candles of one time, batch comes first
    met.sort_by_key(|candle| (candle.opened_at, !candle.is_final));
    met.dedup_by_key(|candle| candle.opened_at);
    met
}

#[cfg(test)]
mod tests {
    use app::model::{GOLD_STEPS, MINUTE_MS, WEEK_MS};
    use proptest::prelude::*;

    use super::*;

    const MONDAY: i64 = 1_514_764_800_000;

    fn candle(minute: i64, close: f64, volume: f64) -> Candle {
        Candle {
            opened_at: MONDAY + minute * MINUTE_MS,
            open: close * 0.999,
            high: close * 1.01,
            low: close * 0.99,
            close,
            volume,
            quote_volume: None,
            trades: None,
            is_final: true,
            flags: 0,
        }
    }

    prop_compose! {
        fn series()(minutes in prop::collection::btree_map(0i64..40_000, (50.0f64..150.0, 0.0f64..9.0), 1..300)) -> Vec<Candle> {
            minutes.into_iter().map(|(minute, (close, volume))| candle(minute, close, volume)).collect()
        }
    }

    /// Start, open, high, low, close, volume, average price, candles.
    type Plain = (i64, f64, f64, f64, f64, f64, Option<f64>, i64);

    /// Bars of one step, from the definition in the plainest way.
    fn naive(candles: &[Candle], step_ms: i64) -> Vec<Plain> {
        candles
            .chunk_by(|a, b| {
                bucket_start(a.opened_at, step_ms) == bucket_start(b.opened_at, step_ms)
            })
            .map(|group| {
                let volume: f64 = group.iter().map(|c| c.volume).sum();
                let typical: f64 = group
                    .iter()
                    .map(|c| (c.high + c.low + c.close) / 3.0 * c.volume)
                    .sum();
                (
                    bucket_start(group[0].opened_at, step_ms),
                    group[0].open,
                    group.iter().map(|c| c.high).fold(f64::MIN, f64::max),
                    group.iter().map(|c| c.low).fold(f64::MAX, f64::min),
                    group[group.len() - 1].close,
                    volume,
                    (volume > 0.0).then(|| typical / volume),
                    group.len() as i64,
                )
            })
            .collect()
    }

    fn close_to(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
    }

    proptest! {
        #[test]
        fn every_step_agrees_with_the_definition(candles in series()) {
            let mut cascade = Cascade::new(MINUTE_MS, &GOLD_STEPS);
            for candle in &candles {
                cascade.push(candle);
            }
            cascade.finish();
            for (step_ms, bars) in cascade.take() {
                let expected = naive(&candles, step_ms);
                prop_assert_eq!(bars.len(), expected.len());
                for (index, (got, want)) in bars.iter().zip(&expected).enumerate() {
                    let bar = &got.bar;
                    prop_assert_eq!((bar.opened_at, bar.open, bar.high, bar.low, bar.close, bar.observed), (want.0, want.1, want.2, want.3, want.4, want.7));
                    prop_assert_eq!(bar.expected, step_ms / MINUTE_MS);
                    prop_assert!(close_to(bar.volume, want.5));
                    prop_assert_eq!(bar.vwap.is_some(), want.6.is_some());
                    prop_assert!(close_to(bar.vwap.unwrap_or(0.0), want.6.unwrap_or(0.0)));
                    let closes: Vec<f64> = expected[..=index].iter().map(|bar| bar.4).collect();
                    prop_assert_eq!(bar.sma_20.is_some(), closes.len() >= 20);
                    if let Some(sma) = bar.sma_20 {
                        prop_assert!(close_to(sma, closes[closes.len() - 20..].iter().sum::<f64>() / 20.0));
                    }
                    if index > 0 {
                        prop_assert!(close_to(bar.return_1.unwrap(), closes[index] / closes[index - 1] - 1.0));
                    }
                    prop_assert_eq!(bar.volatility_20.is_some(), closes.len() >= 21);
                    if let Some(volatility) = bar.volatility_20 {
                        let returns: Vec<f64> = closes.windows(2).map(|pair| (pair[1] / pair[0]).ln()).collect();
                        let last = &returns[returns.len() - 20..];
                        let mean = last.iter().sum::<f64>() / 20.0;
                        let variance = last.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / 19.0;
                        prop_assert!(close_to(volatility, variance.sqrt()));
                    }
                }
            }
        }

        #[test]
        fn folding_level_by_level_is_what_the_cascade_does(candles in series()) {
            let mut cascade = Cascade::new(MINUTE_MS, &GOLD_STEPS);
            for candle in &candles {
                cascade.push(candle);
            }
            cascade.finish();
            let mut children: Vec<GoldBar> = candles.iter().map(|candle| of_candle(candle, MINUTE_MS)).collect();
            for (step_ms, bars) in cascade.take() {
                let mut folded = fold(&children, step_ms);
                let mut tail = Tail::default();
                for bar in &mut folded {
                    tail.derive(&mut bar.bar);
                }
                prop_assert_eq!(&folded, &bars);
                children = folded;
            }
        }
    }

    #[test]
    fn weeks_start_on_monday() {
        let mut cascade = Cascade::new(MINUTE_MS, &[WEEK_MS]);
        for minute in [0, 7 * 1440 - 1, 7 * 1440] {
            cascade.push(&candle(minute, 100.0, 1.0));
        }
        cascade.finish();
        let weeks: Vec<i64> = cascade.take()[0]
            .1
            .iter()
            .map(|bar| bar.bar.opened_at)
            .collect();
        assert_eq!(weeks, [MONDAY, MONDAY + WEEK_MS]);
    }

    #[test]
    fn a_bucket_is_built_from_its_finest_step_only() {
        let minute = of_candle(&candle(1, 100.0, 1.0), MINUTE_MS);
        let day = of_candle(&candle(0, 999.0, 5.0), 24 * 60 * MINUTE_MS);
        for children in [[day, minute], [minute, day]] {
            let bars = fold(&children, 24 * 60 * MINUTE_MS);
            assert_eq!(
                (
                    bars[0].bar.close,
                    bars[0].bar.observed,
                    bars[0].bar.expected
                ),
                (100.0, 1, 1440)
            );
        }
    }

    #[test]
    fn batch_wins_over_live_unless_it_is_provisional() {
        let batch = candle(0, 1.0, 1.0);
        let live = candle(0, 2.0, 1.0);
        assert_eq!(meet(vec![batch], vec![live])[0].close, 1.0);
        assert_eq!(
            meet(
                vec![Candle {
                    is_final: false,
                    ..batch
                }],
                vec![live]
            )[0]
            .close,
            2.0
        );
    }
}
