use super::*;

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
    let mut watch = Watch::new(MINUTE_MS);
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
    assert_eq!(watch.tallies[Watched::SpikeReversal].failed(), 1);

    let mut watch = Watch::new(MINUTE_MS);
    quiet(&mut watch, 0..70);
    assert_eq!(watch.push(&jump).previous, 0);
    assert_eq!(watch.push(&candle(71, 102.0)).previous, 0);
}

#[test]
fn gaps_are_counted_by_length() {
    let mut watch = Watch::new(MINUTE_MS);
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
    let tally = &watch.tallies[Watched::Gap];
    assert_eq!((tally.warn, tally.error, tally.critical), (1, 1, 1));
}

#[test]
fn gaps_can_be_counted_alone() {
    let mut watch = Watch::of_filled(MINUTE_MS);
    let _ = watch.look(&candle(0, 100.0), Counting::Gaps);
    let _ = watch.look(&candle(7, 200.0), Counting::Gaps);
    assert_eq!(watch.tallies[Watched::Gap].error, 1);
    let mut others = watch.tallies.clone();
    others[Watched::Gap] = Default::default();
    assert_eq!(others, Tallies::default());
}

#[test]
fn a_venue_that_fills_minutes_may_miss_none() {
    let mut watch = Watch::of_filled(MINUTE_MS);
    for minute in [0, 1, 3] {
        let _ = watch.push(&candle(minute, 100.0));
    }
    watch.begin_stretch();
    let last_at = candle(3, 100.0).opened_at;
    watch.look_at_end(last_at, last_at + MINUTE_MS);
    assert_eq!(watch.tallies[Watched::Gap].failed(), 1);
    watch.look_at_end(last_at, last_at + 6 * MINUTE_MS);
    let tally = &watch.tallies[Watched::Gap];
    assert_eq!((tally.warn, tally.error), (1, 1));
    assert_eq!(watch.gaps.longest, 5);
}

#[test]
fn a_tenfold_price_is_insane_and_leaves_the_baseline_alone() {
    let mut watch = Watch::new(MINUTE_MS);
    quiet(&mut watch, 0..60);
    assert!(watch.push(&candle(60, 1000.0)).insane);
    quiet(&mut watch, 61..80);
}

#[test]
fn equal_closes_become_stale() {
    let mut watch = Watch::new(MINUTE_MS);
    let flags: Vec<i64> = (0..21)
        .map(|minute| watch.push(&candle(minute, 100.0)).flags)
        .collect();
    assert_eq!(flags[13], 0);
    assert_eq!(flags[14], flag::STALE);
    assert_eq!(flags[19], flag::STALE | flag::SEVERE);
}

#[test]
fn the_baseline_never_holds_the_tested_candle() {
    // with itself in the baseline a single jump after equal closes would widen its own scale
    let mut watch = Watch::new(MINUTE_MS);
    for minute in 0..14 {
        let _ = watch.push(&candle(minute, 100.0));
    }
    quiet(&mut watch, 14..60);
    let before = (watch.closes.values.clone(), watch.returns.values.clone());
    let _ = watch.is_insane(&candle(60, 105.0));
    assert_eq!(before, (watch.closes.values, watch.returns.values));
}

#[test]
fn a_day_may_move_more_than_a_minute() {
    for (step_ms, expected) in [(MINUTE_MS, flag::SEVERE), (app::model::DAY_MS, 0)] {
        let mut watch = Watch::new(step_ms);
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
