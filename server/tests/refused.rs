//! Bad input gets a clear answer: what it is, why it is refused, and an exit code; nothing is half loaded.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use crate::command;
use crate::support;

use std::path::Path;

use command::Assay;
use serde_json::Value;
use support::{MONDAY, calm, csv_of, gzip, pool};

/// Rows of each table, as `digest` counts them.
fn rows(assay: &Assay, table: &str) -> i64 {
    let digest = assay.digest();
    let tables = digest["tables"].as_array().unwrap();
    tables.iter().find(|have| have["table"] == table).unwrap()["rows"]
        .as_i64()
        .unwrap()
}

fn refused(assay: &Assay, path: &Path) -> String {
    let (code, files) = assay.ingest(path);
    assert_eq!(code, 1, "{files:?}");
    assert_eq!(files.len(), 1);
    assert_eq!(files[0]["state"], "refused", "{files:?}");
    for counted in ["rows", "accepted", "deduplicated", "quarantined", "flagged"] {
        assert_eq!(files[0][counted], 0, "{counted}: {files:?}");
    }
    files[0]["reason"].as_str().unwrap().to_owned()
}

fn assert_nothing_loaded(assay: &Assay, landings: i64) {
    for table in [
        "silver_candle",
        "silver_article",
        "quarantine",
        "gold_candle",
    ] {
        assert_eq!(rows(assay, table), 0, "{table}");
    }
    assert_eq!(rows(assay, "bronze_landing"), landings);
}

#[test]
fn what_is_no_market_data_is_refused_with_its_reason_and_lands_once() {
    let long = vec![b'x'; 10 << 20];
    let cases: [(&str, &[u8], &str, &str); 9] = [
        (
            "unknown.csv",
            b"name,colour\nann,red\nbob,blue\n",
            "no known format",
            "name,colour | ann,red | bob,blue",
        ),
        ("empty.csv", b"", "empty", "(none)"),
        ("blank.csv", b"\n\n \n", "empty", "(none)"),
        ("binary.bin", b"\x00\x05\x16\x07\x00\x02", "binary", ""),
        (
            "pointer.csv",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n",
            "git-lfs",
            "oid sha256:4d7a",
        ),
        (
            "page.csv",
            b"<!DOCTYPE html>\n<html><body>502 Bad Gateway</body></html>\n",
            "web page",
            "502 Bad Gateway",
        ),
        (
            "code.csv",
            b"import os\n\ndef main():\n    pass\n",
            "no known format",
            "import os",
        ),
        (
            "header.csv",
            b"time,open,high,low,close,volume\n",
            "no data rows",
            "time,open",
        ),
        ("long.csv", &long, "no known format", "xxxx"),
    ];
    for (name, bytes, word, excerpt) in cases {
        let assay = Assay::new();
        let path = assay.write(name, bytes);
        let reason = refused(&assay, &path);
        assert!(reason.contains(word), "{name}: {reason}");
        assert!(
            reason.contains("first lines: ") && reason.contains(excerpt),
            "{name}: {reason}"
        );
        assert!(
            reason.len() < 1_000,
            "{name}: a reason of {} bytes",
            reason.len()
        );
        assert_nothing_loaded(&assay, 1);
        assert_eq!(refused(&assay, &path), reason, "{name} again");
        assert_nothing_loaded(&assay, 1);
    }
}

#[test]
fn people_read_the_reason_and_the_first_lines() {
    let assay = Assay::new();
    let path = assay.write("unknown.csv", "name,colour\nann,\u{1b}[31mred\n");
    let output = assay.run(&["ingest", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("unknown.csv: refused: no known format"),
        "{text}"
    );
    assert!(text.contains("name,colour"), "{text}");
    assert!(
        !text.contains('\u{1b}'),
        "control characters of the file reach the terminal: {text:?}"
    );
}

#[tokio::test]
async fn an_archive_that_is_cut_off_loads_nothing() {
    let text = csv_of(&calm(61, MONDAY, 30_000));
    let packed = gzip(&text);
    for (name, bytes) in [
        ("late.csv.gz", &packed[..packed.len() * 9 / 10]),
        ("early.csv.gz", &packed[..packed.len() / 20]),
        ("head.csv.gz", &packed[..12]),
        ("trailer.csv.gz", &packed[..packed.len() - 4]),
    ] {
        let assay = Assay::new();
        let path = assay.write(name, bytes);
        let reason = refused(&assay, &path);
        assert!(reason.contains("cannot be"), "{name}: {reason}");
        assert_nothing_loaded(&assay, 1);
        let pool = pool_of(&assay).await;
        let left: (i64,) = sqlx::query_as("select coalesce(sum(rows), 0) from series")
            .fetch_one(&pool)
            .await
            .unwrap();
        let counted: (i64,) = sqlx::query_as(
            "select coalesce(sum(rows), 0) from layer_count where layer <> 'bronze'",
        )
        .fetch_one(&pool)
        .await
        .unwrap();
        assert_eq!((left.0, counted.0), (0, 0), "{name}");
        pool.close().await;
        // the whole file is another one
        let whole = assay.write("whole.csv.gz", &packed);
        let (code, files) = assay.ingest(&whole);
        assert_eq!(
            (code, files[0]["accepted"].as_i64()),
            (0, Some(30_000)),
            "{files:?}"
        );
    }
}

async fn pool_of(assay: &Assay) -> sqlx::SqlitePool {
    // a reader needs the files that a writer makes beside the database
    let engine = support::engine(&assay.database()).await;
    let pool = pool(&assay.database()).await;
    drop(engine);
    pool
}

#[tokio::test]
async fn a_broken_file_does_not_touch_what_was_there() {
    let rows = calm(62, MONDAY, 30_000);
    let assay = Assay::new();
    let (code, _) = assay.ingest(&assay.write("sound.csv", csv_of(&rows)));
    assert_eq!(code, 0);
    let before = assay.digest();
    let other: Vec<_> = rows
        .iter()
        .map(|row| support::Row {
            volume: row.volume + 1.0,
            ..*row
        })
        .collect();
    let packed = gzip(csv_of(&other));
    refused(
        &assay,
        &assay.write("broken.csv.gz", &packed[..packed.len() / 2]),
    );
    let after = assay.digest();
    let data = |digest: &Value| -> Vec<Value> {
        digest["tables"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|have| have["table"] != "bronze_landing")
            .cloned()
            .collect()
    };
    assert_eq!(data(&after), data(&before));
    assert_eq!(rows_of_landing(&after), 2);
}

fn rows_of_landing(digest: &Value) -> i64 {
    digest["tables"]
        .as_array()
        .unwrap()
        .iter()
        .find(|have| have["table"] == "bronze_landing")
        .unwrap()["rows"]
        .as_i64()
        .unwrap()
}

#[test]
fn a_file_of_another_format_than_told_is_refused() {
    let assay = Assay::new();
    let path = assay.write("candles.csv", csv_of(&calm(63, MONDAY, 10)));
    let output = assay.run(&[
        "ingest",
        path.to_str().unwrap(),
        "--format",
        "bitfinex",
        "--json",
    ]);
    assert_eq!(output.status.code(), Some(1));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let reason = json["files"][0]["reason"].as_str().unwrap();
    assert!(
        reason.contains("bitfinex") && reason.contains("ohlcv") && reason.contains("--format"),
        "{reason}"
    );
}

#[test]
fn the_report_of_a_file_has_the_fields_that_scripts_rely_on() {
    let assay = Assay::new();
    let folder = assay.folder.path().join("files");
    std::fs::create_dir_all(folder.join("deeper")).unwrap();
    let sound = assay.write("files/a.csv", csv_of(&calm(64, MONDAY, 100)));
    assay.write("files/deeper/b.csv", "nothing\n");
    let (code, files) = assay.ingest(&folder);
    assert_eq!((code, files.len()), (1, 2));
    let keys = |file: &Value| {
        file.as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    let expected = [
        "file",
        "dataset",
        "format",
        "state",
        "rows",
        "accepted",
        "deduplicated",
        "quarantined",
        "flagged",
        "first",
        "last",
        "seconds",
    ];
    let judged = [
        "landing_id",
        "checks",
        "quarantine",
        "verdict",
        "verdict_reason",
    ];
    let fields = |more: &[&'static str]| {
        let mut all = [&expected[..], more].concat();
        all.sort_unstable();
        all
    };
    assert_eq!(keys(&files[0]), fields(&judged));
    assert_eq!(keys(&files[1]), fields(&["landing_id", "reason"]));
    assert_eq!(files[0]["file"], sound.to_str().unwrap());
    assert_eq!(
        (
            &files[0]["dataset"],
            &files[0]["format"],
            &files[0]["state"]
        ),
        (&"candle".into(), &"ohlcv".into(), &"done".into())
    );
    assert_eq!(files[0]["first"], MONDAY);
    assert_eq!(files[0]["last"], MONDAY + 99 * 60_000);
    assert!(files[0]["seconds"].as_f64().unwrap() > 0.0);
    assert_eq!(
        (&files[1]["dataset"], &files[1]["first"]),
        (&"unknown".into(), &Value::Null)
    );
    let (code, files) = assay.ingest(&sound);
    assert_eq!(
        (code, files[0]["state"].as_str()),
        (0, Some("already_landed"))
    );
    assert_eq!(files[0]["rows"], 100);
}

#[test]
fn a_folder_without_files_and_a_path_that_is_not_there_are_failures() {
    let assay = Assay::new();
    let folder = assay.folder.path().join("empty");
    std::fs::create_dir(&folder).unwrap();
    for (path, word) in [
        (folder.as_path(), "no file"),
        (Path::new("/no/such/file.csv"), "cannot read"),
    ] {
        let output = assay.run(&["ingest", path.to_str().unwrap(), "--json"]);
        assert_eq!(output.status.code(), Some(1), "{}", path.display());
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(
            text.contains(word) && text.contains(path.to_str().unwrap()),
            "{text}"
        );
    }
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let assay = Assay::new();
    for args in [
        &["ingest"][..],
        &["ingest", "--no-such-option", "a.csv"],
        &["no-such-command"],
        &[],
        &["serve", "--addr", "nowhere"],
    ] {
        let output = assay.run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}");
        assert!(!output.stderr.is_empty(), "{args:?}");
    }
    assert!(assay.run(&["--help"]).status.success());
}
