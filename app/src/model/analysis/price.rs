//! What the report says of one price series.

use serde::{Deserialize, Serialize};

use crate::model::landing::words;

words! {
    /// Trend of a day. Rule: the close against its 200-day mean (Faber 2007, "A Quantitative Approach to Tactical Asset
    /// Allocation"), confirmed by the 50-day mean on the same side of it (the 50/200 cross).
    Regime {
        /// Close and 50-day mean above the 200-day mean.
        Up = "up",
        /// Close and 50-day mean at or below the 200-day mean.
        Down = "down",
        /// Close on one side of the 200-day mean, 50-day mean on the other.
        Mixed = "mixed",
        /// Fewer than 200 days.
        Unknown = "unknown",
    }
}

/// Analysis of one series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PriceVm {
    /// `BTC-USD`
    pub instrument: String,
    /// `bitfinex`
    pub venue: String,
    /// Never real prices.
    pub simulated: bool,
    /// One sentence: from when to when, from what to what, the worst drawdown, the regime now.
    pub summary: String,
    /// Days, oldest first; the newest 20,000 of a longer series.
    pub days: Vec<DayVm>,
    /// Months, oldest first, at most 240.
    pub months: Vec<PeriodVm>,
    /// Weeks from Monday, oldest first, the newest 260.
    pub weeks: Vec<PeriodVm>,
    /// Highest, lowest, largest.
    pub records: RecordsVm,
    /// Hour of day × day of week; `None` where the series has no hours (daily files).
    pub profile: Option<ProfileVm>,
    /// Share of days in each regime, in the order up, mixed, down, unknown; regimes without days are there with 0.
    pub regimes: Vec<RegimeShareVm>,
}

/// One day (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DayVm {
    /// Start of the day.
    pub opened_at: i64,
    /// Last price.
    pub close: f64,
    /// Mean of the last 50 daily closes.
    pub sma_50: Option<f64>,
    /// Mean of the last 200 daily closes.
    pub sma_200: Option<f64>,
    /// Close over the close of the previous existing day, minus 1.
    pub return_1: Option<f64>,
    /// Annualised realised volatility: √(Σ squared log returns of the day's finest candles × 365). `None` where the day
    /// has only one candle, so that nothing inside it is known.
    pub volatility: Option<f64>,
    /// Annualised volatility of the last 20 daily log returns (sample standard deviation × √365).
    pub volatility_20: Option<f64>,
    /// Close over the highest close so far, minus 1; 0 or less.
    pub drawdown: f64,
    /// Traded amount in the base currency.
    pub volume: f64,
    /// Candles that are there over candles of a full day, 0 to 1.
    pub completeness: f64,
    /// Trend of the day.
    pub regime: Regime,
}

/// A week or a month.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PeriodVm {
    /// Its first day: Monday, or the first of the month.
    pub opened_at: i64,
    /// Days of it that have prices.
    pub days: i64,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Close over the close before the period, minus 1; of the first period over its own open.
    pub return_1: f64,
    /// Annualised realised volatility: √(mean daily realised variance × 365).
    pub volatility: Option<f64>,
    /// Deepest close under the highest close of the same period (or the close before it), minus 1; 0 or less.
    pub max_drawdown: f64,
    /// Traded amount in the base currency.
    pub volume: f64,
    /// Volume-weighted average price; `None` without volume.
    pub vwap: Option<f64>,
    /// Candles that are there over candles of the period's days between the first and last day of the series, 0 to 1.
    pub completeness: f64,
}

/// The largest and longest of a series. Lists hold at most 10, largest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordsVm {
    /// Highest daily close.
    pub highest_close: LargestVm,
    /// Lowest daily close.
    pub lowest_close: LargestVm,
    /// Largest gains of a day: returns.
    pub up_days: Vec<LargestVm>,
    /// Largest losses of a day: returns, most negative first.
    pub down_days: Vec<LargestVm>,
    /// Highest volumes of a day, base currency.
    pub volume_days: Vec<LargestVm>,
    /// Deepest drawdowns by closes, deepest first, at most 5.
    pub deepest: Vec<DrawdownVm>,
    /// The drawdown that lasted longest from peak to recovery (or to the last day).
    pub longest: Option<DrawdownVm>,
}

/// A value and its day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LargestVm {
    /// Start of the day.
    pub opened_at: i64,
    /// The value, in the unit of its list.
    pub value: f64,
}

/// A fall from a peak and the way back.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DrawdownVm {
    /// Day of the highest close before the fall.
    pub peak_at: i64,
    /// That close.
    pub peak: f64,
    /// Day of the lowest close.
    pub trough_at: i64,
    /// That close.
    pub trough: f64,
    /// First day whose close reached the peak again; `None`: not yet.
    pub recovered_at: Option<i64>,
    /// Trough over peak, minus 1; below 0.
    pub depth: f64,
    /// Calendar days from peak to recovery, or to the last day.
    pub days: i64,
    /// Calendar days from peak to trough.
    pub days_down: i64,
}

/// Hour of day × day of week.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProfileVm {
    /// Hours it is made of.
    pub hours: i64,
    /// First hour.
    pub first_at: i64,
    /// Last hour.
    pub last_at: i64,
    /// 168 cells, Monday first, hour 0 first within a day: index = day × 24 + hour. A cell without hours has n = 0.
    pub cells: Vec<ProfileCellVm>,
}

/// One hour of the week.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ProfileCellVm {
    /// Day of week, Monday = 0.
    pub weekday: i64,
    /// Hour of day, UTC, 0 to 23.
    pub hour: i64,
    /// Hours in it that have a return.
    pub n: i64,
    /// Mean return of the hour.
    pub mean_return: Option<f64>,
    /// Sample standard deviation of the returns.
    pub volatility: Option<f64>,
    /// Mean absolute return.
    pub mean_abs_return: Option<f64>,
    /// Mean volume of an hour, base currency.
    pub mean_volume: Option<f64>,
    /// Share of all volume, 0 to 1; the 168 cells add up to 1.
    pub volume_share: f64,
}

/// How many days had a regime.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RegimeShareVm {
    /// Trend.
    pub regime: Regime,
    /// Days.
    pub days: i64,
    /// Share of all days, 0 to 1.
    pub share: f64,
    /// Mean return of the day after such a day; `None` without any.
    pub mean_next_return: Option<f64>,
}
