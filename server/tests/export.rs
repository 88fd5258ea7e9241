//! What is taken out can be read back, and taken in again.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use crate::command;
use crate::support;

use std::fs::File;

use command::Assay;
use parquet::{
    file::reader::{FileReader, SerializedFileReader},
    record::RowAccessor,
};
use support::{MINUTE, MONDAY, Row, calm, csv_of};

fn export(assay: &Assay, args: &[&str]) -> (i32, String, String) {
    let output = assay.run(&[&["export"], args].concat());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

fn filled() -> (Assay, Vec<Row>) {
    let assay = Assay::new();
    let rows = calm(3, MONDAY, 3000);
    let file = assay.write("in.csv", csv_of(&rows));
    assert_eq!(assay.ingest(&file).0, 0);
    (assay, rows)
}

fn table_of(digest: &serde_json::Value, table: &str) -> serde_json::Value {
    let tables = digest.as_array().or_else(|| digest["tables"].as_array());
    let found = tables.unwrap().iter().find(|entry| entry["table"] == table);
    found.unwrap().clone()
}

#[test]
fn candles_taken_out_as_csv_give_the_same_silver_when_taken_in() {
    let (assay, rows) = filled();
    let (code, stdout, stderr) = export(
        &assay,
        &[
            "--dataset",
            "candle",
            "--layer",
            "silver",
            "--format",
            "csv",
            "--out",
            "out.csv",
        ],
    );
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    assert!(stdout.contains("3000 rows"), "{stdout}");
    let other = Assay::new();
    let bytes = std::fs::read(assay.folder.path().join("out.csv")).unwrap();
    let (code, files) = other.ingest(&other.write("out.csv", bytes));
    assert_eq!((code, files[0]["accepted"].as_i64()), (0, Some(3000)));
    for table in ["silver_candle", "gold_candle", "gold_day"] {
        assert_eq!(
            table_of(&assay.digest(), table),
            table_of(&other.digest(), table),
            "{table}"
        );
    }
    let (code, stdout, _) = export(
        &assay,
        &[
            "--dataset",
            "candle",
            "--layer",
            "silver",
            "--format",
            "csv",
            "--out",
            "-",
            "--venue",
            "bitfinex",
            "--from",
            "2018-01-01T00:10",
            "--to",
            "2018-01-01T00:12",
        ],
    );
    let lines: Vec<&str> = stdout.lines().collect();
    assert_eq!((code, lines.len()), (0, 3), "{stdout}");
    let expected = format!(
        "BTC-USD,bitfinex,batch,60000,{}",
        rows[10].line().replace(&rows[10].volume.to_string(), "")
    );
    assert!(lines[1].starts_with(&expected), "{} {expected}", lines[1]);
}

#[test]
fn parquet_is_read_back_as_it_was() {
    let (assay, rows) = filled();
    let (code, _, stderr) = export(
        &assay,
        &[
            "--dataset",
            "candle",
            "--layer",
            "silver",
            "--format",
            "parquet",
            "--out",
            "out.parquet",
        ],
    );
    assert_eq!((code, stderr.as_str()), (0, ""));
    let file = File::open(assay.folder.path().join("out.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let read: Vec<(String, i64, f64, f64)> = reader
        .get_row_iter(None)
        .unwrap()
        .map(|row| {
            let row = row.unwrap();
            (
                row.get_string(0).unwrap().clone(),
                row.get_timestamp_millis(4).unwrap(),
                row.get_double(8).unwrap(),
                row.get_double(9).unwrap(),
            )
        })
        .collect();
    let expected: Vec<_> = rows
        .iter()
        .map(|row| ("BTC-USD".to_owned(), row.at, row.close, row.volume))
        .collect();
    assert_eq!(read, expected);
    let bytes = std::fs::metadata(assay.folder.path().join("out.parquet"))
        .unwrap()
        .len();
    assert!(bytes < 3000 * 50, "{bytes}");

    let gold = [
        "--dataset",
        "candle",
        "--layer",
        "gold",
        "--format",
        "parquet",
        "--out",
        "gold.parquet",
        "--step",
        "1h",
    ];
    assert_eq!(export(&assay, &gold).0, 0);
    let file = File::open(assay.folder.path().join("gold.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    assert_eq!(reader.metadata().file_metadata().num_rows(), 50);
    let first = reader.get_row_iter(None).unwrap().next().unwrap().unwrap();
    // no hour before the first one: no return
    assert!(first.get_double(19).is_err());
    assert_eq!(first.get_timestamp_millis(3).unwrap(), MONDAY);
}

#[test]
fn every_dataset_comes_out_and_mistakes_are_told() {
    let (assay, _) = filled();
    let bad = assay.write("bad.csv", "time,open,high,low,close,volume\n1514764800000,1,2,3,x,5\n1514764860000,1,2,1,2,5\n1514764920000,1,2,1,2,5\n1514764980000,1,2,1,2,5\n");
    assay.ingest(&bad);
    for (dataset, layer) in [
        ("candle", "gold"),
        ("quote", "silver"),
        ("book", "silver"),
        ("article", "silver"),
        ("article", "gold"),
        ("quarantine", "silver"),
        ("alert", "engine"),
        ("check", "engine"),
    ] {
        for format in ["csv", "parquet"] {
            let out = format!("{dataset}-{layer}.{format}");
            let args = [
                "--dataset",
                dataset,
                "--layer",
                layer,
                "--format",
                format,
                "--out",
                &out,
                "--json",
            ];
            let (code, stdout, stderr) = export(&assay, &args);
            assert_eq!((code, stderr.as_str()), (0, ""), "{dataset}");
            let told: serde_json::Value = serde_json::from_str(&stdout).unwrap();
            assert_eq!(told["dataset"], dataset);
            assert!(told["bytes"].as_i64().unwrap() > 0);
        }
    }
    let checks = std::fs::read_to_string(assay.folder.path().join("check-engine.csv")).unwrap();
    assert!(checks.contains("candle.schema_drift"), "{checks}");
    for (args, said) in [
        (
            &["--dataset", "candle", "--format", "csv", "--out", "x"][..],
            "choose --layer silver or --layer gold",
        ),
        (
            &["--dataset", "quote", "--format", "parquet", "--out", "-"],
            "name a file",
        ),
        (
            &[
                "--dataset",
                "quote",
                "--format",
                "csv",
                "--out",
                "x",
                "--instrument",
                "DOGE",
            ],
            "there are: BTC-USD",
        ),
        (
            &[
                "--dataset",
                "article",
                "--layer",
                "silver",
                "--format",
                "csv",
                "--out",
                "x",
                "--venue",
                "bitfinex",
            ],
            "article has no venue",
        ),
        (
            &[
                "--dataset",
                "quote",
                "--format",
                "csv",
                "--out",
                "x",
                "--step",
                "1m",
            ],
            "quote has no step",
        ),
        (
            &[
                "--dataset",
                "quote",
                "--format",
                "csv",
                "--out",
                "x",
                "--from",
                "soon",
            ],
            "--from \"soon\" is no time",
        ),
        (
            &["--dataset", "quote", "--format", "csv", "--out", "none/x"],
            "cannot write none/x",
        ),
    ] {
        let (code, stdout, stderr) = export(&assay, args);
        assert_eq!((code, stdout.as_str()), (1, ""), "{args:?}");
        assert!(stderr.contains(said), "{args:?}: {stderr}");
    }
    let (code, _, stderr) = export(
        &assay,
        &["--dataset", "coins", "--format", "csv", "--out", "x"],
    );
    assert_eq!(code, 2);
    assert!(stderr.contains("quarantine"), "{stderr}");
    let left: Vec<_> = std::fs::read_dir(assay.folder.path())
        .unwrap()
        .filter(|entry| {
            entry
                .as_ref()
                .unwrap()
                .file_name()
                .to_string_lossy()
                .ends_with(".part")
        })
        .collect();
    assert!(left.is_empty());
    let _ = MINUTE;
}
