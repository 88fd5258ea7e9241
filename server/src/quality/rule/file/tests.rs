use app::model::Severity;

use super::*;
use crate::quality::rule::{Action, Kind, RuleBook};

fn refused(text: &str) -> Vec<String> {
    let errors = parse("candle.toml", text).expect_err("refused");
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn every_shipped_rule_is_read() {
    let rules = shipped().expect("the shipped rules are sound");
    let book = RuleBook::new(rules.clone());
    assert_eq!(book.iter().count(), rules.len(), "names are unique");
    for rule in book.iter() {
        assert!(rule.text.starts_with("[check."), "{}", rule.id);
        assert!(!rule.advice.is_empty(), "{} says what to do", rule.id);
        for id in &rule.inhibited_by {
            assert!(book.get(id).is_some(), "{} is inhibited by {id}", rule.id);
        }
    }
    let spike = book.get("candle.spike_reversal").expect("a spike check");
    assert_eq!(
        (spike.kind, spike.action),
        (Kind::SpikeReversal, Action::Flag)
    );
    assert_eq!(spike.limit(Severity::Warn, "floor"), Some(0.005));
    assert_eq!(spike.number("reversal"), 0.7);
    let silence = book.get("feed.silence").expect("a silence check");
    assert_eq!(silence.limit(Severity::Critical, "age"), Some(60_000.0));
}

#[test]
fn what_is_wrong_is_said_with_line_and_suggestion() {
    let head = "dataset = \"candle\"\n[check.a]\ntitle = \"t\"\ndimension = \"validity\"\n";
    for (rest, expected) in [
        (
            "rule = \"spike_reversl\"\n",
            "candle.toml, line 5: \"spike_reversl\" is no kind of rule; did you mean \"spike_reversal\"? (known are",
        ),
        (
            "rule = \"stale\"\nwarn = 3\nfeild = \"close\"\n",
            "candle.toml, line 7: unknown key \"feild\" in candle.a of kind \"stale\"; did you mean \"field\"?",
        ),
        (
            "rule = \"stale\"\nwarn = { ran = 3 }\n",
            "candle.toml, line 6: unknown key \"ran\" in warn of kind \"stale\"; did you mean \"run\"?",
        ),
        (
            "rule = \"row\"\nseverity = \"warn\"\n",
            "candle.toml, line 2: candle.a needs expr: what every row must make true",
        ),
        (
            "rule = \"stale\"\nwarn = 3\nfor = \"2 minutes\"\n",
            "candle.toml, line 7: for: \"2 minutes\" is no time span",
        ),
        (
            "rule = \"stale\"\n",
            "candle.toml, line 2: candle.a needs severity, or limits",
        ),
        (
            "rule = \"native\"\nwarn = 3\n",
            "candle.toml, line 6: a rule of kind \"native\" has no limits: write severity = \"warn\"",
        ),
        ("rule = stale\n", "candle.toml, line 5: "),
        (
            "rule = \"row\"\nexpr = \"hihg > low\"\nseverity = \"warn\"\n",
            "candle.toml, line 6: expr: column 1: there is no column `hihg`; did you mean `high`?",
        ),
        (
            "rule = \"row\"\nexpr = \"high - low\"\nseverity = \"warn\"\n",
            "candle.toml, line 6: expr: a condition is needed",
        ),
        (
            "rule = \"value\"\nvalue = \"high > low\"\nwarn = 3\n",
            "candle.toml, line 6: value: a number is needed",
        ),
    ] {
        let errors = refused(&format!("{head}{rest}"));
        assert!(
            errors.iter().any(|error| error.starts_with(expected)),
            "{rest}: {errors:?}"
        );
    }
    let errors = refused("datset = \"candle\"\n").join("\n");
    assert!(errors.contains("did you mean \"dataset\"?"), "{errors}");
}

#[test]
fn a_folder_of_own_rules_takes_the_place_of_shipped_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(
        read(&folder.path().join("none")).expect("no folder, no rules"),
        shipped().expect("shipped")
    );
    let own = "dataset = \"candle\"\n\n[check.spike_reversal]\ntitle = \"t\"\ndimension = \"accuracy\"\n\
               rule = \"spike_reversal\"\nwarn = { k = 9, floor = 0.01 }\n";
    std::fs::write(folder.path().join("candle.toml"), own).expect("written");
    let book = RuleBook::new(read(folder.path()).expect("sound"));
    let spike = book.get("candle.spike_reversal").expect("still there");
    assert!(spike.is_own);
    assert_eq!(spike.limit(Severity::Warn, "k"), Some(9.0));
    assert!(!book.get("candle.gap").expect("shipped").is_own);

    let wrong = own.replace("rule = ", "inhibited_by = [\"feed.silense\"]\nrule = ");
    std::fs::write(folder.path().join("candle.toml"), wrong).expect("written");
    let errors = read(folder.path()).expect_err("an unknown check");
    assert!(errors[0].message.contains("did you mean \"feed.silence\"?"));
}

#[test]
fn a_rule_that_nothing_would_evaluate_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = |dataset: &str, name: &str, rest: &str| {
        format!(
            "dataset = \"{dataset}\"\n[check.{name}]\ntitle = \"t\"\ndimension = \"validity\"\nseverity = \"warn\"\n{rest}\n"
        )
    };
    let row = "rule = \"row\"\nexpr = \"price > 0\"";
    for (file, dataset, name, rest, refusal) in [
        ("trade.toml", "trade", "cheap", row, None),
        (
            "trade.toml",
            "trade",
            "near",
            "rule = \"value\"\nvalue = \"price\"\nwarn = 3",
            Some("nothing would judge trade.near of kind \"value\""),
        ),
        (
            "feed.toml",
            "feed",
            "row",
            "rule = \"row\"\nexpr = \"1 > 0\"",
            Some("nothing would judge feed.row of kind \"row\""),
        ),
        (
            "trade.toml",
            "trade",
            "late",
            row,
            Some("trade.late is judged as kind \"late\", not \"row\""),
        ),
        (
            "trade.toml",
            "trade",
            "odd",
            "rule = \"sql\"\nquery = \"select 1\"",
            None,
        ),
        (
            "candle.toml",
            "candle",
            "own",
            "rule = \"row\"\nexpr = \"close > 0\"",
            None,
        ),
    ] {
        std::fs::write(folder.path().join(file), text(dataset, name, rest)).expect("written");
        let errors = read(folder.path()).err().unwrap_or_default();
        match refusal {
            None => assert_eq!(errors, [], "{name}"),
            Some(words) => assert!(errors[0].message.starts_with(words), "{errors:?}"),
        }
        std::fs::remove_file(folder.path().join(file)).expect("removed");
    }
}

#[test]
fn every_example_of_the_guide_is_a_rule_that_is_judged() {
    let guide = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../data/checks/README.md"
    ));
    let mut datasets = Vec::new();
    for example in guide.split("```toml\n").skip(1) {
        let text = example.split("```").next().unwrap_or_default();
        let dataset = text.split('"').nth(1).unwrap_or_default();
        let rules = parse(&format!("{dataset}.toml"), text).expect("a sound example");
        assert!(!rules.is_empty(), "{text}");
        for rule in &rules {
            assert_eq!(unjudged(rule), None, "{}", rule.id);
        }
        datasets.push(dataset);
    }
    assert_eq!(datasets, ["candle", "trade", "quote", "book", "article"]);
    for dataset in datasets {
        let columns = crate::quality::columns::columns_of(dataset).iter();
        for column in columns.filter(|column| !column.starts_with("prev.")) {
            assert!(guide.contains(&format!("`{column}`")), "{column} is told");
        }
    }
}

#[test]
fn what_a_rule_over_rows_cannot_do_is_refused() {
    let refusal = |dataset: &str, rest: &str| {
        let text = format!(
            "dataset = \"{dataset}\"\n[check.a]\ntitle = \"t\"\ndimension = \"validity\"\nrule = \"row\"\n\
             severity = \"warn\"\n{rest}\n"
        );
        let errors = parse(&format!("{dataset}.toml"), &text).err();
        errors.map_or_else(String::new, |errors| errors[0].to_string())
    };
    for (dataset, rest, words) in [
        (
            "trade",
            "expr = \"price > 0\"\nwithin = \"1m\"\naction = \"log\"",
            "",
        ),
        (
            "article",
            "expr = \"url_chars > 0\"\naction = \"block\"",
            "",
        ),
        (
            "trade",
            "expr = \"pric > 0\"",
            "trade.toml, line 7: expr: column 1: there is no column `pric`; did you mean `price`?",
        ),
        (
            "article",
            "expr = \"prev.url_chars > 0\"",
            "article.toml, line 7: expr: column 1: there is no column `prev.url_chars`",
        ),
        (
            "trade",
            "expr = \"price > 0\"\naction = \"flag\"",
            "trade.toml, line 8: action: only candles and articles are marked: write \"log\"",
        ),
        (
            "book",
            "action = \"quarantine\"\nexpr = \"imbalance > 0\"",
            "book.toml, line 7: action: only candles and articles are set apart",
        ),
        (
            "book",
            "expr = \"imbalance > 0\"\naction = \"resync\"",
            "book.toml, line 8: action: a row is not asked for again",
        ),
        (
            "article",
            "expr = \"url_chars > 0\"\nwithin = \"1m\"",
            "article.toml, line 8: within: a file or an answer of articles is counted as a whole",
        ),
        (
            "candle",
            "expr = \"close > 0\"\nwithin = \"1m\"",
            "candle.toml, line 8: within: candles are judged one by one",
        ),
    ] {
        let told = refusal(dataset, rest);
        assert!(
            told.starts_with(words) && told.is_empty() == words.is_empty(),
            "{rest}: {told}"
        );
    }
}

#[test]
fn time_spans_are_read_in_milliseconds() {
    for (text, ms) in [
        ("500ms", Some(500)),
        ("2m", Some(120_000)),
        ("1.5h", Some(5_400_000)),
        ("28d", Some(28 * 86_400_000)),
        ("0", Some(0)),
        ("5", None),
        ("-1s", None),
        ("99999999999999w", None),
    ] {
        assert_eq!(duration_ms(text), ms, "{text}");
    }
}
