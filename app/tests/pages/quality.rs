//! Scores, incidents, silences, rules and differences for the fake backend.

use app::{
    model::{
        AlertDetailVm, CheckState, DAY_MS, Difference, DifferenceVm, HOUR_MS, IncidentDetailVm,
        IncidentEventVm, IncidentVm, MINUTE_MS, NoticeVm, RecallVm, ReconcileDayVm, ReconcileVm,
        RecordVm, RuleDetailVm, RuleVm, ScoreCostVm, ScoreDetailVm, ScoreOf, ScoreVm, ScoreboardVm,
        Severity, SilenceVm, TimelineVm, TrialVm,
    },
    plain::quality::{
        ChannelVm, SilencesVm,
        quarantine::{Asked, QuarantinePageVm},
        trial::Tried,
    },
};

use super::{HOSTILE, NOW, alerts, problems};

fn score(of: ScoreOf, name: &str, now: Option<f64>, cap: &str) -> ScoreVm {
    let newest = now.unwrap_or(0.0);
    let history = (0..60).map(|i| (NOW - (60 - i) * 3 * HOUR_MS, 100.0 - (i % 7) as f64));
    ScoreVm {
        of,
        name: name.into(),
        score: now,
        cap: cap.into(),
        evaluated: 28,
        total: 31,
        history: history.chain([(NOW - MINUTE_MS, newest)]).collect(),
    }
}

pub fn scoreboard() -> ScoreboardVm {
    use ScoreOf::{Dataset, Dimension, Layer, Overall, Venue};
    let capped = "an open error alert caps it at 70";
    let mut scores = vec![
        score(Overall, "", Some(70.0), capped),
        score(Layer, "bronze", Some(70.0), capped),
        score(Layer, "silver", Some(99.94), ""),
        score(Layer, "gold", Some(100.0), ""),
    ];
    for (name, now) in [
        ("completeness", 98.2),
        ("validity", 100.0),
        ("uniqueness", 100.0),
        ("consistency", 89.5),
        ("timeliness", 40.0),
        ("accuracy", 97.0),
    ] {
        scores.push(score(Dimension, name, Some(now), ""));
    }
    for name in ["candle", "trade", "quote", "book", "article"] {
        scores.push(score(
            Dataset,
            name,
            (name != "article").then_some(99.0),
            "",
        ));
    }
    for name in ["binance", "simulator", HOSTILE] {
        scores.push(score(Venue, name, Some(96.4), ""));
    }
    ScoreboardVm {
        server_now: NOW,
        scores,
    }
}

pub fn score_detail() -> ScoreDetailVm {
    let cost = |check: &str, entity: &str, state, points, alert_id| ScoreCostVm {
        check_id: check.into(),
        entity: entity.into(),
        state,
        tested: 24,
        failed: 12,
        weight: 9.0,
        points,
        alert_id,
    };
    ScoreDetailVm {
        score: score(
            ScoreOf::Layer,
            "silver",
            Some(70.0),
            "an open error alert caps it at 70",
        ),
        costs: vec![
            cost(
                "feed.silence",
                "BTC-USDT/binance/live",
                CheckState::Error,
                12.5,
                Some(1),
            ),
            cost("candle.gap", HOSTILE, CheckState::Warn, 0.03, None),
        ],
    }
}

pub fn alert_detail() -> AlertDetailVm {
    problems::detail(alerts().remove(0))
}

pub fn timelines() -> Vec<TimelineVm> {
    let spells = (0..30).map(|i| {
        let from = NOW - DAY_MS + i * 48 * MINUTE_MS;
        let state = if i % 5 == 3 {
            CheckState::Error
        } else {
            CheckState::Pass
        };
        (from, from + 48 * MINUTE_MS, state)
    });
    vec![
        TimelineVm {
            check_id: "feed.silence".into(),
            entity: "BTC-USDT/binance/live".into(),
            spans: spells.collect(),
        },
        TimelineVm {
            check_id: "candle.gap".into(),
            entity: HOSTILE.into(),
            spans: vec![
                (NOW - 20 * HOUR_MS, NOW - 2 * HOUR_MS, CheckState::NoData),
                (NOW - 2 * HOUR_MS, NOW, CheckState::Warn),
            ],
        },
    ]
}

pub fn incidents() -> Vec<IncidentVm> {
    let first = IncidentVm {
        id: 1,
        scope: "live:binance".into(),
        title: "binance is silent: 3 checks find a problem".into(),
        severity: Severity::Error,
        is_open: true,
        opened_at: NOW - 700_000,
        updated_at: NOW - 60_000,
        resolved_at: None,
        alerts: 3,
        checks: ["feed.silence", "book.stale", "quote.stale"]
            .map(Into::into)
            .into(),
        range: Some((NOW - 700_000, NOW)),
        rows: 1_204,
        opinion: None,
        opinion_by: String::new(),
        repair: "11 of 12 gaps filled".into(),
    };
    let second = IncidentVm {
        id: 2,
        scope: format!("batch:{HOSTILE}"),
        title: format!("candle.gap in {HOSTILE}"),
        severity: Severity::Warn,
        is_open: false,
        resolved_at: Some(NOW - HOUR_MS),
        alerts: 1,
        checks: vec!["candle.gap".into()],
        opinion: Some(app::model::Opinion::FalseAlarm),
        opinion_by: "ann".into(),
        repair: String::new(),
        range: None,
        rows: 1,
        ..first.clone()
    };
    vec![first, second]
}

pub fn incident(incident: IncidentVm) -> IncidentDetailVm {
    IncidentDetailVm {
        alerts: alerts(),
        timeline: vec![
            IncidentEventVm {
                at: NOW - 700_000,
                words: "opened by feed.silence".into(),
                actor: "engine".into(),
                alert_id: Some(1),
                severity: Some(Severity::Error),
            },
            IncidentEventVm {
                at: NOW - 600_000,
                words: format!("joined: {HOSTILE}"),
                actor: "engine".into(),
                alert_id: None,
                severity: None,
            },
        ],
        notices: vec![
            NoticeVm {
                id: 1,
                channel: "chat".into(),
                kind: "opened".into(),
                subject: "Error at binance: no answer".into(),
                state: "sent".into(),
                attempts: 3,
                error: String::new(),
                created_at: NOW - 690_000,
                sent_at: Some(NOW - 680_000),
            },
            NoticeVm {
                id: 2,
                channel: "mail".into(),
                kind: "opened".into(),
                subject: "Error at binance: no answer".into(),
                state: "given_up".into(),
                attempts: 8,
                error: "connection refused".into(),
                created_at: NOW - 690_000,
                sent_at: None,
            },
        ],
        incident,
    }
}

pub fn silences() -> Vec<SilenceVm> {
    let silence = |id, check: &str, entity: &str, ends_at| SilenceVm {
        id,
        check_id: check.into(),
        entity: entity.into(),
        reason: HOSTILE.into(),
        actor: "ann".into(),
        starts_at: NOW - HOUR_MS,
        ends_at,
        ended_at: None,
        muted: 1,
    };
    vec![
        silence(4, "candle.gap", "BTC-USD/sample/btcusd-1m.csv.gz", None),
        silence(0, "feed.*", "*/kraken/*", Some(NOW + HOUR_MS)),
        silence(3, "book.*", "*", Some(NOW - MINUTE_MS)),
    ]
}

pub fn silences_page() -> SilencesVm {
    let channel = |name: &str, problem: &str| ChannelVm {
        name: name.into(),
        kind: "slack".into(),
        min_severity: Severity::Error,
        has_digest: true,
        problem: problem.into(),
    };
    SilencesVm {
        silences: silences(),
        channels: vec![
            channel("chat", ""),
            channel("mail", "the variable CHAT_URL is not set"),
        ],
        notices: incident(incidents().remove(0)).notices,
    }
}

pub fn rules() -> Vec<RuleVm> {
    let recall = |fault: &str, found| RecallVm {
        fault: fault.into(),
        injected: 3_000,
        found,
        recall: found as f64 / 3_000.0,
        delay_ms: MINUTE_MS,
    };
    let record = |corpus: &str, per_day: f64, recall| RecordVm {
        corpus: corpus.into(),
        days: 365.0,
        alerts: (per_day * 365.0) as i64,
        alerts_per_day: per_day,
        recall,
        measured_at: None,
    };
    let spike = RuleVm {
        id: "candle.spike".into(),
        title: "No close jumps and comes back".into(),
        dataset: "candle".into(),
        layer: "silver".into(),
        dimension: "accuracy".into(),
        kind: "spike_reversal".into(),
        action: "flag".into(),
        limits: vec![
            ("warn".into(), "k 8, floor 0.5 %".into()),
            ("error".into(), "k 10, floor 1 %".into()),
        ],
        owner: "md".into(),
        for_ms: 0,
        keep_firing_ms: 5 * MINUTE_MS,
        inhibited_by: vec!["feed.silence".into()],
        is_own: false,
        records: vec![
            record("quiet", 0.0, Vec::new()),
            record(
                "prices-2018",
                0.12,
                vec![recall("spike_1pct", 2_400), recall("spike_2pct", 2_856)],
            ),
        ],
        open_alerts: 0,
        alerts_30d: 4,
        confirmed: 3,
        false_alarms: 1,
    };
    let noisy = RuleVm {
        id: "candle.z".into(),
        title: HOSTILE.into(),
        kind: "robust_z".into(),
        is_own: true,
        records: vec![record(
            "prices-2018",
            9.2,
            vec![recall("spike_2pct", 2_790)],
        )],
        ..spike.clone()
    };
    let row = RuleVm {
        id: "trade.contract".into(),
        dataset: "trade".into(),
        kind: "row".into(),
        records: Vec::new(),
        limits: Vec::new(),
        ..spike.clone()
    };
    vec![spike, noisy, row]
}

/// The text of the rule with something in it that must stay text.
pub fn rule_text() -> String {
    format!("[check.spike]\nrule = \"spike_reversal\"\n# {HOSTILE}</textarea>\n")
}

pub fn rule() -> RuleDetailVm {
    RuleDetailVm {
        rule: rules().remove(0),
        description:
            "A wrong tick is taken back by the next candle.\n\nLimits are measured on two years."
                .into(),
        advice: "Compare with another venue.".into(),
        runbook: "javascript:alert(1)".into(),
        text: rule_text(),
        file: "candle.toml".into(),
    }
}

pub fn tried(error: &str) -> Tried {
    Tried {
        text: rule_text(),
        days: 7,
        trial: TrialVm {
            id: "candle.spike".into(),
            error: error.into(),
            range: Some((NOW - 7 * DAY_MS, NOW)),
            record: rules().remove(0).records.remove(1),
            findings: vec![(
                NOW - DAY_MS,
                "BTC-USD/bitfinex".into(),
                "warn".into(),
                HOSTILE.into(),
            )],
            suggestions: vec![(0.25, "k 7.4".into()), (1.0, "k 6.1".into())],
        },
    }
}

pub fn reconciled() -> ReconcileVm {
    let day = |venue: &str, ago: i64, matched| ReconcileDayVm {
        instrument: "BTC-USD".into(),
        venue: venue.into(),
        day_at: NOW - NOW % DAY_MS - ago * DAY_MS,
        compared: 1_440,
        matched,
        price: 1_440 - matched,
        volume: 0,
        missing_live: 0,
        missing_batch: 0,
        restated: 0,
    };
    let difference = |kind, minute: i64, live| DifferenceVm {
        instrument: "BTC-USD".into(),
        venue: "kraken".into(),
        opened_at: NOW - minute * MINUTE_MS,
        kind,
        live,
        batch: Some((91_234.5, 1.25)),
        price_bps: live.map(|_| 12.5),
        volume_share: None,
    };
    ReconcileVm {
        days: vec![
            day("kraken", 0, 1_440),
            day("kraken", 1, 1_400),
            day("bitstamp", 1, 1_439),
        ],
        differences: vec![
            difference(Difference::Price, 5, Some((91_349.0, 1.25))),
            difference(Difference::MissingLive, 9, None),
        ],
        total: 41,
    }
}

pub fn set_apart() -> QuarantinePageVm {
    let asked = Asked {
        rule: "candle.ohlc".into(),
        ..Asked::default()
    };
    QuarantinePageVm {
        asked,
        by_rule: vec![("candle.ohlc".into(), 300), ("contract.number".into(), 18)],
        by_landing: vec![(3, "data/sample/btcusd-1m.csv.gz".into(), 318)],
        total: 318,
        rows: problems::quarantined(),
        has_older: true,
    }
}
