//! What `assay ingest` takes: files, folders, patterns and standard input.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use crate::command;
use crate::support;

use std::{io::Write, process::Stdio};

use command::Assay;
use serde_json::Value;
use support::{MONDAY, calm, csv_of, gzip};

fn files(output: &std::process::Output) -> Vec<(String, String)> {
    let json: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}", String::from_utf8_lossy(&output.stderr));
    });
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let files = json["files"].as_array().unwrap().iter();
    files
        .map(|file| (text(&file["file"]), text(&file["state"])))
        .collect()
}

#[test]
fn a_quoted_pattern_is_expanded_and_each_file_taken_once() {
    let assay = Assay::new();
    let rows = calm(121, MONDAY, 600);
    for (place, name) in ["b.csv", "a.csv", "c.txt"].into_iter().enumerate() {
        assay.write(name, csv_of(&rows[place * 200..][..200]));
    }
    let output = assay.run(&["ingest", "*.csv", "a.csv", "./b.csv", "--json"]);
    assert!(output.status.success());
    let done = |name: &str| (name.to_owned(), "done".to_owned());
    assert_eq!(files(&output), [done("a.csv"), done("b.csv")]);
    let nothing = assay.run(&["ingest", "*.parquet"]);
    assert_eq!(nothing.status.code(), Some(1));
    let words = String::from_utf8_lossy(&nothing.stderr).into_owned();
    assert!(words.contains("no file matches \"*.parquet\""), "{words}");
}

#[test]
fn standard_input_is_a_file_like_any_other() {
    let assay = Assay::new();
    let bytes = gzip(csv_of(&calm(122, MONDAY, 20_000)));
    let ingest = || {
        let mut child = assay
            .command(&["ingest", "-", "--venue", "kraken", "--json"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&bytes).unwrap();
        child.wait_with_output().unwrap()
    };
    let first = ingest();
    assert!(first.status.success());
    assert_eq!(files(&first), [("stdin".to_owned(), "done".to_owned())]);
    let json: Value = serde_json::from_slice(&first.stdout).unwrap();
    assert_eq!(json["files"][0]["accepted"], 20_000);
    assert_eq!(
        files(&ingest()),
        [("stdin".to_owned(), "already_landed".to_owned())]
    );
    let left = std::fs::read_dir(assay.folder.path()).unwrap().flatten();
    let spooled = left.filter(|file| file.file_name().to_string_lossy().contains("stdin"));
    assert_eq!(spooled.count(), 0);
}
