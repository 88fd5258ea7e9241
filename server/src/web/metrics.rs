//! `GET /metrics`: figures in Prometheus' text format.

use std::fmt::Write as _;

use app::model::Severity;
use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use super::{AppState, api::ApiError};

/// All figures.
pub async fn metrics(State(state): State<AppState>) -> Result<Response, ApiError> {
    let counts = state.web.store.layer_counts().await?;
    let open = state.web.store.open_alerts().await?;
    let now = state.web.clock.now_ms();

    let mut text = Text::default();
    text.family("assay_rows", "gauge", "Rows by layer and table.");
    for row in &counts {
        text.sample(
            "assay_rows",
            &[("layer", &row.layer), ("table", &row.name)],
            row.rows,
        );
    }
    text.family(
        "assay_rejects",
        "gauge",
        "Refused landings, and bars with findings.",
    );
    for row in &counts {
        text.sample(
            "assay_rejects",
            &[("layer", &row.layer), ("table", &row.name)],
            row.rejects,
        );
    }
    let rows_of = |layer: &str, name: &str| {
        counts
            .iter()
            .find(|row| row.layer == layer && row.name == name)
            .map_or(0, |row| row.rows)
    };
    text.family("assay_landings", "gauge", "Payloads in bronze.");
    text.sample("assay_landings", &[], rows_of("bronze", "landing"));
    text.family("assay_quarantined", "gauge", "Rows in quarantine.");
    text.sample("assay_quarantined", &[], rows_of("silver", "quarantine"));

    text.family("assay_open_alerts", "gauge", "Open alerts by severity.");
    for severity in [
        Severity::Info,
        Severity::Warn,
        Severity::Error,
        Severity::Critical,
    ] {
        let count = open
            .iter()
            .filter(|open| open.severity == severity)
            .map(|open| open.count)
            .sum();
        text.sample(
            "assay_open_alerts",
            &[("severity", severity.as_str())],
            count,
        );
    }
    text.family("assay_event_streams", "gauge", "Open event streams.");
    let streams = i64::try_from(state.web.hub.clients()).unwrap_or(i64::MAX);
    text.sample("assay_event_streams", &[], streams);

    let feeds = state.web.hub.feeds();
    text.family(
        "assay_feed_age_ms",
        "gauge",
        "Milliseconds since the last usable answer.",
    );
    for feed in &feeds {
        if let Some(at) = feed.last_ok_at {
            let labels = [("instrument", &*feed.instrument), ("venue", &*feed.venue)];
            text.sample("assay_feed_age_ms", &labels, (now - at).max(0));
        }
    }
    text.family(
        "assay_feed_polls_total",
        "counter",
        "Answers and errors since the start.",
    );
    for feed in &feeds {
        let labels = [("instrument", &*feed.instrument), ("venue", &*feed.venue)];
        text.sample("assay_feed_polls_total", &labels, feed.polls);
    }
    text.family(
        "assay_feed_errors_total",
        "counter",
        "Errors since the start.",
    );
    for feed in &feeds {
        let labels = [("instrument", &*feed.instrument), ("venue", &*feed.venue)];
        text.sample("assay_feed_errors_total", &labels, feed.errors);
    }
    Ok((
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        text.0,
    )
        .into_response())
}

/// Prometheus text; writing to a string cannot fail.
#[derive(Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: i64) {
        self.0.push_str(name);
        for (index, (label, text)) in labels.iter().enumerate() {
            let open = if index == 0 { '{' } else { ',' };
            let text = text
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n");
            let _ = write!(self.0, "{open}{label}=\"{text}\"");
        }
        if !labels.is_empty() {
            self.0.push('}');
        }
        let _ = writeln!(self.0, " {value}");
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn a_label_cannot_break_out_of_its_quotes() {
        let mut text = Text::default();
        text.sample("a", &[("b", "x\"} 1\ny\\"), ("c", "d")], 2);
        text.sample("e", &[], 3);
        assert_eq!(text.0, "a{b=\"x\\\"} 1\\ny\\\\\",c=\"d\"} 2\ne 3\n");
    }
}
