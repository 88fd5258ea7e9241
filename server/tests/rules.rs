//! Rule files: read at the start, read again when they change, refused as a whole when one of them is broken.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use crate::command;
use crate::support;

use app::model::{AlertState, CheckState, Severity};
use command::Assay;
use server::pipeline::rules::again;
use support::{Bench, MONDAY, calm, csv_of};

const OWN: &str = "dataset = \"candle\"\n\n[check.spike_reversal]\ntitle = \"no jump that comes back\"\n\
    dimension = \"accuracy\"\nrule = \"spike_reversal\"\nwarn = { k = 20, floor = 0.05 }\n";

#[tokio::test]
async fn a_broken_file_changes_nothing_and_is_told() {
    let bench = Bench::new().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("candle.toml");
    let limit = || {
        let rules = bench.engine.hub.rules().now();
        let rule = rules.get("candle.spike_reversal").unwrap();
        rule.limit(Severity::Warn, "k")
    };
    assert_eq!(limit(), Some(8.0));

    std::fs::write(&file, OWN).unwrap();
    again(&bench.engine, folder.path()).await.unwrap();
    assert_eq!(limit(), Some(20.0));

    std::fs::write(&file, OWN.replace("floor", "flor").replace("20", "30")).unwrap();
    again(&bench.engine, folder.path()).await.unwrap();
    assert_eq!(limit(), Some(20.0), "the rules before stay in force");
    let alerts = bench
        .engine
        .store
        .alerts_in(AlertState::Firing, 10)
        .await
        .unwrap();
    assert_eq!(alerts[0].check_id, "dq.rules");
    let summary = &alerts[0].summary;
    assert!(
        summary.contains("candle.toml, line 7: unknown key \"flor\"")
            && summary.contains("did you mean \"floor\"?"),
        "{summary}"
    );

    std::fs::write(&file, OWN.replace("20", "30")).unwrap();
    again(&bench.engine, folder.path()).await.unwrap();
    assert_eq!(limit(), Some(30.0));
    let passing = bench
        .engine
        .store
        .latest_checks(Some(CheckState::Pass), 10)
        .await
        .unwrap();
    assert_eq!(passing[0].check_id, "dq.rules");
}

#[tokio::test]
async fn severity_and_presence_of_checks_that_the_program_knows_by_name_are_the_files() {
    let bench = Bench::new().await;
    let folder = tempfile::tempdir().unwrap();
    let rule = |name: &str, rest: &str| {
        format!(
            "\n[check.{name}]\ntitle = \"t\"\ndimension = \"consistency\"\nrule = \"native\"\n{rest}\n"
        )
    };
    let text = format!(
        "dataset = \"candle\"\n{}{}",
        rule("order", "severity = \"error\""),
        rule("dup_same", "severity = \"info\"\nenabled = false")
    );
    std::fs::write(folder.path().join("candle.toml"), text).unwrap();
    again(&bench.engine, folder.path()).await.unwrap();

    let mut rows = calm(1, MONDAY, 40);
    rows.swap(10, 11);
    bench.take("a.csv", csv_of(&rows)).await;
    assert_eq!(bench.check("candle.order", "a.csv").await.0, "error");
    let repeated = "select count(*) from check_result where check_id = 'candle.dup_same'";
    assert_eq!(bench.number(repeated).await, 0);
}

#[test]
fn the_program_does_not_start_on_a_broken_file() {
    let assay = Assay::new();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("candle.toml"),
        OWN.replace("k = 20", "k = \"many\""),
    )
    .unwrap();
    let config = folder.path().join("assay.toml");
    std::fs::write(
        &config,
        format!("[quality]\nchecks = {:?}\n", folder.path()),
    )
    .unwrap();
    let output = assay.run(&["digest", "--config", config.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.contains("candle.toml, line 7: k: expected a number, found string"),
        "{told}"
    );
}
