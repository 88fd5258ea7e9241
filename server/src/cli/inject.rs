//! `assay inject`

use std::{io::Write, path::PathBuf};

use anyhow::{Context, ensure};
use app::model::{Dataset, format_utc};
use clap::Args;

use super::{Common, print_json};
use crate::{
    export::AtomicFile,
    pipeline::backtest::source::{FileCandles, read_file},
    quality::inject::{Fault, Injected, Placed, Plan, inject, patched},
};

const HELP: &str = "Reads a file of candles, puts faults into it, and writes the faulty file in the same format, with a list of what was
put in and where. Rows that are not concerned keep their text to the letter. The same seed gives the same faults: a
pipeline can be tried on the result, and what it finds be held against the list.

Examples:
  assay inject prices.csv --fault spike_2pct --count 20 --out faulty.csv
  assay inject prices.csv.gz --fault gap --seed 7 --out faulty.csv --json > faults.json

Faults: ";

fn help() -> String {
    let names: Vec<&str> = faults_of_files().map(Fault::as_str).collect();
    format!("{HELP}{}", names.join(", "))
}

fn faults_of_files() -> impl Iterator<Item = Fault> {
    Fault::ALL
        .iter()
        .copied()
        .filter(|fault| fault.applies_to(Dataset::Candle))
}

/// Options of `inject`.
#[derive(Debug, Args)]
#[command(after_long_help = help(), after_help = "See --help for the faults, and examples.")]
pub struct InjectArgs {
    /// File of candles, packed or not.
    #[arg(value_name = "FILE")]
    path: PathBuf,
    /// What to put in.
    #[arg(long, value_parser = known_fault)]
    fault: Fault,
    /// How many, at most: they keep a distance of 150 rows.
    #[arg(long, default_value_t = 20)]
    count: usize,
    /// Seed of the places.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// File to write; it is there as a whole or not at all.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Format to read the file as; without it the content decides.
    #[arg(long, value_name = "FORMAT", value_parser = super::ingest::known_format)]
    format: Option<String>,
}

/// A fault by its name.
pub(super) fn known_fault(name: &str) -> Result<Fault, String> {
    Fault::parse(name).ok_or_else(|| {
        let names: Vec<&str> = Fault::ALL.iter().map(|fault| fault.as_str()).collect();
        format!("no fault has that name; there are {}", names.join(", "))
    })
}

/// Writes the faulty file.
pub(super) fn run(args: &InjectArgs, common: &Common) -> anyhow::Result<bool> {
    ensure!(
        args.fault.applies_to(Dataset::Candle),
        "{} is no fault of candles",
        args.fault.as_str()
    );
    let file = read_file(&args.path, args.format.as_deref())?;
    let plan = Plan {
        fault: args.fault,
        count: args.count,
        seed: args.seed,
    };
    let mut made = inject(&file.rows(), &plan);
    ensure!(
        !made.faults.is_empty(),
        "{} rows are too few for a fault; 400 are enough for one",
        file.lines.len()
    );
    // a file is one landing: what a later one says comes behind everything else
    made.rows.append(&mut made.later);
    let at = || format!("cannot write {}", args.out.display());
    let mut out = AtomicFile::begin(&args.out).with_context(at)?;
    write(&file, &made.rows, &mut out).with_context(at)?;
    out.finish().with_context(at)?;
    tell(args, &made.faults, made.rows.len(), common)
}

fn write(
    file: &FileCandles,
    rows: &[Placed<app::model::Candle>],
    out: &mut impl Write,
) -> std::io::Result<()> {
    let mut lines: Vec<String> = Vec::with_capacity(rows.len());
    let mut led = vec![false; file.lines.len()];
    // of a file that has its newest row first, what stands before a row stands behind it in time
    let order: Box<dyn Iterator<Item = &Placed<_>>> = if file.is_backwards {
        Box::new(rows.iter().rev())
    } else {
        Box::new(rows.iter())
    };
    for placed in order {
        let line = &file.lines[placed.source];
        if !std::mem::replace(&mut led[placed.source], true) {
            lines.extend(line.lead.iter().cloned());
        }
        lines.push(patched(&line.text, &file.patch, &line.candle, &placed.row));
    }
    for line in lines.iter().chain(&file.tail) {
        writeln!(out, "{}", line.trim_end_matches('\r'))?;
    }
    Ok(())
}

fn tell(
    args: &InjectArgs,
    faults: &[Injected],
    rows: usize,
    common: &Common,
) -> anyhow::Result<bool> {
    if common.json {
        print_json(&serde_json::json!({
            "file": args.out,
            "fault": args.fault,
            "seed": args.seed,
            "rows": rows,
            "faults": faults,
        }))?;
    } else {
        for fault in faults {
            println!(
                "{}: {} rows from {} to {} UTC",
                fault.fault.as_str(),
                fault.rows,
                format_utc(fault.first_at),
                format_utc(fault.last_at)
            );
        }
        println!(
            "{}: {rows} rows with {} faults (seed {})",
            args.out.display(),
            faults.len(),
            args.seed
        );
    }
    Ok(true)
}
