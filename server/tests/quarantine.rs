//! Quarantined rows once more: retried, corrected, given up; and a replay that comes out the same.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use crate::command;
use crate::support;

use app::model::LandingState;
use command::Assay;
use server::{
    pipeline::{
        batch::recover,
        quarantine::{Action, QuarantineReport, act},
        replay::replay,
    },
    sample::{NEWS_FILE, SAMPLE_SEED, write_sample},
    store::{
        landing::set_state,
        quarantine::{QuarantineFilter, Quarantined},
    },
};
use support::{Bench, MONDAY, Row, calm, csv, csv_of};

/// What is known of the market.
const SEEN: [&str; 5] = [
    "silver_candle",
    "gold_candle",
    "gold_day",
    "gold_period",
    "gold_profile",
];

/// All tables but the answers of live venues, of which there are none.
const ALL: [&str; 9] = [
    "bronze_landing",
    "silver_candle",
    "silver_article",
    "quarantine",
    "gold_candle",
    "gold_day",
    "gold_period",
    "gold_profile",
    "gold_news_day",
];

async fn quarantined(bench: &Bench) -> Vec<Quarantined> {
    let filter = QuarantineFilter {
        limit: 1_000,
        ..QuarantineFilter::default()
    };
    let mut rows = bench.engine.store.quarantine_rows(&filter).await.unwrap();
    rows.sort_by_key(|row| (row.landing_id, row.line_no));
    rows
}

async fn on(bench: &Bench, ids: &[i64], action: Action<'_>) -> QuarantineReport {
    let filter = QuarantineFilter {
        ids: ids.to_vec(),
        limit: 1_000,
        ..QuarantineFilter::default()
    };
    act(&bench.engine, &filter, action, "tester", None)
        .await
        .unwrap()
}

/// Counts of the landings hold, and quarantine has as many rows that were not taken as the landings say.
async fn assert_balanced(bench: &Bench) {
    let unbalanced = bench
        .texts(
            "select origin from bronze_landing l where state = 'done' and (rows <> accepted + deduplicated + quarantined
                or quarantined <> (select count(*) from quarantine q where q.landing_id = l.id and q.state <> 'retried'))",
        )
        .await;
    assert!(unbalanced.is_empty(), "{unbalanced:?}");
    for (name, sql) in [
        ("candle", "select count(*) from silver_candle"),
        ("article", "select count(*) from silver_article"),
        ("quarantine", "select count(*) from quarantine"),
    ] {
        let counted = bench
            .number(&format!("select coalesce(sum(rows), 0) from layer_count where layer = 'silver' and name = '{name}'"))
            .await;
        assert_eq!(counted, bench.number(sql).await, "{name}");
    }
    let open = bench
        .number("select count(*) from quarantine where state <> 'retried'")
        .await;
    let counted = bench
        .number("select coalesce(sum(rejects), 0) from layer_count where name = 'quarantine'")
        .await;
    assert_eq!(counted, open);
}

async fn assert_replay_changes_nothing(bench: &Bench) {
    let digests = bench.digests_of(&ALL).await;
    for round in 0..2 {
        replay(&bench.engine, None).await.unwrap();
        assert_eq!(bench.digests_of(&ALL).await, digests, "round {round}");
        assert_balanced(bench).await;
    }
}

/// A file with three broken rows, and how they should have been.
fn broken() -> (String, Vec<Row>) {
    let rows = calm(101, MONDAY, 3_000);
    let mut lines: Vec<String> = rows.iter().map(Row::line).collect();
    for (place, wrong) in [(100, "-1"), (1_500, "NaN"), (2_999, "abc")] {
        let Row {
            at,
            open,
            high,
            low,
            close,
            ..
        } = rows[place];
        lines[place] = format!("{at},{open},{high},{low},{close},{wrong}");
    }
    (csv(lines), rows)
}

#[tokio::test]
async fn corrected_rows_make_the_file_what_it_should_have_been() {
    let (text, rows) = broken();
    let bench = Bench::new().await;
    let report = bench.take("a.csv", text).await;
    assert_eq!((report.accepted, report.quarantined), (2_997, 3));
    let (state, ..) = bench.check("candle.volume_price", "a.csv").await;
    assert_eq!(state, "error");

    let still = on(&bench, &[], Action::Retry).await;
    assert_eq!((still.accepted, still.kept), (0, 3), "{still:?}");
    assert!(
        still.rows.iter().all(|row| !row.reason.is_empty()),
        "{still:?}"
    );
    assert_balanced(&bench).await;
    assert_eq!(
        bench.number("select count(*) from quarantine_event").await,
        0,
        "nothing was done"
    );

    for (row, place) in quarantined(&bench).await.iter().zip([100, 1_500, 2_999]) {
        let report = on(&bench, &[row.id], Action::Correct(&rows[place].line())).await;
        assert_eq!(report.accepted, 1, "{report:?}");
        assert_balanced(&bench).await;
    }
    let sound = Bench::new().await;
    sound.take("a.csv", csv_of(&rows)).await;
    assert_eq!(bench.digests_of(&SEEN).await, sound.digests_of(&SEEN).await);
    let (accepted, quarantined, last): (i64, i64, i64) = bench
        .row("select accepted, quarantined, last_at from bronze_landing")
        .await;
    assert_eq!((accepted, quarantined, last), (3_000, 0, rows[2_999].at));
    let (state, ..) = bench.check("candle.volume_price", "a.csv").await;
    assert_eq!(state, "pass");
    let open = bench
        .number("select count(*) from alert where state not in ('resolved', 'recovering')")
        .await;
    assert_eq!(
        open,
        0,
        "{:?}",
        bench.texts("select check_id || state from alert").await
    );
    let history = bench
        .texts("select actor || ' ' || action || ' ' || from_state || ' ' || to_state from quarantine_event")
        .await;
    assert_eq!(history, ["tester correct open retried"; 3]);
    let texts: (String, String) = bench
        .row("select raw_before, raw_after from quarantine_event where id = 2")
        .await;
    assert!(
        texts.0.ends_with("NaN") && texts.1 == rows[1_500].line(),
        "{texts:?}"
    );
    assert_replay_changes_nothing(&bench).await;
}

#[tokio::test]
async fn a_correction_keeps_its_place_among_the_landings() {
    let (text, rows) = broken();
    let bench = Bench::new().await;
    bench.take("a.csv", text).await;
    let wrong = Row {
        volume: 77.0,
        ..rows[1_500]
    };
    let row = &quarantined(&bench).await[1];
    assert_eq!(
        on(&bench, &[row.id], Action::Correct(&wrong.line()))
            .await
            .accepted,
        1
    );
    // a later file restates what the correction said
    let restated = Row {
        volume: 88.0,
        ..rows[1_500]
    };
    bench
        .take("b.csv", csv_of(&[rows[1_499], restated, rows[1_501]]))
        .await;
    // and a later correction finds the later file there: the same candle again
    let row = &quarantined(&bench).await[0];
    let report = on(&bench, &[row.id], Action::Correct(&restated.line())).await;
    assert_eq!((report.accepted, report.deduplicated), (0, 1), "{report:?}");
    let (volume,): (f64,) = bench
        .row(&format!(
            "select volume from silver_candle where opened_at = {}",
            restated.at
        ))
        .await;
    assert_eq!(volume, 88.0);
    assert_balanced(&bench).await;
    assert_replay_changes_nothing(&bench).await;
    assert_eq!(
        bench
            .number("select count(*) from silver_candle_restated")
            .await,
        1
    );
}

#[tokio::test]
async fn of_conflicting_rows_the_named_one_is_taken_and_only_that() {
    let rows = calm(102, MONDAY, 400);
    let other = Row {
        volume: 55.0,
        ..rows[200]
    };
    let mut lines: Vec<String> = rows.iter().map(Row::line).collect();
    lines.insert(300, other.line());
    let bench = Bench::new().await;
    let report = bench.take("a.csv", csv(lines)).await;
    assert_eq!(report.quarantined, 2);
    let found = quarantined(&bench).await;
    let all = on(&bench, &[], Action::Retry).await;
    assert_eq!(
        (all.accepted, all.kept),
        (0, 2),
        "nobody can tell which is right: {all:?}"
    );
    let right = found.iter().find(|row| row.raw == other.line()).unwrap();
    let wrong = found.iter().find(|row| row.raw != other.line()).unwrap();
    assert_eq!(on(&bench, &[right.id], Action::Retry).await.accepted, 1);
    let both = on(&bench, &[wrong.id], Action::Retry).await;
    assert_eq!(both.kept, 1, "{both:?}");
    assert_eq!(on(&bench, &[wrong.id], Action::Discard).await.discarded, 1);
    assert_balanced(&bench).await;
    let states = bench
        .texts("select state from quarantine order by line_no")
        .await;
    assert_eq!(states, ["discarded", "retried"]);
    assert_replay_changes_nothing(&bench).await;
    let states = bench
        .texts("select state from quarantine order by line_no")
        .await;
    assert_eq!(states, ["discarded", "retried"], "also after a replay");
}

#[tokio::test]
async fn an_absurd_price_stays_out_also_as_a_correction() {
    let (text, rows) = broken();
    let bench = Bench::new().await;
    bench.take("a.csv", text).await;
    let digests = bench.digests_of(&ALL).await;
    let row = &quarantined(&bench).await[1];
    let Row {
        at,
        open,
        high,
        low,
        close,
        volume,
    } = rows[1_500];
    let absurd = Row {
        at,
        open: open * 10.0,
        high: high * 10.0,
        low: low * 10.0,
        close: close * 10.0,
        volume,
    };
    let unaligned = Row {
        at: at + 7,
        ..rows[1_500]
    };
    for wrong in [
        absurd.line(),
        unaligned.line(),
        "one,two".to_owned(),
        String::new(),
    ] {
        let report = on(&bench, &[row.id], Action::Correct(&wrong)).await;
        assert_eq!(report.kept, 1, "{wrong}: {report:?}");
        assert!(!report.rows[0].reason.is_empty(), "{wrong}");
        assert_eq!(bench.digests_of(&ALL).await, digests, "{wrong}");
    }
    let two = QuarantineFilter {
        ids: vec![1, 2],
        limit: 10,
        ..QuarantineFilter::default()
    };
    let refused = act(&bench.engine, &two, Action::Correct("x"), "tester", None).await;
    assert!(refused.unwrap_err().to_string().contains("one row"));
    assert!(
        act(
            &bench.engine,
            &QuarantineFilter {
                ids: vec![99],
                limit: 10,
                ..two
            },
            Action::Retry,
            "tester",
            None
        )
        .await
        .is_err()
    );
}

#[tokio::test]
async fn a_crash_during_a_replay_loses_no_correction() {
    let (text, rows) = broken();
    let bench = Bench::new().await;
    bench.take("a.csv", text).await;
    for (row, place) in quarantined(&bench).await.iter().zip([100, 1_500, 2_999]) {
        on(&bench, &[row.id], Action::Correct(&rows[place].line())).await;
    }
    let digests = bench.digests_of(&ALL).await;
    // as a replay that was cut off leaves it
    let mut tx = bench.engine.store.begin().await.unwrap();
    server::store::replay::clear(&mut tx).await.unwrap();
    set_state(&mut tx, 1, LandingState::Landed, "")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(recover(&bench.engine).await.unwrap(), 1);
    assert_eq!(bench.digests_of(&ALL).await, digests);
    assert_balanced(&bench).await;
}

#[tokio::test]
async fn articles_are_corrected_too() {
    let bench = Bench::new().await;
    let sample = bench.path("sample");
    write_sample(&sample, SAMPLE_SEED).unwrap();
    let news = bench.ingest(&sample.join(NEWS_FILE), "sample").await;
    assert!(news.quarantined > 1, "{news:?}");
    // a record that is sound, with another title, stands in for the broken one
    let text = std::fs::read_to_string(sample.join(NEWS_FILE)).unwrap();
    let title = bench
        .texts("select title from silver_article order by published_at limit 1")
        .await;
    let line = text.lines().find(|line| line.contains(&title[0])).unwrap();
    let corrected = line.replace(&title[0], "A title that nobody has seen");
    let rows = quarantined(&bench).await;
    let report = on(&bench, &[rows[0].id], Action::Correct(&corrected)).await;
    assert_eq!(report.accepted, 1, "{report:?}");
    let again = on(&bench, &[rows[1].id], Action::Correct(line)).await;
    assert_eq!(again.deduplicated, 1, "{again:?}");
    assert_balanced(&bench).await;
    let found = bench
        .number("select count(*) from silver_article where title = 'A title that nobody has seen'")
        .await;
    assert_eq!(found, 1);
    assert_replay_changes_nothing(&bench).await;
}

#[test]
fn the_command_line_lists_corrects_and_discards() {
    let (text, rows) = broken();
    let assay = Assay::new();
    assay.ingest(&assay.write("a.csv", text));
    let json = |args: &[&str]| -> (i32, serde_json::Value) {
        let output = assay.run(args);
        let text = String::from_utf8_lossy(&output.stderr);
        let value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {text}"));
        (output.status.code().unwrap(), value)
    };
    let (_, listed) = json(&["quarantine", "list", "--json"]);
    let listed = listed["quarantine"].as_array().unwrap().clone();
    assert_eq!(listed.len(), 3);
    let (_, some) = json(&[
        "quarantine",
        "list",
        "--rule",
        "candle.volume_price",
        "--json",
    ]);
    assert_eq!(some["quarantine"].as_array().unwrap().len(), 1, "{some}");
    let id = |place: usize| listed[place]["id"].to_string();
    // newest first: the last row of the file, then the middle one
    let fixed = assay.write("fixed.txt", format!("{}\n", rows[2_999].line()));
    let (code, report) = json(&[
        "quarantine",
        "retry",
        "--id",
        &id(0),
        "--with",
        fixed.to_str().unwrap(),
        "--json",
    ]);
    assert_eq!((code, &report["accepted"]), (0, &1.into()), "{report}");
    let (code, report) = json(&[
        "quarantine",
        "retry",
        "--id",
        &id(1),
        "--set",
        "nonsense",
        "--json",
    ]);
    assert_eq!((code, &report["kept"]), (1, &1.into()), "{report}");
    let (code, report) = json(&["quarantine", "discard", "--landing", "1", "--json"]);
    assert_eq!((code, &report["discarded"]), (0, &2.into()), "{report}");
    let (_, open) = json(&["quarantine", "list", "--state", "open", "--json"]);
    assert_eq!(open["quarantine"].as_array().unwrap().len(), 0);
    let output = assay.run(&["quarantine", "discard"]);
    assert_eq!(output.status.code(), Some(1), "which rows must be said");
    let output = assay.run(&["quarantine", "list"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("3 rows"));
}
