//! Whether the data can be trusted now. Pure.

use app::{
    format::percent,
    model::{Severity, Verdict, format_age},
};

/// What is known when the verdict is made.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// There is any data at all.
    pub has_data: bool,
    /// Any check was ever evaluated.
    pub checked: bool,
    /// Severities of open alerts of the live pipeline.
    pub live: Vec<Severity>,
    /// Severities of open alerts of the batch pipeline.
    pub batch: Vec<Severity>,
    /// Summary of the worst open alert.
    pub headline: Option<String>,
    /// Age of the newest price of the live pipeline.
    pub price_age_ms: Option<i64>,
    /// Share of expected candles that are there, 0 to 1.
    pub completeness: Option<f64>,
    /// Score of the whole, where it is known.
    pub score: Option<f64>,
}

/// What scores less is used with caution, whether an alert says so or a check is broken: an open warning caps at 90.
const SOUND: f64 = 90.0;

/// The word and the sentence.
///
/// Errors of the live pipeline mean that what is on the page now is wrong. A problem in a file concerns the past: the
/// rows that broke a rule are set apart, so it asks for caution only.
#[must_use]
pub fn verdict(findings: &Findings) -> Verdict {
    let worst = findings.live.iter().chain(&findings.batch).max().copied();
    let live = findings.live.iter().max().copied();
    if !findings.has_data {
        return Verdict {
            worst,
            unknown: true,
            word: "unknown".to_owned(),
            reason: "no data yet".to_owned(),
        };
    }
    let unknown = !findings.checked && worst.is_none();
    // word and colour say the same: rows of a file that broke a rule are set apart, so they ask for caution only
    let (word, level) = if unknown {
        ("unknown", None)
    } else if live >= Some(Severity::Error) {
        ("not to be trusted", live)
    } else if live >= Some(Severity::Warn)
        || !findings.batch.is_empty()
        || findings.score.is_some_and(|score| score <= SOUND)
    {
        ("usable with caution", Some(Severity::Warn))
    } else {
        ("usable", worst)
    };
    Verdict {
        worst: level,
        unknown,
        word: word.to_owned(),
        reason: reason(findings, unknown),
    }
}

fn reason(findings: &Findings, unknown: bool) -> String {
    let mut parts = vec![if unknown {
        "no check has run yet".to_owned()
    } else {
        open_alerts(findings)
    }];
    if let Some(score) = findings.score {
        parts.push(format!("score {score:.0} of 100"));
    }
    if let Some(age_ms) = findings.price_age_ms {
        parts.push(format!("newest price {} old", format_age(age_ms)));
    }
    if let Some(share) = findings.completeness {
        let what = if findings.price_age_ms.is_some() {
            "the last 24 h"
        } else {
            "the newest 24 h of data"
        };
        parts.push(format!("{} of {what} present", percent(share)));
    }
    parts.join("; ")
}

fn open_alerts(findings: &Findings) -> String {
    let all: Vec<Severity> = findings
        .live
        .iter()
        .chain(&findings.batch)
        .copied()
        .collect();
    let head = match all.len() {
        0 => return "no open alerts".to_owned(),
        1 => "1 open alert".to_owned(),
        many => format!("{many} open alerts"),
    };
    let detail = by_severity(&all);
    match &findings.headline {
        Some(headline) => format!("{head} ({detail}): {headline}"),
        None => format!("{head} ({detail})"),
    }
}

/// `1 critical, 2 warn`, worst first.
pub fn by_severity(all: &[Severity]) -> String {
    [
        Severity::Critical,
        Severity::Error,
        Severity::Warn,
        Severity::Info,
    ]
    .into_iter()
    .filter_map(|severity| {
        let count = all.iter().filter(|one| **one == severity).count();
        (count > 0).then(|| format!("{count} {severity}"))
    })
    .collect::<Vec<_>>()
    .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use Severity::{Critical, Error, Info, Warn};

    fn findings(live: &[Severity], batch: &[Severity]) -> Findings {
        Findings {
            has_data: true,
            checked: true,
            live: live.to_vec(),
            batch: batch.to_vec(),
            ..Findings::default()
        }
    }

    #[test]
    fn the_word_follows_the_worst_open_alert() {
        let none = Findings::default();
        let unchecked = Findings {
            has_data: true,
            ..Findings::default()
        };
        let cases = [
            ("no data", none, "unknown", None, true),
            ("no check has run", unchecked, "unknown", None, true),
            ("nothing open", findings(&[], &[]), "usable", None, false),
            (
                "live info",
                findings(&[Info], &[]),
                "usable",
                Some(Info),
                false,
            ),
            (
                "live warn",
                findings(&[Info, Warn], &[]),
                "usable with caution",
                Some(Warn),
                false,
            ),
            (
                "live error",
                findings(&[Error, Warn], &[]),
                "not to be trusted",
                Some(Error),
                false,
            ),
            (
                "live critical",
                findings(&[Critical], &[Warn]),
                "not to be trusted",
                Some(Critical),
                false,
            ),
            (
                "batch info",
                findings(&[], &[Info]),
                "usable with caution",
                Some(Warn),
                false,
            ),
            (
                "batch critical",
                findings(&[], &[Critical]),
                "usable with caution",
                Some(Warn),
                false,
            ),
            (
                "batch critical and live warn",
                findings(&[Warn], &[Critical]),
                "usable with caution",
                Some(Warn),
                false,
            ),
        ];
        for (name, findings, word, worst, unknown) in cases {
            let verdict = verdict(&findings);
            assert_eq!(
                (verdict.word.as_str(), verdict.worst, verdict.unknown),
                (word, worst, unknown),
                "{name}"
            );
        }
    }

    #[test]
    fn the_sentence_names_alerts_age_and_completeness() {
        let mut live = findings(&[Critical, Warn], &[]);
        live.headline = Some("no message from binance for 3 min".to_owned());
        live.price_age_ms = Some(41_000);
        live.completeness = Some(0.998_27);
        assert_eq!(
            verdict(&live).reason,
            "2 open alerts (1 critical, 1 warn): no message from binance for 3 min; newest price 41 s old; \
             99.82 % of the last 24 h present"
        );
        let mut batch = findings(&[], &[]);
        batch.completeness = Some(1.0);
        assert_eq!(
            verdict(&batch).reason,
            "no open alerts; 100.00 % of the newest 24 h of data present"
        );
        assert_eq!(verdict(&Findings::default()).reason, "no data yet");
    }

    #[test]
    fn a_low_score_is_never_usable_without_caution() {
        let mut broken = findings(&[], &[]);
        broken.score = Some(62.4);
        let broken = verdict(&broken);
        assert_eq!(broken.word, "usable with caution");
        assert_eq!(broken.reason, "no open alerts; score 62 of 100");
        let mut sound = findings(&[], &[]);
        sound.score = Some(99.1);
        assert_eq!(verdict(&sound).word, "usable");
    }
}
