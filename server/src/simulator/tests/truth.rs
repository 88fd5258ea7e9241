//! The truth adds up, whatever is asked for and in whatever order.

use app::model::{DAY_MS, HOUR_MS, bucket_start};
use proptest::prelude::*;

use super::*;

fn world(config: SimulatorConfig) -> (World, Clock) {
    let clock = Clock::fixed(NOW);
    let config = SimulatorConfig {
        clock: clock.clone(),
        ..config
    };
    (World::new(&config).unwrap(), clock)
}

/// Trades are in order, of sound price and size, and numbered upwards; without a hole where the venue does so.
fn assert_in_order(protocol: Protocol, trades: &[TrueTrade]) {
    let nature = protocol.nature();
    for pair in trades.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        assert!(a.at_us <= b.at_us, "{protocol}: {a:?} {b:?}");
        if nature.id_step == 1 {
            assert_eq!(a.id + 1, b.id, "{protocol}: {a:?} {b:?}");
        } else {
            assert!(a.id < b.id, "{protocol}: {a:?} {b:?}");
        }
    }
    for trade in trades {
        assert!(trade.sats > 0 && trade.sats % nature.size_step == 0);
        assert!(trade.ticks > 0 && trade.ticks % nature.price_step == 0);
    }
}

/// Trades of each minute make its candle, bit by bit.
fn assert_candles(truth: &Truth, protocol: Protocol, from: i64, trades: &[TrueTrade]) {
    let to = trades.last().map_or(from, |trade| trade.at_ms() + 1);
    let to = bucket_start(to + MINUTE_MS - 1, MINUTE_MS);
    let mut left = trades;
    for candle in truth.candles(protocol, from, to) {
        let end = (candle.opened_at + MINUTE_MS) * 1_000;
        let count = left.partition_point(|trade| trade.at_us < end);
        let (own, later) = left.split_at(count);
        left = later;
        assert_eq!(own.len() as i64, candle.trades, "{protocol} {candle:?}");
        assert!(own[0].at_ms() >= candle.opened_at);
        let prices = || own.iter().map(|trade| trade.ticks);
        assert_eq!(Some(candle.open), prices().next());
        assert_eq!(Some(candle.close), prices().next_back());
        assert_eq!(Some(candle.high), prices().max());
        assert_eq!(Some(candle.low), prices().min());
        assert_eq!(candle.sats, own.iter().map(|trade| trade.sats).sum::<i64>());
        let quote = own
            .iter()
            .map(|trade| i128::from(trade.ticks) * i128::from(trade.sats))
            .sum::<i128>();
        assert_eq!(candle.quote, quote);
    }
    assert!(left.is_empty(), "trades without a candle: {left:?}");
}

#[test]
fn trades_add_up_to_candles_over_midnight() {
    let (world, _) = world(SimulatorConfig::default());
    let from = bucket_start(NOW, DAY_MS) - 40 * MINUTE_MS;
    for protocol in Protocol::ALL {
        let trades = world.truth().trades(protocol, from, from + 80 * MINUTE_MS);
        assert!(trades.len() > 200, "{protocol}: {}", trades.len());
        assert_in_order(protocol, &trades);
        assert_candles(world.truth(), protocol, from, &trades);
    }
}

#[test]
fn binance_trades_what_the_market_is_made_of() {
    let (world, _) = world(SimulatorConfig::default());
    let market = crate::simulator::market::Market::new(1);
    let from = bucket_start(NOW, HOUR_MS);
    for candle in world
        .truth()
        .candles(Protocol::Binance, from, from + HOUR_MS)
    {
        let bar = market.bar(candle.opened_at / MINUTE_MS);
        assert_eq!(
            [candle.open, candle.high, candle.low, candle.close],
            [bar.open, bar.high, bar.low, bar.close]
        );
        assert_eq!(candle.sats, bar.lots * 1_000);
        assert_eq!(candle.quote, i128::from(bar.quote) * 1_000);
    }
}

#[test]
fn venues_agree_about_as_real_ones_do_and_have_quiet_minutes() {
    let (world, _) = world(SimulatorConfig::default());
    let truth = world.truth();
    let from = bucket_start(NOW, DAY_MS);
    let of = |protocol| truth.candles(protocol, from, from + DAY_MS);
    let base = of(Protocol::Binance);
    assert_eq!(base.len(), 1_440);
    for protocol in [
        Protocol::Coinbase,
        Protocol::Kraken,
        Protocol::Bitstamp,
        Protocol::Bitfinex,
    ] {
        let candles = of(protocol);
        let quiet = 1_440 - candles.len();
        assert!(
            (2..150).contains(&quiet),
            "{protocol}: {quiet} quiet minutes"
        );
        let mut distances = Vec::new();
        for candle in &candles {
            let place = (candle.opened_at - from) / MINUTE_MS;
            let other = &base[place as usize];
            // Quiet venues keep an old price for some seconds.
            let middle = |candle: &TrueCandle| (candle.high + candle.low) as f64 / 2.0;
            distances.push((middle(candle) / middle(other) - 1.0).abs() * 10_000.0);
        }
        distances.sort_by(f64::total_cmp);
        let median = distances[distances.len() / 2];
        assert!((0.2..8.0).contains(&median), "{protocol}: {median} bps");
    }
}

#[test]
fn trades_are_found_by_number_and_backwards() {
    for rate in [0.5, 4.0, 60.0] {
        let (world, clock) = world(SimulatorConfig {
            rate,
            ..SimulatorConfig::default()
        });
        let truth = world.truth();
        world
            .faults()
            .set(Fault::Flood, Some(Protocol::Kraken), Some(NOW + 20_000));
        clock.advance(5 * MINUTE_MS);
        let now = clock.now_ms();
        for protocol in Protocol::ALL {
            let all = truth.trades(protocol, NOW - 10 * MINUTE_MS, now + 1);
            assert_in_order(protocol, &all);
            for at in [0, all.len() / 3, all.len() / 2, all.len() - 1] {
                let found = truth.trades_from(protocol, all[at].id, now, 7);
                let expected = &all[at..(at + 7).min(all.len())];
                assert_eq!(found, expected, "{protocol} {rate}");
                let mut older = truth.newest_trades(protocol, Some(all[at].id), now, 5);
                older.reverse();
                if at >= 5 {
                    assert_eq!(older, all[at - 5..at], "{protocol} {rate}");
                }
                let last = truth.last_trade(protocol, all[at].at_ms());
                let known = all.iter().rfind(|trade| trade.at_ms() <= all[at].at_ms());
                assert_eq!(last.as_ref(), known, "{protocol} {rate}");
            }
        }
    }
}

#[test]
fn a_flood_adds_trades_and_keeps_the_rest() {
    let (calm, _) = world(SimulatorConfig::default());
    let (world, clock) = world(SimulatorConfig::default());
    let venue = Protocol::Bitfinex;
    clock.advance(7_500);
    world.faults().set(Fault::Flood, Some(venue), None);
    clock.advance(10_000);
    world.faults().clear(Fault::Flood, Some(venue));
    clock.advance(2 * MINUTE_MS);
    let all = |world: &World| world.truth().trades(venue, NOW, NOW + 3 * MINUTE_MS);
    let (flooded, usual) = (all(&world), all(&calm));
    assert_eq!(flooded.len(), usual.len() + 10 * 400);
    assert_in_order(venue, &flooded);
    assert_candles(world.truth(), venue, NOW, &flooded);
    let before = |trades: &[TrueTrade]| -> Vec<TrueTrade> {
        let early = trades.iter().filter(|trade| trade.at_ms() < NOW + 8_000);
        early.copied().collect()
    };
    assert_eq!(before(&flooded), before(&usual));
    let other = Protocol::Kraken;
    assert_eq!(
        world.truth().trades(other, NOW, NOW + MINUTE_MS),
        calm.truth().trades(other, NOW, NOW + MINUTE_MS)
    );
}

#[test]
fn a_book_fits_the_trades() {
    let (world, _) = world(SimulatorConfig::default());
    let truth = world.truth();
    for protocol in Protocol::ALL {
        for trade in truth.trades(protocol, NOW, NOW + MINUTE_MS) {
            let book = truth.book(protocol, trade.at_ms());
            let [(bid, _), (ask, _)] = book.best().unwrap();
            assert!(bid <= trade.ticks && trade.ticks <= ask, "{protocol}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_stretch_of_any_seed_adds_up(
        seed in 0_u64..1_000,
        venue in 0_usize..5,
        minute in 0_i64..2_000_000,
        rate in 0.2_f64..40.0,
        faults in proptest::collection::vec((0_usize..5, 0_i64..200_000, 1_000_i64..90_000), 0..4),
    ) {
        let protocol = Protocol::ALL[venue];
        let from = bucket_start(NOW, MINUTE_MS) - minute * MINUTE_MS;
        let config = SimulatorConfig { seed, rate, start_ms: Some(from), ..SimulatorConfig::default() };
        let (world, _) = world(config);
        let kinds = [Fault::FrozenPrice, Fault::AbsurdPrice, Fault::Spike, Fault::Flood, Fault::CrossedBook];
        for (kind, at, length) in faults {
            world.faults().plan([span(kinds[kind], Some(protocol), from + at, from + at + length)]);
        }
        let trades = world.truth().trades(protocol, from, from + 4 * MINUTE_MS);
        assert_in_order(protocol, &trades);
        assert_candles(world.truth(), protocol, from, &trades);
    }
}
