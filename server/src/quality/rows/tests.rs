use app::model::{Article, CheckState, Pipeline, Side, Trade};
use proptest::prelude::*;

use super::*;
use crate::quality::{live::rows::RowWatch, rule::file::parse};

const T0: i64 = 1_790_000_040_000;

fn book_of(dataset: &str, rules: &[(&str, &str, &str)]) -> Arc<RuleBook> {
    let mut text = format!("dataset = \"{dataset}\"\n");
    for (name, expr, rest) in rules {
        text.push_str(&format!(
            "[check.{name}]\ntitle = \"own\"\ndimension = \"validity\"\nrule = \"row\"\nseverity = \"error\"\n\
             expr = \"{expr}\"\n{rest}\n"
        ));
    }
    let rules = parse(&format!("{dataset}.toml"), &text).expect("rules");
    Arc::new(RuleBook::new(rules))
}

fn trade(trade_id: i64, price: f64) -> Row {
    let trade = Trade {
        trade_id,
        traded_at: T0 + trade_id,
        price,
        size: 1.0,
        side: Side::Buy,
    };
    Row::of_trade(&trade, T0 + trade_id)
}

fn watch_of(book: &Arc<RuleBook>) -> RowWatch {
    let mut watch = RowWatch::new("trades");
    watch.adopt(&RowRules::of(book).of_dataset("trade"));
    watch
}

/// State, tested and failed of each rule, by name.
fn told(watch: &mut RowWatch, now_ms: i64) -> Vec<(&'static str, CheckState, i64, i64)> {
    let results = watch.results("e", now_ms).into_iter();
    results
        .map(|result| (result.check_id, result.state, result.tested, result.failed))
        .collect()
}

#[test]
fn nothing_tested_is_no_pass_and_unknown_is_not_broken() {
    let book = book_of(
        "trade",
        &[("jump", "abs(price / prev.price - 1) < 0.1", "")],
    );
    let mut watch = watch_of(&book);
    let none = [("trade.jump", CheckState::NotEvaluated, 0, 0)];
    assert_eq!(told(&mut watch, T0), none);
    watch.push(&trade(1, 100.0), T0);
    assert_eq!(told(&mut watch, T0), none, "there is no trade before");
    watch.push(&trade(2, 105.0), T0);
    assert_eq!(
        told(&mut watch, T0),
        [("trade.jump", CheckState::Pass, 1, 0)]
    );
    watch.push(&trade(3, 150.0), T0);
    let result = watch.results("e", T0).remove(0);
    assert_eq!(
        (result.state, result.tested, result.failed),
        (CheckState::Error, 2, 1)
    );
    assert_eq!(
        result.evidence.columns,
        ["trade_id", "traded_at", "price", "price before"]
    );
    assert_eq!(result.evidence.rows[0][0], "3");
    assert_eq!(result.evidence.rows[0][2..], ["150", "105"]);
    assert!(result.summary.starts_with("1 of 2 trades break it"));
    assert_eq!(
        told(&mut watch, T0 + 400_000),
        none,
        "five minutes are over"
    );
}

#[test]
fn a_reload_keeps_what_unchanged_rules_have_found_and_ends_the_others() {
    let cheap = ("cheap", "price > 50", "within = \"1m\"");
    let small = ("small", "size > 2", "");
    let mut watch = watch_of(&book_of("trade", &[cheap, small]));
    watch.push(&trade(1, 10.0), T0);
    assert_eq!(told(&mut watch, T0).len(), 2);
    // the same rule in another book, beside one that is new
    let next = ("next", "is_null(prev.price) or price != prev.price", "");
    let again = book_of("trade", &[next, cheap]);
    watch.adopt(&RowRules::of(&again).of_dataset("trade"));
    assert_eq!(
        told(&mut watch, T0),
        [
            ("trade.cheap", CheckState::Error, 1, 1),
            ("trade.next", CheckState::NotEvaluated, 0, 0)
        ]
    );
    watch.push(&trade(2, 10.0), T0);
    assert_eq!(
        told(&mut watch, T0),
        [
            ("trade.cheap", CheckState::Error, 2, 2),
            ("trade.next", CheckState::Error, 1, 1)
        ],
        "the trade before is known across the reload"
    );
    let none = RowRules::default().of_dataset("trade");
    watch.adopt(&none);
    assert_eq!(told(&mut watch, T0), []);
    watch.adopt(&RowRules::of(&again).of_dataset("trade"));
    watch.push(&trade(3, 10.0), T0);
    assert_eq!(
        told(&mut watch, T0),
        [
            ("trade.cheap", CheckState::Error, 1, 1),
            ("trade.next", CheckState::Pass, 1, 0)
        ],
        "without rules no row was followed"
    );
}

fn article(title: &str, url: &str, sentiment_given: Option<f64>) -> Article {
    Article {
        id: 1,
        published_at: T0,
        source: "s".to_owned(),
        title: title.to_owned(),
        summary: String::new(),
        url: url.to_owned(),
        subject: String::new(),
        sentiment_given,
        sentiment_class: None,
        sentiment_computed: None,
        url_key: 0,
        title_key: 0,
        date_only: false,
    }
}

#[test]
fn articles_are_counted_marked_or_set_apart() {
    let book = book_of(
        "article",
        &[
            ("linked", "url_chars > 0", "action = \"quarantine\""),
            ("long", "title_chars >= 5", "action = \"flag\""),
            ("mood", "sentiment_given >= 0", ""),
        ],
    );
    let rules = RowRules::of(&book).of_dataset("article");
    let mut landed = Landed::default();
    let mut fate = |article: &Article| {
        let row = Row::of_article(article, T0);
        landed.push(&rules, &row, (&article.title, article.published_at))
    };
    assert_eq!(fate(&article("größe", "u", Some(0.5))), Fate::Kept);
    assert_eq!(fate(&article("höhe", "u", None)), Fate::Flagged);
    let Fate::Apart(broken) = fate(&article("", "", Some(-1.0))) else {
        panic!("it has no address");
    };
    assert_eq!(broken.rules, ["article.linked"]);
    assert_eq!(broken.reason, "broken: own; url_chars 0");
    let told: Vec<_> = landed
        .results(&rules, "e", Pipeline::Batch)
        .into_iter()
        .map(|result| (result.check_id, result.state, result.tested, result.failed))
        .collect();
    assert_eq!(
        told,
        [
            ("article.long", CheckState::Error, 2, 1),
            ("article.mood", CheckState::Pass, 1, 0)
        ],
        "what is set apart is no article, and what has no mood is not tested"
    );
}

proptest! {
    /// However rows are cut into chunks, and whoever counts them, the same rows break the same rules.
    #[test]
    fn stream_and_landing_say_the_same(rows in prop::collection::vec((0..4_usize, prop::option::of(-1.0..1.0_f64)), 1..60), cut in 1..20_usize) {
        let book = book_of("article", &[
            ("short", "title_chars < 3 or sentiment_given > 0", ""),
            ("mood", "sentiment_given between -0.5 and 0.5", ""),
        ]);
        let rules = RowRules::of(&book).of_dataset("article");
        let rows: Vec<Article> = rows
            .into_iter()
            .map(|(chars, mood)| article(&"x".repeat(chars), "u", mood))
            .collect();
        let mut stream = RowWatch::new("articles");
        stream.adopt(&rules);
        let mut landed = Landed::default();
        for chunk in rows.chunks(cut) {
            let mut part = Landed::default();
            for article in chunk {
                let row = Row::of_article(article, T0);
                // a rule of articles has no stretch of time of its own
                stream.push(&row, 0);
                part.push(&rules, &row, (&article.title, T0));
            }
            landed.merge(part);
        }
        let counts = |result: app::model::Outcome| (result.state, result.tested, result.failed);
        let of_stream: Vec<_> = stream.results("e", 0).into_iter().map(counts).collect();
        let of_landing: Vec<_> = landed.results(&rules, "e", Pipeline::Live).into_iter().map(counts).collect();
        prop_assert_eq!(of_stream, of_landing);
    }
}
