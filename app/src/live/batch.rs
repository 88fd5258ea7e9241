//! Collects events until the next frame, so that a burst costs the page one update.

use super::{Live, LiveBars, LiveHealth, LiveTape, merge};
use crate::model::{AlertEventVm, BookVm, ConsensusVm, LiveEvent, QuoteVm, RunVm, TapeVm};
use leptos::prelude::*;

/// What has arrived since the last frame: the newest of each state, and every alert transition.
#[derive(Debug, Default)]
pub struct Batch {
    seen: i64,
    prices: Vec<QuoteVm>,
    bars: Vec<LiveBars>,
    books: Vec<BookVm>,
    tapes: Vec<LiveTape>,
    consensus: Vec<ConsensusVm>,
    happened: bool,
    health: Option<LiveHealth>,
    alerts: Vec<AlertEventVm>,
    runs: Vec<RunVm>,
}

impl Batch {
    /// Nothing collected; alert transitions up to `seen` are known already.
    #[must_use]
    pub fn after(seen: i64) -> Self {
        Self {
            seen,
            ..Self::default()
        }
    }

    /// The newest alert transition taken in: where the stream has to go on after a loss.
    #[must_use]
    pub const fn seen(&self) -> i64 {
        self.seen
    }

    /// Sets where the stream goes on, after the server has said so (`reset`, or another database behind the address).
    pub fn go_on_after(&mut self, seq: i64) {
        self.seen = seq;
    }

    /// Takes in an event; false if there is nothing new in it to show.
    pub fn add(&mut self, event: LiveEvent) -> bool {
        match event {
            LiveEvent::Price(quote) => put(&mut self.prices, quote),
            LiveEvent::Bars {
                instrument,
                venue,
                version,
                bars,
            } => {
                let bars = LiveBars {
                    instrument,
                    venue,
                    version,
                    bars,
                };
                put(&mut self.bars, bars);
            }
            LiveEvent::Book(book) => put(&mut self.books, book),
            LiveEvent::Trades(TapeVm {
                instrument,
                venue,
                trades,
                ..
            }) => {
                let mut tape = LiveTape {
                    instrument,
                    venue,
                    trades: Vec::new(),
                };
                for trade in trades {
                    merge::put_trade(&mut tape.trades, trade);
                }
                put_tape(&mut self.tapes, tape);
            }
            LiveEvent::Consensus(consensus) => put(&mut self.consensus, consensus),
            LiveEvent::Gap(_) | LiveEvent::Source(_) => self.happen(),
            LiveEvent::Health {
                at,
                verdict,
                layers,
                feeds,
                completeness,
                open_alerts,
            } => {
                self.health = Some(LiveHealth {
                    at,
                    verdict,
                    layers,
                    feeds,
                    completeness,
                    open_alerts,
                });
            }
            // a reconnect may repeat what is known
            LiveEvent::Alert(event) if event.seq <= self.seen => return false,
            LiveEvent::Alert(event) => {
                self.seen = event.seq;
                self.alerts.push(event);
            }
            LiveEvent::Run(run) => merge::put_run(&mut self.runs, run),
            LiveEvent::Hello { .. } | LiveEvent::Reset | LiveEvent::Hb | LiveEvent::Bye => {
                return false;
            }
        }
        true
    }

    /// Notes that something happened to a source or a gap: what it was is read with the page's data.
    pub fn happen(&mut self) {
        self.happened = true;
    }

    /// Writes what was collected into the signals and forgets it.
    pub fn flush(&mut self, live: Live) {
        pour(&mut self.consensus, live.consensus, put);
        pour(&mut self.bars, live.bars, put);
        pour(&mut self.books, live.books, put);
        pour(&mut self.tapes, live.tapes, put_tape);
        for quote in std::mem::take(&mut self.prices) {
            let takes = live.consensus.with_untracked(|consensus| {
                live.price
                    .with_untracked(|shown| merge::takes_price(shown.as_ref(), consensus, &quote))
            });
            if takes {
                live.price.set(Some(quote));
            }
        }
        if std::mem::take(&mut self.happened) {
            live.happened.update(|count| *count += 1);
        }
        if let Some(health) = self.health.take() {
            live.health.set(Some(health));
        }
        if !self.alerts.is_empty() {
            let new = std::mem::take(&mut self.alerts);
            live.alerts.update(|list| merge::append_alerts(list, new));
        }
        if !self.runs.is_empty() {
            let new = std::mem::take(&mut self.runs);
            live.runs
                .update(|list| new.into_iter().for_each(|run| merge::put_run(list, run)));
        }
    }
}

/// What belongs to an instrument and a venue; the venue of what belongs to an instrument alone is empty.
trait OfSeries {
    fn names(&self) -> (&str, &str);
}

macro_rules! of_series {
    ($($kind:ty),+) => { $(impl OfSeries for $kind {
        fn names(&self) -> (&str, &str) {
            (&self.instrument, &self.venue)
        }
    })+ };
}
of_series!(QuoteVm, LiveBars, BookVm, LiveTape);

impl OfSeries for ConsensusVm {
    fn names(&self) -> (&str, &str) {
        (&self.instrument, "")
    }
}

/// Series that a page keeps the newest state of.
const SERIES_KEPT: usize = 64;

/// Puts an item over the older one of its series.
fn put<T: OfSeries>(list: &mut Vec<T>, item: T) {
    if let Some(known) = list.iter_mut().find(|known| known.names() == item.names()) {
        *known = item;
    } else if list.len() < SERIES_KEPT {
        list.push(item);
    }
}

fn put_tape(list: &mut Vec<LiveTape>, tape: LiveTape) {
    match list.iter_mut().find(|known| known.names() == tape.names()) {
        Some(known) => {
            for trade in tape.trades.into_iter().rev() {
                merge::put_trade(&mut known.trades, trade);
            }
        }
        None => put(list, tape),
    }
}

fn pour<T: Send + Sync + 'static>(
    from: &mut Vec<T>,
    into: RwSignal<Vec<T>>,
    put: impl Fn(&mut Vec<T>, T),
) {
    if !from.is_empty() {
        let new = std::mem::take(from);
        into.update(|list| new.into_iter().for_each(|item| put(list, item)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        live::merge::tests::{event, run},
        model::AlertState::{Firing, Resolved},
    };

    #[test]
    fn no_alert_is_applied_twice_or_lost_over_a_reconnect() {
        let mut batch = Batch::after(5);
        assert!(!batch.add(LiveEvent::Alert(event(5, 1, None, Firing))));
        assert!(batch.add(LiveEvent::Alert(event(6, 1, None, Firing))));
        assert!(batch.add(LiveEvent::Alert(event(7, 1, Some(Firing), Resolved))));
        assert!(!batch.add(LiveEvent::Alert(event(6, 1, None, Firing))));
        assert_eq!(batch.seen(), 7);
        let owner = Owner::new();
        owner.set();
        let live = Live::new();
        batch.flush(live);
        assert!(!batch.add(LiveEvent::Alert(event(7, 1, Some(Firing), Resolved))));
        batch.flush(live);
        let seqs: Vec<i64> = live
            .alerts
            .with_untracked(|list| list.iter().map(|event| event.seq).collect());
        assert_eq!(seqs, [6, 7]);
    }

    #[test]
    fn progress_of_a_run_takes_one_place() {
        let mut batch = Batch::after(0);
        for bytes in [10, 20, 30] {
            assert!(batch.add(LiveEvent::Run(run(1, bytes, None))));
        }
        let owner = Owner::new();
        owner.set();
        let live = Live::new();
        batch.flush(live);
        live.runs.with_untracked(|runs| {
            assert_eq!(runs.len(), 1);
            assert_eq!(runs[0].bytes_done, 30);
        });
    }

    fn tape(venue: &str, ids: std::ops::Range<i64>) -> LiveEvent {
        let trade = |id| crate::model::Trade {
            trade_id: id,
            traded_at: id * 10,
            price: 1.0,
            size: 1.0,
            side: crate::model::Side::Buy,
        };
        LiveEvent::Trades(TapeVm {
            instrument: "BTC-USD".into(),
            venue: venue.into(),
            simulated: false,
            trades: ids.map(trade).collect(),
        })
    }

    #[test]
    fn trades_of_each_venue_are_kept_apart_and_none_twice() {
        let mut batch = Batch::after(0);
        let owner = Owner::new();
        owner.set();
        let live = Live::new();
        assert!(batch.add(tape("kraken", 1..4)));
        assert!(batch.add(tape("coinbase", 1..3)));
        batch.flush(live);
        assert!(batch.add(tape("kraken", 3..6)));
        batch.flush(live);
        live.tapes.with_untracked(|tapes| {
            assert_eq!(tapes.len(), 2);
            let ids: Vec<i64> = tapes[0].trades.iter().map(|trade| trade.trade_id).collect();
            assert_eq!(ids, [5, 4, 3, 2, 1]);
        });
    }

    #[test]
    fn a_heartbeat_changes_nothing() {
        assert!(!Batch::after(0).add(LiveEvent::Hb));
    }
}
