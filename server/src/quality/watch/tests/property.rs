//! However candles reach the watch, its verdicts are the same.

use proptest::prelude::*;

use super::*;

/// Rules of every kind that looks back, with every action.
const OWN: &str = "[check.z]\ntitle = \"usual volume\"\ndimension = \"accuracy\"\nrule = \"robust_z\"\n\
    value = \"ln(volume / prev.volume)\"\nwindow = 12\nmin = 4\nscale_floor = 0.05\nwarn = 4\nerror = 8\n\
    action = \"flag\"\n\
    [check.still]\ntitle = \"highs move\"\ndimension = \"accuracy\"\nrule = \"stale\"\nfield = \"high\"\nwarn = 3\n\
    action = \"flag\"\n\
    [check.far]\ntitle = \"near\"\ndimension = \"accuracy\"\nrule = \"level\"\nwindow = 8\nmin = 3\nreach = 20\n\
    error = 0.05\naction = \"flag\"\n\
    [check.apart]\ntitle = \"no leap\"\ndimension = \"accuracy\"\nrule = \"value\"\n\
    value = \"abs(close / prev.close - 1)\"\nwarn = 0.2\naction = \"quarantine\"\n\
    [check.dead]\ntitle = \"it trades\"\ndimension = \"completeness\"\nrule = \"streak\"\nexpr = \"volume < 0.5\"\n\
    warn = 3\naction = \"flag\"\n";

/// Minutes of a market with what real ones have: jumps that stay or come back, stale stretches, empty minutes, holes.
fn market() -> impl Strategy<Value = Vec<Candle>> {
    let minute = (
        prop_oneof![20 => -8..8_i32, 1 => Just(150), 1 => Just(-150), 1 => Just(600), 1 => Just(4000), 4 => Just(0)],
        prop_oneof![8 => 1..40_i32, 1 => Just(0), 1 => Just(4000)],
        prop_oneof![30 => Just(1_i64), 1 => 2..30_i64],
        any::<bool>(),
    );
    proptest::collection::vec(minute, 100..260).prop_map(|minutes| {
        let (mut at, mut level, mut back) = (0, 10_000, 0);
        let mut candles = Vec::with_capacity(minutes.len());
        for (step, volume, pause, comes_back) in minutes {
            at += pause;
            level += step - back;
            back = if comes_back && step.abs() > 100 {
                step
            } else {
                0
            };
            let close = f64::from(level) / 100.0;
            candles.push(Candle {
                volume: f64::from(volume) / 10.0,
                ..candle(at, close)
            });
        }
        candles
    })
}

/// Flags by time, of the candles that were accepted.
fn in_one(rules: &Arc<CandleRules>, candles: &[Candle], excluded: &[(i64, i64)]) -> Vec<Candle> {
    let mut watch = Watch::new(rules.clone(), MINUTE_MS, false).without(excluded);
    let mut accepted = Vec::new();
    for candle in candles {
        judge_into(&mut watch, candle, &mut accepted);
    }
    accepted
}

fn judge_into(watch: &mut Watch, candle: &Candle, accepted: &mut Vec<Candle>) {
    let judgement = watch.push(candle);
    if judgement.refused.is_some() {
        return;
    }
    if let Some(last) = accepted.last_mut() {
        last.flags |= judgement.previous;
    }
    accepted.push(Candle {
        flags: judgement.flags,
        ..*candle
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Each chunk is judged by a watch that has seen only as many candles before as the rules reach back.
    #[test]
    fn chunks_are_judged_as_the_whole(
        candles in market(),
        cuts in proptest::collection::vec(0..260_usize, 0..6),
        incident in (0..200_i64, 0..60_i64),
    ) {
        let rules = rules_with(OWN);
        let from = candle(incident.0, 1.0).opened_at;
        let excluded = [(from, from + incident.1 * MINUTE_MS)];
        let whole = in_one(&rules, &candles, &excluded);
        let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| *cut < candles.len()).collect();
        cuts.extend([0, candles.len()]);
        cuts.sort_unstable();
        let mut accepted: Vec<Candle> = Vec::new();
        for ends in cuts.windows(2) {
            let mut watch = Watch::new(rules.clone(), MINUTE_MS, false).without(&excluded);
            let before = accepted.len().saturating_sub(rules.reach() + 1);
            for held in &accepted[before..] {
                watch.remember(held);
            }
            for candle in &candles[ends[0]..ends[1]] {
                judge_into(&mut watch, candle, &mut accepted);
            }
        }
        prop_assert_eq!(accepted, whole);
    }

    /// What a candle is held against does not depend on the candle.
    #[test]
    fn the_tested_candle_is_never_in_its_baseline(candles in market(), jumps in (6.0..90.0_f64, 6.0..90.0_f64)) {
        let rules = rules_with(&OWN.replace("quarantine", "flag"));
        let (last, before) = candles.split_last().expect("there are candles");
        let baselines = |jump: f64| {
            let mut watch = Watch::new(rules.clone(), MINUTE_MS, false);
            for candle in before {
                watch.remember(candle);
            }
            let close = last.close * (1.0 + jump / 100.0);
            let jumped = Candle { volume: 1e6 * jump, ..candle(0, close) };
            let at = before.last().map_or(0, |last| last.opened_at) + MINUTE_MS;
            let _ = watch.push(&Candle { opened_at: at, ..jumped });
            let found: Vec<_> = watch
                .findings()
                .filter_map(|findings| {
                    let baseline = findings.tally.evidence.baseline.clone()?;
                    Some((findings.rule.id, baseline.points, baseline.centre, baseline.limits, at))
                })
                .collect();
            found
        };
        let (one, other) = (baselines(jumps.0), baselines(jumps.1));
        for (id, points, _, _, at) in &one {
            prop_assert!(points.iter().all(|(time, _)| time < at), "{id}");
        }
        for found in &other {
            if let Some(same) = one.iter().find(|one| one.0 == found.0) {
                prop_assert_eq!(same, found);
            }
        }
    }
}
