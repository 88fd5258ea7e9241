//! Lays what the event stream said over what the page was loaded with.

use super::link::STALE_MS;
use crate::model::{AlertEventVm, AlertState, AlertVm, ConsensusVm, QuoteVm, RunVm, Trade};

/// Transitions kept since the page was loaded.
pub const ALERTS_KEPT: usize = 500;
/// Runs kept since the page was loaded.
pub const RUNS_KEPT: usize = 50;
/// Trades kept of each series.
pub const TRADES_KEPT: usize = 50;

/// Appends transitions and forgets the oldest ones beyond [`ALERTS_KEPT`].
pub fn append_alerts(list: &mut Vec<AlertEventVm>, new: Vec<AlertEventVm>) {
    list.extend(new);
    let surplus = list.len().saturating_sub(ALERTS_KEPT);
    list.drain(..surplus);
}

/// The alerts after the transitions that the page's data does not include yet: open ones first, newest first.
#[must_use]
pub fn alerts(base: &[AlertVm], base_seq: i64, events: &[AlertEventVm]) -> Vec<AlertVm> {
    let mut list = base.to_vec();
    for event in events.iter().filter(|event| event.seq > base_seq) {
        match list.iter_mut().find(|alert| alert.id == event.alert.id) {
            Some(alert) => alert.clone_from(&event.alert),
            None => list.push(event.alert.clone()),
        }
    }
    list.sort_by_key(|alert| {
        (
            !alert.state.is_open(),
            std::cmp::Reverse(alert.opened_at),
            std::cmp::Reverse(alert.id),
        )
    });
    list
}

/// The number of open alerts after the transitions that the page's data does not include yet.
#[must_use]
pub fn open_alerts(base: i64, base_seq: i64, events: &[AlertEventVm]) -> i64 {
    // a pending alert is not yet a problem: an alert that fires at once comes from it
    let is_open = |state: Option<AlertState>| {
        i64::from(state.is_some_and(|state| state.is_open() && state != AlertState::Pending))
    };
    let change: i64 = events
        .iter()
        .filter(|event| event.seq > base_seq)
        .map(|event| is_open(Some(event.to_state)) - is_open(event.from_state))
        .sum();
    (base + change).max(0)
}

/// Puts a run into the list, or its newer state over the older one.
pub fn put_run(list: &mut Vec<RunVm>, run: RunVm) {
    match list.iter_mut().find(|known| known.id == run.id) {
        Some(known) if progress(known) <= progress(&run) => *known = run,
        Some(_) => {}
        None => list.push(run),
    }
    list.sort_by_key(|run| std::cmp::Reverse(run.id));
    list.truncate(RUNS_KEPT);
}

/// The newest `limit` runs of both lists, newest first; those at work before all others.
#[must_use]
pub fn runs(base: &[RunVm], live: &[RunVm], limit: usize) -> Vec<RunVm> {
    let mut list = Vec::with_capacity(base.len() + live.len());
    for run in base.iter().chain(live) {
        put_run(&mut list, run.clone());
    }
    list.sort_by_key(|run| run.finished_at.is_some());
    list.truncate(limit);
    list
}

/// Which of two states of a run is the later one: events carry no version, but a run only moves forward.
fn progress(run: &RunVm) -> (bool, i64, i64) {
    (run.finished_at.is_some(), run.bytes_done, run.rows)
}

/// The quote that reached us later.
#[must_use]
pub fn newer_quote(base: Option<&QuoteVm>, live: Option<&QuoteVm>) -> Option<QuoteVm> {
    match (base, live) {
        (Some(base), Some(live)) if base.received_at > live.received_at => Some(base.clone()),
        (base, live) => live.or(base).cloned(),
    }
}

/// True if a quote shall take the place of the one on top: it is of the same series, of the primary venue of the same
/// instrument, or the one on top has become old. Otherwise the price would leap from venue to venue.
#[must_use]
pub fn takes_price(shown: Option<&QuoteVm>, consensus: &[ConsensusVm], new: &QuoteVm) -> bool {
    let Some(shown) = shown else {
        return true;
    };
    let same_instrument = shown.instrument == new.instrument;
    let is_primary = || {
        let of = consensus
            .iter()
            .find(|one| one.instrument == new.instrument);
        of.is_some_and(|one| one.primary.as_ref() == Some(&new.venue))
    };
    same_instrument && (shown.venue == new.venue || is_primary())
        || new.received_at - shown.received_at > STALE_MS
}

/// Puts a trade into a list, newest first, unless it is there or older than all that are kept.
pub fn put_trade(list: &mut Vec<Trade>, trade: Trade) {
    let key = |trade: &Trade| (trade.traded_at, trade.trade_id);
    let older = |known: &Trade| key(known) <= key(&trade);
    let place = list.iter().position(older).unwrap_or(list.len());
    let known = |known: &Trade| known.trade_id == trade.trade_id;
    if place < TRADES_KEPT && !list.get(place).is_some_and(known) {
        list.insert(place, trade);
        list.truncate(TRADES_KEPT);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::model::{Pipeline, RunState, Severity};

    pub(crate) fn alert(id: i64, state: AlertState, opened_at: i64) -> AlertVm {
        AlertVm {
            id,
            check_id: "feed.silence".into(),
            title: "the feed answers".into(),
            entity: "BTC-USDT/binance/live".into(),
            severity: Severity::Error,
            state,
            summary: format!("alert {id}"),
            opened_at,
            updated_at: opened_at,
            resolved_at: None,
            count: 1,
            incident_id: None,
            acknowledged_by: None,
            silenced: false,
            inhibited_by: None,
            flapping: false,
        }
    }

    pub(crate) fn event(
        seq: i64,
        id: i64,
        from: Option<AlertState>,
        to: AlertState,
    ) -> AlertEventVm {
        AlertEventVm {
            seq,
            at: seq,
            from_state: from,
            to_state: to,
            severity: Severity::Error,
            cause: "test".into(),
            actor: "engine".into(),
            alert: alert(id, to, id * 10),
        }
    }

    pub(crate) fn run(id: i64, bytes_done: i64, finished_at: Option<i64>) -> RunVm {
        RunVm {
            id,
            pipeline: Pipeline::Batch,
            kind: "ingest".into(),
            subject: "file.csv".into(),
            state: if finished_at.is_some() {
                RunState::Done
            } else {
                RunState::Running
            },
            phase: String::new(),
            started_at: id,
            finished_at,
            bytes_done,
            bytes_total: 100,
            rows: bytes_done,
            accepted: 0,
            deduplicated: 0,
            quarantined: 0,
            flagged: 0,
            detail: String::new(),
        }
    }

    use AlertState::{Firing, Resolved};

    #[test]
    fn transitions_move_alerts_without_doubling_them() {
        let base = [alert(2, Firing, 20), alert(1, Resolved, 10)];
        let events = [
            event(4, 1, Some(Resolved), Firing),
            event(6, 2, Some(Firing), Resolved),
            event(7, 3, None, Firing),
        ];
        let list = alerts(&base, 5, &events);
        let states: Vec<_> = list.iter().map(|alert| (alert.id, alert.state)).collect();
        assert_eq!(
            states,
            [(3, Firing), (2, Resolved), (1, Resolved)],
            "event 4 was already in the data"
        );
    }

    #[test]
    fn the_number_of_open_alerts_follows_the_transitions() {
        let events = [
            event(6, 2, Some(Firing), Resolved),
            event(7, 3, None, Firing),
            event(8, 3, Some(Firing), AlertState::Acknowledged),
            event(9, 4, None, AlertState::Pending),
            event(10, 5, Some(AlertState::Pending), Firing),
        ];
        assert_eq!(open_alerts(1, 5, &events), 2);
        assert_eq!(open_alerts(1, 10, &events), 1, "all included already");
        assert_eq!(open_alerts(0, 5, &events[..1]), 0, "never below zero");
    }

    #[test]
    fn old_transitions_are_forgotten() {
        let mut list = Vec::new();
        append_alerts(
            &mut list,
            (1..=501).map(|seq| event(seq, seq, None, Firing)).collect(),
        );
        assert_eq!(list.len(), ALERTS_KEPT);
        assert_eq!(list[0].seq, 2);
    }

    fn trade(trade_id: i64, traded_at: i64) -> Trade {
        Trade {
            trade_id,
            traded_at,
            price: 1.0,
            size: 1.0,
            side: crate::model::Side::Sell,
        }
    }

    #[test]
    fn the_tape_is_ordered_bounded_and_repeats_nothing() {
        let mut list = Vec::new();
        for (id, at) in [(2, 20), (1, 10), (3, 20), (2, 20), (3, 20)] {
            put_trade(&mut list, trade(id, at));
        }
        let ids = |list: &[Trade]| list.iter().map(|trade| trade.trade_id).collect::<Vec<_>>();
        assert_eq!(ids(&list), [3, 2, 1]);
        for id in 4..100 {
            put_trade(&mut list, trade(id, id * 10));
        }
        assert_eq!((list.len(), list[0].trade_id), (TRADES_KEPT, 99));
        put_trade(&mut list, trade(0, 0));
        assert_eq!(
            (list.len(), list[49].trade_id),
            (TRADES_KEPT, 50),
            "too old to keep"
        );
    }

    fn quote(instrument: &str, venue: &str, received_at: i64) -> QuoteVm {
        QuoteVm {
            instrument: instrument.into(),
            venue: venue.into(),
            simulated: false,
            received_at,
            quote: crate::model::Quote {
                observed_at: received_at,
                last: 1.0,
                bid: None,
                ask: None,
                open_24h: None,
                high_24h: None,
                low_24h: None,
                volume_24h: None,
                quote_volume_24h: None,
            },
        }
    }

    #[test]
    fn the_price_on_top_keeps_to_its_venue_until_the_primary_changes() {
        let agreed = |primary: &str| {
            [ConsensusVm {
                instrument: "BTC-USD".into(),
                simulated: false,
                observed_at: 0,
                price: None,
                spread_bps: 0.0,
                primary: Some(primary.into()),
                venues: Vec::new(),
            }]
        };
        let shown = quote("BTC-USD", "coinbase", 1_000);
        let takes = |primary: &str, new: QuoteVm| takes_price(Some(&shown), &agreed(primary), &new);
        assert!(takes_price(None, &[], &shown));
        assert!(takes("coinbase", quote("BTC-USD", "coinbase", 1_100)));
        assert!(!takes("coinbase", quote("BTC-USD", "kraken", 1_100)));
        assert!(
            takes("kraken", quote("BTC-USD", "kraken", 1_100)),
            "failed over"
        );
        assert!(!takes("coinbase", quote("BTC-USDT", "binance", 1_100)));
        assert!(
            takes("coinbase", quote("BTC-USDT", "binance", 200_000)),
            "the one on top is old"
        );
    }

    #[test]
    fn a_run_only_moves_forward() {
        let base = [run(1, 100, Some(9))];
        let live = [run(1, 60, None), run(2, 10, None)];
        let merged = runs(&base, &live, 5);
        assert_eq!(
            merged
                .iter()
                .map(|run| (run.id, run.bytes_done))
                .collect::<Vec<_>>(),
            [(2, 10), (1, 100)]
        );
        assert_eq!(runs(&base, &live, 1).len(), 1);
    }
}
