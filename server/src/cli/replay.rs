//! `assay replay`

use app::model::Dataset;
use clap::Args;

use super::{
    Common,
    bar::{Unit, bar, watcher},
    print_json, stop_on_signal,
};
use crate::{
    pipeline::{
        Engine,
        replay::{ReplayFilter, replay_of},
    },
    when::moment,
};

/// Options of `replay`.
#[derive(Debug, Args)]
#[command(
    after_help = "Without options everything is rebuilt. With options, every series that has a landing in the range: landings of one series restate each other, so a part of it alone would come out different."
)]
pub struct ReplayArgs {
    /// Only series with data at or after this time: 2024-01-01, 2024-01-01T00:00, milliseconds, 7d (ago).
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Only series with data before this time.
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Only this dataset.
    #[arg(long, value_parser = ["candle", "quote", "book", "article"])]
    dataset: Option<String>,
}

/// Rebuilds silver and gold.
pub(super) async fn run(
    engine: &Engine,
    args: &ReplayArgs,
    common: &Common,
) -> anyhow::Result<bool> {
    let now_ms = engine.clock.now_ms();
    let time = |text: &Option<String>| {
        let time = text.as_deref().map(|text| moment(text, now_ms));
        time.transpose().map_err(anyhow::Error::msg)
    };
    let filter = ReplayFilter {
        from: time(&args.from)?,
        to: time(&args.to)?,
        dataset: args.dataset.as_deref().and_then(Dataset::parse),
    };
    stop_on_signal(engine);
    let bar = bar("replay", Unit::Bytes);
    let landings = replay_of(engine, filter, bar.as_ref().map(watcher)).await;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let landings = landings?;
    if common.json {
        print_json(
            &serde_json::json!({ "landings": landings, "tables": engine.store.digests().await? }),
        )?;
    } else {
        println!("{landings} landings replayed");
    }
    engine.store.close().await;
    Ok(true)
}
