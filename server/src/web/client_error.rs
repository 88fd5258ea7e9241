//! `POST /api/client-error`: a page tells that it broke.

use axum::{
    body::{Body, to_bytes},
    extract::State,
    http::StatusCode,
};

use super::AppState;

/// Longest report in bytes.
const LONGEST: usize = 4096;
/// Reports in one minute, of all pages together.
const PER_MINUTE: u32 = 30;

/// Reports of the minute that runs.
#[derive(Debug, Default)]
pub struct Reports {
    minute: i64,
    count: u32,
}

impl Reports {
    /// Whether one more may be written to the log.
    fn admit(&mut self, now_ms: i64) -> bool {
        let minute = now_ms.div_euclid(60_000);
        if minute != self.minute {
            *self = Self { minute, count: 0 };
        }
        self.count = self.count.saturating_add(1);
        self.count <= PER_MINUTE
    }
}

/// Writes the report to the log; line breaks and control characters are escaped, so that it stays one entry.
pub async fn report(State(state): State<AppState>, body: Body) -> StatusCode {
    let admitted = state
        .reports
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .admit(state.web.clock.now_ms());
    if !admitted {
        return StatusCode::TOO_MANY_REQUESTS;
    }
    let Ok(bytes) = to_bytes(body, LONGEST).await else {
        return StatusCode::PAYLOAD_TOO_LARGE;
    };
    let text = String::from_utf8_lossy(&bytes);
    tracing::warn!(report = %text.escape_debug(), "a page broke");
    StatusCode::NO_CONTENT
}

#[cfg(test)]
mod tests {
    use super::Reports;

    #[test]
    fn a_flood_of_reports_is_cut_and_ends_with_the_minute() {
        let mut reports = Reports::default();
        let admitted = (0..100).filter(|_| reports.admit(120_000)).count();
        assert_eq!(admitted, 30);
        assert!(!reports.admit(179_999));
        assert!(reports.admit(180_000));
    }
}
