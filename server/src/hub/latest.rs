//! The newest state of everything, and how often each is told. Pure: the caller brings the time.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use app::model::{LiveEvent, RunState};

/// Runs that a page which has just opened is told of.
const RUNS: usize = 32;

/// What an event is the newest state of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// Health of all.
    Health,
    /// Quotes of instrument and venue.
    Price(String, String),
    /// Bars of instrument and venue.
    Bars(String, String),
    /// Books of instrument and venue.
    Book(String, String),
    /// What the venues of an instrument agree on.
    Consensus(String),
    /// A run.
    Run(i64),
}

impl Key {
    const fn kind(&self) -> u8 {
        match self {
            Self::Health => 0,
            Self::Price(..) => 1,
            Self::Bars(..) => 2,
            Self::Book(..) => 3,
            Self::Consensus(_) => 4,
            Self::Run(_) => 5,
        }
    }
}

/// What to do with an event.
#[derive(Debug, PartialEq)]
pub enum Offer {
    /// Tell it now.
    Send(Box<LiveEvent>),
    /// Tell the newest of this key after that time, with [`Latest::flush`].
    Later(Key, Duration),
    /// It will be told by a flush that is already due.
    Merged,
}

/// The newest events by key.
#[derive(Debug, Default)]
pub struct Latest(BTreeMap<Key, Slot>);

#[derive(Debug)]
struct Slot {
    event: LiveEvent,
    changed_at: Instant,
    sent_at: Instant,
    waiting: bool,
}

impl Latest {
    /// Takes the newest event; `now` must not go back.
    pub fn offer(&mut self, event: LiveEvent, now: Instant) -> Offer {
        let Some((key, pause)) = key_of(&event) else {
            return Offer::Send(Box::new(event));
        };
        let Some(slot) = self.0.get_mut(&key) else {
            let slot = Slot {
                event: event.clone(),
                changed_at: now,
                sent_at: now,
                waiting: false,
            };
            self.0.insert(key, slot);
            self.forget_old_runs();
            return Offer::Send(Box::new(event));
        };
        slot.event = event;
        slot.changed_at = now;
        let next_at = slot.sent_at + pause;
        if slot.waiting {
            Offer::Merged
        } else if now >= next_at {
            slot.sent_at = now;
            Offer::Send(Box::new(slot.event.clone()))
        } else {
            slot.waiting = true;
            Offer::Later(key, next_at - now)
        }
    }

    /// The event to tell now that the pause of `key` is over.
    pub fn flush(&mut self, key: &Key, now: Instant) -> Option<LiveEvent> {
        let slot = self.0.get_mut(key).filter(|slot| slot.waiting)?;
        slot.waiting = false;
        slot.sent_at = now;
        Some(slot.event.clone())
    }

    /// The newest of everything, within a kind the last change last: a page that keeps one price keeps the newest,
    /// not that of a venue that has fallen silent.
    pub fn events(&self) -> impl Iterator<Item = &LiveEvent> {
        let mut slots: Vec<(&Key, &Slot)> = self.0.iter().collect();
        slots.sort_by_key(|(key, slot)| (key.kind(), slot.changed_at));
        slots.into_iter().map(|(_, slot)| &slot.event)
    }

    fn forget_old_runs(&mut self) {
        let over = |slot: &Slot| {
            matches!(&slot.event, LiveEvent::Run(run) if run.state != RunState::Running)
                && !slot.waiting
        };
        let runs = self.0.range(Key::Run(i64::MIN)..).count();
        if runs > RUNS {
            let oldest = self
                .0
                .range(Key::Run(i64::MIN)..)
                .find(|(_, slot)| over(slot))
                .map(|(key, _)| key.clone());
            if let Some(oldest) = oldest {
                self.0.remove(&oldest);
            }
        }
    }
}

/// The key and how long to pause between two events of it; `None` for what is no state.
fn key_of(event: &LiveEvent) -> Option<(Key, Duration)> {
    let (key, pause_ms) = match event {
        LiveEvent::Price(quote) => (
            Key::Price(quote.instrument.clone(), quote.venue.clone()),
            // with what waits before the commit a price is on the page within a quarter of a second
            150,
        ),
        LiveEvent::Bars {
            instrument, venue, ..
        } => (Key::Bars(instrument.clone(), venue.clone()), 200),
        LiveEvent::Book(book) => (Key::Book(book.instrument.clone(), book.venue.clone()), 400),
        LiveEvent::Consensus(consensus) => (Key::Consensus(consensus.instrument.clone()), 200),
        LiveEvent::Run(run) => (Key::Run(run.id), 250),
        LiveEvent::Health { .. } => (Key::Health, 0),
        LiveEvent::Hello { .. }
        | LiveEvent::Trades(_)
        | LiveEvent::Gap(_)
        | LiveEvent::Source(_)
        | LiveEvent::Alert(_)
        | LiveEvent::Reset
        | LiveEvent::Hb
        | LiveEvent::Bye => return None,
    };
    Some((key, Duration::from_millis(pause_ms)))
}
