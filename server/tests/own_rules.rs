//! Rules of one's own over candles: whatever they do with a row, none is lost, and the order of the rows does not matter.
//! Those over rows of a stream fire, show the rows, and end; an article is judged alike in a feed and in a file.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use std::sync::Arc;

use rand::seq::SliceRandom;
use server::{
    pipeline::{
        alerting::tick,
        backtest::trial::try_rule,
        live::{
            extra::Kind,
            stream::{LineKind, RunningSink},
        },
        quarantine::{Action, act},
        replay::replay,
        rules::again,
    },
    quality::rule::{Rule, RuleBook, file::parse},
    store::quarantine::QuarantineFilter,
};

use crate::{
    extras::{DATE, Site, poller, rss},
    streams::{self, Connection, T0, depth, quote, snapshot},
    support::{Bench, MONDAY, Row, calm, csv_of, rng, wild},
};

/// One rule of each kind that looks at one candle, at the candle before, and at many before; none of them shipped.
const KINDS: [(&str, &str); 3] = [
    (
        "candle.even",
        "rule = \"row\"\nexpr = \"round(close) % 7 != 0\"\nseverity = \"error\"",
    ),
    (
        "candle.later",
        "rule = \"row\"\nexpr = \"round(close) % 7 != 0 or is_null(prev.close)\"\nseverity = \"warn\"",
    ),
    (
        "candle.wide",
        "rule = \"robust_z\"\nvalue = \"ln(high / low)\"\nwindow = 30\nmin = 10\nscale_floor = 0.0005\nwarn = 20",
    ),
];

async fn bench_with(id: &str, rule: &str, action: &str) -> Bench {
    let bench = Bench::new().await;
    let name = id.strip_prefix("candle.").unwrap();
    let text = format!(
        "dataset = \"candle\"\nlayer = \"silver\"\n[check.{name}]\ntitle = \"own\"\ndimension = \"validity\"\n\
         action = \"{action}\"\n{rule}\n"
    );
    let mut rules: Vec<Rule> = RuleBook::shipped().iter().cloned().collect();
    rules.extend(parse("candle.toml", &text).unwrap());
    let book = Arc::new(RuleBook::new(rules));
    bench.engine.hub.rules().replace(book);
    bench
}

/// What a file of these rows leads to: digests of silver and quarantine, rows set apart by the rule, rows with a finding,
/// and the rule's result.
async fn taken(
    (id, rule, action): (&str, &str, &str),
    rows: &[Row],
) -> (Vec<server::store::TableDigest>, i64, i64, (String, i64)) {
    let bench = bench_with(id, rule, action).await;
    let report = bench.take("own.csv", csv_of(rows)).await;
    assert_eq!(report.rows, rows.len() as i64);
    assert_eq!(
        report.rows,
        report.accepted + report.deduplicated + report.quarantined
    );
    bench.assert_books_balance().await;
    let apart = format!("select count(*) from quarantine where rules like '%{id}%'");
    let (state, failed, _) = bench.check(id, "own.csv").await;
    (
        bench.digests_of(&["silver_candle", "gold_candle"]).await,
        bench.number(&apart).await,
        report.flagged,
        (state, failed),
    )
}

#[tokio::test]
async fn no_action_loses_a_row_and_no_order_changes_a_verdict() {
    let rows = wild(3, MONDAY, 1_500);
    let mut shuffled = rows.clone();
    shuffled.shuffle(&mut rng(3));
    for (id, rule) in KINDS {
        let mut found = Vec::new();
        for action in ["log", "flag", "quarantine", "block"] {
            let sorted = taken((id, rule, action), &rows).await;
            let other = taken((id, rule, action), &shuffled).await;
            assert_eq!(sorted, other, "{id} with {action}");
            let (_, apart, flagged, (state, failed)) = sorted;
            assert_ne!(state, "pass", "{id} with {action}");
            match action {
                "log" | "flag" => assert_eq!(apart, 0, "{id} with {action}"),
                _ => assert_eq!(apart, failed, "{id} with {action}"),
            }
            found.push((flagged, failed));
        }
        let [logged, flagged, apart, blocked] = found[..] else {
            panic!("four actions");
        };
        // so wide a candle is marked by a shipped rule too
        let known = id == "candle.wide";
        assert!(known || flagged.0 > logged.0, "{id}: {found:?}");
        assert_eq!(logged.1, flagged.1, "{id}");
        assert_eq!(apart, blocked, "{id}");
    }
}

#[tokio::test]
async fn a_row_set_apart_says_why_and_gold_is_without_it() {
    let (id, rule) = KINDS[0];
    let bench = bench_with(id, rule, "quarantine").await;
    let report = bench.take("own.csv", csv_of(&calm(1, MONDAY, 300))).await;
    let (rules, reason): (String, String) = bench
        .row("select rules, reason from quarantine order by line_no limit 1")
        .await;
    assert!(rules.contains("candle.even"), "{rules}");
    assert!(reason.starts_with("broken: own; close "), "{reason}");
    let gold = bench
        .number("select sum(observed) from gold_candle where step_ms = 3600000")
        .await;
    assert_eq!(gold, report.accepted);
    assert!(report.quarantined > 0);
}

/// Rules over trades, quotes and books of a stream.
const OF_STREAMS: [(&str, &str); 3] = [
    (
        "trade",
        "[check.steady]\ntitle = \"a trade is near the one before\"\nwithin = \"1m\"\n\
         expr = \"abs(price / prev.price - 1) < 0.05\"",
    ),
    (
        "quote",
        "[check.narrow]\ntitle = \"the spread is narrow\"\nwithin = \"1m\"\nexpr = \"ask - bid <= 1\"",
    ),
    (
        "book",
        "[check.deep]\ntitle = \"there are offers\"\nwithin = \"1m\"\nexpr = \"ask_depth_10bps > 1\"",
    ),
];

/// Writes the rules into the folder and has them read.
async fn rules_into(bench: &Bench, folder: &std::path::Path) {
    for (dataset, rule) in OF_STREAMS {
        let text = format!(
            "dataset = \"{dataset}\"\n\n{rule}\ndimension = \"accuracy\"\nrule = \"row\"\nseverity = \"error\"\n"
        );
        std::fs::write(folder.join(format!("{dataset}.toml")), text).unwrap();
    }
    again(&bench.engine, folder).await.unwrap();
}

async fn flush(bench: &Bench, sink: &RunningSink, at: i64) {
    bench.engine.clock.set(at);
    sink.sink().flush().await.unwrap();
}

/// State, rows tested and rows that break it.
async fn of_stream(bench: &Bench, id: &str) -> (String, i64, i64) {
    bench
        .row(&format!(
            "select state, tested, failed from check_latest where check_id = '{id}'"
        ))
        .await
}

async fn open(bench: &Bench) -> Vec<String> {
    bench
        .texts("select check_id from alert where state <> 'resolved' order by check_id")
        .await
}

#[tokio::test]
async fn a_rule_over_trades_fires_with_the_trades_ends_with_good_ones_and_with_the_rule() {
    let bench = streams::bench().await;
    let folder = tempfile::tempdir().unwrap();
    rules_into(&bench, folder.path()).await;
    let sink = streams::start(&bench.engine);
    let mut connection = Connection::open(&sink.sink(), 1);
    connection.trade(1, T0, 100.0, 1.0);
    connection.hand_over().await;
    flush(&bench, &sink, T0 + 500).await;
    let state = async |id| of_stream(&bench, id).await;
    assert_eq!(
        state("trade.steady").await,
        ("not_evaluated".to_owned(), 0, 0),
        "there is no trade before it"
    );
    for id in 2..=10 {
        connection.trade(id, T0 + 500 + id, 100.0, 1.0);
    }
    connection.hand_over().await;
    flush(&bench, &sink, T0 + 1_000).await;
    assert_eq!(state("trade.steady").await, ("pass".to_owned(), 9, 0));
    assert_eq!(open(&bench).await, [] as [&str; 0]);

    connection.trade(11, T0 + 2_000, 200.0, 1.0);
    connection.trade(12, T0 + 2_001, 201.0, 1.0);
    connection.hand_over().await;
    flush(&bench, &sink, T0 + 3_000).await;
    assert_eq!(state("trade.steady").await, ("error".to_owned(), 11, 1));
    assert_eq!(open(&bench).await, ["trade.steady"]);
    let evidence = bench
        .texts("select r.evidence from check_result r join check_latest l on l.result_id = r.id where l.check_id = 'trade.steady'")
        .await;
    let evidence: app::model::Evidence = serde_json::from_str(&evidence[0]).unwrap();
    assert_eq!(
        evidence.columns,
        ["trade_id", "traded_at", "price", "price before"]
    );
    assert_eq!(evidence.rows.len(), 1);
    assert_eq!(evidence.rows[0][0], "11");
    assert_eq!(evidence.rows[0][2..], ["200", "100"]);

    connection.trade(13, T0 + 90_000, 201.0, 1.0);
    connection.hand_over().await;
    flush(&bench, &sink, T0 + 90_000).await;
    assert_eq!(state("trade.steady").await, ("pass".to_owned(), 1, 0));
    assert_eq!(open(&bench).await, [] as [&str; 0]);

    connection.trade(14, T0 + 91_000, 100.0, 1.0);
    connection.hand_over().await;
    flush(&bench, &sink, T0 + 92_000).await;
    assert_eq!(open(&bench).await, ["trade.steady"]);
    std::fs::remove_file(folder.path().join("trade.toml")).unwrap();
    again(&bench.engine, folder.path()).await.unwrap();
    tick(&bench.engine).await.unwrap();
    assert_eq!(open(&bench).await, [] as [&str; 0]);
    connection.trade(15, T0 + 93_000, 200.0, 1.0);
    connection.hand_over().await;
    flush(&bench, &sink, T0 + 94_000).await;
    assert_eq!(open(&bench).await, [] as [&str; 0], "nothing judges it now");
    sink.close().await;
    streams::assert_balanced(&bench).await;
}

#[tokio::test]
async fn quotes_and_books_of_a_stream_are_judged_by_rules_of_ones_own() {
    let bench = streams::bench().await;
    let folder = tempfile::tempdir().unwrap();
    rules_into(&bench, folder.path()).await;
    let sink = streams::start(&bench.engine);
    let mut connection = Connection::open(&sink.sink(), 1);
    // the venue's quotes have no last price of their own: a trade comes first
    connection.trade(1, T0, 100.0, 1.0);
    connection.frame(T0, quote(100.0, 101.0));
    connection.frame(T0, depth(T0, 11, 11, 100.0));
    connection.line(LineKind::Answer, T0, snapshot(10, 100.0));
    connection.frame(T0, depth(T0, 12, 12, 100.0));
    connection.hand_over().await;
    flush(&bench, &sink, T0 + 500).await;
    let narrow = of_stream(&bench, "quote.narrow").await;
    assert_eq!((&*narrow.0, narrow.2), ("pass", 0), "{narrow:?}");
    assert!(narrow.1 > 0, "{narrow:?}");
    let deep = of_stream(&bench, "book.deep").await;
    assert_eq!((&*deep.0, deep.2), ("error", 1), "all offers are far away");

    connection.frame(T0 + 1_000, quote(100.0, 102.0));
    connection.frame(T0 + 2_000, quote(100.0, 100.5));
    connection.hand_over().await;
    flush(&bench, &sink, T0 + 3_000).await;
    assert_eq!(of_stream(&bench, "quote.narrow").await.0, "error");
    assert_eq!(open(&bench).await, ["book.deep", "quote.narrow"]);
    sink.close().await;
}

#[tokio::test]
async fn a_rule_over_trades_is_tried_on_those_that_are_stored() {
    let bench = streams::bench().await;
    bench.take("prices.csv", csv_of(&calm(1, MONDAY, 30))).await;
    let (_, rule) = OF_STREAMS[0];
    let text = format!(
        "dataset = \"trade\"\n\n{rule}\ndimension = \"accuracy\"\nrule = \"row\"\nseverity = \"error\"\n"
    );
    let tried = async || try_rule(&bench.engine, &text, 7).await.unwrap();
    assert_eq!(tried().await.error, "there are no trades to try it on");

    let sink = streams::start(&bench.engine);
    let mut connection = Connection::open(&sink.sink(), 1);
    connection.frame(
        T0,
        streams::candle(T0 - streams::MINUTE, [100.0; 4], 1.0, true),
    );
    for id in 0..600 {
        // two jumps there and back, minutes apart
        let price = if id == 100 || id == 400 { 200.0 } else { 100.0 };
        connection.trade(id, T0 + id * 1_000, price, 1.0);
    }
    connection.hand_over().await;
    flush(&bench, &sink, T0 + 600_000).await;
    sink.close().await;
    let trial = tried().await;
    assert_eq!((&*trial.id, &*trial.error), ("trade.steady", ""));
    assert_eq!(trial.range, Some((T0, T0 + 599_000)));
    let times: Vec<i64> = trial.findings.iter().map(|finding| finding.0).collect();
    assert_eq!(times, [100, 101, 400, 401].map(|id| T0 + id * 1_000));
    assert!(
        trial.findings[0].3.contains("price 200, price before 100"),
        "{:?}",
        trial.findings[0]
    );
    assert_eq!(trial.record.alerts, 2);
    assert!(bench.engine.hub.rules().now().get("trade.steady").is_none());
}

/// Puts rules over articles in force.
fn own_rules(bench: &Bench, rules: &str) {
    let mut all: Vec<Rule> = RuleBook::shipped().iter().cloned().collect();
    all.extend(parse("article.toml", &format!("dataset = \"article\"\n{rules}")).unwrap());
    bench
        .engine
        .hub
        .rules()
        .replace(Arc::new(RuleBook::new(all)));
}

/// State, articles tested and those that break a rule, of a feed and of a file.
async fn both(bench: &Bench, id: &str) -> [(String, i64, i64); 2] {
    let of = async |pipeline: &str| {
        let sql = format!(
            "select state, tested, failed from check_latest where check_id = '{id}' and pipeline = '{pipeline}'"
        );
        bench.row(&sql).await
    };
    [of("live").await, of("batch").await]
}

#[tokio::test]
async fn an_article_breaks_the_same_rules_of_ones_own_in_a_feed_and_in_a_file() {
    let bench = Bench::new().await;
    own_rules(
        &bench,
        "[check.headline]\ntitle = \"t\"\ndimension = \"validity\"\nrule = \"row\"\nseverity = \"error\"\n\
         expr = \"title_chars > 12\"\naction = \"flag\"\n\
         [check.text]\ntitle = \"has a text\"\ndimension = \"validity\"\nrule = \"row\"\nseverity = \"warn\"\n\
         expr = \"summary_chars > 0 and not is_date_only\"\naction = \"quarantine\"\n",
    );
    let articles = [
        ("Bitcoin is up again", "https://a.com/1", "Some text"),
        ("Short", "https://a.com/2", "Some text"),
        ("Bitcoin is as it was", "https://a.com/3", ""),
        ("Kurz", "https://a.com/4", ""),
    ];
    let site = Site::default();
    let mut poller = poller(&bench, &site, Kind::Feed).await;
    let items = articles.map(|(title, link, text)| {
        format!(
            "<item><title>{title}</title><link>{link}</link>{DATE}<description>{text}</description></item>"
        )
    });
    site.says(200, rss(&items));
    poller.round().await.unwrap();
    let lines = articles.map(|(title, link, text)| {
        format!("2026-09-21 08:00:00,{title},{text},{link},127.0.0.1,bitcoin,\n")
    });
    let header = "date,title,text,url,source,subject,sentiment\n";
    let report = bench
        .take("news.csv", format!("{header}{}", lines.concat()))
        .await;
    assert_eq!((report.rows, report.quarantined, report.flagged), (4, 2, 1));
    let headline = ("error".to_owned(), 2, 1);
    assert_eq!(
        both(&bench, "article.headline").await,
        [&headline; 2].map(Clone::clone)
    );
    let text = ("warn".to_owned(), 4, 2);
    assert_eq!(
        both(&bench, "article.text").await,
        [&text; 2].map(Clone::clone)
    );
    let apart: Vec<(String, String)> = bench
        .rows("select rules, reason from quarantine order by id")
        .await;
    assert_eq!(apart.len(), 4, "two of the feed, two of the file");
    for (rules, reason) in &apart {
        assert_eq!(rules, "[\"article.text\"]");
        assert_eq!(
            reason,
            "broken: has a text; summary_chars 0, is_date_only 0"
        );
    }
    let titles = bench
        .texts("select distinct title from silver_article order by title")
        .await;
    assert_eq!(titles, ["Bitcoin is up again", "Short"]);
    bench.assert_books_balance().await;

    let before = bench.digests().await;
    replay(&bench.engine, None).await.unwrap();
    assert_eq!(bench.digests().await, before);

    // the rule is milder now: what it set apart in the file can be read again
    let filter = QuarantineFilter {
        state: Some("open"),
        limit: 10,
        ..QuarantineFilter::default()
    };
    let again = async || {
        let report = act(&bench.engine, &filter, Action::Retry, "me", None).await;
        report.unwrap().accepted
    };
    assert_eq!(again().await, 0, "they break it still");
    own_rules(&bench, "");
    assert_eq!(again().await, 2);
    let counts: (i64, i64, i64, i64) = bench
        .row("select rows, accepted, deduplicated, quarantined from bronze_landing where pipeline = 'batch'")
        .await;
    assert_eq!(counts, (4, 2, 2, 0), "two were known from the feed");
}
