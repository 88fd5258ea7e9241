//! `assay check --validate`

use std::{
    collections::BTreeSet,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use app::format::counted;
use serde_json::json;

use crate::{
    cli::{Common, print_json},
    config::Config,
    quality::{
        calendar::Calendar,
        rule::{
            Rule,
            file::{MAINTENANCE, RuleError, calendar_of, parse, read},
        },
    },
};

/// No rule file is so large.
const MAX_BYTES: u64 = 256 * 1024;

/// Reads rule files and tells everything that is wrong in them; false if anything is.
pub(in crate::cli) fn run(
    files: &[PathBuf],
    common: &Common,
    config: &Config,
) -> anyhow::Result<bool> {
    let (rules, errors) = if files.is_empty() {
        let folder = &config.quality.checks;
        let (rules, mut errors) = match read(folder) {
            Ok(rules) => (rules, Vec::new()),
            Err(errors) => (Vec::new(), errors),
        };
        errors.extend(calendar_of(folder).err());
        (rules, errors)
    } else {
        of_files(files)
    };
    // a rule of one's own takes the place of the shipped one of its id
    let count = rules.iter().map(|rule| rule.id).collect::<BTreeSet<_>>();
    let count = count.len();
    if common.json {
        let errors: Vec<_> = errors
            .iter()
            .map(
                |error| json!({ "file": error.file, "line": error.line, "message": error.message }),
            )
            .collect();
        print_json(&json!({ "valid": errors.is_empty(), "rules": count, "errors": errors }))?;
    } else {
        for error in &errors {
            println!("{error}");
        }
        match errors.len() {
            0 => println!("{}, nothing is wrong", counted(count as i64, "rule")),
            1 => println!("1 thing is wrong"),
            many => println!("{many} things are wrong"),
        }
    }
    Ok(errors.is_empty())
}

fn of_files(files: &[PathBuf]) -> (Vec<Rule>, Vec<RuleError>) {
    let (mut rules, mut errors) = (Vec::new(), Vec::new());
    for path in files {
        let name = path.file_name().unwrap_or(path.as_os_str());
        let name = name.to_string_lossy();
        match text_of(path) {
            Ok(text) if name == MAINTENANCE => errors.extend(Calendar::parse(&name, &text).err()),
            Ok(text) => match parse(&name, &text) {
                Ok(of_file) => rules.extend(of_file),
                Err(of_file) => errors.extend(of_file),
            },
            Err(error) => errors.push(RuleError {
                file: path.display().to_string(),
                line: 1,
                message: format!("cannot be read: {error}"),
            }),
        }
    }
    (rules, errors)
}

fn text_of(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    File::open(path)?
        .take(MAX_BYTES + 1)
        .read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(std::io::Error::other("it is larger than 256 kB"));
    }
    Ok(text)
}
