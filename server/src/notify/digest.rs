//! The day in short: scores, what is open, what began and ended, which rules speak most, and how many checks were
//! evaluated at all.

use app::model::{
    DAY_MS, IncidentVm, NoticeVm, RuleVm, ScoreOf, ScoreVm, ScoreboardVm, Severity, format_age,
    format_utc_short,
};
use serde::{Deserialize, Serialize};

use super::letter::{Head, Letter, plain};
use crate::quality::notice::NoticeKind;

/// Incidents of each kind that are named.
const INCIDENTS: usize = 20;
/// Rules that are named.
const RULES: usize = 5;
/// Longest text of somebody else, in characters.
const TEXT: usize = 200;

/// What a digest says. Times are milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DigestFacts {
    /// Where the day begins.
    pub from: i64,
    /// Where it ends.
    pub to: i64,
    /// Scores: the whole, layers, dimensions, datasets and venues.
    pub scores: Vec<ScoreFacts>,
    /// Checks that were evaluated.
    pub evaluated: i64,
    /// Checks there are.
    pub checks: i64,
    /// Incidents that stand.
    pub open: Vec<IncidentLine>,
    /// Incidents that began within the day.
    pub began: Vec<IncidentLine>,
    /// Incidents that ended within the day.
    pub ended: Vec<IncidentLine>,
    /// Rules with the most alerts.
    pub noisy: Vec<RuleLine>,
    /// Notices of the day that could not be delivered.
    pub given_up: i64,
}

/// A score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreFacts {
    /// overall, layer, dimension, dataset, venue.
    pub of: ScoreOf,
    /// `silver`; empty for the whole.
    pub name: String,
    /// 0 to 100, rounded down; `None` while nothing could be evaluated.
    pub score: Option<i64>,
    /// Against a day before.
    pub change: Option<i64>,
    /// What caps it; empty if nothing does.
    pub cap: String,
}

/// An incident on one line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentLine {
    /// Key.
    pub id: i64,
    /// One line.
    pub title: String,
    /// Worst severity so far.
    pub severity: Severity,
    /// When it began.
    pub opened_at: i64,
    /// How long it lasted, so far or in all.
    pub duration_ms: i64,
    /// What was done about missing data; empty without any.
    pub repair: String,
}

/// A rule and how much it spoke.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleLine {
    /// `candle.gap`
    pub id: String,
    /// Its alerts of the last 30 days.
    pub alerts_30d: i64,
    /// Incidents with them that somebody marked as false alarms.
    pub false_alarms: i64,
}

/// What a digest is made of.
#[derive(Debug, Clone, Copy)]
pub struct Day<'a> {
    /// Where it ends.
    pub to: i64,
    /// All scores.
    pub scores: &'a ScoreboardVm,
    /// Incidents, open ones first, then the newest.
    pub incidents: &'a [IncidentVm],
    /// All rules.
    pub rules: &'a [RuleVm],
    /// The newest notices.
    pub notices: &'a [NoticeVm],
}

/// The facts of the day that ends at `to`.
#[must_use]
pub fn facts(day: Day<'_>) -> DigestFacts {
    let from = day.to.saturating_sub(DAY_MS);
    let within = |at: i64| at > from && at <= day.to;
    let lines = |is_wanted: &dyn Fn(&IncidentVm) -> bool| -> Vec<IncidentLine> {
        let wanted = day.incidents.iter().filter(|incident| is_wanted(incident));
        wanted
            .take(INCIDENTS)
            .map(|incident| line(incident, day.to))
            .collect()
    };
    let overall = day
        .scores
        .scores
        .iter()
        .find(|score| score.of == ScoreOf::Overall);
    let mut noisy: Vec<&RuleVm> = day
        .rules
        .iter()
        .filter(|rule| rule.alerts_30d > 0)
        .collect();
    noisy.sort_by_key(|rule| std::cmp::Reverse(rule.alerts_30d));
    let given_up = day
        .notices
        .iter()
        .filter(|notice| notice.state == "given_up" && within(notice.created_at))
        .count();
    DigestFacts {
        from,
        to: day.to,
        scores: day
            .scores
            .scores
            .iter()
            .filter(|score| score.of != ScoreOf::Check)
            .map(|score| score_facts(score, from))
            .collect(),
        evaluated: overall.map_or(0, |score| score.evaluated),
        checks: overall.map_or(0, |score| score.total),
        open: lines(&|incident| incident.is_open),
        began: lines(&|incident| within(incident.opened_at)),
        ended: lines(&|incident| incident.resolved_at.is_some_and(within)),
        noisy: noisy
            .into_iter()
            .take(RULES)
            .map(|rule| RuleLine {
                id: plain(&rule.id, TEXT),
                alerts_30d: rule.alerts_30d,
                false_alarms: rule.false_alarms,
            })
            .collect(),
        given_up: i64::try_from(given_up).unwrap_or(i64::MAX),
    }
}

/// The digest as a notice.
#[must_use]
pub fn letter(head: Head, facts: DigestFacts) -> Letter {
    let overall = facts
        .scores
        .iter()
        .find(|score| score.of == ScoreOf::Overall);
    let score = overall.and_then(|score| score.score).map_or_else(
        || "no score yet".to_owned(),
        |score| format!("score {score} of 100"),
    );
    let open = match facts.open.len() {
        0 => "nothing open".to_owned(),
        1 => "1 open incident".to_owned(),
        more => format!("{more} open incidents"),
    };
    let day = format_utc_short(facts.to);
    let subject = format!(
        "Data quality on {}: {score}, {open}",
        &day[..day.len().min(10)]
    );
    let mut summary = format!(
        "In the last {}: {} began, {} ended.",
        format_age(facts.to.saturating_sub(facts.from)),
        incidents(facts.began.len()),
        incidents(facts.ended.len()),
    );
    if facts.checks > 0 {
        summary += &format!(
            " {} of {} checks were evaluated.",
            facts.evaluated, facts.checks
        );
    }
    let severity = facts.open.iter().map(|incident| incident.severity).max();
    Letter {
        severity,
        digest: Some(facts),
        ..head.letter(NoticeKind::Digest, &subject, summary, "/quality")
    }
}

fn incidents(count: usize) -> String {
    match count {
        0 => "no incident".to_owned(),
        1 => "1 incident".to_owned(),
        more => format!("{more} incidents"),
    }
}

fn score_facts(score: &ScoreVm, day_ago: i64) -> ScoreFacts {
    let whole = |score: f64| score.clamp(0.0, 100.0).floor() as i64;
    let before = score.history.iter().rev().find(|(at, _)| *at <= day_ago);
    ScoreFacts {
        of: score.of,
        name: plain(&score.name, TEXT),
        score: score.score.map(whole),
        change: score
            .score
            .zip(before)
            .map(|(now, (_, before))| whole(now) - whole(*before)),
        cap: plain(&score.cap, TEXT),
    }
}

fn line(incident: &IncidentVm, now_ms: i64) -> IncidentLine {
    let until = incident.resolved_at.unwrap_or(now_ms);
    IncidentLine {
        id: incident.id,
        title: plain(&incident.title, TEXT),
        severity: incident.severity,
        opened_at: incident.opened_at,
        duration_ms: until.saturating_sub(incident.opened_at).max(0),
        repair: plain(&incident.repair, TEXT),
    }
}

#[cfg(test)]
mod tests {
    use app::model::Opinion;

    use super::*;
    use crate::notify::letter::tests::incident;

    #[test]
    fn a_day_in_short() {
        let to = 100 * DAY_MS;
        let score = ScoreVm {
            of: ScoreOf::Overall,
            name: String::new(),
            score: Some(69.9),
            cap: "an open error caps it at 70".to_owned(),
            evaluated: 28,
            total: 31,
            history: vec![(to - 2 * DAY_MS, 95.0), (to - DAY_MS, 90.2), (to - 1, 70.0)],
        };
        let of_check = ScoreVm {
            of: ScoreOf::Check,
            ..score.clone()
        };
        let board = ScoreboardVm {
            server_now: to,
            scores: vec![score, of_check],
        };
        let open = incident(to - DAY_MS / 2, None);
        let ended = incident(to - 3 * DAY_MS, Some(to - 60_000));
        let mut old = incident(to - 9 * DAY_MS, Some(to - 8 * DAY_MS));
        old.opinion = Some(Opinion::FalseAlarm);
        let rule = |id: &str, alerts_30d| RuleVm {
            id: id.to_owned(),
            alerts_30d,
            ..RuleVm::default()
        };
        let rules = [rule("a", 0), rule("b", 3), rule("c", 40)];
        let facts = facts(Day {
            to,
            scores: &board,
            incidents: &[open, ended, old],
            rules: &rules,
            notices: &[],
        });
        assert_eq!(
            (facts.open.len(), facts.began.len(), facts.ended.len()),
            (1, 1, 1)
        );
        assert_eq!(facts.scores.len(), 1);
        assert_eq!(
            (facts.scores[0].score, facts.scores[0].change),
            (Some(69), Some(-21))
        );
        let noisy: Vec<&str> = facts.noisy.iter().map(|rule| rule.id.as_str()).collect();
        assert_eq!(noisy, ["c", "b"]);
        let letter = letter(super::super::letter::tests::head(), facts);
        assert_eq!(
            letter.subject,
            "Data quality on 1970-04-11: score 69 of 100, 1 open incident"
        );
        assert!(
            letter.summary.contains("28 of 31 checks"),
            "{}",
            letter.summary
        );
        let texts = crate::notify::template::for_mail(&Default::default(), &letter).unwrap();
        for words in [
            "overall 69 (-21), an open error caps it at 70",
            "c: 40 alerts",
        ] {
            assert!(texts.text.contains(words), "{words}: {}", texts.text);
            assert!(texts.html.contains(words), "{words}: {}", texts.html);
        }
    }
}
