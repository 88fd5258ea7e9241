//! `assay notify`

use std::sync::Arc;

use anyhow::{Context, ensure};
use app::model::format_utc_short;
use clap::{Args, Subcommand};

use super::{Common, print_json};
use crate::{
    backend::StoreBackend,
    config::Config,
    notify::{Channels, channel::ChannelView, template},
    pipeline::{Engine, notifying::Notifying},
};

/// Options of `notify`.
#[derive(Debug, Args)]
pub struct NotifyArgs {
    #[command(subcommand)]
    action: NotifyAction,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum NotifyAction {
    /// Print the channels and the newest notices with what became of them
    List {
        /// Only notices in this state.
        #[arg(long, value_parser = ["waiting", "sent", "given_up"])]
        state: Option<String>,
        /// Most notices.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=10_000))]
        limit: i64,
    },
    /// Send a test to a channel
    Test {
        /// Name of the channel in the configuration.
        channel: String,
    },
    /// Send the digest of the last 24 hours now, or print it
    Digest {
        /// Print it and send nothing.
        #[arg(long)]
        print: bool,
    },
}

/// Lists, tests or digests.
pub(super) async fn run(
    engine: &Engine,
    args: NotifyArgs,
    common: &Common,
    config: &Config,
) -> anyhow::Result<bool> {
    let channels = Channels::of_process(&config.notify);
    let backend = StoreBackend::new(
        engine.store.clone(),
        engine.hub.clone(),
        engine.clock.clone(),
    )
    .configured(Arc::new(config.clone()));
    let notifying = Notifying::new(
        engine.clone(),
        &config.notify,
        channels.clone(),
        Arc::new(backend),
    )?;
    let done = match args.action {
        NotifyAction::List { state, limit } => {
            let state = state.unwrap_or_default();
            list(engine, &channels, &state, limit, common).await
        }
        NotifyAction::Test { channel } => test(&notifying, &channels, &channel, common).await,
        NotifyAction::Digest { print: true } => print_digest(engine, &notifying, common).await,
        NotifyAction::Digest { print: false } => send_digest(engine, &notifying, common).await,
    };
    engine.store.close().await;
    done
}

async fn list(
    engine: &Engine,
    channels: &Channels,
    state: &str,
    limit: i64,
    common: &Common,
) -> anyhow::Result<bool> {
    let views: Vec<ChannelView> = channels.iter().map(|channel| channel.view()).collect();
    let notices = engine.store.notices(state, limit).await?;
    if common.json {
        print_json(&serde_json::json!({ "channels": views, "notices": notices }))?;
        return Ok(true);
    }
    if views.is_empty() {
        println!("no channel is configured: write [notify.channel.NAME] into the configuration");
    }
    for view in &views {
        let problem = view.problem.as_deref().unwrap_or("ready");
        println!(
            "{} ({}) from {}{}: {problem}",
            view.name,
            view.kind,
            view.min_severity,
            if view.digest { ", digest" } else { "" },
        );
    }
    for row in &notices {
        let notice = &row.notice;
        let error = match notice.error.as_str() {
            "" => String::new(),
            error => format!(" ({error})"),
        };
        println!(
            "{} {} {} {} {}, {} tries{error}: {}",
            notice.id,
            format_utc_short(notice.created_at),
            notice.channel,
            notice.kind,
            notice.state,
            notice.attempts,
            notice.subject,
        );
    }
    Ok(true)
}

async fn test(
    notifying: &Notifying,
    channels: &Channels,
    channel: &str,
    common: &Common,
) -> anyhow::Result<bool> {
    let report = notifying.test(channel).await?.with_context(|| {
        format!(
            "there is no channel {channel:?} in the configuration; it knows {}",
            channels.names()
        )
    })?;
    if common.json {
        print_json(&report)?;
    } else if report.sent {
        println!("{channel}: the test has arrived");
    } else {
        println!("{channel}: the test did not arrive: {}", report.error);
    }
    Ok(report.sent)
}

async fn print_digest(
    engine: &Engine,
    notifying: &Notifying,
    common: &Common,
) -> anyhow::Result<bool> {
    let now_ms = engine.clock.now_ms();
    let letter = notifying.digest("printed".to_owned(), "", now_ms).await?;
    if common.json {
        print_json(&letter)?;
    } else {
        print!("{}", template::for_mail(&Default::default(), &letter)?.text);
    }
    Ok(true)
}

async fn send_digest(
    engine: &Engine,
    notifying: &Notifying,
    common: &Common,
) -> anyhow::Result<bool> {
    let written = notifying.digest_now().await?;
    ensure!(
        !written.is_empty(),
        "no channel takes the digest: write digest = true into one of [notify.channel]"
    );
    for channel in &written {
        // what is older goes with it; what fails is tried again while the server runs
        while notifying.deliver(channel).await? {}
    }
    let waiting = engine.store.notices("waiting", 1000).await?;
    let late: Vec<&str> = waiting
        .iter()
        .filter(|row| row.notice.kind == "digest")
        .map(|row| row.notice.channel.as_str())
        .collect();
    if common.json {
        print_json(&serde_json::json!({ "channels": written, "waiting": late }))?;
    } else {
        println!("the digest went to {}", written.join(", "));
        for channel in &late {
            println!("{channel}: it has not arrived yet; it is tried again while the server runs");
        }
    }
    Ok(late.is_empty())
}
