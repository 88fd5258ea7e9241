//! `assay alerts show`: one alert with its history, and what was found at each transition.

use app::model::{AlertState, Baseline, Evidence, TransitionVm, format_utc};

use super::{super::Common, plain, print_alert, print_json};
use crate::{backend::StoreBackend, store::view::Room};

/// Rows printed of one transition; `--json` has them all.
const ROWS: usize = 5;

/// Prints the alert.
pub(super) async fn show(backend: &StoreBackend, id: i64, common: &Common) -> anyhow::Result<bool> {
    let detail = backend.alert_with(id, Room::PROGRAM).await?;
    if common.json {
        print_json(&detail)?;
        return Ok(true);
    }
    print_alert(&detail.alert);
    println!(
        "  {} (limit: {})",
        detail.alert.title,
        plain(&detail.threshold)
    );
    if !detail.advice.is_empty() {
        println!("  {}", detail.advice);
    }
    for transition in &detail.events {
        lines(transition).iter().for_each(|line| println!("{line}"));
    }
    println!("  now:");
    let newest = Evidence {
        columns: detail.evidence_columns,
        rows: detail.evidence_rows,
        baseline: detail.baseline,
        range: None,
    };
    let mut shown = Vec::new();
    found(&mut shown, &newest, usize::MAX);
    shown.iter().for_each(|line| println!("{line}"));
    Ok(true)
}

/// A transition and what was found then, line by line.
fn lines(transition: &TransitionVm) -> Vec<String> {
    let event = &transition.event;
    let from = event.from_state.map_or("", AlertState::as_str);
    let mut lines = vec![format!(
        "  {} {from} -> {} [{}] by {}: {}",
        format_utc(event.at),
        event.to_state,
        event.severity,
        plain(&event.actor),
        plain(&event.cause)
    )];
    if transition.evidence_size > 0 {
        lines.push(format!("    limit: {}", plain(&transition.threshold)));
    }
    match &transition.evidence {
        Some(evidence) => found(&mut lines, evidence, ROWS),
        None if transition.evidence_size > 0 => {
            lines.push(format!(
                "    {} characters of evidence",
                transition.evidence_size
            ));
        }
        None => {}
    }
    lines
}

fn found(lines: &mut Vec<String>, evidence: &Evidence, most: usize) {
    lines.extend(evidence.baseline.as_ref().map(baseline));
    if !evidence.rows.is_empty() {
        lines.push(format!("    {}", plain(&evidence.columns.join(" | "))));
    }
    let rows = evidence.rows.iter().take(most);
    lines.extend(rows.map(|row| format!("    {}", plain(&row.join(" | ")))));
    let left_out = evidence.rows.len().saturating_sub(most);
    if left_out > 0 {
        lines.push(format!("    {left_out} more rows: --json has them"));
    }
}

/// The drawing of the page as a sentence.
fn baseline(baseline: &Baseline) -> String {
    let limits: Vec<String> = baseline
        .limits
        .iter()
        .map(|(severity, low, high)| format!("{severity} {low} … {high}"))
        .collect();
    let (at, value) = baseline.tested;
    plain(&format!(
        "    {}: {value} at {}, middle of {} before it {}, limits {}",
        baseline.label,
        format_utc(at),
        baseline.points.len(),
        baseline.centre,
        limits.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use app::model::{AlertEventVm, AlertVm, Severity};

    use super::*;

    fn transition(evidence: Option<Evidence>) -> TransitionVm {
        TransitionVm {
            event: AlertEventVm {
                seq: 1,
                at: 0,
                from_state: None,
                to_state: AlertState::Firing,
                severity: Severity::Warn,
                cause: "off by 8 %".to_owned(),
                actor: "engine".to_owned(),
                alert: AlertVm {
                    id: 1,
                    check_id: "candle.spike".to_owned(),
                    title: String::new(),
                    entity: "BTC-USD/bitfinex/day".to_owned(),
                    severity: Severity::Warn,
                    state: AlertState::Firing,
                    summary: String::new(),
                    opened_at: 0,
                    updated_at: 0,
                    resolved_at: None,
                    count: 1,
                    incident_id: None,
                    acknowledged_by: None,
                    silenced: false,
                    inhibited_by: None,
                    flapping: false,
                },
            },
            threshold: "at most 2 %".to_owned(),
            evidence_size: evidence.as_ref().map_or(0, |_| 100),
            evidence,
        }
    }

    #[test]
    fn a_transition_shows_limit_baseline_and_the_first_rows() {
        let evidence = Evidence {
            columns: vec!["time".to_owned(), "close".to_owned()],
            rows: (0..7)
                .map(|row| vec![row.to_string(), "1\u{1b}[31m".to_owned()])
                .collect(),
            baseline: Some(Baseline {
                label: "return, %".to_owned(),
                points: vec![(0, 0.1), (1, 0.2)],
                centre: 0.15,
                limits: vec![("warn".to_owned(), -2.0, 2.0)],
                tested: (2, 8.0),
            }),
            range: None,
        };
        let lines = lines(&transition(Some(evidence)));
        assert_eq!(lines[1], "    limit: at most 2 %");
        assert_eq!(
            lines[2],
            "    return, %: 8 at 1970-01-01 00:00:00, middle of 2 before it 0.15, limits warn -2 … 2"
        );
        assert_eq!(lines[3], "    time | close");
        assert_eq!(lines.len(), 4 + ROWS + 1);
        assert_eq!(lines[4 + ROWS], "    2 more rows: --json has them");
        assert!(lines.iter().all(|line| !line.contains('\u{1b}')));
        assert_eq!(
            super::lines(&transition(None)).len(),
            1,
            "a person or time found nothing"
        );
    }
}
