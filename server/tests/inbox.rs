//! The watched folder, look by look.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use crate::command;
use crate::support;

use std::{path::Path, process::Stdio, time::Duration};

use command::Assay;
use serde_json::Value;
use server::pipeline::inbox::{Inbox, Taken};
use support::{Bench, DATA, MONDAY, calm, csv_of};

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn report(path: &Path) -> Value {
    let mut beside = path.to_owned().into_os_string();
    beside.push(".report.json");
    serde_json::from_slice(&std::fs::read(beside).unwrap()).unwrap()
}

/// Where files lie after a look, and the states they were reported with.
async fn look(inbox: &mut Inbox) -> Vec<(String, &'static str)> {
    let taken = inbox.look().await.unwrap();
    taken
        .into_iter()
        .map(|taken| match taken {
            Taken::Moved { to, report } => {
                let name = to
                    .components()
                    .rev()
                    .take(2)
                    .map(|part| part.as_os_str().to_str().unwrap().to_owned());
                let name: Vec<String> = name.collect();
                (format!("{}/{}", name[1], name[0]), report.state)
            }
            Taken::Stays { path, .. } => (
                path.file_name().unwrap().to_str().unwrap().to_owned(),
                "stays",
            ),
        })
        .collect()
}

#[tokio::test]
async fn a_file_is_taken_when_it_has_not_changed_between_two_looks() {
    let bench = Bench::new().await;
    let folder = bench.path("in");
    let mut inbox = Inbox::new(bench.engine.clone(), &folder).unwrap();
    assert_eq!(files(&folder), ["done", "refused"]);
    let rows = calm(91, MONDAY, 2_000);
    let file = folder.join("prices.csv");
    std::fs::write(&file, csv_of(&rows[..1_000])).unwrap();
    assert_eq!(look(&mut inbox).await, []);
    // it grows: whoever writes it is not done
    std::fs::write(&file, csv_of(&rows)).unwrap();
    assert_eq!(look(&mut inbox).await, []);
    assert_eq!(
        look(&mut inbox).await,
        [("done/prices.csv".to_owned(), "done")]
    );
    assert_eq!(look(&mut inbox).await, []);
    assert_eq!(files(&folder), ["done", "refused"]);
    assert_eq!(
        files(&folder.join("done")),
        ["prices.csv", "prices.csv.report.json"]
    );
    let report = report(&folder.join("done/prices.csv"));
    assert_eq!(
        (&report["state"], &report["accepted"]),
        (&"done".into(), &2_000.into())
    );
    assert_eq!(
        bench
            .texts("select kind || ' ' || subject || ' ' || state from run")
            .await,
        ["ingest prices.csv done"]
    );
    bench.assert_books_balance().await;
}

#[tokio::test]
async fn a_checksum_file_goes_where_its_file_goes() {
    use sha2::Digest as _;

    let bench = Bench::new().await;
    let folder = bench.path("in");
    let mut inbox = Inbox::new(bench.engine.clone(), &folder).unwrap();
    let text = csv_of(&calm(97, MONDAY, 500));
    let right = hex::encode(sha2::Sha256::digest(text.as_bytes()));
    std::fs::write(folder.join("a.csv"), &text).unwrap();
    std::fs::write(folder.join("a.csv.CHECKSUM"), format!("{right}  a.csv\n")).unwrap();
    std::fs::write(folder.join("b.csv"), csv_of(&calm(98, MONDAY, 500))).unwrap();
    std::fs::write(folder.join("b.csv.CHECKSUM"), format!("{right}  b.csv\n")).unwrap();
    assert_eq!(look(&mut inbox).await, []);
    assert_eq!(
        look(&mut inbox).await,
        [
            ("done/a.csv".to_owned(), "done"),
            ("refused/b.csv".to_owned(), "refused")
        ]
    );
    assert_eq!(look(&mut inbox).await, []);
    assert_eq!(files(&folder), ["done", "refused"]);
    for (place, name) in [("done", "a.csv"), ("refused", "b.csv")] {
        assert_eq!(
            files(&folder.join(place)),
            [
                name.to_owned(),
                format!("{name}.CHECKSUM"),
                format!("{name}.report.json")
            ]
        );
    }
}

#[tokio::test]
async fn what_is_refused_or_known_is_moved_and_nothing_is_overwritten() {
    let bench = Bench::new().await;
    let folder = bench.path("in");
    let mut inbox = Inbox::new(bench.engine.clone(), &folder).unwrap();
    let rows = calm(92, MONDAY, 300);
    for (name, text) in [
        ("a.csv", csv_of(&rows[..200])),
        ("b.csv", csv_of(&rows[..200])),
        ("c.csv", "no market data\n".to_owned()),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    // not ours to take
    std::fs::create_dir(folder.join("folder")).unwrap();
    for name in [".hidden.csv", "x.csv.part", "y.tmp", "z.crdownload"] {
        std::fs::write(folder.join(name), csv_of(&rows)).unwrap();
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.join("a.csv"), folder.join("link.csv")).unwrap();
    assert_eq!(look(&mut inbox).await, []);
    let taken = look(&mut inbox).await;
    let expected = [
        ("done/a.csv", "done"),
        ("done/b.csv", "already_landed"),
        ("refused/c.csv", "refused"),
    ];
    assert_eq!(
        taken,
        expected.map(|(name, state)| (name.to_owned(), state))
    );
    let refused = report(&folder.join("refused/c.csv"));
    assert!(!refused["reason"].as_str().unwrap().is_empty(), "{refused}");

    std::fs::write(folder.join("a.csv"), csv_of(&rows)).unwrap();
    look(&mut inbox).await;
    assert_eq!(
        look(&mut inbox).await,
        [("done/a-1.csv".to_owned(), "done")]
    );
    assert_eq!(
        std::fs::read_to_string(folder.join("done/a.csv")).unwrap(),
        csv_of(&rows[..200])
    );
    assert_eq!(report(&folder.join("done/a-1.csv"))["accepted"], 100);
    let left: Vec<String> = files(&folder)
        .into_iter()
        .filter(|name| name.contains('.'))
        .collect();
    assert!(
        left.iter().all(|name| name != "a.csv" && name != "c.csv"),
        "{left:?}"
    );
    assert!(left.len() >= 4, "{left:?}");
}

#[tokio::test]
async fn a_crash_between_ingest_and_move_does_no_harm() {
    let bench = Bench::new().await;
    let folder = bench.path("in");
    let mut inbox = Inbox::new(bench.engine.clone(), &folder).unwrap();
    let file = folder.join("prices.csv");
    std::fs::write(&file, csv_of(&calm(93, MONDAY, 500))).unwrap();
    // as the crash leaves it: ingested, the report written, not moved
    let ingested = bench.ingest(&file, "file").await;
    assert_eq!(ingested.state, "done");
    std::fs::write(folder.join("done/prices.csv.report.json"), "{").unwrap();
    let digests = bench.digests_of(&DATA).await;
    look(&mut inbox).await;
    assert_eq!(
        look(&mut inbox).await,
        [("done/prices.csv".to_owned(), "already_landed")]
    );
    assert_eq!(
        files(&folder.join("done")),
        ["prices.csv", "prices.csv.report.json"]
    );
    assert_eq!(report(&folder.join("done/prices.csv"))["accepted"], 500);
    assert_eq!(bench.digests_of(&DATA).await, digests);
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_fails_for_no_fault_of_its_own_stays_and_is_tried_again_later() {
    let bench = Bench::new().await;
    let folder = bench.path("in");
    let mut inbox = Inbox::new(bench.engine.clone(), &folder).unwrap();
    let file = folder.join("prices.csv");
    std::fs::write(&file, csv_of(&calm(94, MONDAY, 500))).unwrap();
    look(&mut inbox).await;
    // it cannot be moved away: where the folder should be, a link leads to nowhere
    std::fs::remove_dir(folder.join("done")).unwrap();
    std::os::unix::fs::symlink("nowhere/at/all", folder.join("done")).unwrap();
    assert_eq!(look(&mut inbox).await, [("prices.csv".to_owned(), "stays")]);
    assert_eq!(look(&mut inbox).await, [], "not at once");
    bench.engine.clock.advance(4_999);
    assert_eq!(look(&mut inbox).await, []);
    bench.engine.clock.advance(1);
    assert_eq!(look(&mut inbox).await, [("prices.csv".to_owned(), "stays")]);
    bench.engine.clock.advance(5_000);
    assert_eq!(look(&mut inbox).await, [], "each pause is longer");
    std::fs::remove_file(folder.join("done")).unwrap();
    bench.engine.clock.advance(5_000);
    assert_eq!(
        look(&mut inbox).await,
        [("done/prices.csv".to_owned(), "already_landed")]
    );
    assert_eq!(bench.number("select count(*) from bronze_landing").await, 1);
    bench.assert_books_balance().await;
}

#[tokio::test]
async fn a_database_that_does_not_answer_loses_no_file() {
    let bench = Bench::new().await;
    let folder = bench.path("in");
    let mut inbox = Inbox::new(bench.engine.clone(), &folder).unwrap();
    let text = csv_of(&calm(95, MONDAY, 500));
    std::fs::write(folder.join("prices.csv"), &text).unwrap();
    look(&mut inbox).await;
    bench.engine.store.close().await;
    assert_eq!(look(&mut inbox).await, [("prices.csv".to_owned(), "stays")]);
    assert_eq!(
        std::fs::read_to_string(folder.join("prices.csv")).unwrap(),
        text
    );

    let engine = support::engine(&bench.path("assay.db")).await;
    let mut inbox = Inbox::new(engine, &folder).unwrap();
    look(&mut inbox).await;
    assert_eq!(
        look(&mut inbox).await,
        [("done/prices.csv".to_owned(), "done")]
    );
}

/// The server is killed while it takes a file, and started again.
#[tokio::test]
async fn a_killed_server_takes_the_file_up_and_moves_it() {
    let (assay, left_alone) = (Assay::new(), Assay::new());
    let text = csv_of(&calm(96, MONDAY, 200_000));
    assert_eq!(left_alone.ingest(&left_alone.write("big.csv", &text)).0, 0);

    assay.write("assay.toml", "[batch]\ninbox = \"in\"\n");
    let folder = assay.folder.path().join("in");
    std::fs::create_dir(&folder).unwrap();
    // a database that has files gets no sample
    let small = assay.write("small.csv", csv_of(&calm(97, MONDAY, 10)));
    let output = assay.run(&["ingest", small.to_str().unwrap(), "--venue", "kraken"]);
    assert!(output.status.success());
    std::fs::write(folder.join("big.csv"), &text).unwrap();
    let serve = || {
        assay
            .command(&["serve", "--live", "off", "--addr", "127.0.0.1:0"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let pool = support::pool(&assay.database()).await;
    let mut tick = tokio::time::interval(Duration::from_millis(5));
    let mut server = serve();
    loop {
        tick.tick().await;
        let row: Option<(i64,)> = sqlx::query_as("select rows from run where subject = 'big.csv'")
            .fetch_optional(&pool)
            .await
            .unwrap();
        if row.is_some_and(|(rows,)| rows > 0) {
            break;
        }
    }
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(folder.join("big.csv").exists());

    let mut server = serve();
    while !folder.join("done/big.csv").exists() {
        tick.tick().await;
        assert!(server.try_wait().unwrap().is_none(), "the server ended");
    }
    server.kill().unwrap();
    server.wait().unwrap();
    let states: Vec<(String,)> = sqlx::query_as("select state from bronze_landing order by id")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(states, [("done".to_owned(),), ("done".to_owned(),)]);
    let (rows,): (i64,) = sqlx::query_as("select count(*) from silver_candle")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(rows, 200_010);
    let (running,): (i64,) = sqlx::query_as("select count(*) from run where state = 'running'")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(running, 0);
}
