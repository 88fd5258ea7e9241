//! `assay check`: what it says and how it exits.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use serde_json::Value;

use crate::{
    command::Assay,
    support::{MONDAY, Row, calm, csv_of},
};

/// Exit code, and what was printed as JSON.
fn check(assay: &Assay, args: &[&str]) -> (i32, Value) {
    let mut all = vec!["check", "--json"];
    all.extend(args);
    let output = assay.run(&all);
    let json = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}", String::from_utf8_lossy(&output.stderr));
    });
    (output.status.code().unwrap(), json)
}

fn state<'a>(json: &'a Value, check: &str, entity: &str) -> &'a Value {
    let checks = json["checks"].as_array().unwrap();
    checks
        .iter()
        .find(|one| one["check"] == check && one["entity"] == entity)
        .unwrap_or_else(|| panic!("no {check} of {entity}"))
}

/// Two hours of a calm market; `hole`: minutes that are missing after the first hour.
fn prices(hole: usize) -> String {
    let mut rows = calm(7, MONDAY, 180);
    rows.drain(60..60 + hole);
    csv_of(&rows)
}

#[test]
fn nothing_stored_is_not_evaluated_and_never_a_pass() {
    let assay = Assay::new();
    let (code, json) = check(&assay, &[]);
    assert_eq!((code, json["verdict"].as_str()), (0, Some("unknown")));
    assert_eq!(json["score"], Value::Null);
    let checks = json["checks"].as_array().unwrap();
    assert!(checks.len() > 20, "{}", checks.len());
    assert!(
        checks.iter().all(|one| one["state"] == "not_evaluated"),
        "{json:#}"
    );
}

#[test]
fn the_exit_code_follows_the_worst_finding() {
    let series = "BTC-USD/bitfinex/batch";
    for (hole, state_of_gap, plain, on_error, on_warn, verdict) in [
        (0, "pass", 0, 0, 0, "usable"),
        (6, "warn", 0, 0, 1, "usable with caution"),
        (20, "error", 0, 1, 1, "not to be trusted"),
        (70, "critical", 1, 1, 1, "not to be trusted"),
    ] {
        let assay = Assay::new();
        let file = assay.write("prices.csv", prices(hole));
        assert_eq!(assay.ingest(&file).0, 0);
        let before = assay.digest();
        let gap = ["--check", "candle.gap"];
        let (code, json) = check(&assay, &gap);
        assert_eq!(code, plain, "{hole}: {json:#}");
        assert_eq!(state(&json, "candle.gap", series)["state"], state_of_gap);
        assert_eq!(json["verdict"], verdict);
        for (fail_on, expected) in [("error", on_error), ("warn", on_warn)] {
            let (code, _) = check(&assay, &["--check", "candle.gap", "--fail-on", fail_on]);
            assert_eq!(code, expected, "{hole} --fail-on {fail_on}");
        }
        assert_eq!(assay.digest(), before, "nothing was changed");
    }
}

#[test]
fn only_what_is_wanted_is_judged_and_only_with_record_it_is_stored() {
    let assay = Assay::new();
    let file = assay.write("prices.csv", prices(70));
    assay.ingest(&file);
    let stored = |assay: &Assay| {
        let (_, json) = check(assay, &["--check", "candle.order"]);
        state(&json, "candle.order", "BTC-USD/bitfinex/prices.csv")["stored_at"].is_i64()
    };
    assert!(
        stored(&assay),
        "only its file can be judged by the order of rows"
    );
    let hour = (MONDAY + 3_600_000).to_string();
    let (code, json) = check(
        &assay,
        &[
            "--dataset",
            "candle",
            "--to",
            &hour,
            "--from",
            &MONDAY.to_string(),
        ],
    );
    let gap = state(&json, "candle.gap", "BTC-USD/bitfinex/batch");
    assert_eq!(
        (code, &gap["state"], &gap["tested"]),
        (0, &"pass".into(), &59.into()),
        "{gap}"
    );
    assert!(
        json["checks"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["dataset"] == "candle")
    );

    let alerts = |assay: &Assay| {
        let (_, json) = check(assay, &["--check", "candle.gap"]);
        json["checks"].as_array().unwrap().len()
    };
    assert_eq!(alerts(&assay), 1);
    assert_eq!(check(&assay, &["--check", "candle.gap", "--record"]).0, 1);
    let output = assay.run(&["check", "--check", "candle.gap"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        text.contains("candle: score 40 of 100, 1/1 evaluated"),
        "{text}"
    );
    assert!(text.contains("critical"), "{text}");

    for args in [
        &["check", "--check", "candle.gapp"][..],
        &["check", "--dataset", "mood"],
    ] {
        let output = assay.run(args);
        assert_eq!(output.status.code(), Some(1));
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains("no enabled check fits"), "{told}");
    }
    assert_eq!(
        assay.run(&["check", "--fail-on", "luck"]).status.code(),
        Some(2)
    );
}

#[test]
fn broken_rule_files_are_told_with_line_and_suggestion() {
    let assay = Assay::new();
    let good = "dataset = \"candle\"\n[check.mine]\ntitle = \"t\"\ndimension = \"validity\"\nrule = \"row\"\nexpr = \"close > 0\"\n\
        severity = \"warn\"\n";
    let file = assay.write("candle.toml", good);
    let (code, json) = check(&assay, &["--validate", file.to_str().unwrap()]);
    assert_eq!(
        (code, &json["valid"], &json["rules"]),
        (0, &true.into(), &1.into())
    );
    let file = assay.write("candle.toml", good.replace("expr", "exprr"));
    let (code, json) = check(&assay, &["--validate", file.to_str().unwrap()]);
    assert_eq!((code, &json["valid"]), (1, &false.into()));
    let errors = json["errors"].as_array().unwrap();
    let told = errors.iter().any(|error| {
        error["line"] == 6
            && error["message"]
                .as_str()
                .unwrap()
                .contains("did you mean \"expr\"?")
    });
    assert!(told, "{errors:#?}");
    let (code, json) = check(&assay, &["--validate"]);
    assert_eq!(
        (code, &json["valid"]),
        (0, &true.into()),
        "the rules in force"
    );

    let folder = tempfile::tempdir().unwrap();
    let shipped = include_str!("../../data/checks/candle.toml");
    std::fs::write(folder.path().join("candle.toml"), shipped).unwrap();
    assay.write(
        "assay.toml",
        format!("[quality]\nchecks = {:?}\n", folder.path()),
    );
    let (_, again) = check(&assay, &["--validate"]);
    assert_eq!(
        again["rules"], json["rules"],
        "one's own rule replaces the shipped one"
    );
}

#[test]
fn a_series_of_one_venue_is_judged_by_itself() {
    let assay = Assay::new();
    let mut rows: Vec<Row> = calm(9, MONDAY, 120);
    rows[60].close *= 1.2;
    rows[60].high = rows[60].close;
    let file = assay.write("prices.csv", csv_of(&rows));
    assay.ingest(&file);
    let (_, json) = check(&assay, &["--check", "candle.spike_reversal"]);
    let spike = state(&json, "candle.spike_reversal", "BTC-USD/bitfinex/batch");
    assert_eq!(
        (&spike["state"], &spike["failed"]),
        (&"error".into(), &1.into()),
        "{spike:#}"
    );
    assert!(!spike["evidence"]["rows"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_check_that_breaks_has_failed_and_is_as_bad_as_what_it_might_have_found() {
    let assay = Assay::new();
    let file = assay.write("prices.csv", prices(0));
    assay.ingest(&file);
    assert_eq!(check(&assay, &["--check", "candle.gap"]).0, 0);
    let url = format!("sqlite:{}", assay.database().display());
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    sqlx::query("alter table silver_candle rename to silver_gone")
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    let (code, json) = check(&assay, &["--check", "candle.gap"]);
    let gap = state(&json, "candle.gap", "BTC-USD/bitfinex/batch");
    assert_eq!(
        (code, &gap["state"], &gap["severity"]),
        (1, &"failed".into(), &"critical".into())
    );
    assert!(
        gap["summary"].as_str().unwrap().contains("silver_candle"),
        "{gap}"
    );
    assert_eq!(json["score"], 0.0);
}
