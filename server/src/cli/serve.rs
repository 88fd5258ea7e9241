//! `assay serve`

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use anyhow::Context;
use clap::Args;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Common, engine};
use crate::{
    backend::StoreBackend,
    config::Config,
    notify::Channels,
    pipeline::{
        Engine, alerting, first,
        goldchecks::GoldChecks,
        inbox::Inbox,
        live::{self, Desk, LivePlan},
        notifying::Notifying,
        rules,
        schedule::Schedule,
        selfcheck::SelfCheck,
        upload::Uploads,
    },
    web::{FaultDesk, Web, serve},
};

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Address to listen on; other than loopback only with `operator_token` in the configuration.
    #[arg(long, default_value = "127.0.0.1:3000")]
    addr: SocketAddr,
    /// Live source: `auto` (real venues, the simulator while none answers), `off`, `simulator`, or venues by name.
    #[arg(
        long,
        default_value = "auto",
        value_name = "auto|off|simulator|VENUE,…"
    )]
    live: String,
    /// Folder with the page's script, wasm and style; found beside the program unless given.
    #[arg(long, env = "LEPTOS_SITE_ROOT", value_name = "FOLDER")]
    site_root: Option<PathBuf>,
}

/// Serves until interrupted.
pub(super) async fn run(args: ServeArgs, common: &Common, config: Config) -> anyhow::Result<bool> {
    let plan = LivePlan::parse(&args.live)?;
    anyhow::ensure!(
        args.addr.ip().is_loopback() || config.operator_token.is_some(),
        "{} can be reached from other machines: set operator_token in the configuration first, or listen on 127.0.0.1",
        args.addr
    );
    let mut engine = engine(common, &config).await?;
    if plan == LivePlan::Simulator {
        let speed = config.simulator.speed;
        engine.clock = live::simulated_clock(&engine.store, engine.clock, speed).await?;
    }
    let listener = TcpListener::bind(args.addr)
        .await
        .with_context(|| format!("cannot listen on {}; is another assay running?", args.addr))?;
    let stop = CancellationToken::new();
    tokio::spawn(stop_on_signal(stop.clone()));

    let desk = Desk::new(engine.clock.clone());
    let has_simulator = matches!(plan, LivePlan::Auto | LivePlan::Simulator);
    let config = Arc::new(config);
    let web = Web {
        store: engine.store.clone(),
        hub: engine.hub.clone(),
        clock: engine.clock.clone(),
        operator: config.operator_token.clone(),
        site_root: args.site_root.unwrap_or_else(site_root),
        faults: has_simulator.then(|| Arc::new(desk.clone()) as Arc<dyn FaultDesk>),
        config: Arc::clone(&config),
    };
    engine
        .hub
        .alerts_up_to(engine.store.newest_alert_seq().await?);
    let rules = tokio::spawn(rules::watch(engine.clone(), config.quality.checks.clone()));
    let judged = SelfCheck::begin(engine.clone(), &config).run(stop.clone());
    let judged = tokio::spawn(judged);
    let batch = tokio::spawn(batch(engine.clone(), Arc::clone(&config), stop.clone()));
    let alerts = tokio::spawn(alerting::run(engine.clone(), stop.clone()));
    let notices = tokio::spawn(notices(engine.clone(), Arc::clone(&config), stop.clone()));
    let config = (*config).clone();
    let polls = tokio::spawn(poll(engine.clone(), config, plan, desk, stop.clone()));
    tracing::info!("the page is at http://{}", listener.local_addr()?);
    let served = serve(listener, web, stop.clone()).await;
    stop.cancel();
    polls.await.context("the live pipeline stopped")?;
    alerts.await.context("the duty of alerts stopped")?;
    notices.await.context("the notices stopped")?;
    // an ingest that is under way is cut off: it is taken up at the next start
    batch.abort();
    rules.abort();
    judged.abort();
    engine.store.close().await;
    served.map(|()| true)
}

/// Runs the live pipeline; a failure is told at once, not when the server ends.
async fn poll(engine: Engine, config: Config, plan: LivePlan, desk: Desk, stop: CancellationToken) {
    let polls = tokio::spawn(live::run(engine, config, plan, desk, stop));
    match polls.await.context("the live pipeline stopped") {
        Ok(Ok(())) => {}
        Ok(Err(error)) | Err(error) => {
            tracing::error!(error = format!("{error:#}"), "the live pipeline failed");
        }
    }
}

/// Tells the configured channels of incidents.
async fn notices(engine: Engine, config: Arc<Config>, stop: CancellationToken) {
    let backend = StoreBackend::new(
        engine.store.clone(),
        engine.hub.clone(),
        engine.clock.clone(),
    )
    .configured(Arc::clone(&config));
    let channels = Channels::of_process(&config.notify);
    match Notifying::new(engine, &config.notify, channels, Arc::new(backend)) {
        Ok(notifying) => notifying.run(stop).await,
        Err(error) => tracing::error!(error = format!("{error:#}"), "nobody is told of incidents"),
    }
}

/// Takes up what a crash cut off, gives an empty database the sample; then watches the inbox, runs jobs and judges gold.
async fn batch(engine: Engine, config: Arc<Config>, stop: CancellationToken) {
    if let Err(error) = first::begin(&engine).await {
        tracing::error!(
            error = format!("{error:#}"),
            "the batch pipeline could not begin"
        );
    }
    let uploads = Uploads::new(engine.clone(), config.batch.max_upload_mb);
    if let Err(error) = uploads.begin().await {
        tracing::error!(error = format!("{error:#}"), "uploads cannot be kept");
    }
    let inbox = async {
        let Some(folder) = &config.batch.inbox else {
            return;
        };
        match Inbox::new(engine.clone(), folder) {
            Ok(inbox) => inbox.run(stop.clone()).await,
            Err(error) => tracing::error!(error = format!("{error:#}"), "there is no inbox"),
        }
    };
    let schedule = async {
        match Schedule::begin(engine.clone(), Arc::clone(&config)).await {
            Ok(schedule) => schedule.run(stop.clone()).await,
            Err(error) => tracing::error!(error = format!("{error:#}"), "there is no schedule"),
        }
    };
    let gold = GoldChecks::new(engine.clone()).run(stop.clone());
    tokio::join!(inbox, schedule, uploads.run(stop.clone()), gold);
}

async fn stop_on_signal(stop: CancellationToken) {
    super::signalled().await;
    tracing::info!("stopping");
    stop.cancel();
}

/// `site` beside the program, or where a build leaves it.
fn site_root() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let beside = program
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join("site"));
    let built = PathBuf::from("target/site");
    beside
        .chain([built.clone()])
        .find(|folder| folder.join("pkg").is_dir())
        .unwrap_or(built)
}
