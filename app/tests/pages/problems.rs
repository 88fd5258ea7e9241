//! Problems for the fake backend: alerts, check results, rows set apart.

use app::model::{
    AlertDetailVm, AlertEventVm, AlertState, AlertVm, Baseline, CheckState, CheckVm, Dataset,
    Evidence, HOUR_MS, MINUTE_MS, QualityVm, QuarantineVm, Severity, TransitionVm,
};

use super::{HOSTILE, NOW, verdict};

fn alert(
    id: i64,
    check: &str,
    title: &str,
    entity: &str,
    severity: Severity,
    state: AlertState,
    summary: &str,
) -> AlertVm {
    AlertVm {
        id,
        check_id: check.into(),
        title: title.into(),
        entity: entity.into(),
        severity,
        state,
        summary: summary.into(),
        opened_at: NOW - id * 700_000,
        updated_at: NOW - 60_000,
        resolved_at: (state == AlertState::Resolved).then_some(NOW - 60_000),
        count: 7 - id,
        incident_id: None,
        acknowledged_by: None,
        silenced: false,
        inhibited_by: None,
        flapping: false,
    }
}

pub fn alerts() -> Vec<AlertVm> {
    use AlertState::{Acknowledged, Firing, Resolved};
    let mut alerts = vec![
        alert(
            1,
            "feed.silence",
            "The feed answers",
            "BTC-USDT/binance/live",
            Severity::Error,
            Firing,
            "no answer that could be used for 11 min 40 s (limit 2 min); last error: HTTP 451",
        ),
        alert(
            2,
            "candle.gap",
            "No candle is missing",
            "BTC-USD/sample/btcusd-1m.csv.gz",
            Severity::Warn,
            Acknowledged,
            "37 of 129,600 minutes are missing in 4 gaps, the longest 21 min from 2026-09-14 03:12",
        ),
        alert(
            3,
            "quote.crossed",
            "The best bid is below the best ask",
            "BTC-USDT/simulator/live",
            Severity::Critical,
            Resolved,
            "bid 91,240.10 above ask 91,233.90 in 3 quotes in a row",
        ),
    ];
    alerts[0].incident_id = Some(1);
    alerts[1].acknowledged_by = Some("ann".into());
    alerts[1].incident_id = Some(2);
    alerts
}

/// Returns before a jump, and the jump.
fn baseline() -> Baseline {
    let points = (0..60).map(|i| (NOW - (60 - i) * MINUTE_MS, 0.05 * (i as f64 * 0.9).sin()));
    Baseline {
        label: "return, %".into(),
        points: points.collect(),
        centre: 0.001,
        limits: vec![("warn".into(), -0.5, 0.5), ("error".into(), -1.0, 1.0)],
        tested: (NOW, 2.13),
    }
}

pub fn detail(alert: AlertVm) -> AlertDetailVm {
    let event = |seq, age, from_state, to_state, cause: &str| AlertEventVm {
        seq,
        at: NOW - age,
        from_state,
        to_state,
        severity: alert.severity,
        cause: cause.into(),
        actor: "engine".into(),
        alert: alert.clone(),
    };
    let found = |event, evidence_size, evidence| TransitionVm {
        event,
        threshold: "an answer every 1 min <b>".into(),
        evidence_size,
        evidence,
    };
    let small = Evidence {
        columns: ["time", "raw"].map(Into::into).into(),
        rows: vec![["2026-11-23 04:48:20", HOSTILE].map(Into::into).into()],
        baseline: Some(baseline()),
        ..Evidence::default()
    };
    AlertDetailVm {
        events: vec![
            found(event(3, 700_000, None, AlertState::Pending, "first failed evaluation"), 900, Some(small)),
            found(
                event(5, 640_000, Some(AlertState::Pending), AlertState::Firing, "3 failed evaluations in a row"),
                40_000,
                None,
            ),
        ],
        evidence_columns: ["time", "bid", "ask", "raw"].map(Into::into).into(),
        evidence_rows: vec![
            ["2026-11-23 04:48:20", "91,240.10", "91,233.90", HOSTILE].map(Into::into).into(),
            ["2026-11-23 04:48:50", "91,241.00", "91,235.20", "{\"u\":1}"].map(Into::into).into(),
        ],
        threshold: "an answer every 2 min".into(),
        baseline: Some(baseline()),
        advice: "Look at the source's status page. If the address is blocked here, choose another venue with --live.".into(),
        alert,
    }
}

fn check(
    id: &str,
    title: &str,
    entity: &str,
    state: CheckState,
    numbers: (i64, i64, Option<f64>),
    threshold: &str,
    summary: &str,
) -> CheckVm {
    CheckVm {
        check_id: id.into(),
        title: title.into(),
        layer: "silver".into(),
        dimension: "validity".into(),
        entity: entity.into(),
        state,
        tested: numbers.0,
        failed: numbers.1,
        value: numbers.2,
        threshold: threshold.into(),
        summary: summary.into(),
        evaluated_at: NOW - 30_000,
        since: NOW - 3 * HOUR_MS,
    }
}

pub fn quality() -> QualityVm {
    use CheckState::{Error, NoData, NotEvaluated, Pass, Warn};
    let file = "BTC-USD/sample/btcusd-1m.csv.gz";
    let live = "BTC-USDT/simulator/live";
    QualityVm {
        server_now: NOW,
        seq: 12,
        verdict: verdict(),
        checks: vec![
            check(
                "feed.silence",
                "The feed answers",
                "BTC-USDT/binance/live",
                Error,
                (24, 24, Some(700.0)),
                "at most 120 s",
                "no usable answer for 11 min 40 s",
            ),
            check(
                "candle.gap",
                "No candle is missing",
                file,
                Warn,
                (129_600, 37, Some(0.9997)),
                "at least 99.99 %",
                "37 minutes are missing in 4 gaps",
            ),
            check(
                "news.fields",
                "Articles have a title, a source and a date",
                "*/news/news.csv",
                NoData,
                (0, 0, None),
                "all of them",
                "no article in the last 24 h",
            ),
            check(
                "rec.live_batch",
                "Live and batch agree",
                "BTC-USDT/simulator/live",
                NotEvaluated,
                (0, 0, None),
                "at most 1 bps",
                "no minute is in both pipelines",
            ),
            check(
                "candle.ohlc",
                "High and low enclose open and close",
                file,
                Pass,
                (129_563, 0, None),
                "no exception",
                "all candles hold",
            ),
            check(
                "quote.stale",
                "The price moves",
                live,
                Pass,
                (1_204, 0, Some(1.0)),
                "at most 20 equal in a row",
                "newest run of equal prices: 1",
            ),
        ],
        alerts: alerts(),
    }
}

/// A row that broke two rules.
pub fn quarantined() -> Vec<QuarantineVm> {
    vec![QuarantineVm {
        id: 1,
        landing_id: 3,
        origin: "btcusd-1m.csv.gz".into(),
        line_no: 8_412,
        dataset: Dataset::Candle,
        raw: HOSTILE.into(),
        rules: vec!["contract.number".into(), "candle.ohlc".into()],
        reason: "close is not a number; high 9,000 is below low 9,100".into(),
        seen_at: NOW - 7_000_000,
    }]
}

/// Results of every kind.
pub fn checks() -> Vec<CheckVm> {
    quality().checks
}
