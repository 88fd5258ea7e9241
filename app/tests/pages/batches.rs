//! Files of the batch pipeline.

use app::model::{
    CheckState, CheckVm, DAY_MS, Dataset, Evidence, HOUR_MS, LandingState, MINUTE_MS, RunState,
    analysis::{CheckEvidenceVm, CountVm, DistributionVm, MonthVm, ProfileOfFileVm},
    batch::{
        BatchFilter, BatchListVm, BatchRowVm, BatchRunVm, BatchVm, CompareVm, HistogramVm, InboxVm,
        JobVm, OverlayVm, SchemaVm, SetApartVm,
    },
};

use super::{HOSTILE, NOW, run};

fn row(id: i64, state: LandingState, verdict: &str) -> BatchRowVm {
    let done = state == LandingState::Done;
    let count = |count: i64| if done { count } else { 0 };
    BatchRowVm {
        id,
        dataset: Dataset::Candle,
        instrument: "BTC-USD".into(),
        venue: "bitfinex".into(),
        origin: format!("/in/{HOSTILE}-{id}.csv"),
        format: "bitfinex".into(),
        received_at: NOW - 900_000 * (4 - id) / 3,
        finished_at: done.then_some(NOW - 1_000),
        sha256: "ab".repeat(32),
        bytes: 21_500_000,
        state,
        detail: if done {
            String::new()
        } else {
            format!("no column is a price {HOSTILE}")
        },
        rows: count(520_499),
        accepted: count(520_180),
        deduplicated: count(1),
        quarantined: count(318),
        flagged: count(44),
        first_at: done.then_some(NOW - 60 * DAY_MS),
        last_at: done.then_some(NOW - DAY_MS),
        step_ms: MINUTE_MS,
        verdict: verdict.into(),
        reason: if done {
            "318 rows are quarantined".into()
        } else {
            String::new()
        },
        took_ms: done.then_some(4_200),
    }
}

pub fn list(filter: &BatchFilter) -> BatchListVm {
    let runs = [
        run(3, "2019.csv", RunState::Running, ""),
        run(2, "2018.csv", RunState::Done, ""),
    ];
    let mut batches = vec![
        row(3, LandingState::Done, "trusted with caution"),
        row(2, LandingState::Refused, ""),
        row(1, LandingState::Done, "trusted"),
    ];
    batches.retain(|batch| filter.state.is_empty() || filter.state == batch.state.as_str());
    let older = batches
        .last()
        .map(|batch| (batch.received_at, batch.id))
        .map(|before| BatchFilter {
            before: Some(before),
            ..filter.clone()
        });
    BatchListVm {
        newest_runs: runs.to_vec(),
        jobs: vec![JobVm {
            name: "last hours".into(),
            cron: "5 * * * *".into(),
            kind: "candles".into(),
            subject: "simulator BTC-USDT".into(),
            last_run_at: Some(NOW - HOUR_MS),
            next_run_at: Some(NOW + HOUR_MS),
            state: "done".into(),
            detail: "120 candles".into(),
        }],
        inbox: Some(InboxVm {
            folder: "/srv/in".into(),
            waiting: Some(2),
            done: 40,
            refused: 1,
        }),
        max_upload_mb: 1024,
        filter: filter.clone(),
        runs: if filter.runs {
            let with = |run| BatchRunVm {
                run,
                landing_id: Some(3),
            };
            runs.into_iter().map(with).collect()
        } else {
            Vec::new()
        },
        batches: if filter.runs { Vec::new() } else { batches },
        older,
    }
}

pub fn bare(filter: &BatchFilter) -> BatchListVm {
    BatchListVm {
        newest_runs: Vec::new(),
        jobs: Vec::new(),
        inbox: None,
        max_upload_mb: 1024,
        filter: filter.clone(),
        batches: Vec::new(),
        runs: Vec::new(),
        older: None,
    }
}

fn check(id: &str, state: CheckState) -> CheckEvidenceVm {
    CheckEvidenceVm {
        check: CheckVm {
            check_id: id.into(),
            title: "high is the highest".into(),
            layer: "silver".into(),
            dimension: "validity".into(),
            entity: "BTC-USD/bitfinex/x.csv".into(),
            state,
            tested: 520_499,
            failed: i64::from(state != CheckState::Pass),
            value: Some(0.5),
            threshold: "0".into(),
            summary: format!("a row is wrong: {HOSTILE}"),
            evaluated_at: NOW,
            since: NOW,
        },
        evidence: Evidence {
            columns: vec!["line".into(), "row".into()],
            rows: vec![vec!["7".into(), HOSTILE.into()]],
            ..Evidence::default()
        },
    }
}

fn histogram(name: &str, first: f64) -> HistogramVm {
    HistogramVm {
        name: name.into(),
        from: 0.0,
        to: 2.0,
        is_log: false,
        shares: vec![first, 1.0 - first],
    }
}

/// A batch with everything; an even one has another verdict.
pub fn one(id: i64) -> BatchVm {
    let month = |month: &str, rows| MonthVm {
        month: month.into(),
        rows,
        expected: 44_640,
    };
    let distribution = DistributionVm {
        name: "close".into(),
        count: 520_180,
        min: 1.0,
        q01: 2.0,
        q25: 3.0,
        q50: 4.0 + id as f64,
        q75: 5.0,
        q99: 6.0,
        max: 7.0,
    };
    let state = if id == 1 {
        CheckState::Pass
    } else {
        CheckState::Warn
    };
    BatchVm {
        server_now: NOW,
        batch: row(id, LandingState::Done, "trusted with caution"),
        evidence: format!("columns: {HOSTILE}"),
        schema: Some(SchemaVm {
            format: "bitfinex".into(),
            separator: "comma".into(),
            columns: vec!["time".into(), HOSTILE.into()],
        }),
        profile: Some(ProfileOfFileVm {
            dataset: Dataset::Candle,
            first_at: Some(NOW - 60 * DAY_MS),
            last_at: Some(NOW - DAY_MS),
            step_ms: MINUTE_MS,
            months: vec![month("2026-09", 44_640), month("2026-10", 30_000)],
            distributions: vec![distribution],
        }),
        histograms: vec![histogram("close", 0.25)],
        checks: vec![
            check("candle.ohlc", state),
            check("candle.drift", CheckState::Pass),
        ],
        reasons: vec![CountVm {
            name: "candle.ohlc".into(),
            count: 318,
        }],
        set_apart: vec![SetApartVm {
            id: 1,
            line_no: 7,
            raw: HOSTILE.into(),
            rules: vec!["candle.ohlc".into()],
            reason: format!("high is not the highest in {HOSTILE}"),
            state: "open".into(),
        }],
        before: Some((1, HOSTILE.into())),
        runs: vec![run(2, "2018.csv", RunState::Done, "")],
    }
}

pub fn compared() -> CompareVm {
    CompareVm {
        a: one(1),
        b: one(3),
        overlays: vec![OverlayVm {
            a: histogram("close", 0.25),
            b: histogram("close", 0.75),
        }],
    }
}
