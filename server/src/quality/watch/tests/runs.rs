//! Runs of equal closes beside other venues.

use super::*;

#[test]
fn runs_of_equal_closes_are_taken_back_where_others_stood_still_too() {
    let watched = |elsewhere: [Option<f64>; 2]| {
        let mut watch = shipped(MINUTE_MS, false);
        for minute in 0..60 {
            // two runs, of 16 and of 21
            let close = match minute {
                0..16 => 100.0,
                30..51 => 100.5,
                _ => 100.0 + 0.01 * minute as f64,
            };
            let _ = watch.push(&candle(minute, close));
        }
        let at = |minute| candle(minute, 0.0).opened_at;
        assert_eq!(watch.runs(), [(at(0), at(15)), (at(30), at(50))]);
        watch.hold_against(&elsewhere);
        assert_eq!(watch.runs(), [], "told once");
        let of_rule = watch
            .findings()
            .find(|of| of.rule.id == "candle.stale_close");
        let found = of_rule.expect("it is watched");
        let tally = found.tally;
        (
            (tally.tested, tally.warn, tally.error),
            (tally.extreme, tally.evidence.rows.len() as i64),
            found.beside.to_owned(),
        )
    };
    let all = ((59, 7, 2), (Some(21.0), 9));
    let (counts, shown, words) = watched([None, None]);
    assert_eq!((counts, shown), all);
    assert!(words.contains("no other venue is known"), "{words}");
    let (counts, shown, words) = watched([Some(20.1), Some(500.0)]);
    assert_eq!((counts, shown), all);
    assert!(words.contains("moved 500 basis points"), "{words}");
    let (counts, shown, words) = watched([Some(35.0), Some(20.0)]);
    assert_eq!((counts, shown), ((59, 2, 0), (Some(16.0), 2)));
    assert!(words.contains("in 1 run of equal values"), "{words}");
    assert_eq!(
        watched([Some(0.0), None]).0,
        (59, 5, 2),
        "what is not known excuses nothing"
    );
    let (counts, shown, _) = watched([Some(0.0), Some(1.0)]);
    assert_eq!((counts, shown), ((59, 0, 0), (None, 0)));
}
