//! Serves pages, the event stream, tiles and the API.

mod alerts;
mod api;
mod batches;
mod chart;
mod client_error;
mod events;
mod headers;
mod health;
mod host;
mod jobs;
mod metrics;
mod notices;
mod openapi;
mod operator;
mod pages;
mod plain_page;
mod probes;
mod quality;
mod report;
mod simulator;
mod statics;
mod theme;
mod tiles;
mod transition;
mod upload;

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::Context as _;
use axum::{
    Router,
    extract::FromRef,
    middleware,
    routing::{get, post},
};
use leptos::config::LeptosOptions;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::compression::CompressionLayer;

pub use pages::page_paths;
pub use simulator::{Fault, FaultDesk, FaultError};

use crate::{
    backend::StoreBackend, clock::Clock, config::Config, hub::Hub, notify::Channels,
    pipeline::Engine, secret::Secret, store::Store,
};

/// How long open connections may take to end once the server goes down.
const GOODBYE: Duration = Duration::from_secs(5);

/// What the web needs to serve.
#[derive(Clone, Debug)]
pub struct Web {
    /// The database.
    pub store: Store,
    /// What open pages are told.
    pub hub: Hub,
    /// The time of day.
    pub clock: Clock,
    /// Token of operators; without one, operators come from this machine.
    pub operator: Option<Secret>,
    /// Folder that holds `pkg/` with script, wasm and stylesheet.
    pub site_root: PathBuf,
    /// Fault control of the built-in simulator, while one runs.
    pub faults: Option<Arc<dyn FaultDesk>>,
    /// The configuration.
    pub config: Arc<Config>,
}

impl Web {
    /// What a duty of the batch pipeline needs.
    fn engine(&self) -> Engine {
        Engine {
            store: self.store.clone(),
            hub: self.hub.clone(),
            clock: self.clock.clone(),
        }
    }
}

/// What every handler gets.
#[derive(Clone, Debug)]
struct AppState {
    web: Web,
    keys: Arc<operator::Keys>,
    backend: StoreBackend,
    options: LeptosOptions,
    shutdown: CancellationToken,
    reports: Arc<Mutex<client_error::Reports>>,
    report: Arc<report::Kept>,
    channels: Arc<Channels>,
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.options.clone()
    }
}

/// Every route, for a server that listens on `addr`. Event streams end when `shutdown` is cancelled.
pub fn router(web: Web, addr: SocketAddr, shutdown: CancellationToken) -> Router {
    let routes = pages::routes();
    let options = LeptosOptions::builder()
        .output_name("assay")
        .site_root(web.site_root.to_string_lossy())
        .site_pkg_dir("pkg")
        .site_addr(addr)
        .build();
    let state = AppState {
        keys: Arc::new(operator::Keys::new(web.operator.clone())),
        backend: StoreBackend::new(web.store.clone(), web.hub.clone(), web.clock.clone())
            .configured(web.config.clone()),
        options,
        shutdown,
        reports: Arc::default(),
        report: Arc::default(),
        channels: Arc::new(Channels::of_process(&web.config.notify)),
        web,
    };
    // what people reach with a form or a link
    let plain = upload::forms()
        .merge(batches::routes())
        .merge(quality::routes())
        // forms of pages are sent to the API, too
        .nest("/api/v1", api::router())
        .route("/operator", post(operator::sign_in))
        .route("/simulator/faults", post(simulator::switch))
        .layer(middleware::from_fn_with_state(
            state.clone(),
            plain_page::refusals,
        ));
    let router = Router::new()
        .route("/events", get(events::stream))
        .route(
            "/tiles/{instrument}/{venue}/{step_ms}/{index}",
            get(tiles::tile),
        )
        .route("/chart/price.svg", get(chart::price_svg))
        .route("/report", get(report::report))
        .route("/theme", get(theme::set))
        .route("/healthz", get(probes::alive))
        .route("/readyz", get(probes::ready))
        .route("/metrics", get(metrics::metrics))
        .route("/favicon.ico", get(statics::no_icon))
        .route("/api/client-error", post(client_error::report))
        .merge(plain)
        .nest_service("/pkg", statics::packages(&state.web.site_root));
    pages::mount(router, &state, routes)
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(headers::secure))
        .layer(middleware::from_fn_with_state(
            host::Rule::of(addr),
            host::check,
        ))
        .with_state(state)
}

/// Serves until `shutdown` is cancelled, then gives open connections five seconds.
///
/// # Errors
/// When the socket breaks.
pub async fn serve(
    listener: TcpListener,
    web: Web,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let addr = listener
        .local_addr()
        .context("the listening socket has no address")?;
    let judging = tokio::spawn(health::keep_judging(
        StoreBackend::new(web.store.clone(), web.hub.clone(), web.clock.clone()),
        web.store.clone(),
        web.hub.clone(),
        shutdown.clone(),
    ));
    let app =
        router(web, addr, shutdown.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, app)
        .with_graceful_shutdown(shutdown.clone().cancelled_owned())
        .into_future();
    // a page that stopped reading would keep the server from ending
    let deadline = async {
        shutdown.cancelled().await;
        tokio::time::sleep(GOODBYE).await;
    };
    let served = tokio::select! {
        served = serving => served.context("the server stopped"),
        () = deadline => Ok(()),
    };
    judging.abort();
    served
}
