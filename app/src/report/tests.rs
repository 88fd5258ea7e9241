use super::*;
use crate::model::{
    CheckState, CheckVm, DAY_MS, Evidence, HOUR_MS, Verdict,
    analysis::{
        CheckEvidenceVm, CountVm, DayVm, DrawdownVm, EventGroupVm, EventPointVm, EventStudyVm,
        HealthVm, LagVm, LaggedVm, LargestVm, MethodVm, NewsDayVm, NewsSourceVm, NewsVm, PeriodVm,
        PriceVm, ProfileCellVm, ProfileVm, RecordsVm, Regime, RegimeShareVm, SourceVm,
    },
};

const HOSTILE: &str = "</title></style><script>alert(1)</script><img src=x onerror='alert(2)'>\"";
const JANUARY: i64 = 1_609_459_200_000;

pub(super) fn period(opened_at: i64, return_1: f64) -> PeriodVm {
    PeriodVm {
        opened_at,
        days: 30,
        open: 100.0,
        high: 120.0,
        low: 90.0,
        close: 110.0,
        return_1,
        volatility: Some(0.6),
        max_drawdown: -0.1,
        volume: 1234.5,
        vwap: Some(101.0),
        completeness: 0.98,
    }
}

pub(super) fn day(opened_at: i64, close: f64) -> DayVm {
    DayVm {
        opened_at,
        close,
        sma_50: Some(close * 0.9),
        sma_200: Some(close * 0.8),
        return_1: Some(0.01),
        volatility: Some(0.5),
        volatility_20: Some(0.6),
        drawdown: -0.1,
        volume: 10.0,
        completeness: 1.0,
        regime: Regime::Up,
    }
}

fn price(days: usize) -> PriceVm {
    let largest = LargestVm {
        opened_at: JANUARY,
        value: 0.2,
    };
    let fall = DrawdownVm {
        peak_at: JANUARY,
        peak: 200.0,
        trough_at: JANUARY + DAY_MS,
        trough: 100.0,
        recovered_at: None,
        depth: -0.5,
        days: 9,
        days_down: 1,
    };
    PriceVm {
        instrument: "BTC-USD".to_owned(),
        venue: HOSTILE.to_owned(),
        simulated: true,
        summary: HOSTILE.to_owned(),
        days: (0..days)
            .map(|n| day(JANUARY + n as i64 * DAY_MS, 100.0 + n as f64))
            .collect(),
        months: vec![period(JANUARY, 0.1), period(JANUARY + 31 * DAY_MS, -0.2)],
        weeks: Vec::new(),
        records: RecordsVm {
            highest_close: largest,
            lowest_close: largest,
            up_days: vec![largest],
            down_days: vec![largest],
            volume_days: vec![largest],
            deepest: vec![fall],
            longest: Some(fall),
        },
        profile: Some(ProfileVm {
            hours: 168,
            first_at: JANUARY,
            last_at: JANUARY + 7 * DAY_MS,
            cells: (0..168)
                .map(|n| ProfileCellVm {
                    weekday: n / 24,
                    hour: n % 24,
                    n: 1,
                    mean_return: Some(0.0),
                    volatility: None,
                    mean_abs_return: Some(0.001 * n as f64),
                    mean_volume: Some(1.0),
                    volume_share: 1.0 / 168.0,
                })
                .collect(),
        }),
        regimes: vec![RegimeShareVm {
            regime: Regime::Up,
            days: 3,
            share: 1.0,
            mean_next_return: Some(0.01),
        }],
    }
}

fn news() -> NewsVm {
    let point = |offset: i64| EventPointVm {
        offset,
        n: 12,
        mean: 0.001 * offset as f64,
        low: Some(-0.01),
        high: Some(0.01),
        volatility: 0.002,
        volatility_low: Some(0.001),
        volatility_high: Some(0.003),
    };
    NewsVm {
        verdict: HOSTILE.to_owned(),
        articles: 3,
        duplicates: 1,
        first_at: JANUARY,
        last_at: JANUARY + DAY_MS,
        date_only: 1,
        sentiment_used: HOSTILE.to_owned(),
        given_computed_correlation: None,
        days: vec![NewsDayVm {
            opened_at: JANUARY,
            articles: 3,
            duplicates: 1,
            sentiment_given: Some(0.1),
            sentiment_computed: None,
            positive: 1,
            neutral: 1,
            negative: 0,
        }],
        sources: vec![NewsSourceVm {
            source: HOSTILE.to_owned(),
            articles: 3,
            duplicate_share: 0.3,
            sentiment_given: Some(0.1),
            sentiment_computed: None,
        }],
        event_study: EventStudyVm {
            series: HOSTILE.to_owned(),
            rule: HOSTILE.to_owned(),
            verdict: HOSTILE.to_owned(),
            step_ms: HOUR_MS,
            groups: vec![EventGroupVm {
                name: HOSTILE.to_owned(),
                candidates: 20,
                events: 12,
                overlapping: 8,
                without_prices: 0,
                points: (-24..=24).map(point).collect(),
                after: Some(0.01),
                usual: Some(0.0),
                p: Some(0.01),
                p_corrected: Some(0.02),
            }],
        },
        lagged: LaggedVm {
            series: HOSTILE.to_owned(),
            verdict: HOSTILE.to_owned(),
            lags: vec![LagVm {
                lag_days: 0,
                n: 50,
                correlation: 0.4,
                p: 0.001,
                p_corrected: 0.01,
                significant: true,
                threshold: Some(0.3),
            }],
            correction: "Holm".to_owned(),
            alpha: 0.05,
        },
    }
}

fn empty() -> AnalysisVm {
    AnalysisVm {
        generated_at: JANUARY,
        program_version: "0.1.0".to_owned(),
        data_version: 7,
        verdict: Verdict {
            worst: None,
            unknown: true,
            word: "unknown".to_owned(),
            reason: "no data yet".to_owned(),
        },
        sources: Vec::new(),
        health: HealthVm {
            layers: Vec::new(),
            open_alerts: Vec::new(),
            open_alert_count: 0,
            checks: Vec::new(),
            check_counts: Vec::new(),
            landings: Vec::new(),
            quarantined: 0,
            quarantine_reasons: Vec::new(),
        },
        prices: Vec::new(),
        news: None,
        methods: Vec::new(),
    }
}

fn full() -> AnalysisVm {
    let mut vm = empty();
    vm.verdict.reason = HOSTILE.to_owned();
    vm.sources.push(SourceVm {
        instrument: "BTC-USD".to_owned(),
        venue: HOSTILE.to_owned(),
        simulated: true,
        live: false,
        step_ms: HOUR_MS,
        first_at: JANUARY,
        last_at: JANUARY + DAY_MS,
        rows: 24,
        completeness: Some(0.5),
        main: true,
    });
    vm.health.quarantined = 2;
    vm.health.quarantine_reasons.push(CountVm {
        name: HOSTILE.to_owned(),
        count: 2,
    });
    vm.health.check_counts.push(CountVm {
        name: "error".to_owned(),
        count: 1,
    });
    vm.health.checks.push(CheckEvidenceVm {
        check: CheckVm {
            check_id: "candle.ohlc".to_owned(),
            title: HOSTILE.to_owned(),
            layer: "silver".to_owned(),
            dimension: "validity".to_owned(),
            entity: HOSTILE.to_owned(),
            state: CheckState::Error,
            tested: 10,
            failed: 2,
            value: Some(0.2),
            threshold: HOSTILE.to_owned(),
            summary: HOSTILE.to_owned(),
            evaluated_at: JANUARY,
            since: JANUARY,
        },
        evidence: Evidence {
            columns: vec![HOSTILE.to_owned()],
            rows: vec![vec![HOSTILE.to_owned()]],
            ..Evidence::default()
        },
    });
    vm.prices = vec![price(300)];
    vm.news = Some(news());
    vm.methods = vec![MethodVm {
        title: HOSTILE.to_owned(),
        text: HOSTILE.to_owned(),
    }];
    vm
}

#[test]
fn every_word_from_outside_is_escaped() {
    let html = document(&full(), &Options::default());
    assert!(!html.contains("<script"), "no script");
    assert!(!html.contains("<img"), "no picture");
    assert!(html.matches("&lt;script").count() > 30);
    assert_eq!(html.matches("</style>").count(), 1);
    assert_eq!(
        html.matches("</title>").count(),
        1 + html.matches("<svg class=\"area\"").count()
    );
}

#[test]
fn errors_and_simulated_data_stand_on_top() {
    let html = document(&full(), &Options::default());
    let place = |text: &str| {
        html.find(text)
            .unwrap_or_else(|| panic!("{text} is missing"))
    };
    assert!(place("not real prices") < place("<h1>"));
    assert!(place("1 check found errors") < place("What the data are"));
    for id in [
        "summary", "sources", "health", "prices-1", "news", "checks", "methods", "numbers",
    ] {
        place(&format!("id=\"{id}\""));
    }
    for id in [
        "sources", "health", "prices-1", "news", "checks", "methods", "numbers",
    ] {
        place(&format!("href=\"#{id}\""));
    }
}

#[test]
fn without_data_the_report_says_so() {
    let html = document(&empty(), &Options::default());
    for words in [
        "There are no prices.",
        "No article was ever taken in",
        "No check has run yet",
        "No file was taken in.",
        "assay ingest FILE",
    ] {
        assert!(html.contains(words), "{words}");
    }
    assert!(!html.contains("NaN"));
}

#[test]
fn one_day_and_odd_numbers_make_no_nonsense() {
    let mut vm = full();
    vm.prices = vec![price(1), price(0)];
    vm.prices[0].days[0].close = f64::NAN;
    vm.prices[0].months[0].return_1 = f64::INFINITY;
    vm.prices[0].profile = None;
    let html = document(&vm, &Options::default());
    assert!(!html.contains("NaN") && !html.contains("inf "));
    assert!(html.contains("Only 1 day: too few for statistics"));
    assert!(html.contains("nothing is known of the hours within a day"));
    assert!(html.contains("There is no complete day"));
}

#[test]
fn only_a_server_links_to_its_pages() {
    let vm = empty();
    let file = document(&vm, &Options::default());
    assert!(!file.contains("href=\"/"));
    let page = document(
        &vm,
        &Options {
            theme: Some(Theme::Dark),
            links: true,
        },
    );
    assert!(page.contains("href=\"/\"") && page.contains("data-theme=\"dark\""));
}
