//! Noticing what is missing: while Assay did not run, while no connection stood, where the venue's numbers leap, and
//! while the book could not be trusted.

use std::{collections::HashMap, sync::Arc};

use app::model::{Dataset, GapCause, GapState, MINUTE_MS, SourceEventKind, Trade, bucket_start};

use super::{Writer, tell::Told};
use crate::{
    pipeline::live::stream::{
        apply::Applied,
        batch::{Batch, Notice, NoticeKind, StreamSource},
        numbers::Hole,
        rows::BookTrust,
    },
    quality::live::event::{Event, What},
    source::session::Channel,
    store::{
        Names, StoreError, Tx,
        gap::{Gap, GapEnd, NewGap, end_gap, growing_gap, insert_gap, noted_numbers},
        live::newest_book,
        source_event::insert_source_event,
    },
};

/// The venue's REST side may lag behind its stream.
const LAG_MS: i64 = 2_000;

/// What is watched of a source.
#[derive(Debug, Clone)]
pub(super) struct Watched {
    source: Arc<StreamSource>,
    names: Names,
    /// The gap that the next trade ends.
    growing: Option<Gap>,
    /// The stretch without a book that the next one ends.
    bookless: Option<Gap>,
    /// The connection that leads, and whether the books of connections can be trusted.
    leader: Option<u64>,
    trust: HashMap<u64, Option<(GapCause, String)>>,
}

impl Writer {
    fn key(source: &StreamSource) -> (String, String) {
        (source.instrument.clone(), source.venue.clone())
    }

    /// Begins to watch a source: what is missing since its last row is a gap.
    pub(super) async fn watch_source(
        &mut self,
        tx: &mut Tx,
        source: &Arc<StreamSource>,
        now_ms: i64,
        told: &mut Told,
    ) -> Result<(), StoreError> {
        let key = Self::key(source);
        let holes = self
            .refinery
            .open(tx, (&source.instrument, &source.venue), now_ms)
            .await?;
        if self.watched.contains_key(&key) {
            return Ok(());
        }
        let Some(series) = self.refinery.series.get(&key) else {
            return Ok(());
        };
        let (names, newest) = (series.names, series.newest);
        let mut watched = Watched {
            source: Arc::clone(source),
            names,
            growing: growing_gap(tx, names, Dataset::Trade).await?,
            bookless: growing_gap(tx, names, Dataset::Book).await?,
            leader: None,
            trust: HashMap::new(),
        };
        if let Some((number, at)) = newest {
            watched
                .grow_trades(tx, GapCause::NotRunning, (Some(number), at), now_ms, told)
                .await?;
        }
        let book_at = newest_book(tx, names).await?;
        if let Some(at) = book_at.filter(|_| source.channels.contains(&Channel::Book)) {
            let cause = (GapCause::NotRunning, "no connection stood");
            watched.grow_book(tx, cause, at, now_ms, told).await?;
        }
        if let Some(holes) = holes.filter(|_| source.facts.counts_trades) {
            tell_unnoted(tx, names, &holes, now_ms, told).await?;
        }
        self.watched.insert(key, watched);
        Ok(())
    }

    /// Looks at what a batch says about gaps.
    pub(super) async fn look_for_gaps(
        &mut self,
        tx: &mut Tx,
        batch: &Batch,
        applied: &Applied,
        told: &mut Told,
    ) -> Result<(), StoreError> {
        let now_ms = self.engine.clock.now_ms();
        let key = Self::key(&batch.source);
        let (Some(watched), Some(series)) = (
            self.watched.get_mut(&key),
            self.refinery.series.get_mut(&key),
        ) else {
            return Ok(());
        };
        if series.whole_from.is_none()
            && let Some(first) = batch.lines.first()
        {
            // the minute in which the stream began is not whole
            series.whole_from = Some(bucket_start(first.at, MINUTE_MS) + MINUTE_MS);
        }
        let counts = batch.source.facts.counts_trades;
        if let Some(first) = watched.end_trades(tx, applied, now_ms, told).await?
            && counts
        {
            series.numbers.go_on_from(first.trade_id, first.traded_at);
        }
        if counts {
            for (trade, _) in &applied.trades {
                series.numbers.note(trade.trade_id, trade.traded_at, now_ms);
            }
        }
        watched.follow_book(tx, batch, now_ms, told).await
    }

    /// Tells the numbers that stayed missing.
    pub(super) async fn tell_holes(
        &mut self,
        tx: &mut Tx,
        now_ms: i64,
        told: &mut Told,
    ) -> Result<(), StoreError> {
        for (key, series) in &mut self.refinery.series {
            for hole in series.numbers.due(now_ms) {
                let what = What::Missing {
                    from: hole.from.0,
                    to: hole.to.0,
                };
                told.missing.push((key.clone(), Event { at: now_ms, what }));
                tell_hole(tx, series.names, &hole, now_ms, told).await?;
            }
        }
        Ok(())
    }

    /// Tells the minutes in which trades are missing where numbers do not tell it.
    pub(super) async fn tell_lacking(
        &mut self,
        tx: &mut Tx,
        now_ms: i64,
        told: &mut Told,
    ) -> Result<(), StoreError> {
        for (key, series) in &mut self.refinery.series {
            let lacking = std::mem::take(&mut series.lacking);
            let counts = |watched: &Watched| watched.source.facts.counts_trades;
            if self.watched.get(key).is_none_or(counts) {
                continue;
            }
            for minute_at in lacking {
                let gap = NewGap {
                    names: series.names,
                    dataset: Dataset::Trade,
                    from_at: minute_at,
                    to_at: Some(minute_at + MINUTE_MS),
                    from_id: None,
                    to_id: None,
                    cause: GapCause::Sequence,
                    state: GapState::Open,
                    detected_at: now_ms,
                    next_at: now_ms,
                    detail: "the venue's candle holds more than our trades".to_owned(),
                };
                noted(tx, gap, told).await?;
            }
        }
        Ok(())
    }

    /// Takes what happened to a source.
    pub(super) async fn take_notice(
        &mut self,
        tx: &mut Tx,
        notice: &Notice,
        told: &mut Told,
    ) -> Result<(), StoreError> {
        let now_ms = self.engine.clock.now_ms();
        let source = &notice.source;
        self.watch_source(tx, source, now_ms, told).await?;
        let place = (source.instrument.as_str(), source.venue.as_str());
        let event = match notice.kind {
            NoticeKind::Started | NoticeKind::Silent { .. } => None,
            NoticeKind::Connected => Some(SourceEventKind::Connected),
            NoticeKind::Disconnected { .. } => Some(SourceEventKind::Disconnected),
            NoticeKind::Event(kind) => Some(kind),
        };
        if let Some(kind) = event {
            let event = insert_source_event(tx, place, kind, &notice.detail, notice.at).await?;
            told.events.push(event);
        }
        match event {
            Some(SourceEventKind::Blocked) => {
                self.board.blocked(place, Some(notice.detail.clone()));
            }
            Some(SourceEventKind::Connected) => self.board.blocked(place, None),
            _ => {}
        }
        let key = Self::key(source);
        let newest = self
            .refinery
            .series
            .get(&key)
            .and_then(|series| series.newest);
        let Some(watched) = self.watched.get_mut(&key) else {
            return Ok(());
        };
        let (cause, since) = match notice.kind {
            NoticeKind::Disconnected { alone: true, since } => (GapCause::Disconnected, since),
            NoticeKind::Silent { since } => (GapCause::Silence, since),
            _ => return Ok(()),
        };
        let from = newest.map_or((None, since), |(number, at)| (Some(number), at));
        watched.grow_trades(tx, cause, from, now_ms, told).await?;
        if source.channels.contains(&Channel::Book) {
            watched
                .grow_book(tx, (cause, &notice.detail), since, now_ms, told)
                .await?;
        }
        Ok(())
    }
}

impl Watched {
    async fn grow_trades(
        &mut self,
        tx: &mut Tx,
        cause: GapCause,
        (number, from_at): (Option<i64>, i64),
        now_ms: i64,
        told: &mut Told,
    ) -> Result<(), StoreError> {
        if self.growing.is_some() || !self.source.channels.contains(&Channel::Trades) {
            return Ok(());
        }
        let gap = NewGap {
            names: self.names,
            dataset: Dataset::Trade,
            from_at,
            to_at: None,
            from_id: number.filter(|_| self.source.facts.counts_trades),
            to_id: None,
            cause,
            state: GapState::Open,
            detected_at: now_ms,
            next_at: now_ms,
            detail: String::new(),
        };
        self.growing = Some(noted(tx, gap, told).await?);
        Ok(())
    }

    /// Ends the growing gap with the first trade behind it, which is given.
    async fn end_trades(
        &mut self,
        tx: &mut Tx,
        applied: &Applied,
        now_ms: i64,
        told: &mut Told,
    ) -> Result<Option<Trade>, StoreError> {
        let Some(gap) = &self.growing else {
            return Ok(None);
        };
        let is_behind = |trade: &&Trade| match gap.from_id {
            Some(from_id) => trade.trade_id > from_id,
            None => trade.traded_at >= gap.from_at,
        };
        let first = applied
            .trades
            .iter()
            .map(|(trade, _)| trade)
            .filter(is_behind)
            .min_by_key(|trade| (trade.traded_at, trade.trade_id))
            .copied();
        let follows_on = |trade: &Trade| gap.from_id.is_some_and(|id| trade.trade_id == id + 1);
        let (to_at, to_id, state, detail) = match first {
            // what the venue repeats reaches back to what was known
            _ if applied.overlaps => (
                first.map_or(gap.from_at, |trade| trade.traded_at),
                first.map(|trade| trade.trade_id),
                GapState::Filled,
                "the venue repeats its newest trades up to known ones: none is missing",
            ),
            None => return Ok(None),
            Some(trade) if follows_on(&trade) => (
                trade.traded_at,
                Some(trade.trade_id),
                GapState::Filled,
                "the numbers of the trades follow on: none is missing",
            ),
            Some(trade) => (trade.traded_at, Some(trade.trade_id), GapState::Open, ""),
        };
        let end = GapEnd {
            to_at,
            to_id: to_id.filter(|_| self.source.facts.counts_trades),
            state,
            next_at: now_ms + LAG_MS,
            detail,
        };
        end_gap(tx, gap.id, &end, now_ms).await?;
        told.gaps.insert(gap.id);
        self.growing = None;
        Ok(first)
    }

    /// The book counts as trusted while that of the leading connection is.
    async fn follow_book(
        &mut self,
        tx: &mut Tx,
        batch: &Batch,
        now_ms: i64,
        told: &mut Told,
    ) -> Result<(), StoreError> {
        let connection = batch.connection;
        let changes_leader = batch.leader && self.leader != Some(connection);
        if batch.leader {
            self.leader = Some(connection);
        }
        if batch.rows.ends {
            self.trust.remove(&connection);
        } else if let Some(last) = batch.rows.trust.last() {
            self.trust.insert(connection, last.lost.clone());
        }
        if !batch.leader {
            return Ok(());
        }
        if changes_leader && batch.rows.trust.is_empty() {
            let at = batch.lines.first().map_or(now_ms, |line| line.at);
            if let Some(lost) = self.trust.get(&connection).cloned() {
                let trust = BookTrust { at, lost };
                self.trust_book(tx, &trust, now_ms, told).await?;
            }
        }
        for trust in &batch.rows.trust {
            self.trust_book(tx, trust, now_ms, told).await?;
        }
        if let Some(at) = self.silence_ended(batch) {
            let trust = BookTrust { at, lost: None };
            self.trust_book(tx, &trust, now_ms, told).await?;
        }
        Ok(())
    }

    /// When the book went on after a silence. The connection stood and lost nothing: its book was never in doubt, and
    /// no session will say that it is back.
    fn silence_ended(&self, batch: &Batch) -> Option<i64> {
        let gap = self.bookless.as_ref()?;
        if gap.cause != GapCause::Silence || self.trust.get(&batch.connection) != Some(&None) {
            return None;
        }
        let mut books = batch.rows.books.iter().map(|book| book.received_at);
        books.find(|at| *at > gap.from_at)
    }

    async fn trust_book(
        &mut self,
        tx: &mut Tx,
        trust: &BookTrust,
        now_ms: i64,
        told: &mut Told,
    ) -> Result<(), StoreError> {
        let place = (self.source.instrument.as_str(), self.source.venue.as_str());
        let key = Writer::key(&self.source);
        let lost = trust.lost.as_ref();
        told.trust
            .insert(key, lost.map(|(_, reason)| (reason.clone(), trust.at)));
        if let Some((cause, reason)) = &trust.lost {
            let kind = SourceEventKind::BookLost;
            told.events
                .push(insert_source_event(tx, place, kind, reason, trust.at).await?);
            return self
                .grow_book(tx, (*cause, reason), trust.at, now_ms, told)
                .await;
        }
        let Some(gap) = self.bookless.take() else {
            return Ok(());
        };
        let end = GapEnd {
            to_at: trust.at,
            to_id: None,
            state: GapState::Recorded,
            next_at: now_ms,
            detail: "there was no book to trust; books of the past cannot be asked for",
        };
        end_gap(tx, gap.id, &end, now_ms).await?;
        told.gaps.insert(gap.id);
        let kind = SourceEventKind::BookSynced;
        let lasted_ms = trust.at.saturating_sub(gap.from_at);
        let words = format!("after {}", app::model::format_age(lasted_ms));
        told.events
            .push(insert_source_event(tx, place, kind, &words, trust.at).await?);
        Ok(())
    }

    async fn grow_book(
        &mut self,
        tx: &mut Tx,
        (cause, reason): (GapCause, &str),
        from_at: i64,
        now_ms: i64,
        told: &mut Told,
    ) -> Result<(), StoreError> {
        if self.bookless.is_some() {
            return Ok(());
        }
        let gap = NewGap {
            names: self.names,
            dataset: Dataset::Book,
            from_at,
            to_at: None,
            from_id: None,
            to_id: None,
            cause,
            state: GapState::Recorded,
            detected_at: now_ms,
            next_at: now_ms,
            detail: reason.to_owned(),
        };
        self.bookless = Some(noted(tx, gap, told).await?);
        Ok(())
    }
}

async fn noted(tx: &mut Tx, gap: NewGap, told: &mut Told) -> Result<Gap, StoreError> {
    let id = insert_gap(tx, &gap).await?;
    told.gaps.insert(id);
    Ok(Gap {
        id,
        names: gap.names,
        dataset: gap.dataset,
        from_at: gap.from_at,
        to_at: gap.to_at,
        from_id: gap.from_id,
        to_id: gap.to_id,
        cause: gap.cause,
        attempts: 0,
        rows: 0,
    })
}

/// Numbers that are missing among trades of before this start, unless a gap says so already.
async fn tell_unnoted(
    tx: &mut Tx,
    names: Names,
    holes: &[Hole],
    now_ms: i64,
    told: &mut Told,
) -> Result<(), StoreError> {
    let Some(first) = holes.first() else {
        return Ok(());
    };
    let noted = noted_numbers(tx, names, first.from.0).await?;
    for hole in holes {
        let is_noted = |(from, to): &(i64, i64)| *from <= hole.from.0 && hole.to.0 <= *to;
        if !noted.iter().any(is_noted) {
            tell_hole(tx, names, hole, now_ms, told).await?;
        }
    }
    Ok(())
}

async fn tell_hole(
    tx: &mut Tx,
    names: Names,
    hole: &Hole,
    now_ms: i64,
    told: &mut Told,
) -> Result<(), StoreError> {
    let missing = hole.to.0 - hole.from.0 - 1;
    let gap = NewGap {
        names,
        dataset: Dataset::Trade,
        from_at: hole.from.1,
        to_at: Some(hole.to.1.max(hole.from.1)),
        from_id: Some(hole.from.0),
        to_id: Some(hole.to.0),
        cause: GapCause::Sequence,
        state: GapState::Open,
        detected_at: now_ms,
        next_at: now_ms + LAG_MS,
        detail: format!("{missing} numbers are missing"),
    };
    noted(tx, gap, told).await.map(drop)
}
