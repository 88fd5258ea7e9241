//! `assay silence`

use app::{backend::Backend, format::counted, model::format_utc};
use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    Common,
    alerts::{By, plain},
    print_json,
};
use crate::{
    backend::StoreBackend,
    pipeline::{
        Engine,
        alerting::act::{Wanted, silence, unsilence},
    },
    quality::rule::file::duration_ms,
};

/// Options of `silence`.
#[derive(Debug, Args)]
pub struct SilenceArgs {
    #[command(subcommand)]
    action: Option<SilenceAction>,
}

/// What to do with silences.
#[derive(Debug, Subcommand)]
pub enum SilenceAction {
    /// Print silences that hold, and maintenance windows that hold or come
    List,
    /// Keep notices of alerts back; alerts are recorded all the same
    Add(New),
    /// End a silence
    End {
        /// Number of the silence.
        id: i64,
    },
}

/// A new silence.
#[derive(Debug, Args)]
pub struct New {
    /// Check, or a pattern such as candle.*
    #[arg(long, default_value = "*", value_name = "PATTERN")]
    check: String,
    /// Entity, or a pattern such as */kraken/*
    #[arg(long, default_value = "*", value_name = "PATTERN")]
    entity: String,
    /// For how long: 30m, 2h, 7d.
    #[arg(long = "for", value_name = "TIME", value_parser = span, required_unless_present = "until_resolved")]
    length: Option<i64>,
    /// Until the alerts that it keeps back are resolved.
    #[arg(long, conflicts_with = "length")]
    until_resolved: bool,
    /// Why.
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    by: By,
}

fn span(text: &str) -> Result<i64, String> {
    duration_ms(text).ok_or_else(|| format!("{text:?} is no length of time; write 30m, 2h or 7d"))
}

/// Lists silences, adds or ends one.
pub(super) async fn run(
    engine: &Engine,
    args: SilenceArgs,
    common: &Common,
) -> anyhow::Result<bool> {
    let done = match args.action {
        None | Some(SilenceAction::List) => list(engine, common).await,
        Some(SilenceAction::Add(new)) => add(engine, new, common).await,
        Some(SilenceAction::End { id }) => {
            unsilence(engine, id).await?;
            if common.json {
                print_json(&json!({ "id": id, "ended": true }))?;
            } else {
                println!("silence {id} is over");
            }
            Ok(true)
        }
    };
    engine.store.close().await;
    done
}

async fn list(engine: &Engine, common: &Common) -> anyhow::Result<bool> {
    let backend = StoreBackend::new(
        engine.store.clone(),
        engine.hub.clone(),
        engine.clock.clone(),
    );
    let silences = backend.silences().await?;
    if common.json {
        print_json(&json!({ "silences": silences }))?;
        return Ok(true);
    }
    for silence in &silences {
        let until = match silence.ends_at {
            Some(at) => format!("until {}", format_utc(at)),
            None => "until it is resolved".to_owned(),
        };
        println!(
            "{} {} {} from {} {until}, {}, by {}: {}",
            silence.id,
            plain(&silence.check_id),
            plain(&silence.entity),
            format_utc(silence.starts_at),
            counted(silence.muted, "alert"),
            plain(&silence.actor),
            plain(&silence.reason)
        );
    }
    println!("{}", counted(silences.len() as i64, "silence"));
    Ok(true)
}

async fn add(engine: &Engine, new: New, common: &Common) -> anyhow::Result<bool> {
    let wanted = Wanted {
        check_id: new.check,
        entity: new.entity,
        reason: new.reason,
        for_ms: new.length,
    };
    let (silence, muted) = silence(engine, wanted, &new.by.name()).await?;
    if common.json {
        print_json(&json!({ "id": silence.id, "ends_at": silence.ends_at, "muted": muted }))?;
    } else {
        println!("silence {}: {muted} alerts are kept back now", silence.id);
    }
    Ok(true)
}
