//! Several ingests at once, in one process and in several, while the live pipeline runs.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use crate::command;
use crate::exchange;
use crate::support;

use std::process::Stdio;

use app::model::MINUTE_MS;
use command::Assay;
use exchange::{config, exchange, hours_before};
use futures::future::join_all;
use server::pipeline::{
    backfill::backfill,
    batch::{IngestOptions, ingest_file},
    live::{Poller, Source},
};
use server::{
    simulator::SYMBOL,
    source::venue::{Place, open},
};
use support::{Bench, DATA, MONDAY, calm, csv_of, wild};

const VENUES: [&str; 4] = ["bitfinex", "bitstamp", "kraken", "coinbase"];

fn file_of(place: usize) -> String {
    csv_of(&wild(
        80 + place as u64,
        MONDAY + place as i64 * MINUTE_MS,
        12_000,
    ))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn files_a_backfill_and_polls_at_once_end_as_one_after_the_other() {
    let bench = Bench::new().await;
    bench.engine.clock.set(exchange::NOW);
    let exchange = exchange(&bench.engine.clock).await;
    let config = config(&exchange);
    let place = Place {
        rest: exchange.base_url(),
        stream: String::new(),
        symbol: SYMBOL.to_owned(),
    };
    let source = Source {
        name: "simulator".to_owned(),
        instrument: "BTC-USDT".to_owned(),
        symbol: SYMBOL.to_owned(),
        client: open("simulator", &place).unwrap(),
        channels: Vec::new(),
        interval_ms: 1_000,
        slow_ms: 1_000,
        simulated: true,
    };
    let mut poller = Poller::new(bench.engine.clone(), source).unwrap();
    for (place, venue) in VENUES.into_iter().enumerate() {
        std::fs::write(bench.path(&format!("{venue}.csv")), file_of(place)).unwrap();
    }
    let files = VENUES.map(|venue| {
        let (engine, path) = (bench.engine.clone(), bench.path(&format!("{venue}.csv")));
        tokio::spawn(async move {
            let options = IngestOptions {
                venue: Some(venue.to_owned()),
                ..IngestOptions::default()
            };
            ingest_file(&engine, &path, &options, None).await.unwrap()
        })
    });
    let polls = tokio::spawn(async move {
        for _ in 0..5 {
            poller.round().await;
        }
        poller
    });
    let wanted = hours_before(exchange::NOW - 2_000 * MINUTE_MS, 40);
    let (reports, history, _) = tokio::join!(
        join_all(files),
        backfill(&bench.engine, &config, &wanted, None),
        polls
    );
    for report in reports {
        let report = report.unwrap();
        assert_eq!(report.state, "done", "{report:?}");
    }
    let history = history.unwrap();
    assert_eq!(
        (history.state, history.accepted),
        ("done", 2_401),
        "{history:?}"
    );
    bench.assert_books_balance().await;
    let books = bench.number("select count(*) from silver_book").await;
    assert!(books >= 1, "the live pipeline was heard: {books}");

    // one after the other
    let calmly = Bench::new().await;
    for (place, venue) in VENUES.into_iter().enumerate() {
        let path = calmly.path(&format!("{venue}.csv"));
        std::fs::write(&path, file_of(place)).unwrap();
        calmly.ingest(&path, venue).await;
    }
    let sql = "select v.name || ' ' || count(*) || ' ' || sum(close) || ' ' || sum(flags)
        from silver_candle s join venue v on v.id = s.venue_id where v.name <> 'simulator' group by v.name order by 1";
    assert_eq!(bench.texts(sql).await, calmly.texts(sql).await);
    let sql = "select v.name || ' ' || g.step_ms || ' ' || count(*) || ' ' || sum(close) || ' ' || total(volatility_20)
        from gold_candle g join venue v on v.id = g.venue_id where v.name <> 'simulator' group by v.name, g.step_ms order by 1";
    assert_eq!(bench.texts(sql).await, calmly.texts(sql).await);
    let digests = bench.digests_of(&DATA).await;
    server::pipeline::replay::replay(&bench.engine, None)
        .await
        .unwrap();
    assert_eq!(bench.digests_of(&DATA).await, digests);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_file_twice_at_once_lands_once() {
    let bench = Bench::new().await;
    let file = bench.path("a.csv");
    std::fs::write(&file, csv_of(&calm(85, MONDAY, 5_000))).unwrap();
    let ingests = (0..3).map(|_| {
        let (engine, file) = (bench.engine.clone(), file.clone());
        tokio::spawn(async move {
            let options = IngestOptions::default();
            ingest_file(&engine, &file, &options, None)
                .await
                .unwrap()
                .state
        })
    });
    let mut states: Vec<_> = join_all(ingests)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    states.sort_unstable();
    assert_eq!(states, ["already_landed", "already_landed", "done"]);
    assert_eq!(bench.number("select count(*) from bronze_landing").await, 1);
    bench.assert_books_balance().await;
}

#[tokio::test]
async fn processes_wait_for_each_other() {
    let (at_once, calmly) = (Assay::new(), Assay::new());
    let rows = calm(86, MONDAY, 60_000);
    let files: Vec<String> = rows.chunks(20_000).map(csv_of).collect();
    let children: Vec<_> = files
        .iter()
        .enumerate()
        .map(|(place, text)| {
            let path = at_once.write(&format!("{place}.csv"), text);
            at_once
                .command(&["ingest", path.to_str().unwrap(), "--venue", "bitfinex"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    for (place, text) in files.iter().enumerate() {
        let path = calmly.write(&format!("{place}.csv"), text);
        assert_eq!(calmly.ingest(&path).0, 0);
    }
    // the files do not overlap: whichever came first, the same is known of the market
    let known = |assay: &Assay| {
        let mut tables = assay.digest()["tables"].as_array().unwrap().clone();
        tables.retain(|table| table["table"] != "bronze_landing");
        tables
    };
    assert_eq!(known(&at_once), known(&calmly));
    let left = std::fs::read_dir(at_once.folder.path()).unwrap().flatten();
    let locks = left.filter(|file| file.file_name().to_string_lossy().contains("-run-"));
    assert_eq!(locks.count(), 0);
}
