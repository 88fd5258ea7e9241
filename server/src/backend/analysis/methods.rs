//! How the numbers of the report were made.

use app::model::analysis::MethodVm;

use crate::analysis::{lag::REACH, regime};

const NOTES: [(&str, &str); 9] = [
    (
        "Days and completeness",
        "A day is 00:00 to 24:00 UTC. Bars are built from the finest candles there are; completeness is the share of the \
         candles that should be there, between the first and the last candle of the series.",
    ),
    (
        "Returns",
        "The return of a day is its close over the close of the previous day that has one, minus 1. Studies use natural \
         logarithms of the same ratio, which add up over time.",
    ),
    (
        "Volatility",
        "Realised volatility of a day is the square root of the sum of the squared log returns of its candles (Andersen, \
         Bollerslev, Diebold and Labys 2003), annualised with √365 because the market trades every day. Daily files say \
         nothing of prices within a day; weeks and months of such files use the daily returns.",
    ),
    (
        "Drawdown and recovery",
        "A drawdown is a close over the highest close before it, minus 1. It lasts from that peak to the first day that \
         reaches it again.",
    ),
    (
        "Hour and weekday",
        "Each cell holds all hours of that hour of the week (UTC). Returns count only where the hour before is there too.",
    ),
    (
        "Sentiment",
        "Beside the sentiment that files give, one is computed from title and summary with VADER (Hutto and Gilbert 2014), a \
         lexicon made for short texts, not for finance. Limits of neutral: −0.05 and 0.05. Articles that repeat an earlier \
         one are counted, but their sentiment is left out.",
    ),
    (
        "Event study",
        "Log returns are cumulated from the close before the event. Bands are 95 % confidence intervals of the mean by \
         Student's t; they assume that events are independent. What follows an event is tested against the mean of all \
         stretches of the same length (one-sample t test), p-values are corrected for the two kinds of events after Holm \
         (1979). The hour (day) of the news itself is not part of what follows: prices may have moved first.",
    ),
    (
        "Checks",
        "Every file and every live answer passes the same checks. Rows that break a hard rule are in quarantine and in no \
         number of this report; candles with a finding are marked and used.",
    ),
    (
        "File profile and drift",
        "Distributions are histograms with 32 buckets for each doubling, so quantiles are exact to 1.6 %. Returns and volumes \
         of a file are compared with those of the file before it in units of their own median size: population stability \
         index over ten bins, and the largest distance of the cumulative distributions.",
    ),
];

pub(super) fn methods() -> Vec<MethodVm> {
    let note = |title: &str, text: String| MethodVm {
        title: title.to_owned(),
        text,
    };
    let mut methods: Vec<MethodVm> = NOTES
        .into_iter()
        .map(|(title, text)| note(title, text.to_owned()))
        .collect();
    methods.insert(4, note("Trend", regime::RULE.to_owned()));
    methods.insert(
        8,
        note(
            "Lagged correlation",
            format!(
                "Pearson correlation of the mean sentiment of a day with the log return of the day 0 to {REACH} days before and \
                 after, on days with news and a return. p-values by Student's t, corrected for the number of lags after Holm \
                 (1979), a correction that holds however the lags depend on each other."
            ),
        ),
    );
    methods
}
