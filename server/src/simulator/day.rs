//! The minutes of one day: where each opens and closes, and how much is traded in it.

use rand::RngExt;
use rand_distr::{Distribution, StandardNormal, StudentT};

use super::{
    noise::{Purpose, normal, rng},
    units::{LOTS_PER_UNIT, TICKS_PER_UNIT},
    volatility,
};

/// Minutes in a day.
pub(super) const DAY_MINUTES: i64 = 1440;
/// Middle of the price range in the quote currency.
const CENTRE: f64 = 77_500.0;
/// The level never leaves the centre by more than this, in logs: 60,000 to 100,000.
const REACH: f64 = 0.255;
/// What is left of a day's shock to the level on the next day.
const PERSISTENCE: f64 = 0.97;
/// Standard deviation of a day's shock to the level.
const LEVEL_SHOCK: f64 = 0.022;
/// Days after which a shock to the level is forgotten (0.97^150 is 1 %).
const LEVEL_MEMORY: i64 = 150;
/// Largest log return of a minute: below the 2.5 % at which a wide range is reported, with room for high and low.
const LARGEST_MOVE: f64 = 0.0185;
/// Base amount traded in an average minute.
const TYPICAL_VOLUME: f64 = 11.0;

/// What is known of a minute before its seconds are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct MinutePlan {
    /// Price before the first trade, in ticks.
    pub open: i64,
    /// Price of the last trade, in ticks.
    pub close: i64,
    /// Standard deviation of the minute's log return.
    pub sigma: f64,
    /// Amount traded, in lots.
    pub lots: i64,
    /// Number of trades.
    pub trades: i64,
}

/// Log price at the start of a day: shocks that fade, squeezed into the range.
fn level(seed: u64, day: i64) -> f64 {
    let mut weight = LEVEL_SHOCK;
    let mut sum = 0.0;
    for back in 0..LEVEL_MEMORY {
        sum += weight * normal(seed, Purpose::Level, day - back);
        weight *= PERSISTENCE;
    }
    CENTRE.ln() + REACH * (sum / REACH).tanh()
}

/// Plans of all minutes of a day (days since the epoch). The first opens where the day before closed.
pub(super) fn plan(seed: u64, day: i64) -> Vec<MinutePlan> {
    let regimes = volatility::of_day(seed, day);
    let first = day * DAY_MINUTES;
    let mut sigmas: Vec<f64> = (first..)
        .zip(&regimes)
        .map(|(minute, factor)| volatility::sigma(seed, minute, *factor))
        .collect();
    let mut rng = rng(seed, Purpose::Day, day);
    let jumps = add_jumps(&mut rng, &mut sigmas);
    let (from, to) = (level(seed, day), level(seed, day + 1));
    let returns = returns(&mut rng, &sigmas, &jumps, to - from);

    let mut log_price = from;
    let mut open = ticks(from);
    let mut plans = Vec::with_capacity(returns.len());
    for (index, step) in returns.iter().enumerate() {
        log_price += step;
        let close = ticks(log_price);
        let surprise = step.abs() / sigmas[index];
        let swing: f64 = rng.sample(StandardNormal);
        let volume = TYPICAL_VOLUME
            * volatility::volume_season(first + index as i64)
            * regimes[index].powf(0.8)
            * (0.4 * swing - 0.08).exp()
            * (0.65 + 0.5 * surprise);
        let trade_size: f64 = rng.sample(StandardNormal);
        let trades = volume * 85.0 * (0.2 * trade_size).exp();
        plans.push(MinutePlan {
            open,
            close,
            sigma: sigmas[index],
            lots: (volume.max(0.5) * LOTS_PER_UNIT as f64).round() as i64,
            trades: (trades.round() as i64).max(60),
        });
        open = close;
    }
    plans
}

/// Sudden moves of the day, by minute; each leaves the market restless for a while.
fn add_jumps(rng: &mut impl rand::Rng, sigmas: &mut [f64]) -> Vec<f64> {
    let mut jumps = vec![0.0; sigmas.len()];
    let count = [0, 0, 0, 1, 1, 2][rng.random_range(0..6)];
    for _ in 0..count {
        let minute = rng.random_range(0..sigmas.len());
        let size = 0.005 - 0.0035 * f64::ln(1.0 - rng.random::<f64>());
        let sign = if rng.random::<bool>() { 1.0 } else { -1.0 };
        jumps[minute] = sign * size;
        for (after, sigma) in sigmas[minute + 1..].iter_mut().enumerate().take(120) {
            *sigma *= 1.0 + 0.8 * (-(after as f64) / 25.0).exp();
        }
    }
    jumps
}

/// Log returns of the minutes that lead from one day's level to the next.
fn returns(rng: &mut impl rand::Rng, sigmas: &[f64], jumps: &[f64], total: f64) -> Vec<f64> {
    // Five degrees of freedom: fat tails with a finite fourth moment. Scaled to unit variance.
    let tails = StudentT::new(5.0_f64).ok();
    let scale = (3.0_f64 / 5.0).sqrt();
    let mut returns: Vec<f64> = sigmas
        .iter()
        .zip(jumps)
        .map(|(sigma, jump)| {
            let shock: f64 = match tails {
                Some(tails) => tails.sample(rng) * scale,
                None => rng.sample(StandardNormal),
            };
            let shock = shock.clamp(-6.0, 6.0);
            (sigma * shock + jump).clamp(-LARGEST_MOVE, LARGEST_MOVE)
        })
        .collect();
    // What is missing to the next level is spread by variance, so that nobody sees it.
    let missing = total - returns.iter().sum::<f64>();
    let variance: f64 = sigmas.iter().map(|sigma| sigma * sigma).sum();
    for (step, sigma) in returns.iter_mut().zip(sigmas) {
        *step += missing * sigma * sigma / variance;
    }
    keep_large_moves(&mut returns, sigmas);
    returns
}

/// A true move is not taken back in the next minute; what looks like that is bad data (`candle.spike_reversal`).
/// What the following minute may not take back is taken back over the ten after it.
fn keep_large_moves(returns: &mut [f64], sigmas: &[f64]) {
    for index in 0..returns.len().saturating_sub(12) {
        let large = returns[index].abs() > f64::max(0.0045, 3.2 * sigmas[index]);
        let limit = 0.4 * returns[index].abs();
        let next = returns[index + 1];
        if large && next * returns[index] < 0.0 && next.abs() > limit {
            let kept = limit.copysign(next);
            returns[index + 1] = kept;
            for later in &mut returns[index + 2..index + 12] {
                *later += (next - kept) / 10.0;
            }
        }
    }
}

fn ticks(log_price: f64) -> i64 {
    (log_price.exp() * TICKS_PER_UNIT as f64).round() as i64
}
