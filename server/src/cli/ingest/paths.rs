//! Which files a command means: files, folders, patterns, and standard input.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use anyhow::Context;

use crate::pipeline::checksum::is_companion;

/// Standard input.
pub(super) const STDIN: &str = "-";

/// What is to be ingested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

/// Sources in the order they are named, those below a folder or pattern by name; each once.
pub(super) fn sources(paths: &[PathBuf]) -> anyhow::Result<Vec<Source>> {
    let mut found = Vec::new();
    let mut files = Vec::new();
    for path in paths {
        if path == Path::new(STDIN) {
            found.push(Source::Stdin);
            continue;
        }
        files.clear();
        match std::fs::metadata(path) {
            Ok(kind) if kind.is_dir() => folder(path, &mut files)?,
            Ok(_) => files.push(path.clone()),
            Err(error) => match pattern(path)? {
                Some(matches) => files.extend(matches),
                None => {
                    return Err(error).with_context(|| format!("cannot read {}", path.display()));
                }
            },
        }
        found.extend(files.drain(..).map(Source::File));
    }
    let mut seen = HashSet::new();
    found.retain(|source| match source {
        // two names of one file are one file
        Source::File(path) => seen.insert(std::fs::canonicalize(path).unwrap_or(path.clone())),
        Source::Stdin => seen.insert(PathBuf::from(STDIN)),
    });
    let named = || paths.iter().map(|path| path.display().to_string());
    anyhow::ensure!(
        !found.is_empty(),
        "no file below {}; name a file, or a folder that holds some",
        named().collect::<Vec<_>>().join(", ")
    );
    Ok(found)
}

/// Files that match a pattern; `None` if it is none.
fn pattern(path: &Path) -> anyhow::Result<Option<Vec<PathBuf>>> {
    let Some(text) = path.to_str().filter(|text| text.contains(['*', '?', '['])) else {
        return Ok(None);
    };
    let matches = glob::glob(text).with_context(|| format!("{text:?} is no pattern"))?;
    let mut files = Vec::new();
    for path in matches {
        let path = path.with_context(|| format!("cannot list what {text:?} means"))?;
        if path.is_dir() {
            folder(&path, &mut files)?;
        } else {
            files.push(path);
        }
    }
    anyhow::ensure!(!files.is_empty(), "no file matches {text:?}");
    Ok(Some(files))
}

fn folder(path: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries =
        std::fs::read_dir(path).with_context(|| format!("cannot list {}", path.display()))?;
    let mut entries = entries.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        // links are not followed: they may lead in circles
        let kind = entry.file_type()?;
        if kind.is_dir() {
            folder(&entry.path(), found)?;
        } else if kind.is_file() && !is_companion(&entry.path()) {
            found.push(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_folders_and_patterns_name_each_file_once() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        std::fs::create_dir_all(path("below/deeper")).unwrap();
        for name in [
            "b.csv",
            "a.csv",
            "c.txt",
            "below/d.csv",
            "below/deeper/e.csv",
        ] {
            std::fs::write(path(name), "x").unwrap();
        }
        let names = |given: &[&str]| -> Vec<String> {
            let given: Vec<PathBuf> = given
                .iter()
                .map(|name| {
                    if *name == "-" {
                        PathBuf::from("-")
                    } else {
                        path(name)
                    }
                })
                .collect();
            let name = |source: Source| match source {
                Source::Stdin => "-".to_owned(),
                Source::File(file) => file
                    .strip_prefix(root.path())
                    .unwrap()
                    .display()
                    .to_string(),
            };
            sources(&given).unwrap().into_iter().map(name).collect()
        };
        assert_eq!(names(&["*.csv"]), ["a.csv", "b.csv"]);
        assert_eq!(names(&["b.csv", "*.csv", "b.csv"]), ["b.csv", "a.csv"]);
        assert_eq!(names(&["bel*"]), ["below/d.csv", "below/deeper/e.csv"]);
        assert_eq!(
            names(&["**/e.csv", "below"]),
            ["below/deeper/e.csv", "below/d.csv"]
        );
        assert_eq!(names(&["-", "c.txt", "-"]), ["-", "c.txt"]);
        for missing in ["nothing.csv", "*.parquet"] {
            assert!(sources(&[path(missing)]).is_err(), "{missing}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn two_names_of_a_file_are_one() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("a.csv"), "x").unwrap();
        std::os::unix::fs::symlink(root.path().join("a.csv"), root.path().join("z.csv")).unwrap();
        assert_eq!(sources(&[root.path().join("?.csv")]).unwrap().len(), 1);
    }
}
