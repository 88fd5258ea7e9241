//! `assay inspect`

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use anyhow::Context;
use app::model::format_utc;
use clap::Args;

use super::{Common, ingest::known_format, print_json};
use crate::{
    pipeline::{
        input::Input,
        read::{HEAD_BYTES, head},
    },
    refine::{
        container::{Container, Unpacked},
        inspect::{Inspection, inspect_as, inspect_text},
    },
};

const HELP: &str = "Looks at the beginning of each file and says what `assay ingest` would make of it: what it is packed in,
its encoding and line ends, the format and the evidence for it, which column is read as what, the unit and zone of the
times, the step, the first rows as they would be read, and what to be careful about. Nothing is stored.

The format that it names can be given to `assay ingest --format`, for files that do not show it themselves.

Examples:
  assay inspect prices.csv
  assay inspect BTCUSDT-1m-2025-01.zip
  assay inspect prices.csv --format ohlcv:day-first    how it would be read with the day before the month
  assay inspect download/*.csv --json                  one JSON document

Exit code 0: all files could be taken; 1: some would be refused.";

/// Options of `inspect`.
#[derive(Debug, Args)]
#[command(after_long_help = HELP, after_help = "See --help for what it tells, and examples.")]
pub struct InspectArgs {
    /// Files.
    #[arg(required = true, value_name = "FILE")]
    paths: Vec<PathBuf>,
    /// Format to read the files as; without it the content decides.
    #[arg(long, value_name = "FORMAT", value_parser = known_format)]
    format: Option<String>,
}

/// Says what the files are; false if one would be refused.
pub(super) fn run(args: &InspectArgs, common: &Common) -> anyhow::Result<bool> {
    let mut reports = Vec::new();
    for path in &args.paths {
        for report in look(path, args.format.as_deref())? {
            if !common.json {
                print(&report);
            }
            reports.push(report);
        }
    }
    let good = reports.iter().all(|report| report.refusal.is_none());
    if common.json {
        print_json(&serde_json::json!({ "files": reports }))?;
    }
    Ok(good)
}

/// One report, or one of each data file in an archive.
fn look(path: &Path, format: Option<&str>) -> anyhow::Result<Vec<Inspection>> {
    let context = || format!("cannot read {}", path.display());
    let input = Input::from(path);
    let inputs = match input.members() {
        Ok(members) if members.is_empty() => vec![input],
        Ok(members) => members,
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => vec![input],
        Err(error) => return Err(error).with_context(context),
    };
    inputs
        .into_iter()
        .map(|input| one(&input, format).with_context(context))
        .collect()
}

fn one(input: &Input, format: Option<&str>) -> std::io::Result<Inspection> {
    let mut bytes = Vec::new();
    input.open()?.take(HEAD_BYTES).read_to_end(&mut bytes)?;
    let size = input.bytes()?;
    let name = input.origin();
    let mut report = match input.open_text().and_then(head) {
        // the archive's own words are better than what its first bytes tell
        Err(error) => Inspection {
            refusal: Some(format!("the archive cannot be unpacked: {error}")),
            ..inspect_as(&name, &bytes, Some(size), format)
        },
        Ok(text) => {
            let container = Container::of(&bytes);
            let unpacked = Unpacked {
                container,
                member: None,
                is_whole: (text.len() as u64) < HEAD_BYTES,
                text,
            };
            let text_bytes = (container == Container::Plain).then_some(size);
            inspect_text(&name, &unpacked, text_bytes, format)
        }
    };
    if !report.is_whole && input.is_file() && report.container == "plain" {
        let mut file = File::open(input.path())?;
        file.seek(SeekFrom::Start(size.saturating_sub(TAIL_BYTES)))?;
        let mut tail = Vec::new();
        file.take(TAIL_BYTES).read_to_end(&mut tail)?;
        report.reach(&bytes, &tail);
    }
    Ok(report)
}

/// The end of a plain file is looked at for its last time.
const TAIL_BYTES: u64 = 64 * 1024;

fn print(report: &Inspection) {
    println!("{}", report.name);
    let line = |name: &str, text: &str| {
        if !text.is_empty() {
            println!("  {name:<11} {text}");
        }
    };
    if let Some(refusal) = &report.refusal {
        line("refused", refusal);
    }
    let packed = match report.container.as_str() {
        "plain" => "not packed",
        other => other,
    };
    if report.encoding.is_empty() {
        line("packed", packed);
    } else {
        let delimiter = match report.delimiter.as_str() {
            "" => String::new(),
            name => format!(", separated by {name}"),
        };
        line(
            "text",
            &format!(
                "{packed}, {}, line ends {}{delimiter}",
                report.encoding, report.line_ends
            ),
        );
    }
    if report.format.is_empty() {
        println!();
        return;
    }
    line("format", &format!("{} ({})", report.format, report.about));
    line("because", &report.why);
    let market = match (&report.instrument, report.market.as_str()) {
        (Some(instrument), "") => instrument.clone(),
        (Some(instrument), market) => format!("{instrument}, {market}"),
        (None, market) => market.to_owned(),
    };
    line("market", &market);
    for (index, kind) in report.times.iter().enumerate() {
        let name = if index == 0 { "times" } else { "" };
        line(
            name,
            &format!(
                "{} ({} rows, from line {})",
                kind.kind, kind.rows, kind.from_line
            ),
        );
    }
    line("zone", &report.zone);
    line("step", &report.step);
    if let (Some(first), Some(last)) = (report.first_ms, report.last_ms) {
        let part = if report.is_whole { "" } else { " (in the part looked at)" };
        line(
            "range",
            &format!("{} to {} UTC{part}", format_utc(first), format_utc(last)),
        );
    }
    let rows = match report.rows_estimated {
        Some(rows) if report.is_whole => rows.to_string(),
        Some(rows) => format!("about {rows}"),
        None => format!("{} looked at", report.rows_seen),
    };
    line("rows", &rows);
    print_columns(report);
    print_sample(report);
    for (name, texts) in [("set apart", &report.rejected), ("careful", &report.warnings)] {
        for (index, text) in texts.iter().enumerate() {
            println!("  {:<11} {text}", if index == 0 { name } else { "" });
        }
    }
    println!();
}

fn print_columns(report: &Inspection) {
    let used = report.columns.iter().map(|column| {
        let meaning = match column.meaning.as_str() {
            "" => "not used",
            meaning => meaning,
        };
        match column.name.as_str() {
            "" => format!("{} {meaning}", column.position),
            name if name.eq_ignore_ascii_case(meaning) => format!("{} {name}", column.position),
            name => format!("{} {name:?} = {meaning}", column.position),
        }
    });
    println!("  {:<11} {}", "columns", used.collect::<Vec<_>>().join(", "));
}

fn print_sample(report: &Inspection) {
    const MAX_WIDTH: usize = 40;
    let short = |text: &str| -> String {
        let text: String = text.chars().take(MAX_WIDTH).collect();
        text.escape_debug().to_string()
    };
    let rows: Vec<Vec<String>> = std::iter::once(&report.sample_columns)
        .chain(&report.sample)
        .map(|row| row.iter().map(|cell| short(cell)).collect())
        .collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    for (index, row) in rows.iter().enumerate() {
        let name = if index == 0 { "read as" } else { "" };
        let cells = row
            .iter()
            .enumerate()
            .filter(|(column, _)| rows.iter().skip(1).any(|row| !row[*column].is_empty()))
            .map(|(column, cell)| format!("{cell:<0$}", width(column)));
        println!(
            "  {name:<11} {}",
            cells.collect::<Vec<_>>().join("  ").trim_end()
        );
    }
}
