//! The report: whole, self-contained, harmless and the same for the same data.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use crate::command;
use crate::support;

use app::report::{Options, document};
use command::Assay;
use server::backend::analysis::{Choice, analysis, analysis_of};
use server::quality::rule::RuleBook;
use support::{Bench, MONDAY, NOW, calm, csv_of};

const SECTIONS: [&str; 8] = [
    "summary", "sources", "health", "prices-1", "news", "checks", "methods", "numbers",
];
const HOSTILE: &str = "<script>alert(1)</script><img src=//evil.example/x>";

/// Elements that have no end.
const VOID: [&str; 3] = ["meta", "link", "br"];

/// Every element that is opened is closed, in order, and attributes are quoted.
fn assert_well_formed(html: &str) {
    let (style_begin, style_end) = (
        html.find("<style>").unwrap() + 7,
        html.find("</style>").unwrap(),
    );
    let text = format!("{}{}", &html[..style_begin], &html[style_end..]);
    let mut open: Vec<String> = Vec::new();
    let mut rest = text.strip_prefix("<!DOCTYPE html>").unwrap();
    while let Some(begin) = rest.find('<') {
        assert!(!rest[..begin].contains('>'), "{}", &rest[..begin]);
        let end = begin + rest[begin..].find('>').unwrap();
        let tag = &rest[begin + 1..end];
        assert!(tag.matches('"').count() % 2 == 0, "{tag}");
        let name: String = tag
            .chars()
            .skip_while(|letter| *letter == '/')
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        assert!(!name.is_empty(), "<{tag}>");
        if tag.starts_with('/') {
            assert_eq!(open.pop().as_deref(), Some(name.as_str()), "<{tag}>");
        } else if !tag.ends_with('/') && !VOID.contains(&name.as_str()) {
            open.push(name);
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty(), "{open:?}");
}

/// Nothing is loaded and nothing runs. Words from outside may say anything, as text.
fn assert_self_contained(html: &str) {
    let (style, tags) = (
        &html[html.find("<style>").unwrap()..html.find("</style>").unwrap()],
        html.split('<')
            .skip(1)
            .map(|tag| tag.split('>').next().unwrap()),
    );
    assert!(!style.contains("@import") && !style.contains("url("));
    for tag in tags {
        let name = tag.split_whitespace().next().unwrap_or_default();
        assert!(
            !["script", "iframe", "object", "embed", "base", "img"].contains(&name),
            "{tag}"
        );
        for forbidden in [" src=", " onerror=", " onload=", "javascript:", "url("] {
            assert!(!tag.contains(forbidden), "{tag}");
        }
    }
    for link in html.split("href=\"").skip(1) {
        assert!(
            link.starts_with('#') || link.starts_with("data:image/svg+xml,"),
            "{}",
            &link[..40]
        );
    }
    assert!(html.contains("default-src 'none'"));
}

async fn filled() -> Bench {
    let bench = Bench::new().await;
    bench
        .take("prices.csv", csv_of(&calm(3, MONDAY, 20 * 24 * 60)))
        .await;
    let mut news = "date;sentiment;source;subject;text;title;url\n".to_owned();
    for day in 2..20 {
        news.push_str(&format!(
            "{day}-1-2018 10:00;{{'class': 'positive', 'polarity': 0.{day}, 'subjectivity': 0.1}};{HOSTILE};bitcoin;Text {day}.;\
             Title {day} {HOSTILE};https://wire.example/{day}\n"
        ));
    }
    // a row that breaks a rule carries the hostile text into the evidence
    news.push_str(&format!(
        "never;{{}};wire;bitcoin;Text;{HOSTILE};https://wire.example/x\n"
    ));
    bench.take("news.csv", news).await;
    bench
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_whole_harmless_and_repeatable() {
    let bench = filled().await;
    let mut reports = Vec::new();
    for _ in 0..2 {
        let vm = analysis(&bench.engine.store, RuleBook::shipped(), NOW)
            .await
            .unwrap();
        assert!(vm.news.is_some() && vm.prices.len() == 1);
        reports.push(document(&vm, &Options::default()));
    }
    assert_eq!(reports[0], reports[1]);
    let html = &reports[0];
    for id in SECTIONS {
        assert!(html.contains(&format!("<section id=\"{id}\"")), "{id}");
    }
    assert_well_formed(html);
    assert_self_contained(html);
    assert!(
        html.contains("&lt;script&gt;alert(1)"),
        "the publisher's name is shown as text"
    );
    assert!(html.len() < 1_000_000, "{}", html.len());
    assert!(html.contains("2018-01-01") && !html.contains("NaN"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_data_it_is_whole_and_says_so() {
    let bench = Bench::new().await;
    let vm = analysis(&bench.engine.store, RuleBook::shipped(), NOW)
        .await
        .unwrap();
    let html = document(&vm, &Options::default());
    assert_well_formed(&html);
    assert_self_contained(&html);
    assert!(html.contains("There are no prices.") && html.contains("No article was ever taken in"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_can_be_chosen() {
    let bench = filled().await;
    let choice = |venue: &str| Choice {
        venue: Some(venue.to_owned()),
        ..Choice::default()
    };
    let chosen = analysis_of(
        &bench.engine.store,
        RuleBook::shipped(),
        NOW,
        &choice("bitfinex"),
    )
    .await
    .unwrap();
    assert_eq!((chosen.sources.len(), chosen.prices.len()), (1, 1));
    let other = analysis_of(
        &bench.engine.store,
        RuleBook::shipped(),
        NOW,
        &choice("kraken"),
    )
    .await
    .unwrap();
    assert_eq!((other.sources.len(), other.prices.len()), (0, 0));
    assert_well_formed(&document(&other, &Options::default()));
}

#[test]
fn the_command_writes_one_file_or_says_why_not() {
    let assay = Assay::new();
    let nothing = assay.run(&["report", "--out", "report.html"]);
    assert_eq!(nothing.status.code(), Some(1));
    let words = String::from_utf8(nothing.stderr).unwrap();
    assert!(
        words.contains("nothing to report on") && words.contains("assay ingest"),
        "{words}"
    );
    assert!(!assay.folder.path().join("report.html").exists());

    let prices = assay.write("prices.csv", csv_of(&calm(3, MONDAY, 3 * 24 * 60)));
    assert_eq!(assay.ingest(&prices).0, 0);
    let written = assay.run(&["report", "--out", "report.html", "--json"]);
    assert!(written.status.success());
    let json: serde_json::Value = serde_json::from_slice(&written.stdout).unwrap();
    let file = std::fs::read_to_string(assay.folder.path().join("report.html")).unwrap();
    assert_eq!(json["bytes"].as_u64(), Some(file.len() as u64));
    assert_well_formed(&file);
    assert!(file.contains("Only 3 days: too few for statistics"));

    let piped = assay.run(&["report", "--out", "-"]);
    assert!(piped.status.success() && piped.stdout.starts_with(b"<!DOCTYPE html>"));
    let elsewhere = assay.run(&["report", "--out", "none/report.html"]);
    assert_eq!(elsewhere.status.code(), Some(1));
    let unknown = assay.run(&["report", "--out", "x.html", "--venue", "kraken"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(
        String::from_utf8(unknown.stderr)
            .unwrap()
            .contains("BTC-USD at bitfinex")
    );
}
