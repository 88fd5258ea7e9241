//! Gold minutes of a series: folded as trades and books come, read again from silver where that is not enough, final
//! once the watermark has passed.

use std::collections::{BTreeMap, BTreeSet};

use app::model::{Book, DAY_MS, Dataset, MINUTE_MS, Outcome, Trade, bucket_start};

use super::series::Series;
use crate::{
    pipeline::live::candles::minutes_of,
    quality::{
        agree::{Compared, candle_match, compare},
        rule::RuleBook,
    },
    refine::minute::MinuteFold,
    store::{
        StoreError, Tx,
        candle::candles,
        count::{Change, count},
        gap::has_gap,
        minute::{
            delete_minutes, each_book, first_row, minute_prices, provisional_minutes, upsert_minute,
        },
        trade::each_trade,
    },
};

/// Folds kept: the running minute and those inside the watermark.
const KEPT: usize = 4;
/// A candle of the venue that has not come after so long is not waited for.
const UNMATCHED_MS: i64 = 10 * MINUTE_MS;
/// Minutes that are compared at once.
const COMPARED: usize = 200;

/// A fold of what silver holds of a minute.
pub(super) async fn load_minute(
    tx: &mut Tx,
    series: &Series,
    minute_at: i64,
) -> Result<MinuteFold, StoreError> {
    let mut fold = MinuteFold::default();
    let range = (minute_at, minute_at + MINUTE_MS);
    each_trade(tx, series.names, range, |row| {
        if row.late {
            fold.add_late();
        } else {
            fold.add(&row.trade);
        }
    })
    .await?;
    each_book(tx, series.names, range, |book| fold.add_book(book)).await?;
    Ok(fold)
}

impl Series {
    /// Adds a trade that silver has taken.
    pub(super) fn fold_trade(&mut self, trade: &Trade, late: bool) {
        let minute_at = bucket_start(trade.traded_at, MINUTE_MS);
        self.dirty.insert(minute_at);
        if let Some(fold) = self.minutes.get_mut(&minute_at) {
            if late {
                fold.add_late();
            } else {
                fold.add(trade);
            }
        }
    }

    /// Adds a book that silver has taken.
    pub(super) fn fold_book(&mut self, book: &Book) {
        let minute_at = bucket_start(book.observed_at, MINUTE_MS);
        self.dirty.insert(minute_at);
        if let Some(fold) = self.minutes.get_mut(&minute_at) {
            fold.add_book(book);
        }
    }

    /// Forgets the fold of a minute: it is read again from silver.
    pub(super) fn forget_minute(&mut self, at: i64) {
        let minute_at = bucket_start(at, MINUTE_MS);
        self.minutes.remove(&minute_at);
        self.dirty.insert(minute_at);
    }

    /// Writes the minutes that changed; gives how many are new.
    pub(super) async fn write_minutes(
        &mut self,
        tx: &mut Tx,
        watermark_ms: i64,
        now_ms: i64,
    ) -> Result<Change, StoreError> {
        let mut change = Change::default();
        for minute_at in std::mem::take(&mut self.dirty) {
            let is_final = self.is_over(minute_at, watermark_ms, now_ms);
            let fold = match self.minutes.remove(&minute_at) {
                Some(mut fold) => {
                    if is_final {
                        // the books of polls are not folded as they come
                        fold.clear_books();
                        let range = (minute_at, minute_at + MINUTE_MS);
                        each_book(tx, self.names, range, |book| fold.add_book(book)).await?;
                    }
                    fold
                }
                None => load_minute(tx, self, minute_at).await?,
            };
            let mut minute = fold.minute(minute_at);
            minute.is_final = is_final;
            change.rows += i64::from(upsert_minute(tx, self.names, &minute).await?);
            change.newest_at = change.newest_at.max(Some(minute_at));
            if is_final {
                self.await_candle(minute_at);
            } else {
                self.minutes.insert(minute_at, fold);
            }
        }
        while self.minutes.len() > KEPT {
            self.minutes.pop_first();
        }
        Ok(change)
    }

    fn await_candle(&mut self, minute_at: i64) {
        if self.whole_from.is_some_and(|from| minute_at >= from) && self.unmatched.len() < COMPARED
        {
            self.unmatched.insert(minute_at);
        }
    }

    /// Makes the minutes final that are over, also those of before a restart.
    pub(super) async fn settle(
        &mut self,
        tx: &mut Tx,
        watermark_ms: i64,
        now_ms: i64,
    ) -> Result<Change, StoreError> {
        let passed = self.passed(watermark_ms, now_ms);
        let next = bucket_start(passed, MINUTE_MS);
        let first = match self.unsettled {
            Some(unsettled) if unsettled >= next => return Ok(Change::default()),
            Some(unsettled) => unsettled,
            None => next,
        };
        let over: BTreeSet<i64> = provisional_minutes(tx, self.names, passed)
            .await?
            .into_iter()
            .collect();
        // a minute without a trade of ours is compared too: the venue may know of some
        let mut at = first.max(next - UNMATCHED_MS);
        while at < next {
            self.await_candle(at);
            at += MINUTE_MS;
        }
        self.unsettled = Some(next);
        self.dirty.extend(over);
        self.write_minutes(tx, watermark_ms, now_ms).await
    }

    /// `trade.candle_match` over the minutes whose candle of the venue has come.
    pub(super) async fn match_candles(
        &mut self,
        tx: &mut Tx,
        rules: &RuleBook,
        now_ms: i64,
    ) -> Result<Option<Outcome>, StoreError> {
        let Some(rule) = rules.enabled("trade.candle_match") else {
            self.unmatched.clear();
            return Ok(None);
        };
        let (Some(first), Some(last)) = (self.unmatched.first(), self.unmatched.last()) else {
            return Ok(None);
        };
        let range = (*first, last + MINUTE_MS);
        let held = candles(tx, &minutes_of(self.names), range.0, range.1).await?;
        let mut compared: Vec<Compared> = Vec::new();
        for candle in held.iter().map(|held| &held.candle) {
            if !candle.is_final || !self.unmatched.remove(&candle.opened_at) {
                continue;
            }
            let minute = (candle.opened_at, candle.opened_at + MINUTE_MS);
            if has_gap(tx, self.names, Dataset::Trade, minute).await? {
                // looked at again once it is filled: its minutes are written anew then
                continue;
            }
            let own = minute_prices(tx, self.names, candle.opened_at).await?;
            let minute = compare(rule, candle, own);
            // asked for once: what the venue does not tell then, it does not tell
            if minute.lacks && self.asked_for.insert(minute.minute_at) {
                self.lacking.insert(minute.minute_at);
            }
            compared.push(minute);
        }
        self.unmatched.retain(|at| now_ms - at < UNMATCHED_MS);
        while self.asked_for.len() > COMPARED {
            self.asked_for.pop_first();
        }
        Ok((!compared.is_empty()).then(|| candle_match(rule, &self.entity(), &compared)))
    }
}

/// Writes the minutes of a series from that of `from` on anew from silver.
///
/// # Errors
/// When the database fails.
pub(super) async fn rebuild_minutes(
    tx: &mut Tx,
    series: &Series,
    from: i64,
    watermark_ms: i64,
    now_ms: i64,
) -> Result<(), StoreError> {
    let begin = bucket_start(from, MINUTE_MS);
    let mut change = Change {
        rows: -delete_minutes(tx, series.names, begin).await?,
        ..Change::default()
    };
    let mut next = first_row(tx, series.names, begin).await?;
    // a day at a time: bounds memory
    while let Some(first) = next {
        let from = bucket_start(first, DAY_MS).max(begin);
        let to = bucket_start(first, DAY_MS) + DAY_MS;
        let mut folds: BTreeMap<i64, MinuteFold> = BTreeMap::new();
        each_trade(tx, series.names, (from, to), |row| {
            let fold = folds
                .entry(bucket_start(row.trade.traded_at, MINUTE_MS))
                .or_default();
            if row.late {
                fold.add_late();
            } else {
                fold.add(&row.trade);
            }
        })
        .await?;
        each_book(tx, series.names, (from, to), |book| {
            folds
                .entry(bucket_start(book.observed_at, MINUTE_MS))
                .or_default()
                .add_book(book);
        })
        .await?;
        for (minute_at, fold) in &folds {
            let mut minute = fold.minute(*minute_at);
            minute.is_final = series.is_over(*minute_at, watermark_ms, now_ms);
            change.rows += i64::from(upsert_minute(tx, series.names, &minute).await?);
            change.newest_at = Some(*minute_at);
        }
        next = first_row(tx, series.names, to).await?;
    }
    count(tx, "gold", "minute", change, now_ms).await
}
