use super::*;
use crate::quality::rule::{RuleBook, file::parse};

mod property;
mod runs;

fn shipped(step_ms: i64, is_filled: bool) -> Watch {
    Watch::new(CandleRules::of(RuleBook::shipped()), step_ms, is_filled)
}

/// The shipped rules and those of a text on top.
fn rules_with(own: &str) -> Arc<CandleRules> {
    let mut rules: Vec<Rule> = RuleBook::shipped().iter().cloned().collect();
    let text = format!("dataset = \"candle\"\nlayer = \"silver\"\n{own}");
    rules.extend(parse("candle.toml", &text).expect("own rules can be read"));
    CandleRules::of(&Arc::new(RuleBook::new(rules)))
}

fn own(own: &str) -> Watch {
    Watch::new(rules_with(own), MINUTE_MS, false)
}

fn failed(watch: &Watch, id: &str) -> i64 {
    watch.tally(id).expect("it is watched").failed()
}

fn candle(minute: i64, close: f64) -> Candle {
    Candle {
        opened_at: 1_514_764_800_000 + minute * MINUTE_MS,
        open: close,
        high: close,
        low: close,
        close,
        volume: 1.0,
        quote_volume: None,
        trades: None,
        is_final: true,
        flags: 0,
    }
}

/// A quiet market: small alternating moves.
fn quiet(watch: &mut Watch, minutes: std::ops::Range<i64>) {
    for minute in minutes {
        let close = 100.0 + 0.02 * (minute % 3) as f64;
        assert_eq!(
            watch.push(&candle(minute, close)),
            Judgement::default(),
            "minute {minute}"
        );
    }
}

#[test]
fn a_jump_that_comes_back_is_a_spike_and_one_that_stays_is_not() {
    let mut watch = shipped(MINUTE_MS, false);
    quiet(&mut watch, 0..70);
    let jump = Candle {
        open: 100.0,
        ..candle(70, 102.0)
    };
    let jump = Candle { low: 100.0, ..jump };
    assert_eq!(watch.push(&jump).flags, 0);
    let back = Candle {
        open: 102.0,
        high: 102.0,
        ..candle(71, 100.0)
    };
    assert_eq!(watch.push(&back).previous & flag::SPIKE, flag::SPIKE);
    assert_eq!(failed(&watch, "candle.spike_reversal"), 1);

    let mut watch = shipped(MINUTE_MS, false);
    quiet(&mut watch, 0..70);
    assert_eq!(watch.push(&jump).previous, 0);
    assert_eq!(watch.push(&candle(71, 102.0)).previous, 0);
}

#[test]
fn gaps_are_counted_by_length() {
    let mut watch = shipped(MINUTE_MS, false);
    quiet(&mut watch, 0..3);
    for minute in [3, 5, 11, 27, 88] {
        let _ = watch.push(&candle(minute, 100.0));
    }
    assert_eq!(
        watch.gaps,
        Gaps {
            any: 4,
            missing: 1 + 5 + 15 + 60,
            longest: 60
        }
    );
    let tally = watch.tally("candle.gap").expect("it is watched");
    assert_eq!((tally.warn, tally.error, tally.critical), (1, 1, 1));
}

#[test]
fn gaps_can_be_counted_alone() {
    let mut watch = shipped(MINUTE_MS, true);
    let _ = watch.look(&candle(0, 100.0), Counting::Gaps);
    let _ = watch.look(&candle(7, 200.0), Counting::Gaps);
    for findings in watch.findings() {
        let expected = i64::from(findings.rule.id == "candle.gap");
        assert_eq!(findings.tally.failed(), expected, "{}", findings.rule.id);
        assert_eq!(findings.tally.tested, expected, "{}", findings.rule.id);
    }
}

#[test]
fn a_venue_that_fills_minutes_may_miss_none() {
    let mut watch = shipped(MINUTE_MS, true);
    for minute in [0, 1, 3] {
        let _ = watch.push(&candle(minute, 100.0));
    }
    watch.begin_stretch();
    let last_at = candle(3, 100.0).opened_at;
    watch.look_at_end(last_at, last_at + MINUTE_MS);
    assert_eq!(failed(&watch, "candle.gap"), 1);
    watch.look_at_end(last_at, last_at + 6 * MINUTE_MS);
    let tally = watch.tally("candle.gap").expect("it is watched");
    assert_eq!((tally.warn, tally.error), (1, 1));
    assert_eq!(watch.gaps.longest, 5);
}

#[test]
fn a_tenfold_price_is_insane_and_leaves_the_baseline_alone() {
    let mut watch = shipped(MINUTE_MS, false);
    quiet(&mut watch, 0..60);
    let refused = watch.push(&candle(60, 1000.0)).refused.expect("absurd");
    assert_eq!(
        watch.refusal(refused),
        (
            "candle.price_sanity",
            "the price is more than 30 % away from the median of the last 60 closes".to_owned()
        )
    );
    quiet(&mut watch, 61..80);
}

#[test]
fn equal_closes_become_stale() {
    let mut watch = shipped(MINUTE_MS, false);
    let flags: Vec<i64> = (0..21)
        .map(|minute| watch.push(&candle(minute, 100.0)).flags)
        .collect();
    assert_eq!(flags[13], 0);
    assert_eq!(flags[14], flag::STALE);
    assert_eq!(flags[19], flag::STALE | flag::SEVERE);
}

#[test]
fn a_day_may_move_more_than_a_minute() {
    for (step_ms, expected) in [(MINUTE_MS, flag::SEVERE), (app::model::DAY_MS, 0)] {
        let mut watch = shipped(step_ms, false);
        let at = |index: i64, close: f64| Candle {
            opened_at: 1_514_764_800_000 + index * step_ms,
            ..candle(0, close)
        };
        assert_eq!(watch.push(&at(0, 100.0)).flags, 0);
        let moved = watch.push(&at(1, 108.0)).flags;
        assert_eq!(moved & flag::SEVERE, expected, "{step_ms} ms");
        let crashed = Candle {
            low: 50.0,
            high: 108.0,
            ..at(2, 50.0)
        };
        assert_ne!(watch.push(&crashed).flags & flag::EXTREME_MOVE, 0);
    }
}

#[test]
fn findings_carry_what_they_were_held_against() {
    let mut watch = shipped(MINUTE_MS, false);
    quiet(&mut watch, 0..70);
    let _ = watch.push(&candle(70, 102.0));
    let _ = watch.push(&candle(71, 100.0));
    let _ = watch.push(&candle(90, 100.0));
    let _ = watch.push(&candle(91, 1000.0));
    let at = |minute: i64| candle(minute, 1.0).opened_at;
    for (id, points, range, tested, severities) in [
        ("candle.spike_reversal", 60, (70, 70), (70, 1.96), 2),
        ("candle.gap", 0, (72, 89), (72, 18.0), 3),
        ("candle.price_sanity", 60, (91, 91), (91, 1000.0), 1),
    ] {
        let tally = watch.tally(id).expect("it is watched");
        let evidence = &tally.evidence;
        assert_eq!(evidence.range, Some((at(range.0), at(range.1))), "{id}");
        let baseline = evidence.baseline.as_ref().expect(id);
        assert_eq!(baseline.points.len(), points, "{id}");
        assert!(
            baseline
                .points
                .iter()
                .all(|(time, _)| *time < baseline.tested.0),
            "{id}"
        );
        assert_eq!(baseline.tested.0, at(tested.0), "{id}");
        assert!(
            (baseline.tested.1 - tested.1).abs() < 0.1,
            "{id}: {:?}",
            baseline.tested
        );
        assert_eq!(baseline.limits.len(), severities, "{id}");
    }
}

#[test]
fn rules_of_ones_own_are_watched_with_a_flag_of_no_rule() {
    let mut watch = own(
        "[check.thin]\ntitle = \"trades are not tiny\"\ndimension = \"validity\"\nrule = \"row\"\n\
         expr = \"trades >= 5 or volume > 1\"\nseverity = \"error\"\naction = \"flag\"\n\
         [check.noted]\ntitle = \"closes end in 0\"\ndimension = \"validity\"\nrule = \"value\"\n\
         value = \"close % 10\"\nwarn = 0\naction = \"log\"\n\
         [check.z]\ntitle = \"volume is usual\"\ndimension = \"accuracy\"\nrule = \"robust_z\"\n\
         value = \"ln(volume + 1)\"\nwindow = 10\nmin = 5\nscale_floor = 0.01\nwarn = 6\naction = \"flag\"\n\
         [check.level_of_trades]\ntitle = \"trades are few\"\ndimension = \"validity\"\nrule = \"range\"\n\
         field = \"trades\"\nwarn = { max = 100 }\naction = \"flag\"\n",
    );
    let thin = |minute: i64, trades: Option<i64>, volume: f64| Candle {
        trades,
        volume,
        ..candle(minute, 100.0 + minute as f64 / 100.0)
    };
    assert_eq!(
        watch.push(&thin(0, None, 1.0)).flags,
        0,
        "unknown is not broken"
    );
    assert_eq!(
        watch.push(&thin(1, Some(3), 1.0)).flags,
        flag::OTHER | flag::SEVERE
    );
    for minute in 2..10 {
        assert_eq!(watch.push(&thin(minute, Some(7), 1.0)).flags, 0);
    }
    assert_eq!(
        watch.push(&thin(10, Some(7), 5.0)).flags,
        flag::OTHER,
        "volume"
    );
    assert_eq!(
        watch.push(&thin(11, Some(101), 1.0)).flags,
        flag::OTHER,
        "trades"
    );
    assert_eq!(failed(&watch, "candle.thin"), 1);
    let tested = |id: &str| watch.tally(id).map(|tally| tally.tested);
    assert_eq!(tested("candle.thin"), Some(11));
    assert_eq!(tested("candle.z"), Some(7));
    assert_eq!(tested("candle.level_of_trades"), Some(11));
    assert_eq!(failed(&watch, "candle.noted"), 11, "counted, not flagged");
    let evidence = &watch.tally("candle.thin").expect("watched").evidence;
    assert_eq!(evidence.columns, ["time", "volume", "trades"]);
    assert_eq!(evidence.rows[0][1..], ["1", "3"]);
}

#[test]
fn minutes_without_volume_in_a_row_are_counted() {
    let mut watch = shipped(MINUTE_MS, false);
    for minute in 0..20 {
        let volume = if minute < 3 { 1.0 } else { 0.0 };
        let close = 100.0 + 0.01 * f64::from(u8::from(minute < 3));
        let _ = watch.push(&Candle {
            volume,
            ..candle(minute, close)
        });
    }
    let tally = watch.tally("candle.zero_volume_run").expect("watched");
    assert_eq!((tally.tested, tally.warn, tally.error), (20, 10, 3));
    assert_eq!(tally.extreme, Some(17.0));
}

#[test]
fn confirmed_incidents_leave_the_baseline() {
    // an hour of wild prices before: with it in the baseline the jump is nothing unusual
    let wild = |watch: &mut Watch| {
        quiet(watch, 0..60);
        for minute in 60..90 {
            let _ = watch.push(&candle(minute, if minute % 2 == 0 { 104.0 } else { 100.0 }));
        }
        for minute in 90..115 {
            let _ = watch.push(&candle(minute, 100.0 + 0.02 * (minute % 3) as f64));
        }
        let before = failed(watch, "candle.spike_reversal");
        let _ = watch.push(&candle(115, 102.0));
        let _ = watch.push(&candle(116, 100.0));
        failed(watch, "candle.spike_reversal") - before
    };
    let mut with = shipped(MINUTE_MS, false);
    let incident = (candle(60, 1.0).opened_at, candle(89, 1.0).opened_at);
    let mut without = shipped(MINUTE_MS, false).without(&[incident]);
    assert_eq!((wild(&mut with), wild(&mut without)), (0, 1));
}

#[test]
fn a_rule_that_cannot_be_evaluated_has_failed() {
    let rule = RuleBook::shipped()
        .get("candle.ohlc")
        .expect("shipped")
        .clone();
    let text = crate::quality::rule::Setting::Text("close".to_owned());
    let broken = Rule {
        settings: [("expr", text)].into(),
        ..rule
    };
    let watch = Watch::new(
        CandleRules::of(&Arc::new(RuleBook::new(vec![broken]))),
        MINUTE_MS,
        false,
    );
    let outcomes = crate::quality::outcome::watched("e", app::model::Pipeline::Batch, &watch);
    assert_eq!(outcomes[0].state, app::model::CheckState::Failed);
}

#[test]
fn each_hard_rule_is_named() {
    const NOW: i64 = 1_600_000_000_000;
    let rules = CandleRules::of(RuleBook::shipped());
    let sound = || Candle {
        open: 10.0,
        high: 12.0,
        low: 9.0,
        close: 11.0,
        ..candle(0, 10.0)
    };
    let cases: [(&str, Candle, &[&str]); 14] = [
        ("sound", sound(), &[]),
        (
            "high below low",
            Candle {
                high: 8.0,
                ..sound()
            },
            &["candle.ohlc"],
        ),
        (
            "open above high",
            Candle {
                open: 13.0,
                ..sound()
            },
            &["candle.ohlc"],
        ),
        (
            "zero price",
            Candle {
                low: 0.0,
                ..sound()
            },
            &["candle.ohlc"],
        ),
        (
            "negative price",
            Candle {
                low: -1.0,
                ..sound()
            },
            &["candle.ohlc"],
        ),
        (
            "not a number",
            Candle {
                close: f64::NAN,
                ..sound()
            },
            &["candle.contract"],
        ),
        (
            "endless",
            Candle {
                high: f64::INFINITY,
                ..sound()
            },
            &["candle.contract"],
        ),
        (
            "negative volume",
            Candle {
                volume: -1.0,
                ..sound()
            },
            &["candle.volume_price"],
        ),
        (
            "mean price above high",
            Candle {
                quote_volume: Some(13.0),
                ..sound()
            },
            &["candle.volume_price"],
        ),
        (
            "mean price",
            Candle {
                quote_volume: Some(11.0),
                ..sound()
            },
            &[],
        ),
        (
            "off the minute",
            Candle {
                opened_at: 1_514_764_814_000,
                ..sound()
            },
            &["candle.ts_aligned"],
        ),
        (
            "before Bitcoin",
            Candle {
                opened_at: 60_000,
                ..sound()
            },
            &["candle.ts_unit"],
        ),
        (
            "from the future",
            Candle {
                opened_at: NOW - NOW % MINUTE_MS + 2 * MINUTE_MS,
                ..sound()
            },
            &["candle.ts_unit"],
        ),
        (
            "two at once",
            Candle {
                opened_at: 60_000,
                volume: -1.0,
                ..sound()
            },
            &["candle.ts_unit", "candle.volume_price"],
        ),
    ];
    for (name, candle, expected) in cases {
        let broken = rules.broken(&candle, MINUTE_MS, NOW);
        let names: Vec<_> = broken.iter().map(|(rule, _)| *rule).collect();
        assert_eq!(names, expected, "{name}: {broken:?}");
    }
    // the same among many, over the borders of blocks
    let many: Vec<Candle> = cases
        .iter()
        .flat_map(|(_, candle, _)| [*candle; 31])
        .collect();
    let among = rules.broken_among(&many, |candle| candle, MINUTE_MS, NOW);
    let alone: Vec<_> = many
        .iter()
        .map(|candle| rules.broken(candle, MINUTE_MS, NOW))
        .enumerate()
        .filter(|(_, broken)| !broken.is_empty())
        .collect();
    assert_eq!(among.len(), 31 * 12);
    assert_eq!(among, alone);
}
