//! The price that the venues of an instrument agree on, each venue's distance from it, and the venue that the primary
//! series comes from.

mod agree;
mod primary;

use std::{collections::BTreeMap, time::Duration};

use app::model::{CheckState, ConsensusVm, LiveEvent, MINUTE_MS, SourceEventKind, bucket_start};
use tokio_util::sync::CancellationToken;

pub use self::{
    agree::{FRESH_MS, agree},
    primary::{Health, Move, Primary},
};
use super::board::{Board, Standing};
use crate::{
    pipeline::{Engine, judge::record},
    quality::{alert::Patience, deviation::deviation},
    store::{
        Tx,
        consensus::{insert_consensus, insert_deviation, set_primary},
        count::{Change, count},
        names::names,
        source_event::insert_source_event,
    },
};

/// How often the venues are compared.
const EVERY: Duration = Duration::from_secs(1);
/// A result that says the same is stored this often.
const REPEAT_MS: i64 = 10_000;
/// Venues of an instrument, in the order of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// `BTC-USD`
    pub instrument: String,
    /// The first is the primary one while it is healthy.
    pub venues: Vec<String>,
}

/// Compares the venues of every instrument.
#[derive(Debug)]
pub struct Consensus {
    engine: Engine,
    board: Board,
    instruments: Vec<Instrument>,
}

#[derive(Debug)]
struct Instrument {
    order: Order,
    primary: Primary,
    is_loaded: bool,
    /// The minute whose row is written.
    noted: Option<i64>,
    /// What was last told.
    told: Option<ConsensusVm>,
    /// Newest result of each venue, and when it was stored.
    judged: BTreeMap<String, (CheckState, i64)>,
}

impl Consensus {
    /// For the instruments and venues that are run.
    #[must_use]
    pub fn new(engine: Engine, board: Board, orders: Vec<Order>) -> Self {
        let began_at = engine.clock.now_ms();
        let instruments = orders
            .into_iter()
            .map(|order| Instrument {
                primary: Primary::new(order.venues.clone(), began_at),
                order,
                is_loaded: false,
                noted: None,
                told: None,
                judged: BTreeMap::new(),
            })
            .collect();
        Self {
            engine,
            board,
            instruments,
        }
    }

    /// Compares each second until told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                result = self.look() => if let Err(error) = result {
                    tracing::error!(error = format!("{error:#}"), "the consensus cannot be stored");
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    /// Compares once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn look(&mut self) -> anyhow::Result<()> {
        for instrument in &mut self.instruments {
            instrument.look(&self.engine, &self.board).await?;
        }
        Ok(())
    }
}

impl Instrument {
    async fn look(&mut self, engine: &Engine, board: &Board) -> anyhow::Result<()> {
        let now_ms = engine.clock.now_ms();
        if !self.is_loaded {
            let stored = engine.store.primary(&self.order.instrument).await?;
            self.primary.go_on_with(stored.as_deref());
            self.is_loaded = true;
        }
        let standings: Vec<(String, Standing)> = self
            .order
            .venues
            .iter()
            .map(|venue| {
                let standing = board.standing(&self.order.instrument, venue);
                (venue.clone(), standing)
            })
            .collect();
        let health: Vec<Health> = standings
            .iter()
            .map(|(_, standing)| primary::health(standing, now_ms))
            .collect();
        if let Some(change) = self.primary.look(&health, now_ms) {
            self.lead(engine, &change, now_ms).await?;
        }
        let mut vm = agree(&self.order.instrument, &standings, now_ms);
        vm.primary = self.primary.venue().map(str::to_owned);
        self.note(engine, &vm, now_ms).await?;
        self.judge(engine, &vm, now_ms).await?;
        if self.is_news(&vm) {
            self.told = Some(vm.clone());
            engine.hub.publish(LiveEvent::Consensus(vm));
        }
        Ok(())
    }

    /// Another price, another venue in use, another primary: the time alone is no news.
    fn is_news(&self, vm: &ConsensusVm) -> bool {
        let Some(told) = &self.told else {
            return vm.price.is_some() || vm.primary.is_some();
        };
        let prices = |vm: &ConsensusVm| -> Vec<(u64, bool)> {
            let of = |venue: &app::model::VenuePriceVm| (venue.price.to_bits(), venue.used);
            vm.venues.iter().map(of).collect()
        };
        told.primary != vm.primary || told.price != vm.price || prices(told) != prices(vm)
    }

    async fn lead(&self, engine: &Engine, change: &Move, now_ms: i64) -> anyhow::Result<()> {
        let instrument = self.order.instrument.as_str();
        let mut tx = engine.store.begin().await?;
        set_primary(&mut tx, (instrument, &change.to), now_ms, &change.reason).await?;
        let event = match (&change.from, change.returned) {
            (None, _) => None,
            (Some(_), true) => Some((SourceEventKind::Returned, change.to.as_str())),
            (Some(from), false) => Some((SourceEventKind::FailedOver, from.as_str())),
        };
        let event = match event {
            Some((kind, venue)) => Some(
                insert_source_event(&mut tx, (instrument, venue), kind, &change.reason, now_ms)
                    .await?,
            ),
            None => None,
        };
        tx.commit().await?;
        if let Some(event) = event {
            engine.hub.publish(LiveEvent::Source(event));
        }
        engine.hub.changed();
        Ok(())
    }

    /// One row a minute.
    async fn note(&mut self, engine: &Engine, vm: &ConsensusVm, now_ms: i64) -> anyhow::Result<()> {
        let minute_at = bucket_start(now_ms, MINUTE_MS);
        let Some(price) = vm.price.filter(|_| self.noted != Some(minute_at)) else {
            return Ok(());
        };
        let mut tx = engine.store.begin().await?;
        let added = write(&mut tx, vm, price, minute_at).await?;
        let change = |rows| Change {
            rows,
            rejects: 0,
            newest_at: Some(minute_at),
        };
        count(&mut tx, "gold", "consensus", change(added.0), now_ms).await?;
        count(&mut tx, "gold", "deviation", change(added.1), now_ms).await?;
        tx.commit().await?;
        self.noted = Some(minute_at);
        Ok(())
    }

    /// `venue.deviation` of every venue with a fresh price.
    async fn judge(
        &mut self,
        engine: &Engine,
        vm: &ConsensusVm,
        now_ms: i64,
    ) -> anyhow::Result<()> {
        let rules = engine.hub.rules().now();
        let Some(rule) = rules.get("venue.deviation").filter(|rule| rule.enabled) else {
            return Ok(());
        };
        let mut outcomes = Vec::new();
        for (venue, outcome) in deviation(rule, vm) {
            let state = outcome.state;
            let is_old =
                |(said, at): &(CheckState, i64)| *said != state || now_ms - at >= REPEAT_MS;
            if self.judged.get(&venue).is_none_or(is_old) {
                self.judged.insert(venue, (state, now_ms));
                outcomes.push(outcome);
            }
        }
        if outcomes.is_empty() {
            return Ok(());
        }
        let mut tx = engine.store.begin().await?;
        let patience = Patience::default();
        let events = record(&mut tx, &rules, &outcomes, None, patience, now_ms).await?;
        tx.commit().await?;
        engine.hub.alerts(events);
        Ok(())
    }
}

/// Rows of a minute; gives how many are new: of the consensus, and of deviations.
async fn write(
    tx: &mut Tx,
    vm: &ConsensusVm,
    price: f64,
    minute_at: i64,
) -> anyhow::Result<(i64, i64)> {
    let used = vm.venues.iter().filter(|venue| venue.used).count() as i64;
    let mut deviations = 0;
    let mut instrument_id = None;
    for venue in vm.venues.iter().filter(|venue| venue.received_at > 0) {
        let names = names(tx, &vm.instrument, &venue.venue).await?;
        instrument_id = Some(names.instrument_id);
        let row = (venue.price, venue.deviation_bps, venue.used);
        deviations += i64::from(insert_deviation(tx, names, minute_at, row).await?);
    }
    let Some(instrument_id) = instrument_id else {
        return Ok((0, 0));
    };
    let row = (price, used, vm.spread_bps);
    let is_new = insert_consensus(tx, instrument_id, minute_at, row).await?;
    Ok((i64::from(is_new), deviations))
}
