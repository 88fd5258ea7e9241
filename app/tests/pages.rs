//! The pages as a browser without JavaScript gets them.
#![cfg(feature = "ssr")]

#[path = "pages/fake.rs"]
mod fake;
#[path = "pages/quality_parts.rs"]
mod quality_parts;

use std::sync::{Arc, OnceLock};

use app::{
    App,
    backend::Backend,
    model::{batch::Standing, pipeline::DeskOf},
    plain::{self, shell::Frame},
    shell,
    start::Start,
    theme::Theme,
};
use axum::{Router, body::Body, http::Request};
use fake::{Fake, HOSTILE};
use leptos::prelude::*;
use leptos_axum::{AxumRouteListing, LeptosRoutes, generate_route_list};
use tower::ServiceExt;

fn server(fake: Fake, start: Start, standing: Standing) -> Router {
    let options = LeptosOptions::builder()
        .output_name("assay")
        .site_root("/nonexistent")
        .build();
    // listing routes suppresses loading for the whole process: it must be over before any page is rendered
    static ROUTES: OnceLock<Vec<AxumRouteListing>> = OnceLock::new();
    let routes = ROUTES.get_or_init(|| generate_route_list(App)).clone();
    let context = move || {
        provide_context::<Arc<dyn Backend>>(Arc::new(fake));
        provide_context(start.clone());
        provide_context(standing);
        provide_context(DeskOf(Arc::new(move || {
            (fake == Fake::Full).then(fake::live::desk)
        })));
    };
    let with_shell = {
        let options = options.clone();
        move || shell(options.clone())
    };
    Router::new()
        .leptos_routes_with_context(&options, routes, context, with_shell)
        .with_state(options)
}

async fn html_of(fake: Fake, start: Start, path: &str) -> String {
    html_for(fake, start, Standing::Operator, path).await
}

async fn html_for(fake: Fake, start: Start, standing: Standing, path: &str) -> String {
    let request = Request::builder()
        .uri(path)
        .body(Body::empty())
        .expect("a valid request");
    let response = server(fake, start, standing)
        .oneshot(request)
        .await
        .expect("an answer");
    assert!(
        response.status().is_success(),
        "{path}: {}",
        response.status()
    );
    let body = axum::body::to_bytes(response.into_body(), 4 << 20)
        .await
        .expect("a body");
    let html = String::from_utf8(body.to_vec()).expect("text");
    assert!(
        html.contains("</body>") && html.contains("</html>"),
        "{path} is cut off"
    );
    html
}

async fn page(fake: Fake, path: &str) -> String {
    html_of(fake, fake.start(), path).await
}

/// Elements with this test id.
fn count(html: &str, testid: &str) -> usize {
    html.matches(&format!("data-testid=\"{testid}\"")).count()
}

/// The text between the start tag with this test id and the next end tag, without markup and comments.
fn text(html: &str, testid: &str) -> String {
    let from = html
        .find(&format!("data-testid=\"{testid}\""))
        .unwrap_or_else(|| panic!("no {testid}"));
    let rest = &html[from..];
    let start = rest.find('>').expect("an end of the tag") + 1;
    let end = rest.find("</").expect("an end tag");
    let mut plain = rest.get(start..end).unwrap_or_default().to_owned();
    while let (Some(open), Some(close)) = (plain.find('<'), plain.find('>')) {
        plain.replace_range(open..=close, "");
    }
    plain
}

#[tokio::test]
async fn the_overview_is_complete_without_javascript() {
    let html = page(Fake::Full, "/").await;
    assert!(html.contains("<title>Overview · Assay</title>"));
    assert!(html.contains("Gold is ") && html.contains("usable with caution"));
    for key in [
        "price",
        "change",
        "spread",
        "volume",
        "freshness",
        "completeness",
        "alerts",
    ] {
        assert_eq!(count(&html, &format!("kpi-{key}")), 1, "{key}");
    }
    assert_eq!(text(&html, "kpi-price-value"), "91,234.50");
    assert_eq!(text(&html, "kpi-freshness-value"), "12 s");
    assert_eq!(text(&html, "kpi-alerts-value"), "2");
    assert_eq!(text(&html, "price-now"), "91,234.50");
    for layer in ["bronze", "silver", "gold"] {
        assert_eq!(count(&html, &format!("layer-{layer}")), 1, "{layer}");
    }
    assert_eq!(count(&html, "alert-row"), 3);
    assert_eq!(count(&html, "run-row"), 3);
    assert_eq!(count(&html, "feed-row"), 2);
    assert!(html.contains("<progress") && html.contains("refining 42 %"));
    assert!(html.contains(
        "/chart/price.svg?instrument=BTC-USDT&amp;venue=simulator&amp;step=1m&amp;theme=light"
    ));
    assert!(html.contains("/market?instrument=BTC-USD&amp;venue=sample&amp;step=4h"));
}

#[tokio::test]
async fn simulated_prices_are_marked_wherever_they_are_shown() {
    let html = page(Fake::Full, "/").await;
    // top bar, both charts, the feed
    assert_eq!(count(&html, "simulated-badge"), 4);
    assert_eq!(count(&page(Fake::Bare, "/").await, "simulated-badge"), 0);
}

#[tokio::test]
async fn an_empty_database_says_so_and_does_not_look_healthy() {
    let html = page(Fake::Bare, "/").await;
    assert!(html.contains("data-level=\"unknown\""));
    assert!(html.contains("No file has been read yet"));
    assert!(html.contains("No prices yet"));
    assert!(!html.contains("data-level=\"ok\"") && !html.contains(">OK<"));
    assert!(html.contains("nothing has been judged yet"));
    let html = page(Fake::Bare, "/quality").await;
    assert!(html.contains("No check has run yet"));
}

#[tokio::test]
async fn a_failing_store_is_told_with_its_log_entry() {
    for path in ["/", "/quality", "/batches", "/pipeline", "/market"] {
        let html = page(Fake::Broken, path).await;
        assert_eq!(count(&html, "load-error"), 1, "{path}");
        assert!(html.contains("log entry 42"), "{path}");
    }
}

#[tokio::test]
async fn text_from_outside_stays_text() {
    for path in [
        "/quality",
        "/quality?alert=1",
        "/batches",
        "/pipeline",
        "/market",
    ] {
        let html = page(Fake::Full, path).await;
        let body = &html[html.find("<body").expect("a body")..];
        let visible = body.split("<script").next().expect("a beginning");
        assert!(!body.contains(HOSTILE), "{path}");
        assert!(visible.contains("&lt;script&gt;alert("), "{path}");
        assert!(!body.contains("<script>alert("), "{path}");
    }
}

#[tokio::test]
async fn filters_in_the_address_work_on_the_server() {
    for (path, alerts, checks) in [
        ("/quality?state=open", 2, 3),
        ("/quality?state=resolved", 1, 3),
        ("/quality?pipeline=batch", 1, 2),
        ("/quality?pipeline=live&state=open", 1, 1),
        ("/quality?state=%27%3Cscript%3E", 3, 3),
    ] {
        let html = page(Fake::Full, path).await;
        assert_eq!(count(&html, "alert-row"), alerts, "{path}");
        assert_eq!(count(&html, "check-row"), checks, "{path}");
    }
}

#[tokio::test]
async fn the_theme_of_the_cookie_is_in_the_first_byte() {
    let start = Start {
        theme: Some(Theme::Dark),
        ..Fake::Full.start()
    };
    let html = html_of(Fake::Full, start, "/quality?state=open").await;
    assert!(html.contains("data-theme=\"dark\""));
    assert!(html.contains("name=\"back\" value=\"/quality?state=open\""));
    let html = page(Fake::Full, "/").await;
    assert!(!html.contains("data-theme"));
}

#[tokio::test]
async fn no_page_needs_inline_styles() {
    for path in [
        "/",
        "/quality?alert=1",
        "/about",
        "/market",
        "/batches",
        "/pipeline",
    ] {
        let html = page(Fake::Full, path).await;
        assert!(!html.contains(" style="), "{path}");
        assert!(!html.contains("<style"), "{path}");
    }
}

#[tokio::test]
async fn a_page_renders_even_when_the_server_forgot_its_start() {
    let html = html_of(Fake::Full, Start::default(), "/").await;
    assert!(
        html.contains("2026-11-23 04:59:48"),
        "ages fall back to times"
    );
}

#[tokio::test]
async fn the_batches_page_lists_files_runs_jobs_and_the_inbox() {
    let html = page(Fake::Full, "/batches").await;
    assert!(html.contains("<title>Batches · Assay</title>"));
    assert_eq!(count(&html, "run-row"), 2, "newest runs");
    assert!(
        html.contains("action=\"/runs/3/cancel\""),
        "a run can be cancelled"
    );
    assert_eq!(count(&html, "batch-row"), 3);
    assert_eq!(count(&html, "job-row"), 1);
    assert!(html.contains("action=\"/jobs/last%20hours/run\""));
    assert!(html.contains("2 files"), "waiting in the inbox");
    assert!(html.contains("target=\"upload-frame\"") && html.contains("name=\"upload-frame\""));
    assert!(html.contains("Trusted with caution"));
    // the browser's router has no such page
    assert!(html.contains("rel=\"external\" href=\"/batches/3\""));
    assert!(
        html.contains("/batches?before=1795409100000-1"),
        "older ones"
    );
}

#[tokio::test]
async fn the_list_of_batches_is_filtered_by_its_address() {
    let html = page(Fake::Full, "/batches?state=refused").await;
    assert_eq!(count(&html, "batch-row"), 1);
    assert!(html.contains("href=\"/batches?state=refused#list\" aria-current=\"true\""));
    let html = page(Fake::Full, "/batches?show=runs").await;
    assert_eq!(count(&html, "batch-row"), 0);
    assert_eq!(count(&html, "run-list-row"), 2);
    let html = page(Fake::Full, "/batches?state=%22%3E%3Cscript%3E").await;
    assert_eq!(
        count(&html, "batch-row"),
        3,
        "what is no state is no filter"
    );
}

#[tokio::test]
async fn an_empty_list_of_batches_says_how_to_begin() {
    let html = page(Fake::Bare, "/batches").await;
    for words in [
        "No file has been taken in yet",
        "No job is scheduled",
        "No folder is watched",
    ] {
        assert!(html.contains(words), "{words}");
    }
}

#[tokio::test]
async fn the_pipeline_page_shows_how_every_source_is() {
    let html = page(Fake::Full, "/pipeline").await;
    assert!(html.contains("<title>Pipeline · Assay</title>"));
    assert!(html.contains("Gold is ") && html.contains("usable with caution"));
    assert_eq!(count(&html, "source-row"), 3);
    for words in [
        "data-venue=\"simulator-kraken\" data-state=\"backing off\"",
        ">Streaming<",
        ">Synced<",
        ">Lost<",
        "0.0 / 48 ms",
        "to silver 2.2 / 9.0 ms",
        "42.4",
        "1,234",
        "1,204 answers, 3 errors",
        ">primary<",
    ] {
        assert!(html.contains(words), "{words}");
    }
    for layer in ["bronze", "silver", "gold"] {
        assert_eq!(count(&html, &format!("layer-{layer}")), 1, "{layer}");
    }
    assert_eq!(count(&html, "table-row"), 1);
    assert_eq!(count(&html, "pipeline-run"), 2);
    assert_eq!(count(&html, "source-event"), 2);
    assert!(html.contains("data-kind=\"failed_over\""));
    assert!(html.contains("data-at=\"1795409999600\""), "ages can go on");
}

#[tokio::test]
async fn gaps_are_shown_from_noticed_to_filled_open_ones_first() {
    let html = page(Fake::Full, "/pipeline").await;
    assert_eq!(count(&html, "gap-row"), 3);
    let at = |state: &str| {
        html.find(&format!("data-state=\"{state}\""))
            .expect("a row")
    };
    assert!(at("open") < at("filled") && at("filled") < at("recorded"));
    for words in [
        "1 open",
        "still growing",
        "filled after 40 s",
        "Cannot be filled",
        "checksum was wrong",
        "2026-11-23 04:50:00",
    ] {
        assert!(html.contains(words), "{words}");
    }
}

#[tokio::test]
async fn an_idle_pipeline_says_so() {
    let html = page(Fake::Bare, "/pipeline").await;
    for words in [
        "No live source is configured",
        "No gap: nothing has been missed",
        "Nothing has happened yet",
        "Nothing has run yet",
    ] {
        assert!(html.contains(words), "{words}");
    }
    assert_eq!(count(&html, "fault-desk"), 0, "no simulator is a source");
}

#[tokio::test]
async fn the_fault_desk_is_a_plain_form_for_operators_only() {
    let html = page(Fake::Full, "/pipeline").await;
    assert_eq!(count(&html, "fault"), 2);
    for words in [
        "action=\"/simulator/faults\"",
        "name=\"on\" value=\"sequence_gap\"",
        "name=\"off\" value=\"sequence_gap kraken\"",
        "<option value=\"kraken\">",
        "One change of the book is skipped.",
        ">in 12 s<",
        "href=\"/quality?state=open\"",
    ] {
        assert!(html.contains(words), "{words}");
    }
    for (standing, words) in [
        (Standing::MustSignIn, "action=\"/operator\""),
        (Standing::Elsewhere, "from the machine itself"),
    ] {
        let html = html_for(Fake::Full, Fake::Full.start(), standing, "/pipeline").await;
        assert!(html.contains(words), "{words}");
        assert_eq!(count(&html, "fault"), 0, "{standing:?}");
        assert!(!html.contains("name=\"on\""), "{standing:?}");
    }
}

#[tokio::test]
async fn the_market_shows_trades_book_and_venues_without_javascript() {
    let html = page(Fake::Full, "/market").await;
    assert_eq!(count(&html, "trade"), 2);
    let newest = html.find("data-trade=\"2\"").expect("a trade");
    let oldest = html.find("data-trade=\"1\"").expect("a trade");
    assert!(newest < oldest, "newest first");
    for words in [
        "▲ buy",
        "▼ sell",
        "04:59:59.002",
        "class=\"market-depth\"",
        "0.11 bps",
    ] {
        assert!(html.contains(words), "{words}");
    }
    assert_eq!(text(&html, "consensus-price"), "91,201.25");
    assert_eq!(text(&html, "consensus-venues"), "1");
    assert_eq!(count(&html, "venue-row"), 2);
    assert_eq!(count(&html, "primary"), 1);
    assert!(text(&html, "failed-over").contains("Fail-over: kraken was silent"));
    let html = page(Fake::Bare, "/market").await;
    assert_eq!(count(&html, "market-empty"), 1);
}

fn frame(path: &str) -> Frame {
    Frame {
        style: "/pkg/assay.css".into(),
        path: path.into(),
        start: Fake::Full.start(),
    }
}

#[tokio::test]
async fn one_batch_shows_what_was_found_and_counts_that_add_up() {
    let html = plain::batch::render(frame("/batches/3"), fake::one(3));
    assert!(html.starts_with("<!DOCTYPE html><html") && html.trim_end().ends_with("</html>"));
    assert!(!html.contains("<script"), "no script on this page");
    assert!(!html.contains(HOSTILE) && html.contains("&lt;script&gt;"));
    assert!(html.contains("trusted with caution"));
    assert!(html.contains("Every row is accounted for."));
    assert_eq!(count(&html, "batch-check"), 2);
    assert_eq!(count(&html, "set-apart"), 1);
    assert!(html.contains("action=\"/batches/3/retry\""));
    assert!(html.contains("/batches/compare?a=1&amp;b=3"));
    assert!(html.contains("Completeness by month") && html.contains("class=\"hist\""));
    assert!(!html.contains("http-equiv"), "it is finished");
    assert!(
        html.contains("aria-current=\"page\""),
        "the navigation knows where it is"
    );
    assert!(!html.contains(" style="));

    let mut lost = fake::one(3);
    lost.batch.rows += 5;
    let html = plain::batch::render(frame("/batches/3"), lost);
    assert!(html.contains("5 rows are missing from the books"));
}

#[tokio::test]
async fn two_batches_are_compared_line_by_line() {
    let html = plain::compare::render(frame("/batches/compare"), fake::compared());
    assert_eq!(count(&html, "side-a") + count(&html, "side-b"), 2);
    assert!(html.contains("class=\"hist-line\""));
    assert!(html.contains("data-differs"));
    assert_eq!(count(&html, "differing-check"), 1);
    assert!(html.contains("/batches/compare?a=3&amp;b=1"), "swapped");
    assert!(!html.contains(HOSTILE));
}
