//! What a rule has proven: how often it cries wolf, what it catches, and how fast.

use leptos::prelude::*;

use super::parts::share;
use crate::{
    format,
    model::{RecallVm, RecordVm, RuleVm, format_age},
    plain::parts::when,
};

/// More alerts a day than this, on the quiet corpus or on real prices, is noise that people stop to read.
const NOISY_PER_DAY: f64 = 1.0;
/// A rule is noisy, too, when of its judged incidents more are false alarms than this share, and these are at least
/// [`MIN_FALSE`].
const NOISY_FALSE: f64 = 0.5;
const MIN_FALSE: i64 = 2;

/// The record of that corpus, or of one that begins with its name: `prices` finds `prices-2018`.
pub(super) fn on<'a>(rule: &'a RuleVm, corpus: &str) -> Option<&'a RecordVm> {
    rule.records
        .iter()
        .find(|record| record.corpus.starts_with(corpus))
}

/// `0.12`
pub(super) fn per_day(record: Option<&RecordVm>) -> String {
    record.map_or_else(
        || format::UNKNOWN.to_owned(),
        |record| match record.alerts_per_day {
            0.0 => "0".to_owned(),
            few if few < 0.01 => "< 0.01".to_owned(),
            many => format::decimal(many, 2),
        },
    )
}

/// The fault that the rule catches worst, and all of them in words.
pub(super) fn worst_recall(rule: &RuleVm) -> Option<&RecallVm> {
    rule.records
        .iter()
        .flat_map(|record| &record.recall)
        .filter(|recall| recall.injected > 0)
        .min_by(|a, b| a.recall.total_cmp(&b.recall))
}

/// The slowest finding.
pub(super) fn slowest(rule: &RuleVm) -> String {
    let delays = rule
        .records
        .iter()
        .flat_map(|record| &record.recall)
        .filter(|recall| recall.found > 0);
    delays
        .map(|recall| recall.delay_ms)
        .max()
        .map_or_else(|| format::UNKNOWN.to_owned(), format_age)
}

/// `4 of 5`, of the incidents that a person has judged.
pub(super) fn confirmed(rule: &RuleVm) -> String {
    match rule.confirmed + rule.false_alarms {
        0 => format::UNKNOWN.to_owned(),
        judged => format!("{} of {judged}", rule.confirmed),
    }
}

/// Why a rule is noisy; `None` for one that is not.
pub(super) fn noise(rule: &RuleVm) -> Option<String> {
    let loud = rule
        .records
        .iter()
        .filter(|record| record.corpus != "faulty" && record.alerts_per_day > NOISY_PER_DAY)
        .max_by(|a, b| a.alerts_per_day.total_cmp(&b.alerts_per_day));
    if let Some(record) = loud {
        return Some(format!(
            "{} alerts a day on {}",
            format::decimal(record.alerts_per_day, 1),
            record.corpus
        ));
    }
    let judged = rule.confirmed + rule.false_alarms;
    let is_noisy =
        rule.false_alarms >= MIN_FALSE && rule.false_alarms as f64 > judged as f64 * NOISY_FALSE;
    is_noisy.then(|| {
        format!(
            "{} of {judged} incidents were false alarms",
            rule.false_alarms
        )
    })
}

/// Records by corpus, with what was caught by kind of fault.
pub(super) fn table(records: &[RecordVm]) -> AnyView {
    if records.is_empty() {
        return view! {
            <p class="empty">"Not measured: a rule that demands one thing of every row has no false alarms to count."</p>
        }
        .into_any();
    }
    let rows: Vec<AnyView> = records.iter().map(row).collect();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Record">
            <table class="fold" data-testid="record">
                <thead>
                    <tr>
                        <th scope="col">"Measured on"</th>
                        <th scope="col" class="number">"Days"</th>
                        <th scope="col" class="number">"Alerts"</th>
                        <th scope="col" class="number">"Alerts a day"</th>
                        <th scope="col">"Caught of injected faults, median delay"</th>
                        <th scope="col">"When"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(record: &RecordVm) -> AnyView {
    let recall: Vec<AnyView> = record
        .recall
        .iter()
        .map(|one| {
            let words = format!(
                "{}: {} of {}, {}, after {}",
                one.fault.replace('_', " "),
                format::integer(one.found),
                format::integer(one.injected),
                share(one.recall),
                format_age(one.delay_ms)
            );
            view! { <li class="num">{words}</li> }.into_any()
        })
        .collect();
    let measured = match record.measured_at {
        None => "published".into_any(),
        at => when(at),
    };
    view! {
        <tr>
            <td class="fold-head"><span class="cell-title">{record.corpus.clone()}</span></td>
            <td class="number num" data-label="Days">{format::decimal(record.days, 1)}</td>
            <td class="number num" data-label="Alerts">{format::integer(record.alerts)}</td>
            <td class="number num" data-label="Alerts a day">{per_day(Some(record))}</td>
            <td class="wide">{if recall.is_empty() { format::UNKNOWN.into_any() } else { view! { <ul>{recall}</ul> }.into_any() }}</td>
            <td data-label="When">{measured}</td>
        </tr>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(per_day: f64, confirmed: i64, false_alarms: i64) -> RuleVm {
        RuleVm {
            records: vec![
                RecordVm {
                    corpus: "faulty".into(),
                    alerts_per_day: 50.0,
                    ..RecordVm::default()
                },
                RecordVm {
                    corpus: "prices-2018".into(),
                    alerts_per_day: per_day,
                    ..RecordVm::default()
                },
            ],
            confirmed,
            false_alarms,
            ..RuleVm::default()
        }
    }

    #[test]
    fn noise_is_what_cries_wolf_not_what_finds_faults() {
        assert_eq!(noise(&rule(0.12, 4, 1)), None);
        assert_eq!(
            noise(&rule(9.2, 0, 0)).as_deref(),
            Some("9.2 alerts a day on prices-2018")
        );
        assert_eq!(noise(&rule(0.1, 0, 1)), None, "one is no habit");
        assert_eq!(
            noise(&rule(0.1, 1, 3)).as_deref(),
            Some("3 of 4 incidents were false alarms")
        );
        assert_eq!(per_day(on(&rule(0.004, 0, 0), "prices")), "< 0.01");
        assert_eq!(confirmed(&rule(0.0, 0, 0)), format::UNKNOWN);
    }
}
