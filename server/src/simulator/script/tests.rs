use super::*;

const SCRIPT: &str = r#"
seed = 7

[[fault]]
at = "30s"
for = "10s"
kind = "sequence_gap"
venue = "binance"
repeat = "5m"

[[fault]]
at = "1h30m"
kind = "restart"
"#;

#[test]
fn a_script_is_a_time_line() {
    let script = Script::parse(SCRIPT).unwrap();
    assert_eq!(script.seed, Some(7));
    assert_eq!(
        script.faults[1],
        ScriptedFault {
            at_ms: 5_400_000,
            for_ms: None,
            kind: Fault::Restart,
            venue: None,
            repeat_ms: None,
        }
    );
    let spans = script.spans(1_000);
    assert_eq!(
        spans[0],
        Span {
            fault: Fault::SequenceGap,
            venue: Some(Protocol::Binance),
            from: 31_000,
            to: Some(41_000),
            repeat: Some(300_000),
        }
    );
    assert_eq!(
        (spans[1].fault, spans[1].from, spans[1].to),
        (Fault::Restart, 5_401_000, None)
    );
    assert_eq!(Script::parse(&script.to_toml()).unwrap(), script);
    assert_eq!(Script::parse("").unwrap(), Script::default());
}

#[test]
fn mistakes_are_told_with_their_place() {
    for (text, words) in [
        (
            "[[fault]]\nat = \"5s\"\nkind = \"cut\"\nwhere = \"kraken\"",
            ["line 4", "unknown field `where`"],
        ),
        (
            "[[fault]]\nat = \"5s\"\nkind = \"earthquake\"",
            ["line 3", "unknown fault \"earthquake\""],
        ),
        (
            "[[fault]]\nkind = \"cut\"\nvenue = \"mtgox\"\nat = \"5s\"",
            ["line 3", "unknown venue \"mtgox\""],
        ),
        (
            "[[fault]]\nat = \"5 parsecs\"\nkind = \"cut\"",
            ["line 2", "no length of time"],
        ),
        (
            "[[fault]]\nat = \"-5s\"\nkind = \"cut\"",
            ["line 2", "no length of time"],
        ),
        (
            "[[fault]]\nat = 5\nkind = \"cut\"",
            ["line 2", "expected a string"],
        ),
        (
            "[[fault]]\nkind = \"cut\"",
            ["line 1", "missing field `at`"],
        ),
        ("speed = 9", ["line 1", "unknown field `speed`"]),
        ("[[fault]\n", ["line 1", ""]),
        (
            "[[fault]]\nat = \"5s\"\nkind = \"cut\"\nrepeat = \"9s\"",
            ["fault 1 (cut)", "how long"],
        ),
        (
            "[[fault]]\nat = \"5s\"\nkind = \"cut\"\nfor = \"9s\"\nrepeat = \"9s\"",
            ["fault 1 (cut)", "longer than for"],
        ),
        (
            "[[fault]]\nat = \"5s\"\nkind = \"cut\"\nfor = \"0s\"",
            ["fault 1 (cut)", "never"],
        ),
        (
            "[[fault]]\nat = \"99999999999999h\"\nkind = \"cut\"",
            ["line 2", "at most a year"],
        ),
    ] {
        let error = Script::parse(text).unwrap_err().to_string();
        assert!(
            words.iter().all(|word| error.contains(word)),
            "{text}: {error}"
        );
    }
    let missing = Script::read(Path::new("no/such.toml"))
        .unwrap_err()
        .to_string();
    assert!(missing.contains("no/such.toml"), "{missing}");
}

#[test]
fn what_changes_the_market_repeats_a_number_of_times() {
    let fault = "[[fault]]\nat = \"5s\"\nfor = \"1s\"\nkind = \"flood\"\nrepeat = \"9s\"\n";
    let spans = Script::parse(fault).unwrap().spans(0);
    assert_eq!(spans.len(), 200);
    assert_eq!((spans[2].from, spans[2].to), (23_000, Some(24_000)));
    let error = Script::parse(&fault.repeat(6)).unwrap_err();
    assert!(matches!(error, ScriptError::TooMany(1_200)), "{error}");
}

#[test]
fn a_seed_makes_the_same_script_again() {
    let make = |seed| Script::random(seed, (10_000, 600_000), Fault::ALL, &Protocol::ALL);
    let script = make(3);
    assert_eq!(script, make(3));
    assert_ne!(script, make(4));
    assert!(
        (30..100).contains(&script.faults.len()),
        "{}",
        script.faults.len()
    );
    assert!(
        script
            .faults
            .iter()
            .all(|fault| fault.at_ms + fault.for_ms.unwrap() < 600_000)
    );
    assert_eq!(Script::parse(&script.to_toml()).unwrap(), script);
    assert!(
        Script::random(1, (10, 10_000), &[], &Protocol::ALL)
            .faults
            .is_empty()
    );
}

#[test]
fn the_samples_can_be_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/faults");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "toml") {
            let script =
                Script::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert!(!script.faults.is_empty(), "{}", path.display());
            count += 1;
        }
    }
    assert!(count >= 3, "{count} samples");
}
