//! A page that loses its connection misses no alert and gets none twice.

use std::{collections::VecDeque, time::Duration};

use app::model::{AlertEventVm, LiveEvent, Pipeline, RunState, RunVm, Severity};
use server::{
    clock::Clock,
    hub::Hub,
    store::{Store, testing},
    web::{Web, serve},
};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

const NOW: i64 = 1_790_000_000_000;
const PATIENCE: Duration = Duration::from_secs(20);

struct Server {
    url: String,
    hub: Hub,
    store: Store,
    shutdown: CancellationToken,
    task: JoinHandle<anyhow::Result<()>>,
}

impl Server {
    async fn start(folder: &TempDir, hub: Hub) -> Self {
        let file = folder.path().join("assay.db");
        let store = Store::open(&format!("sqlite:{}", file.display()))
            .await
            .expect("store");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
        let url = format!("http://{}", listener.local_addr().expect("address"));
        let shutdown = CancellationToken::new();
        let web = Web {
            store: store.clone(),
            hub: hub.clone(),
            clock: Clock::fixed(NOW),
            operator: None,
            site_root: folder.path().to_owned(),
            faults: None,
            config: std::sync::Arc::default(),
        };
        let task = tokio::spawn(serve(listener, web, shutdown.clone()));
        Self {
            url,
            hub,
            store,
            shutdown,
            task,
        }
    }

    async fn stop(self) {
        self.shutdown.cancel();
        timeout(PATIENCE, self.task)
            .await
            .expect("the server ends although streams are open")
            .expect("no panic")
            .expect("no error");
        self.store.close().await;
    }

    /// Commits a transition without telling the hub.
    async fn commit(&self, name: &str) -> AlertEventVm {
        testing::fire(&self.store, name, Severity::Warn, NOW)
            .await
            .expect("fire")
    }

    async fn fire(&self, name: &str) -> i64 {
        let event = self.commit(name).await;
        let seq = event.seq;
        self.hub.alerts(vec![event]);
        seq
    }
}

/// One server-sent event: id, name, data.
#[derive(Debug, Clone, PartialEq)]
struct Sse {
    id: Option<i64>,
    name: String,
    data: String,
}

struct Page {
    response: reqwest::Response,
    text: String,
    events: VecDeque<Sse>,
    last_id: Option<i64>,
}

impl Page {
    async fn open(server: &Server, query: &str, last_id: Option<i64>) -> Self {
        let mut request = reqwest::Client::new().get(format!("{}/events{query}", server.url));
        if let Some(id) = last_id {
            request = request.header("last-event-id", id);
        }
        let response = request.send().await.expect("answer");
        assert_eq!(response.status(), 200);
        Self {
            response,
            text: String::new(),
            events: VecDeque::new(),
            last_id,
        }
    }

    /// The next event; `None` when the stream has ended.
    async fn next(&mut self) -> Option<Sse> {
        loop {
            if let Some(event) = self.events.pop_front() {
                self.last_id = event.id.or(self.last_id);
                return Some(event);
            }
            let chunk = timeout(PATIENCE, self.response.chunk())
                .await
                .expect("an event in time")
                .ok()??;
            self.text
                .push_str(std::str::from_utf8(&chunk).expect("utf-8"));
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    block
                        .lines()
                        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
                        .map(str::to_owned)
                };
                if let (Some(name), Some(data)) = (field("event"), field("data")) {
                    let id = field("id").map(|id| id.parse().expect("number"));
                    self.events.push_back(Sse { id, name, data });
                }
                self.text = rest.to_owned();
            }
        }
    }

    /// Numbers of the alerts up to and with `last`.
    async fn alerts_until(&mut self, last: i64) -> Vec<i64> {
        let mut seen = Vec::new();
        while seen.last() != Some(&last) {
            let event = self.next().await.expect("the stream goes on");
            assert_ne!(event.name, "reset");
            if event.name == "alert" {
                let LiveEvent::Alert(alert) = serde_json::from_str(&event.data).expect("json")
                else {
                    panic!("not an alert: {}", event.data);
                };
                assert_eq!(event.id, Some(alert.seq));
                seen.push(alert.seq);
            } else {
                assert_eq!(event.id, None, "only alerts have an id");
            }
        }
        seen
    }

    /// How many alerts come before a heartbeat that is sent now.
    async fn alerts_queued(&mut self, server: &Server) -> usize {
        let mut count = 0;
        server.hub.publish(LiveEvent::Hb);
        loop {
            let event = self.next().await.expect("the stream goes on");
            match event.name.as_str() {
                "alert" => count += 1,
                "hb" => return count,
                _ => {}
            }
        }
    }

    async fn until(&mut self, name: &str) -> Sse {
        loop {
            let event = self.next().await.expect("the stream goes on");
            if event.name == name {
                return event;
            }
        }
    }
}

#[tokio::test]
async fn a_page_that_reconnects_gets_every_alert_once() {
    let folder = tempfile::tempdir().expect("folder");
    let server = Server::start(&folder, Hub::new("test")).await;
    let mut page = Page::open(&server, "", None).await;
    page.until("hello").await;
    let mut seen = Vec::new();
    for name in ["a", "b", "c"] {
        let seq = server.fire(name).await;
        seen.extend(page.alerts_until(seq).await);
    }
    let last_id = page.last_id;
    drop(page);
    for name in ["d", "e"] {
        server.fire(name).await;
    }
    let mut page = Page::open(&server, "?after=1", last_id).await;
    let seq = server.fire("f").await;
    seen.extend(page.alerts_until(seq).await);
    assert_eq!(seen, [1, 2, 3, 4, 5, 6]);
    server.stop().await;
}

#[tokio::test]
async fn a_restart_of_the_server_loses_no_alert() {
    let folder = tempfile::tempdir().expect("folder");
    let server = Server::start(&folder, Hub::new("test")).await;
    let mut page = Page::open(&server, "", None).await;
    page.until("hello").await;
    let seq = server.fire("a").await;
    assert_eq!(page.alerts_until(seq).await, [1]);
    // committed, but the process ends before anybody is told
    server.commit("b").await;
    server.shutdown.cancel();
    page.until("bye").await;
    assert_eq!(
        page.next().await,
        None,
        "the stream ends after the farewell"
    );
    server.stop().await;

    let server = Server::start(&folder, Hub::new("test")).await;
    let mut again = Page::open(&server, "", page.last_id).await;
    let seq = server.fire("c").await;
    assert_eq!(again.alerts_until(seq).await, [2, 3]);
    server.stop().await;
}

#[tokio::test]
async fn a_page_that_falls_behind_gets_every_alert_and_the_newest_state() {
    let folder = tempfile::tempdir().expect("folder");
    let server = Server::start(&folder, Hub::new("test")).await;
    let mut page = Page::open(&server, "", None).await;
    page.until("hello").await;
    let mut alerts = Vec::new();
    for name in 0..5 {
        alerts.push(server.commit(&name.to_string()).await);
    }
    // nothing here gives way to the page's stream, so more frames come together than it may be behind
    for (id, alert) in (1..).zip(alerts) {
        for part in 0..200 {
            server.hub.publish(run(id * 1000 + part));
        }
        server.hub.alerts(vec![alert]);
    }
    let mut alerts = Vec::new();
    let mut newest_run = 0;
    let mut runs = 0;
    while alerts.len() < 5 || newest_run < 5199 {
        let event = page.next().await.expect("the stream goes on");
        match serde_json::from_str(&event.data).expect("json") {
            LiveEvent::Alert(alert) => alerts.push(alert.seq),
            LiveEvent::Run(run) => {
                runs += 1;
                newest_run = newest_run.max(run.id);
            }
            _ => {}
        }
    }
    assert_eq!(alerts, [1, 2, 3, 4, 5]);
    assert!(runs < 1000, "old state was skipped, not queued: {runs}");
    server.stop().await;
}

#[tokio::test]
async fn alerts_told_out_of_order_or_not_at_all_come_in_order() {
    let folder = tempfile::tempdir().expect("folder");
    let server = Server::start(&folder, Hub::new("test")).await;
    let mut page = Page::open(&server, "", None).await;
    page.until("hello").await;
    let (first, second) = (server.commit("a").await, server.commit("b").await);
    server.commit("another process").await;
    server.hub.alerts(vec![second]);
    server.hub.alerts(vec![first]);
    let seq = server.fire("d").await;
    assert_eq!(page.alerts_until(seq).await, [1, 2, 3, 4]);
    server.stop().await;
}

#[tokio::test]
async fn a_new_page_gets_no_old_alerts_and_one_that_cannot_resume_loads_again() {
    let folder = tempfile::tempdir().expect("folder");
    let server = Server::start(&folder, Hub::new("test")).await;
    for name in 0..502 {
        server.commit(&name.to_string()).await;
    }
    // the header is newer than the address, which stays that of the first load
    for (query, last_id, replayed) in [
        ("", None, 0),
        ("?after=502", None, 0),
        ("?after=2", None, 500),
        ("?after=0", Some(500), 2),
    ] {
        let mut page = Page::open(&server, query, last_id).await;
        let hello = page.until("hello").await;
        assert!(hello.data.contains(r#""seq":502"#), "{}", hello.data);
        let queued = page.alerts_queued(&server).await;
        assert_eq!(queued, replayed, "{query} {last_id:?}");
    }
    for query in ["?after=1", "?after=503", "?after=-1", "?after=x"] {
        Page::open(&server, query, None).await.until("reset").await;
    }
    let seq = server.fire("new").await;
    let mut page = Page::open(&server, &format!("?after={}", seq - 1), None).await;
    assert_eq!(page.alerts_until(seq).await, [503]);
    server.stop().await;
}

#[tokio::test]
async fn a_full_house_is_told_to_come_again_later() {
    let folder = tempfile::tempdir().expect("folder");
    let server = Server::start(&folder, Hub::with_capacity("test", 1)).await;
    let mut page = Page::open(&server, "", None).await;
    page.until("hello").await;
    let full = reqwest::get(format!("{}/events", server.url))
        .await
        .expect("answer");
    assert_eq!(
        full.status(),
        200,
        "another status ends an event source for good"
    );
    assert_eq!(full.headers()["content-type"], "text/event-stream");
    assert_eq!(full.headers()["x-accel-buffering"], "no");
    assert_eq!(full.headers()["cache-control"], "no-cache, no-transform");
    assert_eq!(full.headers().get("content-encoding"), None);
    assert_eq!(full.text().await.expect("text"), "retry: 30000\n\n");
    server.stop().await;
}

#[tokio::test]
async fn health_is_judged_at_once_and_after_a_change() {
    let folder = tempfile::tempdir().expect("folder");
    let server = Server::start(&folder, Hub::new("test")).await;
    let mut page = Page::open(&server, "", None).await;
    let health = page.until("health").await;
    assert!(
        health.data.contains(r#""word":"unknown""#),
        "{}",
        health.data
    );
    testing::fill(&server.store, NOW).await.expect("fill");
    testing::fire(&server.store, "binance", Severity::Critical, NOW)
        .await
        .expect("fire");
    server.hub.changed();
    // one that was judged before the rows came may still be on its way
    let mut words = Vec::new();
    while !words.contains(&"not to be trusted".to_owned()) {
        let health = page.until("health").await;
        let Ok(LiveEvent::Health { verdict, .. }) = serde_json::from_str(&health.data) else {
            panic!("not health: {}", health.data);
        };
        words.push(verdict.word);
        assert!(words.len() < 4, "{words:?}");
    }
    server.stop().await;
}

fn run(id: i64) -> LiveEvent {
    LiveEvent::Run(RunVm {
        id,
        pipeline: Pipeline::Batch,
        kind: "ingest".to_owned(),
        subject: "a.csv".to_owned(),
        state: RunState::Done,
        phase: String::new(),
        started_at: NOW,
        finished_at: None,
        bytes_done: 0,
        bytes_total: 0,
        rows: 0,
        accepted: 0,
        deduplicated: 0,
        quarantined: 0,
        flagged: 0,
        detail: String::new(),
    })
}
