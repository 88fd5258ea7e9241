//! Limits of the watch; each names what it costs in findings a year of minutes.

use app::model::MINUTE_MS;

/// Returns and closes the baseline holds.
pub const WINDOW: usize = 60;
/// Fewer values than this are no baseline.
pub(super) const MIN_BASELINE: usize = 20;
/// Closes older than this say nothing of the price level any more.
pub(super) const BASELINE_REACH: i64 = 120;
/// 1.4826 · MAD estimates the standard deviation of a normal distribution.
pub(super) const MAD_SCALE: f64 = 1.4826;
/// MAD is exactly 0 on 1.3 % of real minutes: a floor of 2 basis points keeps the scale sane.
pub(super) const SCALE_FLOOR: f64 = 0.0002;

/// Candles in a row that are missing: warn, error, critical. 27, 10 and 3 a year on a venue that leaves out minutes
/// without trades.
pub(super) const GAP: [i64; 3] = [5, 15, 60];
/// The same for a venue that reports minutes without trades too.
pub(super) const GAP_FILLED: [i64; 3] = [1, 5, 15];
/// The same for steps above a minute, which no venue leaves out.
pub(super) const GAP_COARSE: [i64; 3] = [1, 5, 30];
/// Limits of moves hold for a minute; the moves of a coarser step grow with the square root of time, as those of a random
/// walk do, up to this many times: a day may move by 25 %.
pub(super) const MAX_GROWTH: f64 = 10.0;
/// |return| of one step: 6 and 2 a year.
pub(super) const EXTREME_MOVE: [f64; 2] = [0.03, 0.05];
/// |open / previous close − 1| of neighbours: 2 to 7 a year.
pub(super) const OPEN_JUMP: f64 = 0.005;
/// ln(high / low): 42 and 6 a year.
pub(super) const RANGE: [f64; 2] = [0.025, 0.05];
/// Equal closes in a row: 38 and 2 a year.
pub(super) const STALE: [i64; 2] = [15, 20];
/// Multiples of the scale and floors of the spike check: 0.12 and 0.014 a day.
pub(super) const SPIKE: [(f64, f64); 2] = [(8.0, 0.005), (10.0, 0.01)];
/// Share of a jump that the next candle must take back.
pub(super) const SPIKE_REVERSAL: f64 = 0.7;
/// Distance from the median close: 0 a year, the largest true one is 13.9 %.
pub(super) const SANITY: f64 = 0.30;

/// How many times further than a minute a step may move.
pub(super) fn growth(step_ms: i64) -> f64 {
    (step_ms as f64 / MINUTE_MS as f64)
        .sqrt()
        .clamp(1.0, MAX_GROWTH)
}
