//! The tables in memory: each trade once, and every stretch in which something may be missing as a gap.

use std::collections::BTreeMap;

use app::model::{Candle, GapCause, MINUTE_MS, Trade, bucket_start};
use server::{
    pipeline::live::stream::StreamRows,
    quality::agree::compare,
    refine::minute::MinuteFold,
    source::{
        link::LinkNotice,
        message::{ParsedTrades, TradeCursor},
        venue::{Facts, TradeGap},
    },
};

/// A missing number may still come over another connection, or out of order.
const PATIENCE_MS: i64 = 2_000;
/// Times of the same trade may differ so much: REST may tell whole seconds.
const COARSE_MS: i64 = 1_000;
/// A gap that no trade ends, ends this long after data flow again.
const QUIET_MS: i64 = 20_000;
/// Pages are asked for from so long before a gap.
const LEAD_MS: i64 = 2_000;
/// Times a gap is asked for before it is recorded.
const MOST_ATTEMPTS: u32 = 12;
/// A minute is compared once it is over for so long, and is not waited for after ten minutes.
const SETTLED_MS: i64 = 15_000;
const UNMATCHED_MS: i64 = 10 * MINUTE_MS;
const FIRST_PAUSE_MS: i64 = 5_000;
const LONGEST_PAUSE_MS: i64 = 20_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Open,
    Filled,
    Recorded,
}

#[derive(Debug, Clone)]
pub struct Gap {
    pub cause: GapCause,
    /// Time and number of the trade before it.
    pub from: (i64, Option<i64>),
    /// Time and number of the first trade behind it; `None`: it still grows.
    pub to: Option<(i64, Option<i64>)>,
    pub state: State,
    pub attempts: u32,
    pub next_at: i64,
    pub cursor: Option<TradeCursor>,
    /// Numbers that the pages of this attempt had.
    pub seen: Vec<i64>,
    pub asking: bool,
    pub rows: usize,
}

/// A stretch in which the book of the leader could not be trusted.
#[derive(Debug, Clone, Copy)]
pub struct Distrust {
    pub from_at: i64,
    pub to_at: Option<i64>,
}

#[derive(Debug)]
pub struct Ledger {
    facts: &'static Facts,
    pub trades: BTreeMap<i64, Trade>,
    /// The first trade that came as it happened: from there on nothing may be missing.
    pub since: Option<Trade>,
    pub newest: Option<Trade>,
    pub gaps: Vec<Gap>,
    /// Trades that came again, and those that came again otherwise.
    pub repeated: usize,
    pub changed: Vec<(Trade, Trade)>,
    pub rejects: Vec<String>,
    pub distrust: Vec<Distrust>,
    /// Missing numbers: the one before, the one behind, and when that was seen.
    holes: BTreeMap<i64, (i64, i64)>,
    flowing_since: Option<i64>,
    /// Minutes that were compared with the venue's candles, and whether they were the same.
    pub compared: BTreeMap<i64, bool>,
}

impl Ledger {
    pub const fn new(facts: &'static Facts, _now: i64) -> Self {
        Self {
            facts,
            trades: BTreeMap::new(),
            since: None,
            newest: None,
            gaps: Vec::new(),
            repeated: 0,
            changed: Vec::new(),
            rejects: Vec::new(),
            distrust: Vec::new(),
            holes: BTreeMap::new(),
            flowing_since: None,
            compared: BTreeMap::new(),
        }
    }

    /// True if missing trades are told by their numbers.
    pub const fn counts(&self) -> bool {
        self.facts.counts_trades
    }

    /// A process begins: what it knows of the one before is what is in the tables.
    pub fn started(&mut self, now: i64) {
        for gap in &mut self.gaps {
            gap.asking = false;
        }
        self.flowing_since = None;
        self.grow(GapCause::NotRunning, now);
    }

    pub fn notice(&mut self, notice: LinkNotice, now: i64) {
        match notice {
            LinkNotice::Disconnected { alone: true, .. } => {
                self.flowing_since = None;
                self.grow(GapCause::Disconnected, now);
            }
            LinkNotice::Silent { .. } => {
                self.flowing_since = None;
                self.grow(GapCause::Silence, now);
            }
            LinkNotice::Connected => self.flowing_since = Some(now),
            _ => {}
        }
    }

    /// From the newest trade on something may be missing.
    fn grow(&mut self, cause: GapCause, now: i64) {
        let grows = self.gaps.iter().any(|gap| gap.to.is_none());
        let Some(newest) = self.newest.filter(|_| !grows) else {
            return;
        };
        self.gaps.push(Gap {
            cause,
            from: (newest.traded_at, Some(newest.trade_id)),
            to: None,
            state: State::Open,
            attempts: 0,
            next_at: now,
            cursor: None,
            seen: Vec::new(),
            asking: false,
            rows: 0,
        });
    }

    pub fn rows(&mut self, rows: &StreamRows, now: i64) {
        for reject in &rows.rejects {
            let rules = reject.reject.rules.join(" ");
            self.rejects
                .push(format!("{rules}: {}", reject.reject.reason));
        }
        for trust in &rows.trust {
            let open = self.distrust.iter_mut().find(|open| open.to_at.is_none());
            match (open, &trust.lost) {
                (None, Some(_)) => self.distrust.push(Distrust {
                    from_at: trust.at,
                    to_at: None,
                }),
                (Some(open), None) => open.to_at = Some(trust.at),
                _ => {}
            }
        }
        for received in &rows.trades {
            let trade = received.row.trade;
            self.trade(trade, received.row.history, now);
        }
    }

    fn trade(&mut self, trade: Trade, history: bool, now: i64) {
        if !history && self.since.is_none() {
            self.since = Some(trade);
        }
        let is_new = self.add(trade);
        if history {
            return;
        }
        // it came as it happened: what grows ends here
        let after = self.newest;
        for gap in self.gaps.iter_mut().filter(|gap| gap.to.is_none()) {
            if is_new && trade.traded_at >= gap.from.0 {
                gap.to = Some((trade.traded_at, Some(trade.trade_id)));
                gap.next_at = now;
            }
        }
        if let Some(after) = after
            && self.facts.counts_trades
            && trade.trade_id > after.trade_id + 1
        {
            self.holes.insert(after.trade_id, (trade.trade_id, now));
        }
        if after.is_none_or(|after| trade.trade_id > after.trade_id) {
            self.newest = Some(trade);
        }
    }

    /// False if it is there.
    fn add(&mut self, trade: Trade) -> bool {
        let Some(before) = self.trades.get(&trade.trade_id) else {
            self.trades.insert(trade.trade_id, trade);
            return true;
        };
        self.repeated += 1;
        let near = before.traded_at.abs_diff(trade.traded_at) < COARSE_MS.unsigned_abs();
        let same =
            (before.price, before.size, before.side) == (trade.price, trade.size, trade.side);
        if !(near && same) && self.changed.len() < 10 {
            self.changed.push((*before, trade));
        }
        false
    }

    /// Time passes: numbers that are still missing become gaps, and gaps end in quiet markets too.
    pub fn tick(&mut self, now: i64) {
        if let Some(since) = self.flowing_since
            && now - since >= QUIET_MS
        {
            for gap in self.gaps.iter_mut().filter(|gap| gap.to.is_none()) {
                gap.to = Some((now, None));
                gap.next_at = now;
            }
        }
        let due: Vec<(i64, i64)> = self
            .holes
            .iter()
            .filter(|(_, (_, seen_at))| now - seen_at >= PATIENCE_MS)
            .map(|(before, (behind, _))| (*before, *behind))
            .collect();
        for (before, behind) in due {
            self.holes.remove(&before);
            let missing = self.trades.range(before + 1..behind).count() as i64;
            let known = self.gaps.iter().any(|gap| {
                let reaches = gap
                    .to
                    .is_none_or(|(_, to_id)| to_id.is_none_or(|id| id >= behind));
                gap.from.1.is_some_and(|id| id <= before) && reaches && gap.state != State::Filled
            });
            if missing == behind - before - 1 || known {
                continue;
            }
            let at = |id: i64| self.trades.get(&id).map_or(now, |trade| trade.traded_at);
            self.gaps.push(Gap {
                cause: GapCause::Sequence,
                from: (at(before), Some(before)),
                to: Some((at(behind), Some(behind))),
                state: State::Open,
                attempts: 0,
                next_at: now,
                cursor: None,
                seen: Vec::new(),
                asking: false,
                rows: 0,
            });
        }
    }

    /// Minutes that wait for the venue's candle: from the first to before the last, if there are any.
    pub fn unmatched(&self, now: i64) -> Option<(i64, i64)> {
        let since = bucket_start(self.since?.traded_at, MINUTE_MS) + MINUTE_MS;
        let over = bucket_start(now - SETTLED_MS, MINUTE_MS);
        let first = since.max(over - UNMATCHED_MS);
        let minutes = (0..).map(|minute| first + minute * MINUTE_MS);
        let mut minutes = minutes.take_while(|at| *at < over);
        let first = minutes.find(|at| !self.compared.contains_key(at))?;
        Some((first, over))
    }

    /// Compares minutes with the venue's candles. Where numbers do not tell what is missing, these do.
    pub fn candle(&mut self, candle: &Candle, now: i64) {
        let minute = candle.opened_at..candle.opened_at + MINUTE_MS;
        let waits = self
            .unmatched(now)
            .is_some_and(|(first, over)| (first..over).contains(&candle.opened_at));
        let in_gap = self.gaps.iter().any(|gap| {
            gap.state == State::Open
                && gap.from.0 < minute.end
                && gap.to.is_none_or(|(to, _)| to >= minute.start)
        });
        if !waits || in_gap || self.compared.get(&minute.start) == Some(&true) {
            return;
        }
        let mut fold = MinuteFold::default();
        for trade in self
            .trades
            .values()
            .filter(|trade| minute.contains(&trade.traded_at))
        {
            fold.add(trade);
        }
        let own = fold.minute(minute.start);
        let prices = own.prices;
        let prices = prices.map(|p| (p.open, p.high, p.low, p.close, own.volume));
        let rule = server::quality::catalog::definition("trade.candle_match").unwrap();
        let compared = compare(rule, candle, prices);
        let known = self
            .compared
            .insert(minute.start, compared.differs.is_none());
        if compared.lacks && known.is_none() && !self.facts.counts_trades {
            self.gaps.push(Gap {
                cause: GapCause::Sequence,
                from: (minute.start, None),
                to: Some((minute.end, None)),
                state: State::Open,
                attempts: 0,
                next_at: now,
                cursor: None,
                seen: Vec::new(),
                asking: false,
                rows: 0,
            });
        }
    }

    /// The gap that is to be asked for next, and what of it.
    pub fn due(&mut self, now: i64) -> Option<(usize, TradeGap, Option<TradeCursor>)> {
        if self.gaps.iter().any(|gap| gap.asking) {
            return None;
        }
        let (id, gap) =
            self.gaps.iter_mut().enumerate().find(|(_, gap)| {
                gap.state == State::Open && gap.to.is_some() && gap.next_at <= now
            })?;
        gap.asking = true;
        if gap.cursor.is_none() {
            gap.seen.clear();
        }
        Some((id, trade_gap(gap)?, gap.cursor.clone()))
    }

    pub fn gap(&self, id: usize) -> Option<TradeGap> {
        trade_gap(&self.gaps[id])
    }

    /// A page was not what was asked for.
    pub fn refused(&mut self, id: usize, pause_ms: Option<i64>, now: i64) {
        let gap = &mut self.gaps[id];
        gap.asking = false;
        gap.cursor = None;
        let own_ms = (FIRST_PAUSE_MS << gap.attempts.min(10)).min(LONGEST_PAUSE_MS);
        gap.next_at = now + own_ms.max(pause_ms.unwrap_or(0));
        // a venue that cannot be asked is asked for as long as it takes
        gap.attempts += 1;
    }

    pub fn page(&mut self, id: usize, page: ParsedTrades, now: i64) {
        let gap = self.gaps[id].clone();
        let Some(asked) = trade_gap(&gap) else {
            return;
        };
        let mut rows = 0;
        for trade in page.trades {
            self.gaps[id].seen.push(trade.trade_id);
            if (asked.from_at..asked.to_at).contains(&trade.traded_at) {
                rows += usize::from(self.add(trade));
            }
        }
        let held = &mut self.gaps[id];
        held.rows += rows;
        held.asking = false;
        held.cursor = page.next;
        if held.cursor.is_some() {
            return;
        }
        if self.is_complete(&gap, id) {
            self.gaps[id].state = State::Filled;
        } else if self.gaps[id].attempts + 1 >= MOST_ATTEMPTS {
            self.gaps[id].state = State::Recorded;
        } else {
            self.refused(id, None, now);
        }
    }

    /// Whether what came is all: by the numbers, or because the trade before the gap came too.
    fn is_complete(&self, gap: &Gap, id: usize) -> bool {
        let (_, from_id) = gap.from;
        let to_id = gap.to.and_then(|(_, id)| id);
        match (self.facts.counts_trades, from_id, to_id) {
            (true, Some(from), Some(to)) => {
                self.trades.range(from + 1..to).count() as i64 == to - from - 1
            }
            (false, Some(from), _) => self.gaps[id].seen.contains(&from),
            _ => true,
        }
    }
}

/// The stretch that is asked for: a little more than is missing.
fn trade_gap(gap: &Gap) -> Option<TradeGap> {
    let (to_at, to_id) = gap.to?;
    Some(TradeGap {
        from_at: gap.from.0 - LEAD_MS,
        to_at: to_at + COARSE_MS,
        from_id: gap.from.1,
        to_id,
    })
}
