//! Honest sentences about what the studies found.

use app::{
    format::decimal,
    model::{
        HOUR_MS,
        analysis::{EventGroupVm, LagVm},
    },
};

use super::{event::MIN_ARTICLES, lag::MIN_PAIRS, statistics::ALPHA};

/// Events below which a group is not judged.
pub const MIN_EVENTS: i64 = 10;

/// What an event study found. `overlap` is false if no price series shares enough time with the news.
#[must_use]
pub fn of_events(groups: &[EventGroupVm], step_ms: i64, overlap: bool) -> String {
    if !overlap {
        return "No price series overlaps the news in time, so nothing can be said about prices around news.".to_owned();
    }
    let after = if step_ms == HOUR_MS {
        "24 hours"
    } else {
        "3 days"
    };
    let judged: Vec<&EventGroupVm> = groups
        .iter()
        .filter(|group| group.events >= MIN_EVENTS && group.p_corrected.is_some())
        .collect();
    if judged.is_empty() {
        let found: Vec<String> = groups
            .iter()
            .map(|group| format!("{} {}", group.events, group.name))
            .collect();
        let found = match found.len() {
            0 => "too few hours or days with news".to_owned(),
            _ => found.join(", "),
        };
        return format!(
            "Too few events for a judgement: {found}; at least {MIN_EVENTS} of a kind are needed, each with {MIN_ARTICLES} articles or more and prices all around."
        );
    }
    let moved: Vec<String> = judged
        .iter()
        .filter(|group| group.p_corrected.is_some_and(|p| p < ALPHA))
        .map(|group| {
            format!(
                "in the {after} after {} news the price changed by {} on average, usually by {} ({} events, corrected {})",
                group.name,
                signed(group.after),
                signed(group.usual),
                group.events,
                p_value(group.p_corrected.unwrap_or(1.0))
            )
        })
        .collect();
    if moved.is_empty() {
        let of: Vec<String> = judged
            .iter()
            .map(|group| format!("{} {}", group.events, group.name))
            .collect();
        return format!(
            "No significant effect: after {} events the price moved in {after} no differently than usual (corrected p ≥ {ALPHA}). \
             That is no proof that there is none.",
            of.join(" and ")
        );
    }
    format!(
        "Significant: {}. That two things go together does not show that one causes the other.",
        moved.join("; ")
    )
}

/// What the lagged correlations found.
#[must_use]
pub fn of_lags(lags: &[LagVm], overlap: bool) -> String {
    if !overlap {
        return "No price series overlaps the news in time, so returns cannot be compared with sentiment.".to_owned();
    }
    if lags.is_empty() {
        return format!(
            "Too few days that have both news and a return: {MIN_PAIRS} pairs are needed."
        );
    }
    let found: Vec<String> = lags
        .iter()
        .filter(|lag| lag.significant)
        .map(|lag| {
            format!(
                "{} (r = {:+.2}, {} days, corrected {})",
                lag_words(lag.lag_days),
                lag.correlation,
                lag.n,
                p_value(lag.p_corrected)
            )
        })
        .collect();
    if found.is_empty() {
        let most = lags.iter().max_by(|a, b| {
            (a.correlation.abs().total_cmp(&b.correlation.abs())).then(b.lag_days.cmp(&a.lag_days))
        });
        let most = most.map_or_else(String::new, |lag| {
            format!(
                "; the strongest, {}, is r = {:+.2} (corrected {})",
                lag_words(lag.lag_days),
                lag.correlation,
                p_value(lag.p_corrected)
            )
        });
        return format!(
            "None of {} correlations of daily returns with sentiment is significant after Holm's correction{most}.",
            lags.len()
        );
    }
    let ahead = lags.iter().any(|lag| lag.significant && lag.lag_days > 0);
    let caution = if ahead {
        "A correlation is no forecast: it may not hold in other times."
    } else {
        "None of them leads the price: sentiment of a day goes with returns of the same day or before, so it may only report them."
    };
    format!(
        "Sentiment goes with the return {}. {caution}",
        found.join(", ")
    )
}

fn lag_words(lag_days: i64) -> String {
    match lag_days {
        0 => "of the same day".to_owned(),
        1 => "of the next day".to_owned(),
        -1 => "of the day before".to_owned(),
        days if days > 0 => format!("{days} days later"),
        days => format!("{} days earlier", -days),
    }
}

fn signed(log_return: Option<f64>) -> String {
    log_return.map_or_else(
        || "–".to_owned(),
        |log_return| {
            let percent = (log_return.exp_m1() * 10_000.0).round() / 100.0;
            let sign = if percent > 0.0 { "+" } else { "" };
            format!("{sign}{} %", decimal(percent, 2))
        },
    )
}

fn p_value(p: f64) -> String {
    if p < 0.001 {
        "p < 0.001".to_owned()
    } else {
        format!("p = {p:.3}")
    }
}

#[cfg(test)]
mod tests {
    use app::model::DAY_MS;

    use super::*;

    fn group(name: &str, events: i64, p_corrected: Option<f64>) -> EventGroupVm {
        EventGroupVm {
            name: name.to_owned(),
            candidates: events,
            events,
            overlapping: 0,
            without_prices: 0,
            points: Vec::new(),
            after: Some(0.02),
            usual: Some(-0.001),
            p: p_corrected,
            p_corrected,
        }
    }

    fn lag(lag_days: i64, correlation: f64, p_corrected: f64) -> LagVm {
        LagVm {
            lag_days,
            n: 100,
            correlation,
            p: p_corrected / 2.0,
            p_corrected,
            significant: p_corrected < ALPHA,
            threshold: None,
        }
    }

    #[test]
    fn every_case_of_the_event_study_says_what_it_is() {
        let few = [group("strongly positive", 3, Some(0.01))];
        let none = [
            group("strongly positive", 30, Some(0.4)),
            group("strongly negative", 20, Some(0.7)),
        ];
        let some = [group("strongly positive", 30, Some(0.0001))];
        for (groups, overlap, start) in [
            (&few[..], false, "No price series overlaps"),
            (
                &few[..],
                true,
                "Too few events for a judgement: 3 strongly positive",
            ),
            (
                &[][..],
                true,
                "Too few events for a judgement: too few hours",
            ),
            (
                &none[..],
                true,
                "No significant effect: after 30 strongly positive and 20 strongly negative events",
            ),
            (
                &some[..],
                true,
                "Significant: in the 3 days after strongly positive news the price changed by +2.02 % on average, \
                 usually by −0.10 % (30 events, corrected p < 0.001)",
            ),
        ] {
            let said = of_events(groups, DAY_MS, overlap);
            assert!(said.starts_with(start), "{said}");
        }
    }

    #[test]
    fn every_case_of_the_correlations_says_what_it_is() {
        for (lags, overlap, start) in [
            (vec![], false, "No price series overlaps"),
            (vec![], true, "Too few days"),
            (
                vec![lag(-1, 0.1, 0.9), lag(0, -0.2, 0.06)],
                true,
                "None of 2 correlations of daily returns with sentiment is significant after Holm's correction; the \
                 strongest, of the same day, is r = -0.20 (corrected p = 0.060)",
            ),
            (
                vec![lag(0, 0.4, 0.001)],
                true,
                "Sentiment goes with the return of the same day (r = +0.40, 100 days, corrected p = 0.001). None of them leads",
            ),
            (
                vec![lag(2, 0.4, 0.001)],
                true,
                "Sentiment goes with the return 2 days later (r = +0.40, 100 days, corrected p = 0.001). A correlation is no",
            ),
        ] {
            let said = of_lags(&lags, overlap);
            assert!(said.starts_with(start), "{said}");
        }
    }
}
