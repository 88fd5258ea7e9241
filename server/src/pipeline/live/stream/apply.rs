//! Rows of a stream into silver, quarantine and gold: the same for what just came and for runs that are refined again.

mod candles;
mod trades;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use app::model::{BookVm, Counts, Dataset, Outcome, Pipeline, QuoteVm, Reject, Trade};

use self::trades::Taken;
use super::{
    judge,
    numbers::{Hole, holes_among},
    recent::Known,
    rows::{Received, StreamReject, StreamRows, StreamTrade},
    series::Series,
};
use crate::{
    quality::{
        live::event::{Event, What},
        rule::RuleBook,
    },
    source::message::ParsedTrades,
    store::{
        Names, StoreError, Tx,
        count::{Change, count},
        live::{insert_book, insert_quote},
        quarantine::insert_rejects,
        trade::TradeRow,
    },
};

/// Where rows belong.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) rules: &'a Arc<RuleBook>,
    /// Times that baselines leave out.
    pub(super) excluded: &'a [(i64, i64)],
    pub(super) instrument: &'a str,
    pub(super) venue: &'a str,
    pub(super) simulated: bool,
    pub(super) landing_id: i64,
    /// Quotes, books and candles are taken from this connection.
    pub(super) leader: bool,
    pub(super) now_ms: i64,
}

/// What came of some rows.
#[derive(Debug, Default)]
pub(super) struct Applied {
    pub(super) counts: Counts,
    /// First and last time.
    pub(super) range: Option<(i64, i64)>,
    /// Trades that were new, and whether the venue repeated them at the beginning.
    pub(super) trades: Vec<(Trade, bool)>,
    /// A trade that the venue repeated at the beginning was known: nothing is missing before it.
    pub(super) overlaps: bool,
    pub(super) quote: Option<QuoteVm>,
    pub(super) book: Option<BookVm>,
    /// Candles changed.
    pub(super) candles: bool,
    /// Whose rows they are.
    pub(super) names: Option<Names>,
    pub(super) outcomes: Vec<Outcome>,
    /// Trades as checks see them, with their lines.
    pub(super) seen: Vec<(i64, Event)>,
    /// Trades that contradict known ones.
    pub(super) conflicts: Vec<StreamReject>,
}

impl Applied {
    /// Notes what checks see of a trade. What the venue repeats at the beginning is no news of now, unless it
    /// contradicts what is known.
    fn see(&mut self, received: &Received<StreamTrade>, known: Known) {
        let StreamTrade { trade, history, .. } = received.row;
        let what = match known {
            Known::New | Known::Same if history => return,
            Known::New => What::Traded { trade },
            Known::Same => What::Repeated {
                trade,
                differs_from: None,
            },
            Known::Other(price, size) => What::Repeated {
                trade,
                differs_from: Some((price, size)),
            },
        };
        let event = Event {
            at: received.received_at,
            what,
        };
        self.seen.push((received.line_no, event));
    }

    fn stretch(&mut self, at: i64) {
        self.range = Some(
            self.range
                .map_or((at, at), |(first, last)| (first.min(at), last.max(at))),
        );
    }
}

/// Takes rows; keeps what it must remember of each series.
#[derive(Debug, Clone, Default)]
pub(super) struct Refinery {
    pub(super) series: HashMap<(String, String), Series>,
    counts: BTreeMap<(&'static str, &'static str), Change>,
}

impl Refinery {
    /// The series, read from the store where it is new; then also the numbers missing among its newest trades.
    pub(super) async fn open(
        &mut self,
        tx: &mut Tx,
        (instrument, venue): (&str, &str),
        now_ms: i64,
    ) -> Result<Option<Vec<Hole>>, StoreError> {
        let key = (instrument.to_owned(), venue.to_owned());
        if self.series.contains_key(&key) {
            return Ok(None);
        }
        let (series, trades) = Series::load(tx, instrument, venue).await?;
        self.series.insert(key, series);
        Ok(Some(holes_among(&trades, now_ms)))
    }

    /// Notes a change of a table, to be counted once with all others.
    pub(super) fn note(&mut self, layer: &'static str, name: &'static str, change: Change) {
        if change.rows == 0 && change.rejects == 0 {
            return;
        }
        let sum = self.counts.entry((layer, name)).or_default();
        sum.rows += change.rows;
        sum.rejects += change.rejects;
        sum.newest_at = sum.newest_at.max(change.newest_at);
    }

    /// Writes the counts that were noted.
    pub(super) async fn write_counts(
        &mut self,
        tx: &mut Tx,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        for ((layer, name), change) in std::mem::take(&mut self.counts) {
            count(tx, layer, name, change, now_ms).await?;
        }
        Ok(())
    }

    /// Takes rows into silver, quarantine and gold.
    pub(super) async fn apply(
        &mut self,
        tx: &mut Tx,
        place: Place<'_>,
        rows: &StreamRows,
    ) -> anyhow::Result<Applied> {
        self.open(tx, (place.instrument, place.venue), place.now_ms)
            .await?;
        let key = (place.instrument.to_owned(), place.venue.to_owned());
        // taken out, so that counts can be noted beside it; an error drops the whole refinery
        let Some(mut series) = self.series.remove(&key) else {
            anyhow::bail!("series {}/{} is not open", place.instrument, place.venue);
        };
        let mut applied = Applied::default();
        applied.counts.rows = rows.count();
        applied.names = Some(series.names);
        let taken = trades::take(tx, &mut series, place, rows, &mut applied).await?;
        self.note_trades(&taken);
        if place.leader {
            self.take_quotes(tx, &series, place, rows, &mut applied)
                .await?;
            self.take_books(tx, &mut series, place, rows, &mut applied)
                .await?;
            candles::take(tx, &series, place, rows, &mut applied).await?;
        }
        self.take_rejects(tx, place, &rows.rejects, &mut applied)
            .await?;
        let conflicts = std::mem::take(&mut applied.conflicts);
        if !conflicts.is_empty() {
            self.take_rejects(tx, place, &conflicts, &mut applied)
                .await?;
        }
        // whatever was neither kept nor set apart repeats what is there, or was left out for a newer row
        let Counts {
            rows,
            accepted,
            quarantined,
            ..
        } = applied.counts;
        applied.counts.deduplicated = rows - accepted - quarantined;
        self.series.insert(key, series);
        Ok(applied)
    }

    pub(super) fn note_trades(&mut self, taken: &Taken) {
        let change = Change {
            rows: taken.written,
            rejects: 0,
            newest_at: taken.newest_at,
        };
        self.note("silver", "trade", change);
    }

    async fn take_quotes(
        &mut self,
        tx: &mut Tx,
        series: &Series,
        place: Place<'_>,
        rows: &StreamRows,
        applied: &mut Applied,
    ) -> Result<(), StoreError> {
        for quote in &rows.quotes {
            let is_new = insert_quote(
                tx,
                series.names,
                Pipeline::Live,
                quote.received_at,
                &quote.row,
                place.landing_id,
            )
            .await?;
            applied.counts.accepted += i64::from(is_new);
            if is_new {
                applied.stretch(quote.row.observed_at);
            }
            let change = Change {
                rows: i64::from(is_new),
                rejects: 0,
                newest_at: Some(quote.row.observed_at),
            };
            self.note("silver", "quote", change);
        }
        applied.quote = rows.quotes.last().map(|quote| QuoteVm {
            instrument: place.instrument.to_owned(),
            venue: place.venue.to_owned(),
            simulated: place.simulated,
            received_at: quote.received_at,
            quote: quote.row,
        });
        Ok(())
    }

    async fn take_books(
        &mut self,
        tx: &mut Tx,
        series: &mut Series,
        place: Place<'_>,
        rows: &StreamRows,
        applied: &mut Applied,
    ) -> Result<(), StoreError> {
        for book in &rows.books {
            let is_new = insert_book(
                tx,
                series.names,
                Pipeline::Live,
                book.received_at,
                &book.row,
                place.landing_id,
            )
            .await?;
            applied.counts.accepted += i64::from(is_new);
            if is_new {
                applied.stretch(book.row.observed_at);
                series.fold_book(&book.row);
            }
            let change = Change {
                rows: i64::from(is_new),
                rejects: 0,
                newest_at: Some(book.row.observed_at),
            };
            self.note("silver", "book", change);
        }
        applied.book = rows.books.last().map(|book| BookVm {
            instrument: place.instrument.to_owned(),
            venue: place.venue.to_owned(),
            simulated: place.simulated,
            received_at: book.received_at,
            book: book.row.clone(),
        });
        Ok(())
    }

    async fn take_rejects(
        &mut self,
        tx: &mut Tx,
        place: Place<'_>,
        rejects: &[StreamReject],
        applied: &mut Applied,
    ) -> Result<(), StoreError> {
        let mut by_dataset: BTreeMap<Dataset, Vec<Reject>> = BTreeMap::new();
        for StreamReject { dataset, reject } in rejects {
            by_dataset.entry(*dataset).or_default().push(reject.clone());
        }
        for (dataset, rejects) in by_dataset {
            insert_rejects(tx, place.landing_id, dataset, &rejects, place.now_ms).await?;
        }
        let count = rejects.len() as i64;
        applied.counts.quarantined += count;
        let change = Change {
            rows: count,
            rejects: count,
            newest_at: None,
        };
        self.note("silver", "quarantine", change);
        Ok(())
    }
}

/// Takes the trades of a page. They are from a backfill: however old, they count.
///
/// # Errors
/// When the database fails.
pub(super) async fn take_page_rows(
    refinery: &mut Refinery,
    tx: &mut Tx,
    place: Place<'_>,
    page: &ParsedTrades,
    received_at: i64,
) -> anyhow::Result<Applied> {
    refinery
        .open(tx, (place.instrument, place.venue), place.now_ms)
        .await?;
    let mut applied = Applied::default();
    let mut rejects: Vec<StreamReject> = page
        .rejects
        .iter()
        .map(|reject| StreamReject {
            dataset: Dataset::Trade,
            reject: reject.clone(),
        })
        .collect();
    let mut rows = Vec::with_capacity(page.trades.len());
    for trade in &page.trades {
        match judge::trade(trade, received_at) {
            Ok(()) => rows.push(TradeRow {
                trade: *trade,
                received_at,
                late: false,
            }),
            Err(reason) => rejects.push(StreamReject {
                dataset: Dataset::Trade,
                reject: Reject {
                    line_no: 1,
                    raw: format!("{trade:?}"),
                    rules: vec!["trade.contract"],
                    reason,
                },
            }),
        }
    }
    applied.counts.rows = (rows.len() + rejects.len()) as i64;
    let key = (place.instrument.to_owned(), place.venue.to_owned());
    let taken = match refinery.series.get_mut(&key) {
        Some(series) => trades::take_page(tx, series, place, &rows, &mut applied).await?,
        None => Taken::default(),
    };
    refinery.note_trades(&taken);
    refinery
        .take_rejects(tx, place, &rejects, &mut applied)
        .await?;
    applied.counts.deduplicated =
        applied.counts.rows - applied.counts.accepted - applied.counts.quarantined;
    Ok(applied)
}
