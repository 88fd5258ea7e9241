use std::sync::LazyLock;

use super::*;

/// 1 September 2026, 00:00 UTC, in minutes.
const START: i64 = 29_803_680;
const DAYS: i64 = 30;
const SEEDS: [u64; 3] = [1, 2, 3];

/// The minutes of a month, for each seed.
static MONTHS: LazyLock<Vec<Vec<Bar>>> = LazyLock::new(|| {
    let month = |seed| {
        let market = Market::new(seed);
        let minutes = START..START + DAYS * DAY_MINUTES;
        minutes.map(|minute| market.bar(minute)).collect()
    };
    SEEDS.into_iter().map(month).collect()
});

fn closes(bars: &[Bar]) -> Vec<f64> {
    bars.iter().map(|bar| bar.close as f64).collect()
}

fn log_returns(closes: &[f64]) -> Vec<f64> {
    closes
        .windows(2)
        .map(|pair| (pair[1] / pair[0]).ln())
        .collect()
}

fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * share) as usize]
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let product = |x: &[f64], y: &[f64], mx: f64, my: f64| -> f64 {
        x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum()
    };
    product(a, b, mean_a, mean_b)
        / (product(a, a, mean_a, mean_a) * product(b, b, mean_b, mean_b)).sqrt()
}

/// Confirmed spike reversals: 8 robust scales of the 60 returns before, at least 0.5 %, taken back by 70 %.
fn spike_reversals(returns: &[f64]) -> usize {
    (60..returns.len() - 1)
        .filter(|&at| returns[at].abs() > 0.003)
        .filter(|&at| {
            let before = &returns[at - 60..at];
            let median = quantile(before, 0.5);
            let deviations: Vec<f64> = before.iter().map(|r| (r - median).abs()).collect();
            let scale = (1.4826 * quantile(&deviations, 0.5)).max(0.0002);
            let jump = returns[at] - median;
            jump.abs() > (8.0 * scale).max(0.005)
                && returns[at + 1] * jump < 0.0
                && returns[at + 1].abs() >= 0.7 * jump.abs()
        })
        .count()
}

#[test]
fn tails_are_those_of_real_minutes() {
    let sizes: Vec<f64> = MONTHS
        .iter()
        .flat_map(|month| log_returns(&closes(month)))
        .map(f64::abs)
        .collect();
    let percent = |share| 100.0 * quantile(&sizes, share);
    assert!((0.38..0.62).contains(&percent(0.99)), "{}", percent(0.99));
    assert!((0.75..1.3).contains(&percent(0.999)), "{}", percent(0.999));
    assert!((1.4..2.2).contains(&percent(1.0)), "{}", percent(1.0));
}

#[test]
fn default_checks_find_nothing() {
    for (seed, month) in SEEDS.into_iter().zip(MONTHS.iter()) {
        let closes = closes(month);
        assert_eq!(spike_reversals(&log_returns(&closes)), 0, "seed {seed}");
        let mut previous_close = None;
        for (minute, bar) in (START..).zip(month) {
            assert!(bar.low > 0 && bar.lots > 0 && bar.trades > 0, "{bar:?}");
            assert!(bar.high >= bar.open.max(bar.close) && bar.low <= bar.open.min(bar.close));
            let average = bar.quote as f64 / bar.lots as f64;
            assert!(bar.low as f64 <= average && average <= bar.high as f64);
            let range = (bar.high as f64 / bar.low as f64).ln();
            assert!(range < 0.025, "range {range} at {minute} of seed {seed}");
            if let Some(previous) = previous_close.replace(bar.close) {
                let jump = (bar.open as f64 / previous as f64 - 1.0).abs();
                assert!(jump < 0.005, "open jump {jump} at {minute} of seed {seed}");
            }
        }
        assert!(
            closes
                .iter()
                .all(|close| (5_000_000.0..11_000_000.0).contains(close))
        );
    }
}

#[test]
fn volatility_clusters_and_volume_follows_it() {
    let month = &MONTHS[0];
    let returns = log_returns(&closes(month));
    let sizes: Vec<f64> = returns.iter().map(|r| r.abs()).collect();
    let volumes: Vec<f64> = month[1..].iter().map(|bar| bar.lots as f64).collect();
    let later = correlation(&sizes[30..], &sizes[..sizes.len() - 30]);
    assert!(later > 0.1, "sizes half an hour apart: {later}");
    assert!(correlation(&returns[1..], &returns[..returns.len() - 1]).abs() < 0.03);
    let with_volume = correlation(&sizes, &volumes);
    assert!(with_volume > 0.4, "sizes and volumes: {with_volume}");
    let hour = |hour: i64| -> f64 {
        (START + 1..)
            .zip(&volumes)
            .filter(|(minute, _)| minute.rem_euclid(DAY_MINUTES) / 60 == hour)
            .map(|(_, volume)| volume)
            .sum()
    };
    assert!(hour(15) > 1.5 * hour(3));
}

#[test]
fn a_seed_is_a_market_whatever_is_asked_first() {
    let (forward, backward) = (Market::new(7), Market::new(7));
    let minutes: Vec<i64> = (0..30).map(|step| START + step * 977).collect();
    let first: Vec<Bar> = minutes.iter().map(|minute| forward.bar(*minute)).collect();
    let mut second: Vec<Bar> = minutes
        .iter()
        .rev()
        .map(|minute| backward.bar(*minute))
        .collect();
    second.reverse();
    assert_eq!(first, second);
    assert_ne!(forward.bar(START), Market::new(8).bar(START));
}

#[test]
fn the_seconds_add_up_to_the_minute() {
    let market = Market::new(7);
    for minute in START..START + 200 {
        let bar = Bar::of_points(minute * MINUTE_MS, market.points(minute));
        assert_eq!(bar, Some(market.bar(minute)));
    }
}
