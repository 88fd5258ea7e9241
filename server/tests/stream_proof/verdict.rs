//! What must hold whatever went wrong.

use std::collections::BTreeMap;

use app::model::{MINUTE_MS, Trade, bucket_start};
use rust_decimal::Decimal;
use server::{
    refine::ladder::{Ladder, Rung},
    simulator::{Protocol, TrueBook, TrueTrade},
};

use super::{
    ledger::State,
    world::{START, World},
};

/// The newest trades may still be on their way.
const UNDERWAY_MS: i64 = 5_000;
/// A minute is compared with the venue's candle within this time.
const UNSETTLED_MS: i64 = 140_000;
/// A market without a trade for so long may look like a silent stream.
const QUIET_MS: i64 = 55_000;
/// Most levels a side that each venue's session follows.
const fn levels(protocol: Protocol) -> usize {
    match protocol {
        Protocol::Binance => 5_000,
        Protocol::Coinbase => usize::MAX,
        Protocol::Kraken => 500,
        Protocol::Bitstamp => usize::MAX,
        Protocol::Bitfinex => 250,
    }
}

/// Levels of a side that Kraken's checksum covers. A change that never came is seen only if it is among them.
pub const PROVEN_LEVELS: usize = 10;

/// Compares a book with the exchange's, level by level and digit by digit.
pub fn same_book(protocol: Protocol, book: &Ladder, truth: &TrueBook) -> Result<(), String> {
    same_levels(levels(protocol), book, truth)
}

/// The same for the best levels.
pub fn same_top(book: &Ladder, truth: &TrueBook) -> bool {
    let top = |rungs: &mut dyn Iterator<Item = Rung>| -> Vec<Rung> {
        rungs.take(PROVEN_LEVELS).collect()
    };
    let ours = Ladder::of(top(&mut book.bids()), top(&mut book.asks()));
    same_levels(PROVEN_LEVELS, &ours, truth).is_ok()
}

/// Name, our levels, and price and size of the truth's.
type Side<'a> = (&'static str, Vec<Rung>, &'a [(i64, i64)]);

fn same_levels(most: usize, book: &Ladder, truth: &TrueBook) -> Result<(), String> {
    let sides: [Side<'_>; 2] = [
        ("bids", book.bids().collect(), &truth.bids),
        ("asks", book.asks().collect(), &truth.asks),
    ];
    for (name, ours, theirs) in sides {
        let theirs: Vec<Rung> = theirs
            .iter()
            .take(most)
            .map(|(ticks, sats)| (Decimal::new(*ticks, 2), Decimal::new(*sats, 8)))
            .collect();
        if ours != theirs {
            let at = ours.iter().zip(&theirs).position(|(a, b)| a != b);
            let at = at.unwrap_or_else(|| ours.len().min(theirs.len()));
            return Err(format!(
                "{name} of {} levels differ from the {} true ones of {} at level {at}: {:?} is {:?}",
                ours.len(),
                theirs.len(),
                truth.at_ms,
                ours.get(at),
                theirs.get(at),
            ));
        }
    }
    Ok(())
}

fn is_true(held: &Trade, truth: &TrueTrade) -> bool {
    let model = truth.model();
    let whole_second = model.traded_at - model.traded_at % 1_000;
    (held.price, held.size, held.side) == (model.price, model.size, model.side)
        && (held.traded_at == model.traded_at || held.traded_at == whole_second)
}

impl World {
    /// Everything that is wrong at the end.
    pub fn verdict(&mut self) -> Vec<String> {
        let mut wrong = self.record.wrong.clone();
        self.judge_trades(&mut wrong);
        self.judge_gaps(&mut wrong);
        self.judge_link(&mut wrong);
        wrong.truncate(20);
        wrong
    }

    fn judge_trades(&self, wrong: &mut Vec<String>) {
        let Some(since) = self.ledger.since else {
            wrong.push("no trade ever came".to_owned());
            return;
        };
        let truth = self
            .truth()
            .trades(self.protocol, START - 3_600_000, self.now + 1);
        let truth: BTreeMap<i64, TrueTrade> =
            truth.into_iter().map(|trade| (trade.id, trade)).collect();
        for (id, held) in &self.ledger.trades {
            match truth.get(id) {
                // older than an hour before the start
                None if held.traded_at < START - 3_000_000 => {}
                None => wrong.push(format!("trade {id} never took place: {held:?}")),
                Some(trade) if !is_true(held, trade) => {
                    wrong.push(format!("trade {id} is {held:?}, not {:?}", trade.model()));
                }
                Some(_) => {}
            }
        }
        let recorded: Vec<(i64, i64)> = self
            .ledger
            .gaps
            .iter()
            .filter(|gap| gap.state == State::Recorded)
            .filter_map(|gap| Some((gap.from.0, gap.to?.0)))
            .collect();
        let mut lost = Vec::new();
        for trade in truth.values() {
            let at = trade.at_ms();
            // without numbers candles tell what is missing: of whole minutes, and once they are there
            let told = if self.ledger.counts() {
                trade.id >= since.trade_id && at < self.now - UNDERWAY_MS
            } else {
                let whole = bucket_start(since.traded_at, MINUTE_MS) + MINUTE_MS;
                (whole..self.now - UNSETTLED_MS).contains(&at)
            };
            let in_gap = recorded
                .iter()
                .any(|(from, to)| (*from..=*to).contains(&at));
            if told && !in_gap && !self.ledger.trades.contains_key(&trade.id) {
                lost.push((trade.id, (at - START) as f64 / 1_000.0));
            }
        }
        if !lost.is_empty() {
            let shown = &lost[..lost.len().min(8)];
            wrong.push(format!(
                "{} trades are lost: (number, seconds) {shown:?}",
                lost.len()
            ));
        }
        for (before, after) in &self.ledger.changed {
            wrong.push(format!("a trade came as {before:?} and as {after:?}"));
        }
    }

    fn judge_gaps(&self, wrong: &mut Vec<String>) {
        for gap in &self.ledger.gaps {
            match gap.state {
                State::Filled => {}
                State::Open => wrong.push(format!("a gap ({}) is still open: {gap:?}", gap.cause)),
                State::Recorded => {
                    wrong.push(format!("a gap that the venue can fill is not: {gap:?}"));
                }
            }
        }
    }

    fn judge_link(&self, wrong: &mut Vec<String>) {
        let view = self.view();
        // minutes without a trade are no fault of a stream
        let quiet_since = self.now - QUIET_MS;
        let is_quiet = view.state == "quiet"
            && self
                .truth()
                .trades(self.protocol, quiet_since, self.now)
                .is_empty();
        if !(view.state == "streaming" || is_quiet) || view.book != "synced" {
            wrong.push(format!("it has not come back: {view:?}"));
        }
        for distrust in &self.ledger.distrust {
            if distrust.to_at.is_none() {
                wrong.push(format!(
                    "the book was lost for good at {}",
                    distrust.from_at
                ));
            }
        }
        for (what, times, most) in [
            ("connections", &self.record.opened, 25),
            ("snapshots", &self.record.snapshots, 15),
            ("questions", &self.rest.asked, 400),
        ] {
            if let Some((at, count)) = busiest_minute(times).filter(|(_, count)| *count > most) {
                let after = (at - START) / 1_000;
                wrong.push(format!(
                    "{count} {what} in the minute before second {after}"
                ));
            }
        }
    }
}

/// The end of the minute with the most events, and their number.
fn busiest_minute(times: &[i64]) -> Option<(i64, usize)> {
    let in_minute = |(index, at): (usize, &i64)| {
        let first = times.partition_point(|other| *other <= at - 60_000);
        (*at, index + 1 - first)
    };
    times
        .iter()
        .enumerate()
        .map(in_minute)
        .max_by_key(|(_, count)| *count)
}
