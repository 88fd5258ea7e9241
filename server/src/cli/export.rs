//! `assay export`

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use app::model::Step;
use clap::{Args, ValueEnum};

use super::{Common, print_json};
use crate::{
    export::{AtomicFile, Rows, WriteError},
    pipeline::Engine,
    store::{
        StoreError,
        export::{Filter, TABLES, Table},
    },
    when::moment,
};

/// Options of `export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// What to take out.
    #[arg(long)]
    dataset: ExportDataset,
    /// silver or gold; not needed where there is only one.
    #[arg(long, value_name = "LAYER")]
    layer: Option<String>,
    /// How to write it.
    #[arg(long)]
    format: ExportFormat,
    /// File to write; `-` for standard output (csv only). It is there as a whole or not at all.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Only this instrument, such as BTC-USD.
    #[arg(long, value_name = "SYMBOL")]
    instrument: Option<String>,
    /// Only this venue or publisher.
    #[arg(long, value_name = "VENUE")]
    venue: Option<String>,
    /// Only candles of this step: 1m, 5m, 15m, 1h, 4h, 1d, 1w.
    #[arg(long, value_name = "STEP")]
    step: Option<String>,
    /// Only from this time on (UTC): 2018-01-31, 2018-01-31T12:00, milliseconds since the epoch, or 7d for a week ago.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Only before this time.
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
}

/// What can be taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportDataset {
    /// Candles (silver), bars of every step (gold)
    Candle,
    /// Minutes in which live and batch differ, and candles restated later
    Difference,
    /// Tickers
    Quote,
    /// Order books
    Book,
    /// News (silver), news by day and source (gold)
    Article,
    /// Rows that broke a rule
    Quarantine,
    /// Alerts
    Alert,
    /// Results of checks
    Check,
}

/// File formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// Comma-separated values with a header; times are milliseconds since the epoch
    Csv,
    /// Parquet with zstd compression
    Parquet,
}

/// Why rows stopped.
#[derive(Debug, thiserror::Error)]
enum Stop {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Writes the rows.
pub(super) async fn run(
    engine: &Engine,
    args: &ExportArgs,
    common: &Common,
) -> anyhow::Result<bool> {
    let dataset = args.dataset.to_possible_value();
    let dataset = dataset.as_ref().map_or("", |value| value.get_name());
    let table = table(dataset, args.layer.as_deref())?;
    let filter = filter(engine, args, table).await?;
    if args.out == Path::new("-") {
        ensure!(
            args.format == ExportFormat::Csv,
            "parquet cannot be written to standard output; name a file with --out"
        );
        let rows = Rows::csv(std::io::stdout(), table.columns)?;
        return match write(engine, table, &filter, rows).await {
            Err(Stop::Write(error)) if error.is_closed_pipe() => Ok(true),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(true),
        };
    }
    let at = || format!("cannot write {}", args.out.display());
    let mut file = AtomicFile::begin(&args.out).with_context(at)?;
    let rows = match args.format {
        ExportFormat::Csv => Rows::csv(&mut file, table.columns),
        ExportFormat::Parquet => Rows::parquet(&mut file, table.columns),
    };
    let count = write(engine, table, &filter, rows.with_context(at)?)
        .await
        .with_context(at)?;
    let bytes = file.finish().with_context(at)?;
    if common.json {
        print_json(&serde_json::json!({
            "file": args.out.display().to_string(), "dataset": table.dataset, "layer": table.layer,
            "rows": count, "bytes": bytes,
        }))?;
    } else {
        println!("{}: {count} rows, {bytes} bytes", args.out.display());
    }
    Ok(true)
}

async fn write<W: Write + Send>(
    engine: &Engine,
    table: &Table,
    filter: &Filter,
    mut rows: Rows<W>,
) -> Result<u64, Stop> {
    let mut count = 0;
    let each = |cells: &[_]| {
        count += 1;
        rows.push(cells).map_err(Stop::from)
    };
    engine.store.export(table, filter, each).await?;
    rows.finish()?;
    Ok(count)
}

fn table(dataset: &str, layer: Option<&str>) -> anyhow::Result<&'static Table> {
    let of_dataset: Vec<&Table> = TABLES
        .iter()
        .filter(|table| table.dataset == dataset)
        .collect();
    let layers: Vec<&str> = of_dataset.iter().map(|table| table.layer).collect();
    match layer {
        Some(layer) => match of_dataset.iter().find(|table| table.layer == layer) {
            Some(table) => Ok(table),
            None => bail!(
                "there is no {dataset} in layer {layer:?}; choose --layer {}",
                layers.join(" or --layer ")
            ),
        },
        None => match of_dataset[..] {
            [only] => Ok(only),
            _ => bail!(
                "{dataset} is in several layers; choose --layer {}",
                layers.join(" or --layer ")
            ),
        },
    }
}

async fn filter(engine: &Engine, args: &ExportArgs, table: &Table) -> anyhow::Result<Filter> {
    let (instruments, venues) = engine.store.known_names().await?;
    let known = |what: &str, name: Option<&String>, has: bool, names: &[String]| {
        let Some(name) = name else {
            return Ok(());
        };
        ensure!(has, "{} has no {what}; leave --{what} out", table.dataset);
        ensure!(
            names.contains(name),
            "no {what} {name:?} in the database; there are: {}",
            names.join(", ")
        );
        Ok(())
    };
    known(
        "instrument",
        args.instrument.as_ref(),
        table.has_instrument(),
        &instruments,
    )?;
    known("venue", args.venue.as_ref(), table.has_venue(), &venues)?;
    let step_ms = args
        .step
        .as_deref()
        .map(|name| {
            ensure!(
                table.has_step(),
                "{} has no step; leave --step out",
                table.dataset
            );
            let names: Vec<&str> = Step::ALL.iter().map(|step| step.name).collect();
            let step = Step::named(name)
                .with_context(|| format!("no step {name:?}; there are: {}", names.join(", ")))?;
            Ok(step.step_ms)
        })
        .transpose()?;
    let time = |option: &str, text: Option<&String>| {
        text.map(|text| moment(text, engine.clock.now_ms()))
            .transpose()
            .map_err(|error| anyhow::anyhow!("--{option} {error}"))
    };
    Ok(Filter {
        instrument: args.instrument.clone(),
        venue: args.venue.clone(),
        step_ms,
        from_ms: time("from", args.from.as_ref())?,
        to_ms: time("to", args.to.as_ref())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_chosen_or_named() {
        assert_eq!(table("quote", None).unwrap().layer, "silver");
        assert_eq!(table("candle", Some("gold")).unwrap().layer, "gold");
        for (dataset, layer, said) in [
            (
                "candle",
                None,
                "candle is in several layers; choose --layer silver or --layer gold",
            ),
            (
                "quote",
                Some("gold"),
                "there is no quote in layer \"gold\"; choose --layer silver",
            ),
        ] {
            assert_eq!(table(dataset, layer).unwrap_err().to_string(), said);
        }
        for dataset in ExportDataset::value_variants() {
            let name = dataset.to_possible_value().unwrap();
            assert!(TABLES.iter().any(|table| table.dataset == name.get_name()));
        }
    }
}
