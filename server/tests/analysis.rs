//! The analysis tables are a function of silver and gold: whatever the order of arrival, and after a replay.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use crate::support;

use std::fmt::Write as _;

use server::pipeline::replay::replay;
use server::quality::rule::RuleBook;
use support::{Bench, MINUTE, MONDAY, Row, calm, csv_of};

const TABLES: [&str; 4] = ["gold_candle", "gold_day", "gold_period", "gold_profile"];
const DAY: i64 = 24 * 60 * MINUTE;

/// Forty days of minutes with a hole of five days.
fn rows() -> Vec<Row> {
    let mut rows = calm(7, MONDAY + 13 * 60 * MINUTE, 40 * 24 * 60);
    rows.retain(|row| !(MONDAY + 10 * DAY..MONDAY + 15 * DAY).contains(&row.at));
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn late_rows_end_where_one_file_ends() {
    let all = rows();
    let whole = Bench::new().await;
    whole.take("whole.csv", csv_of(&all)).await;
    let expected = whole.digests_of(&TABLES).await;

    // a few hours of one day, single rows all over, the days after the hole, and the last days come late
    let late = |row: &Row| -> usize {
        let day = (row.at - MONDAY) / DAY;
        let minute = (row.at / MINUTE) % 1440;
        match day {
            4 if (300..700).contains(&minute) => 1,
            15..=17 => 3,
            38.. => 4,
            _ if row.at / MINUTE % 997 == 0 => 2,
            _ => 0,
        }
    };
    for order in [[0, 1, 2, 3, 4], [0, 4, 3, 2, 1], [3, 0, 4, 1, 2]] {
        let bench = Bench::new().await;
        for part in order {
            let rows: Vec<Row> = all
                .iter()
                .filter(|row| late(row) == part)
                .copied()
                .collect();
            assert!(!rows.is_empty());
            let report = bench.take(&format!("{part}.csv"), csv_of(&rows)).await;
            assert_eq!(report.state, "done", "{report:?}");
        }
        assert_eq!(bench.digests_of(&TABLES).await, expected, "{order:?}");
        replay(&bench.engine, None).await.unwrap();
        assert_eq!(bench.digests_of(&TABLES).await, expected, "replayed");
    }
}

/// Start, close, return, peak, drawdown, expected and observed candles.
type Day = (i64, f64, Option<f64>, f64, f64, i64, i64);

#[tokio::test(flavor = "multi_thread")]
async fn days_and_profile_agree_with_plain_arithmetic() {
    let bench = Bench::new().await;
    let all = rows();
    bench.take("whole.csv", csv_of(&all)).await;
    let days: Vec<Day> = bench
        .rows("select opened_at, close, return_1, peak, drawdown, expected, observed from gold_day order by opened_at")
        .await;
    let by_day: Vec<&[Row]> = all.chunk_by(|a, b| a.at / DAY == b.at / DAY).collect();
    assert_eq!(days.len(), by_day.len());
    let mut peak = 0.0_f64;
    let mut before: Option<f64> = None;
    for (index, (day, rows)) in days.iter().zip(&by_day).enumerate() {
        let close = rows[rows.len() - 1].close;
        peak = peak.max(close);
        assert_eq!((day.0, day.1), (rows[0].at / DAY * DAY, close));
        assert_eq!(day.2, before.map(|before| close / before - 1.0));
        assert_eq!((day.3, day.4), (peak, close / peak - 1.0));
        // the series begins at 13:00 and ends at 13:00
        let expected = if index == 0 {
            11 * 60
        } else if index + 1 == days.len() {
            13 * 60
        } else {
            1440
        };
        assert_eq!((day.5, day.6), (expected, rows.len() as i64));
        before = Some(close);
    }
    // a day in the middle: returns between closes, but each 5 minutes begin with their own open
    let (at, volatility): (i64, f64) = bench
        .row("select opened_at, realised_volatility from gold_day order by opened_at limit 1 offset 5")
        .await;
    let day: Vec<&Row> = all.iter().filter(|row| row.at / DAY * DAY == at).collect();
    let mut variance = 0.0;
    for (index, row) in day.iter().enumerate() {
        let base = if row.at / MINUTE % 5 == 0 {
            row.open
        } else {
            day[index - 1].close
        };
        variance += (row.close / base).ln().powi(2);
    }
    assert!(
        (volatility / variance.sqrt() - 1.0).abs() < 1e-9,
        "{volatility} {variance}"
    );
    let january: (i64, i64, i64, f64) = bench
        .row("select days, expected, observed, completeness from gold_period where period = 'month' order by opened_at limit 1")
        .await;
    let expected = 31 * 1440 - 13 * 60;
    let observed = expected - 5 * 1440;
    assert_eq!(
        january,
        (26, expected, observed, observed as f64 / expected as f64)
    );

    // Tuesday 05:00: from the closes of the hours
    let hours: Vec<(i64, f64, f64)> = all
        .chunk_by(|a, b| a.at / (60 * MINUTE) == b.at / (60 * MINUTE))
        .map(|rows| {
            (
                rows[0].at / (60 * MINUTE),
                rows[rows.len() - 1].close,
                rows.iter().map(|row| row.volume).sum(),
            )
        })
        .collect();
    let returns: Vec<f64> = hours
        .windows(2)
        .filter(|pair| {
            let monday = MONDAY / (60 * MINUTE);
            pair[1].0 - pair[0].0 == 1 && (pair[1].0 - monday) % 168 == 24 + 5
        })
        .map(|pair| pair[1].1 / pair[0].1 - 1.0)
        .collect();
    let cell: (i64, i64, f64, f64, f64) = bench
        .row("select cast(sum(hours) as integer), cast(sum(n) as integer), sum(sum_return), sum(sum_square), sum(volume)
              from gold_profile where weekday = 1 and hour = 5")
        .await;
    assert_eq!((cell.0, cell.1), (6, returns.len() as i64));
    assert!((cell.2 - returns.iter().sum::<f64>()).abs() < 1e-12);
    assert!((cell.3 - returns.iter().map(|r| r * r).sum::<f64>()).abs() < 1e-15);
    let volume: (f64,) = bench.row("select sum(volume) from gold_profile").await;
    let expected: f64 = all.iter().map(|row| row.volume).sum();
    assert!((volume.0 - expected).abs() < 1e-6 * expected);
}

fn article(at: &str, polarity: &str, source: &str, title: &str) -> String {
    format!(
        "{at};{{'class': 'neutral', 'polarity': {polarity}, 'subjectivity': 0.1}};{source};bitcoin;Some text.;{title};https://{source}.example/{}",
        title.replace(' ', "-")
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn news_days_do_not_depend_on_the_order_of_files() {
    let header = "date;sentiment;source;subject;text;title;url\n";
    let file = |lines: &[String]| {
        lines.iter().fold(header.to_owned(), |mut text, line| {
            writeln!(text, "{line}").unwrap();
            text
        })
    };
    let early = file(&[
        article(
            "13-1-2022 10:00",
            "0.1",
            "wire-a",
            "Prices rise a great deal",
        ),
        article("13-1-2022 11:00", "0.7", "wire-a", "Prices rise again"),
        article("14-1-2022 11:00", "-0.3", "wire-b", "A terrible loss"),
    ]);
    let later = file(&[
        article(
            "14-1-2022 12:00",
            "0.3",
            "wire-b",
            "Prices rise a great deal",
        ),
        article("25-1-2022 12:00", "0.2", "wire-c", "A terrible loss"),
        article("25-1-2022 13:00", "0.2", "wire-c", "Nothing happens"),
    ]);
    let tables = ["silver_article", "gold_news_day"];
    let mut digests = Vec::new();
    for order in [[&early, &later], [&later, &early]] {
        let bench = Bench::new().await;
        for (index, text) in order.into_iter().enumerate() {
            bench.take(&format!("news-{index}.csv"), text).await;
        }
        digests.push(bench.digests_of(&tables).await);
        let days: Vec<(i64, i64, i64)> = bench
            .rows(
                "select cast(sum(articles) as integer), cast(sum(duplicates) as integer), cast(sum(computed_count) as integer)
                 from gold_news_day group by opened_at order by opened_at",
            )
            .await;
        assert_eq!(days, [(2, 0, 2), (2, 1, 1), (2, 1, 1)]);
        replay(&bench.engine, None).await.unwrap();
        digests.push(bench.digests_of(&tables).await);
    }
    assert!(digests.iter().all(|digest| *digest == digests[0]));
}

/// Hours of prices that jump after good news, and news with a sentiment that says so.
#[tokio::test(flavor = "multi_thread")]
async fn the_report_holds_what_the_store_holds() {
    let bench = Bench::new().await;
    let all = calm(11, MONDAY, 60 * 24 * 60);
    bench.take("prices.csv", csv_of(&all)).await;
    let mut text = "date;sentiment;source;subject;text;title;url\n".to_owned();
    for day in 1..60_i64 {
        for hour in 0..4_i64 {
            let at = MONDAY + day * DAY + hour * 300 * MINUTE;
            let stamp = app::model::format_utc_short(at);
            let polarity = (day * 7 + hour * 3) % 11;
            for twin in 0..2 {
                writeln!(
                    text,
                    "{stamp};{{'class': 'neutral', 'polarity': {}, 'subjectivity': 0.1}};wire-{twin};bitcoin;Text.;Title {day} {hour} {twin};https://w.example/{day}/{hour}/{twin}",
                    (polarity - 5) as f64 / 5.0
                )
                .unwrap();
            }
        }
    }
    bench.take("news.csv", text).await;
    let store = &bench.engine.store;
    let vm = server::backend::analysis::analysis(store, RuleBook::shipped(), support::NOW)
        .await
        .unwrap();
    assert_eq!(vm.sources.len(), 1);
    assert!(vm.sources[0].main && vm.sources[0].rows == all.len() as i64);
    assert_eq!(vm.sources[0].completeness, Some(1.0));
    let price = &vm.prices[0];
    assert_eq!((price.days.len(), price.months.len()), (60, 3));
    let profile = price.profile.as_ref().unwrap();
    assert_eq!((profile.cells.len(), profile.hours), (168, 60 * 24));
    let share: f64 = profile.cells.iter().map(|cell| cell.volume_share).sum();
    assert!((share - 1.0).abs() < 1e-9);
    assert_eq!(
        price.regimes.iter().map(|regime| regime.days).sum::<i64>(),
        60
    );
    assert!(price.summary.contains("2018-01-01"), "{}", price.summary);
    let news = vm.news.as_ref().unwrap();
    assert_eq!((news.articles, news.days.len()), (59 * 8, 59));
    let study = &news.event_study;
    assert_eq!(
        (study.series.as_str(), study.step_ms),
        ("BTC-USD at bitfinex", 60 * MINUTE)
    );
    assert_eq!(study.groups.len(), 2);
    for group in &study.groups {
        assert!(group.events > 0, "{group:?}");
        assert_eq!(
            group.candidates,
            group.events + group.overlapping + group.without_prices
        );
        assert_eq!(group.points.len(), 49);
        let base = &group.points[23];
        assert_eq!((base.offset, base.mean), (-1, 0.0));
        assert!(
            group
                .points
                .iter()
                .all(|point| point.low <= Some(point.mean))
        );
    }
    assert_eq!(news.lagged.lags.len(), 11);
    assert!(news.lagged.lags.iter().all(|lag| lag.p_corrected >= lag.p));
    assert_eq!(vm.health.landings.len(), 2);
    for landing in &vm.health.landings {
        assert!(!landing.verdict_word.is_empty());
        assert!(!landing.profile.as_ref().unwrap().distributions.is_empty());
    }
    assert!(vm.methods.len() > 5);
    let text = serde_json::to_string(&vm).unwrap();
    let read: app::model::analysis::AnalysisVm = serde_json::from_str(&text).unwrap();
    assert_eq!((read.sources, read.methods), (vm.sources, vm.methods));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_store_has_a_report_too() {
    let bench = Bench::new().await;
    let vm =
        server::backend::analysis::analysis(&bench.engine.store, RuleBook::shipped(), support::NOW)
            .await
            .unwrap();
    assert!(vm.sources.is_empty() && vm.prices.is_empty() && vm.news.is_none());
    assert!(vm.verdict.unknown);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_compared_with_the_one_before_and_judged() {
    let bench = Bench::new().await;
    let rows = calm(5, MONDAY, 4 * 24 * 60);
    let (first, second) = rows.split_at(2 * 24 * 60);
    bench.take("first.csv", csv_of(first)).await;
    let other = csv_of(second).replace(',', ";").replace("volume", "vol");
    bench.take("second.csv", other).await;
    let (state, _, summary) = bench.check("candle.schema_drift", "first.csv").await;
    assert_eq!(state, "not_evaluated", "{summary}");
    let (state, _, summary) = bench.check("candle.schema_drift", "second.csv").await;
    assert_eq!(
        (state.as_str(), summary.as_str()),
        ("warn", "separator and columns differ from first.csv")
    );
    let (state, _, summary) = bench.check("candle.drift", "second.csv").await;
    assert_eq!(state, "pass", "{summary}");
    let (state, _, summary) = bench.check("dataset.completeness", "second.csv").await;
    assert_eq!(
        (state.as_str(), summary.as_str()),
        (
            "pass",
            "100.00 % of the candles of 1 months are there; 0 months have too few"
        )
    );
    let verdicts: Vec<(String, String)> = bench
        .rows("select verdict, reason from dataset_profile order by landing_id")
        .await;
    assert_eq!(verdicts[0].0, "trusted", "{verdicts:?}");
    assert_eq!(verdicts[1].0, "trusted with caution", "{verdicts:?}");
    assert!(
        verdicts[1].1.contains("candle.schema_drift"),
        "{verdicts:?}"
    );
}

/// The file below `../shared/data`; says so where it is absent.
fn shared(name: &str) -> Option<std::path::PathBuf> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let found = ["shared/data", "../shared/data"]
        .into_iter()
        .map(|folder| root.join(folder).join(name))
        .find(|path| path.exists());
    if found.is_none() {
        println!("skipped: no shared data");
    }
    found
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * b.abs()
}

/// Constants computed once with pandas 3 from the same file.
#[tokio::test(flavor = "multi_thread")]
async fn real_days_agree_with_pandas() {
    let (Some(prices), Some(news)) = (
        shared("prices/bitstamp-btcusd-1d-2011-2025.csv"),
        shared("news/cryptonews-2021-2022.csv.gz"),
    ) else {
        return;
    };
    let bench = Bench::new().await;
    let report = bench.ingest(&prices, "bitstamp").await;
    println!("{report:?}");
    bench.ingest(&news, "news").await;
    let vm =
        server::backend::analysis::analysis(&bench.engine.store, RuleBook::shipped(), support::NOW)
            .await
            .unwrap();
    let news = vm.news.as_ref().unwrap();
    println!("{}\n{}", vm.prices[0].summary, news.verdict);
    println!(
        "{:?} {:?}",
        news.given_computed_correlation, news.lagged.lags
    );
    for group in &news.event_study.groups {
        println!(
            "{} {} {} {:?} {:?} {:?}",
            group.name, group.candidates, group.events, group.after, group.p, group.p_corrected
        );
    }
    for landing in &vm.health.landings {
        println!("{}: {}", landing.verdict_word, landing.verdict_reason);
    }
    let price = &vm.prices[0];
    let regimes: Vec<i64> = price.regimes.iter().map(|regime| regime.days).collect();
    assert_eq!(regimes, [3011, 533, 1409, 199]);
    let deepest = &price.records.deepest[0];
    assert!(near(deepest.depth, -0.848_579_076_156_571));
    assert_eq!(
        app::model::format_utc_short(deepest.trough_at),
        "2015-01-14 00:00"
    );
    assert!(near(
        price.records.up_days[0].value,
        0.561_338_289_962_825_4
    ));
    assert!(near(
        price.records.down_days[0].value,
        -0.485_185_185_185_185_16
    ));
    assert!(near(price.records.highest_close.value, 123_365.63));
    let month = |name: &str| {
        *price
            .months
            .iter()
            .find(|month| app::model::format_utc(month.opened_at).starts_with(name))
            .unwrap()
    };
    assert!(near(month("2017-12").return_1, 0.399_891_951_933_757_4));
    assert!(near(month("2018-01").return_1, -0.271_449_521_139_886_85));
    assert!(near(
        month("2018-01").volatility.unwrap(),
        1.184_228_072_615_335
    ));
    assert!(near(
        price.days[price.days.len() - 1].volatility_20.unwrap(),
        0.194_809_220_431_766_74
    ));
    assert!(price.profile.is_none());
    assert_eq!(news.event_study.step_ms, DAY);
    assert!(!news.verdict.is_empty());
}
