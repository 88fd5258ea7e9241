//! `trade.candle_match`: the minutes that trades with faults make against the venue's candles, which have none.

use std::collections::{BTreeMap, BTreeSet};

use app::model::{Candle, MINUTE_MS, Trade, bucket_start};

use crate::{
    pipeline::live::stream::WATERMARK_MS,
    quality::{
        agree::{candle_match, compare},
        backtest::Finding,
        rule::Rule,
    },
    refine::minute::MinuteFold,
};

/// The venue's candle of a minute is there, and looked for, so long after its end.
const MATCHED_MS: i64 = 10_000;

/// Minutes folded as trades come.
#[derive(Debug, Default)]
pub(super) struct Minutes {
    folds: BTreeMap<i64, MinuteFold>,
    /// The venue's time of the newest trade.
    newest: i64,
    /// Numbers before and behind those that are missing.
    holes: Vec<(i64, i64)>,
}

impl Minutes {
    /// A trade was taken. The minute is not changed any more once it is over for longer than the watermark.
    pub(super) fn add(&mut self, trade: &Trade) {
        let minute_at = bucket_start(trade.traded_at, MINUTE_MS);
        let fold = self.folds.entry(minute_at).or_default();
        if minute_at + MINUTE_MS + WATERMARK_MS <= self.newest {
            fold.add_late();
        } else {
            fold.add(trade);
        }
        self.newest = self.newest.max(trade.traded_at);
    }

    /// The numbers between these two are missing: their minutes wait until they are filled.
    pub(super) fn missing(&mut self, from: i64, to: i64) {
        self.holes.push((from, to));
    }

    /// Minutes that are not what the venue's trades make.
    pub(super) fn differing(&self, rule: &Rule, venue: &[Trade]) -> Vec<Finding> {
        let is_missing = |trade: &&Trade| {
            let id = trade.trade_id;
            self.holes.iter().any(|(from, to)| *from < id && id < *to)
        };
        let waiting: BTreeSet<i64> = venue
            .iter()
            .filter(is_missing)
            .map(|trade| bucket_start(trade.traded_at, MINUTE_MS))
            .collect();
        venue
            .chunk_by(|a, b| {
                bucket_start(a.traded_at, MINUTE_MS) == bucket_start(b.traded_at, MINUTE_MS)
            })
            .filter_map(candle)
            .filter(|candle| !waiting.contains(&candle.opened_at))
            .filter_map(|candle| {
                let own = self.folds.get(&candle.opened_at).and_then(|fold| {
                    let minute = fold.minute(candle.opened_at);
                    let prices = minute.prices?;
                    Some((
                        prices.open,
                        prices.high,
                        prices.low,
                        prices.close,
                        minute.volume,
                    ))
                });
                let compared = [compare(rule, &candle, own)];
                Some(Finding {
                    check_id: rule.id,
                    at: candle.opened_at + MINUTE_MS + MATCHED_MS,
                    severity: candle_match(rule, "", &compared).state.severity()?,
                })
            })
            .collect()
    }
}

/// The candle of the trades of a minute, as a venue tells it.
fn candle(trades: &[Trade]) -> Option<Candle> {
    let opened_at = bucket_start(trades.first()?.traded_at, MINUTE_MS);
    let mut fold = MinuteFold::default();
    for trade in trades {
        fold.add(trade);
    }
    let minute = fold.minute(opened_at);
    let prices = minute.prices?;
    Some(Candle {
        opened_at,
        open: prices.open,
        high: prices.high,
        low: prices.low,
        close: prices.close,
        volume: minute.volume,
        quote_volume: Some(minute.quote_volume),
        trades: Some(minute.trades),
        is_final: true,
        flags: 0,
    })
}
