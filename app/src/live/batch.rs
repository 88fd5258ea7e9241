//! Collects events until the next frame, so that a burst costs the page one update.

use super::{Live, LiveBars, LiveHealth, merge};
use crate::model::{AlertEventVm, BookVm, LiveEvent, QuoteVm, RunVm};
use leptos::prelude::*;

/// What has arrived since the last frame: the newest of each state, and every alert transition.
#[derive(Debug, Default)]
pub struct Batch {
    seen: i64,
    price: Option<QuoteVm>,
    bars: Option<LiveBars>,
    book: Option<BookVm>,
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
            LiveEvent::Price(quote) => self.price = Some(quote),
            LiveEvent::Bars {
                instrument,
                venue,
                version,
                bars,
            } => {
                self.bars = Some(LiveBars {
                    instrument,
                    venue,
                    version,
                    bars,
                });
            }
            LiveEvent::Book(book) => self.book = Some(book),
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
            LiveEvent::Trades(_)
            | LiveEvent::Consensus(_)
            | LiveEvent::Gap(_)
            | LiveEvent::Source(_)
            | LiveEvent::Hello { .. }
            | LiveEvent::Reset
            | LiveEvent::Hb
            | LiveEvent::Bye => {
                return false;
            }
        }
        true
    }

    /// Writes what was collected into the signals and forgets it.
    pub fn flush(&mut self, live: Live) {
        if let Some(price) = self.price.take() {
            live.price.set(Some(price));
        }
        if let Some(bars) = self.bars.take() {
            live.bars.set(Some(bars));
        }
        if let Some(book) = self.book.take() {
            live.book.set(Some(book));
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

    #[test]
    fn a_heartbeat_changes_nothing() {
        assert!(!Batch::after(0).add(LiveEvent::Hb));
    }
}
