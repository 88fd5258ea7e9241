//! Correlation of daily returns with the sentiment of days before and after, beside what would be significant.

use leptos::prelude::AnyView;

use super::super::{
    parts::{figure, key},
    plot::Plot,
    scale::{Scale, WIDTH},
    words::plus,
};
use crate::model::analysis::LaggedVm;

const HEIGHT: f64 = 180.0;

pub(in super::super) fn view(lagged: &LaggedVm) -> Option<AnyView> {
    let (least, most) = (
        lagged.lags.iter().map(|lag| lag.n).min()?,
        lagged.lags.iter().map(|lag| lag.n).max()?,
    );
    let (first, last) = (lagged.lags.first()?.lag_days, lagged.lags.last()?.lag_days);
    let strongest = lagged
        .lags
        .iter()
        .max_by(|a, b| a.correlation.abs().total_cmp(&b.correlation.abs()))?;
    let significant: Vec<String> = lagged
        .lags
        .iter()
        .filter(|lag| lag.significant)
        .map(|lag| plus(lag.lag_days as f64, 0))
        .collect();
    let title = if significant.is_empty() {
        format!(
            "No correlation is significant; the strongest is {} at {} days",
            plus(strongest.correlation, 2),
            plus(strongest.lag_days as f64, 0)
        )
    } else {
        format!(
            "Significant at a lag of {} days; the strongest is {}",
            significant.join(", "),
            plus(strongest.correlation, 2)
        )
    };
    let highest = lagged
        .lags
        .iter()
        .flat_map(|lag| [lag.correlation.abs(), lag.threshold.unwrap_or(0.0)])
        .fold(0.05, f64::max);
    let scale = Scale::linear(-highest * 1.2, highest * 1.2, HEIGHT);
    let mut plot = Plot::new(
        &title,
        &lagged.verdict,
        "Pearson correlation, −1 to 1",
        HEIGHT,
    )
    .across("Days from the news to the return");
    plot.rows(&scale.ticks(6, plus));
    let places = (last - first + 1) as f64;
    let step = WIDTH / places;
    for lag in &lagged.lags {
        let left = (lag.lag_days - first) as f64 * step;
        let zero = scale.at(0.0);
        let class = if lag.significant { "bar" } else { "bar weak" };
        let to = scale.at(lag.correlation);
        plot.bars(
            class,
            std::iter::once([left + step * 0.2, step * 0.6, zero, to]),
        );
        for sign in [-1.0, 1.0] {
            if let Some(threshold) = lag.threshold {
                let y = scale.at(sign * threshold);
                plot.line("threshold", (left, y), (left + step, y));
            }
        }
        plot.column_name(
            left + step / 2.0,
            &plus(lag.lag_days as f64, 0),
            lag.lag_days == 0,
        );
    }
    plot.line("zero", (0.0, scale.at(0.0)), (WIDTH, scale.at(0.0)));
    let caption = format!(
        "{} at each lag. Left of 0 the return came before the news, right of 0 after it. A bar that reaches beyond the dashed \
         line is significant at {} even as the strictest step of {}'s correction asks.",
        if least == most {
            format!("{most} pairs of days")
        } else {
            format!("{least} to {most} pairs of days")
        },
        lagged.alpha,
        lagged.correction
    );
    let keys = vec![
        key("bar", "Significant"),
        key("bar weak", "Not significant"),
        key("threshold", "Limit of significance"),
    ];
    Some(figure(title, keys, plot, caption))
}
