//! What is kept in memory of a series, so that a batch costs few queries. All of it can be read again from the store.

use std::collections::{BTreeMap, BTreeSet};

use app::model::MINUTE_MS;

use super::{
    numbers::Numbers,
    recent::{KEPT, Recent},
};
use crate::{
    refine::minute::MinuteFold,
    store::{Names, StoreError, Tx, names::names, trade::newest_trades},
};

/// A series of an instrument at a venue.
#[derive(Debug, Clone)]
pub(super) struct Series {
    pub(super) instrument: String,
    pub(super) venue: String,
    pub(super) names: Names,
    pub(super) recent: Recent,
    /// Number and time of the newest trade.
    pub(super) newest: Option<(i64, i64)>,
    pub(super) numbers: Numbers,
    /// Folds of the newest minutes.
    pub(super) minutes: BTreeMap<i64, MinuteFold>,
    /// Minutes to be written.
    pub(super) dirty: BTreeSet<i64>,
    /// Final minutes that wait to be compared with the venue's candle.
    pub(super) unmatched: BTreeSet<i64>,
    /// Minutes in which the venue's candle holds more than our trades, and those of them that a gap was noted for.
    pub(super) lacking: BTreeSet<i64>,
    pub(super) asked_for: BTreeSet<i64>,
    /// The next minute that becomes final.
    pub(super) unsettled: Option<i64>,
    /// Trades that are in the store since the process began: the first whole minute.
    pub(super) whole_from: Option<i64>,
}

impl Series {
    /// Reads what the store knows of a series.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn load(
        tx: &mut Tx,
        instrument: &str,
        venue: &str,
    ) -> Result<(Self, Vec<(i64, i64)>), StoreError> {
        let names = names(tx, instrument, venue).await?;
        let newest_trades = newest_trades(tx, names, KEPT as i64).await?;
        let mut recent = Recent::default();
        for trade in newest_trades.iter().rev() {
            recent.add(trade);
        }
        let mut trades: Vec<(i64, i64)> = newest_trades
            .iter()
            .map(|trade| (trade.trade_id, trade.traded_at))
            .collect();
        let newest = trades.first().copied();
        trades.sort_unstable();
        let mut numbers = Numbers::default();
        if let Some((number, at)) = trades.last() {
            numbers.go_on_from(*number, *at);
        }
        let series = Self {
            instrument: instrument.to_owned(),
            venue: venue.to_owned(),
            names,
            recent,
            newest,
            numbers,
            minutes: BTreeMap::new(),
            dirty: BTreeSet::new(),
            unmatched: BTreeSet::new(),
            lacking: BTreeSet::new(),
            asked_for: BTreeSet::new(),
            unsettled: None,
            whole_from: None,
        };
        Ok((series, trades))
    }

    /// Notes the newest trade.
    pub(super) fn note_newest(&mut self, trade_id: i64, traded_at: i64) {
        let is_newer = |(id, at): (i64, i64)| (traded_at, trade_id) > (at, id);
        if self.newest.is_none_or(is_newer) {
            self.newest = Some((trade_id, traded_at));
        }
    }

    /// What its checks judge.
    pub(super) fn entity(&self) -> String {
        format!("{}/{}/live", self.instrument, self.venue)
    }

    /// Up to when a minute is over: by the venue's time or by ours, whichever is further.
    pub(super) fn passed(&self, watermark_ms: i64, now_ms: i64) -> i64 {
        let told = self.newest.map_or(i64::MIN, |(_, at)| at);
        told.max(now_ms).saturating_sub(watermark_ms)
    }

    /// True if a minute is over.
    pub(super) fn is_over(&self, minute_at: i64, watermark_ms: i64, now_ms: i64) -> bool {
        minute_at + MINUTE_MS <= self.passed(watermark_ms, now_ms)
    }
}
