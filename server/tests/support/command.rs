//! The `assay` program in a folder of its own.

#![allow(dead_code, reason = "every test uses its own part of it")]

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

pub struct Assay {
    pub folder: TempDir,
}

impl Assay {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn database(&self) -> PathBuf {
        self.folder.path().join("assay.db")
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_assay"));
        command
            .args(args)
            .args(["--log", "warn", "--database-url"])
            .arg(format!("sqlite:{}", self.database().display()))
            .env_remove("DATABASE_URL")
            .env_remove("ASSAY_LOG")
            .current_dir(self.folder.path());
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    pub fn spawn_ingest(&self, path: &Path) -> Child {
        self.command(&["ingest", path.to_str().unwrap(), "--venue", "bitfinex"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Exit code and the report of each file.
    pub fn ingest(&self, path: &Path) -> (i32, Vec<Value>) {
        let output = self.run(&[
            "ingest",
            path.to_str().unwrap(),
            "--venue",
            "bitfinex",
            "--json",
        ]);
        let json: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        let files = json["files"].as_array().unwrap().clone();
        (output.status.code().unwrap(), files)
    }

    pub fn digest(&self) -> Value {
        let output = self.run(&["digest", "--json"]);
        assert!(output.status.success());
        serde_json::from_slice(&output.stdout).unwrap()
    }
}
