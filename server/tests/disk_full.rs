//! A disk that fills up: the database stays whole, what was there stays there, and the message says what is wrong.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use crate::command;
use crate::support;

use std::{path::Path, process::Command};

use command::Assay;
use support::{MONDAY, calm, csv_of};

/// A small disk at a path, taken away in the end.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    /// Only who administers the machine may make one.
    fn mount(path: &'a Path, megabytes: u32) -> Option<Self> {
        std::fs::create_dir_all(path).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o"])
            .arg(format!("size={megabytes}m"))
            .arg("tmpfs")
            .arg(path)
            .output();
        mounted
            .is_ok_and(|output| output.status.success())
            .then_some(Self(path))
    }

    fn resize(&self, megabytes: u32) {
        let done = Command::new("mount")
            .args(["-o", &format!("remount,size={megabytes}m")])
            .arg(self.0)
            .status()
            .unwrap();
        assert!(done.success());
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

fn assay(database: &Path, args: &[&str]) -> (bool, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_assay"))
        .args(args)
        .args(["--log", "error", "--database-url"])
        .arg(format!("sqlite:{}", database.display()))
        .env_remove("DATABASE_URL")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.success(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn digest_of(database: &Path) -> String {
    let (good, digest, error) = assay(database, &["digest", "--json"]);
    assert!(good, "{error}");
    digest
}

#[test]
fn a_full_disk_loses_nothing_and_says_so() {
    let files = Assay::new();
    let disk_at = files.folder.path().join("disk");
    let Some(disk) = SmallDisk::mount(&disk_at, 8) else {
        eprintln!("skipped: no right to mount a small disk");
        return;
    };
    let database = disk_at.join("assay.db");
    let small = files.write("small.csv", csv_of(&calm(51, MONDAY, 2000)));
    let large = files.write(
        "large.csv",
        csv_of(&calm(52, MONDAY + 2000 * 60_000, 200_000)),
    );
    let ingest = |file: &Path| {
        let (good, out, _) = assay(
            &database,
            &[
                "ingest",
                file.to_str().unwrap(),
                "--venue",
                "bitfinex",
                "--json",
            ],
        );
        let report: serde_json::Value = serde_json::from_str(&out).unwrap();
        (good, report["files"][0].clone())
    };
    let (good, report) = ingest(&small);
    assert!(good, "{report}");
    let before = digest_of(&database);

    let (good, report) = ingest(&large);
    assert!(!good && report["state"] == "failed", "{report}");
    let reason = report["reason"].as_str().unwrap();
    assert!(reason.contains("full"), "{reason}");
    let integrity = |database: &Path| {
        let connection = rusqlite::Connection::open(database).unwrap();
        let word: String = connection
            .query_row("pragma integrity_check", (), |row| row.get(0))
            .unwrap();
        word
    };
    assert_eq!(integrity(&database), "ok");

    // with room again, the same file goes through as if nothing had happened
    disk.resize(200);
    let (good, report) = ingest(&large);
    assert!(good, "{report}");
    assert_eq!(report["accepted"], 200_000);
    assert_eq!(integrity(&database), "ok");
    let alone = Assay::new();
    for file in [&small, &large] {
        let (code, _) = alone.ingest(file);
        assert_eq!(code, 0);
    }
    let after = digest_of(&database);
    assert_ne!(after, before);
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&after).unwrap(),
        alone.digest()
    );
}
