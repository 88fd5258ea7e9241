//! How the database goes about the questions of pages: what would read a whole big table is found here, not in use.

use sqlx::Row as _;

use super::{
    alert, article, batch, book, candle, consensus, gap, incident, landing, minute, quarantine,
    quote, rule, run, score, series, source, timeline, trade,
};
use crate::store::Store;

/// Steps of the plan, such as `SEARCH s USING PRIMARY KEY (instrument_id=? AND venue_id=?)`.
async fn plan(store: &Store, query: &str) -> Vec<String> {
    let explain = sqlx::AssertSqlSafe(format!("explain query plan {query}"));
    let rows = sqlx::query(explain).fetch_all(&store.read).await;
    rows.expect("plan")
        .iter()
        .map(|row| row.get("detail"))
        .collect()
}

#[tokio::test]
async fn no_question_of_a_page_scans_or_sorts_a_big_table() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("assay.db");
    let store = Store::open(&format!("sqlite:{}", file.display()))
        .await
        .expect("store");
    // tables by their alias in the query; a scan in the order of the rows' numbers that ends at a limit is fine
    for (name, query, big) in [
        ("minutes", candle::MINUTES, &["s", "o"][..]),
        ("gold", candle::GOLD, &["gold_candle"]),
        ("completeness", candle::COMPLETENESS, &["gold_candle"]),
        (
            "differing minutes",
            candle::DIFFERING,
            &["reconcile_minute"],
        ),
        ("differing days", candle::DIFFERING_DAYS, &["reconcile_day"]),
        ("series", series::STEPS, &["c"]),
        ("newest quotes", quote::NEWEST, &["q", "m"]),
        ("quotes", quote::WINDOW, &["q"]),
        ("newest books", book::NEWEST, &["b", "m"]),
        ("books", book::WINDOW, &["b"]),
        ("articles", article::WINDOW, &["silver_article"]),
        ("alert transitions", alert::EVENTS_AFTER, &["alert_event"]),
        (
            "comings and goings",
            crate::store::alert::TURNS,
            &["a", "e"],
        ),
        ("incidents", incident::LIST, &["a", "i"]),
        ("gaps of incidents", incident::GAPS, &["g", "i"]),
        ("checks of incidents", incident::CHECKS, &["alert"]),
        (
            "what happened in an incident",
            incident::EVENTS,
            &["e", "a", "t"],
        ),
        ("alerts by rule", rule::COUNTS, &["alert"]),
        ("landings", landing::OF_PIPELINE, &["bronze_landing"]),
        ("runs", run::OF_PIPELINE, &["run"]),
        ("batches", batch::LIST, &["l"]),
        ("batch runs", batch::RUNS, &["run"]),
        ("runs of a batch", batch::RUNS_OF, &["run"]),
        ("the batch before", batch::BEFORE, &["p", "b"]),
        ("trades", trade::WINDOW, &["t"]),
        ("prices agreed on", consensus::WINDOW, &["c"]),
        ("deviations", consensus::DEVIATIONS, &["d"]),
        ("minutes of trades", minute::WINDOW, &["m"]),
        ("open gaps", gap::OPEN, &["g"]),
        ("events of sources", source::EVENTS, &["e"]),
        ("states of checks", timeline::STATES, &["r", "check_result"]),
        ("history of a score", score::OF_ONE, &["score"]),
        ("the newest fail-over", source::CHANGE, &["e"]),
    ] {
        let steps = plan(&store, query).await;
        for table in big {
            let searches = format!("SEARCH {table} USING ");
            assert!(
                steps.iter().any(|step| step.starts_with(&searches)),
                "{name} does not use a key of {table}: {steps:#?}"
            );
            let scans = format!("SCAN {table}");
            assert!(!steps.contains(&scans), "{name} scans {table}: {steps:#?}");
        }
    }
    let minutes = plan(&store, candle::MINUTES).await;
    let to_the_end = |alias: &str, end: &str| {
        minutes
            .iter()
            .any(|step| step.starts_with(&format!("SEARCH {alias} ")) && step.contains(end))
    };
    assert!(to_the_end("s", "step_ms=? AND opened_at>?"), "{minutes:#?}");
    assert!(to_the_end("o", "step_ms=? AND opened_at=?"), "{minutes:#?}");
    for (name, query) in [
        ("open alerts", alert::OPEN),
        ("all open alerts", crate::store::alert::OPEN_ALL),
        ("alert counts", alert::COUNTS),
    ] {
        let steps = plan(&store, query).await;
        assert!(
            steps
                .iter()
                .any(|step| step.contains("USING INDEX alert_open")),
            "{name} reads resolved alerts: {steps:#?}"
        );
    }
    for (name, query) in [
        ("quarantine", quarantine::NEWEST),
        ("trades", trade::WINDOW),
        ("closed gaps", gap::CLOSED),
        ("gaps", gap::LIST),
        ("events of sources", source::EVENTS),
    ] {
        let steps = plan(&store, query).await;
        assert!(
            !steps.iter().any(|step| step.contains("TEMP B-TREE")),
            "{name}: sorted: {steps:#?}"
        );
    }
    let steps = plan(&store, gap::COUNT).await;
    assert!(
        steps.iter().any(|step| step.contains("gap_open")),
        "closed gaps are counted: {steps:#?}"
    );
}
