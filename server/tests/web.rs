//! What the web serves: pages, headers, guards, tiles and the API.

#[path = "web/api.rs"]
mod api;
#[path = "web/guards.rs"]
mod guards;
#[path = "web/pages.rs"]
mod pages;
#[path = "web/quality.rs"]
mod quality;
#[path = "web/report.rs"]
mod report;
#[path = "web/tiles.rs"]
mod tiles;
#[path = "web/views.rs"]
mod views;

use std::sync::{Arc, Mutex};

use app::{
    backend::{Backend, MarketQuery},
    model::{
        ConsensusVm, FeedVm, GapState, HOUR_MS, LiveEvent, MINUTE_MS, Quote, QuoteVm, Severity,
        SourceEventKind,
    },
};
use reqwest::{Client, Response, StatusCode, header, redirect};
use serde_json::Value;
use server::{
    backend::StoreBackend,
    clock::Clock,
    hub::Hub,
    secret::Secret,
    store::{Store, testing},
    web::{Fault, FaultDesk, FaultError, Web, page_paths, serve},
};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const NOW: i64 = 1_790_000_030_000;

struct Server {
    url: String,
    web: Web,
    client: Client,
    folder: TempDir,
    shutdown: CancellationToken,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

impl Server {
    async fn empty() -> Self {
        Self::with(|_| {}).await
    }

    async fn filled() -> Self {
        let server = Self::empty().await;
        testing::fill(&server.web.store, NOW).await.expect("fill");
        server
    }

    async fn with(change: impl FnOnce(&mut Web)) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("assay.db");
        let store = Store::open(&format!("sqlite:{}", file.display()))
            .await
            .expect("store");
        let mut web = Web {
            store,
            hub: Hub::new("test"),
            clock: Clock::fixed(NOW),
            operator: None,
            site_root: folder.path().to_owned(),
            faults: None,
            config: Arc::default(),
        };
        change(&mut web);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
        let url = format!("http://{}", listener.local_addr().expect("address"));
        let shutdown = CancellationToken::new();
        tokio::spawn(serve(listener, web.clone(), shutdown.clone()));
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .build()
            .expect("client");
        Self {
            url,
            web,
            client,
            folder,
            shutdown,
        }
    }

    async fn get(&self, path: &str) -> Response {
        self.client
            .get(format!("{}{path}", self.url))
            .send()
            .await
            .expect("answer")
    }

    async fn json(&self, path: &str) -> (StatusCode, Value) {
        let response = self.get(path).await;
        (response.status(), json(response).await)
    }

    fn backend(&self) -> StoreBackend {
        StoreBackend::new(
            self.web.store.clone(),
            self.web.hub.clone(),
            self.web.clock.clone(),
        )
    }
}

/// Every page that needs no parameter, and one that does not exist.
fn pages() -> Vec<String> {
    let mut paths: Vec<String> = page_paths()
        .into_iter()
        .filter(|path| !path.contains(['{', '*']))
        .collect();
    paths.push("/no/such/page".to_owned());
    paths
}

/// Nothing is cut off: after the document come only whole scripts, with which Leptos hands data to the browser.
fn is_whole(html: &str) -> bool {
    // erased views leave empty comments between elements
    html.replace("<!>", "")
        .trim_end()
        .split_once("</body></html>")
        .is_some_and(|(_, rest)| {
            rest.split_inclusive("</script>")
                .all(|script| script.starts_with("<script") && script.ends_with("</script>"))
        })
}

async fn json(response: Response) -> Value {
    let bytes = response.bytes().await.expect("body");
    serde_json::from_slice(&bytes).expect("json")
}

async fn page(server: &Server, path: &str) -> Response {
    server
        .client
        .get(format!("{}{path}", server.url))
        .header(header::ACCEPT, "text/html")
        .send()
        .await
        .expect("answer")
}
