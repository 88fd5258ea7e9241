//! A connection in memory: the exchange's end, ours, and what is on its way between them.

use std::collections::BTreeMap;

use app::model::GapCause;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use server::{pipeline::live::stream::Refiner, simulator::Conn as FarEnd};

/// What is on its way to us.
#[derive(Debug)]
pub enum Parcel {
    /// A frame, and when the exchange sent it.
    Text(String, i64),
    /// It wants its payload back.
    Ping(Vec<u8>),
    /// The connection is over.
    End(String),
}

/// How long things take on the way; what is sent first arrives first.
#[derive(Debug, Clone, Copy)]
pub struct Delay {
    pub least_ms: i64,
    pub most_ms: i64,
}

impl Delay {
    pub fn of(rng: &mut ChaCha8Rng) -> Self {
        let least_ms = rng.random_range(5..60);
        Self {
            least_ms,
            most_ms: least_ms + rng.random_range(1..80),
        }
    }

    pub fn draw(&self, rng: &mut ChaCha8Rng) -> i64 {
        rng.random_range(self.least_ms..=self.most_ms)
    }
}

/// Both ends.
#[derive(Debug)]
pub struct Wire {
    /// `None` before the handshake, and once the exchange has hung up.
    pub far: Option<Box<dyn FarEnd>>,
    /// `None` before it is open.
    pub near: Option<Refiner>,
    /// Nothing arrives before.
    pub to_us_at: i64,
    pub to_exchange_at: i64,
    /// When the exchange sent the newest message about its book that we have read.
    pub told_at: i64,
    /// The state of the exchange's book that ours should have.
    pub book_at: Option<i64>,
    /// Why the book cannot be trusted, while it cannot.
    pub lost: Option<GapCause>,
    /// Frames on their way to us, by the time the exchange sent them.
    pub under_way: BTreeMap<i64, usize>,
    /// When we sent something.
    pub sent: Vec<i64>,
}

impl Wire {
    pub const fn new(now: i64) -> Self {
        Self {
            far: None,
            near: None,
            to_us_at: now,
            to_exchange_at: now,
            told_at: 0,
            book_at: None,
            lost: None,
            under_way: BTreeMap::new(),
            sent: Vec::new(),
        }
    }

    /// A frame has arrived.
    pub fn arrived(&mut self, sent_at: i64) {
        if let Some(count) = self.under_way.get_mut(&sent_at) {
            *count -= 1;
            if *count == 0 {
                self.under_way.remove(&sent_at);
            }
        }
    }

    /// When something that is sent now reaches us.
    pub fn arrival(&mut self, now: i64, delay_ms: i64) -> i64 {
        self.to_us_at = self.to_us_at.max(now + delay_ms);
        self.to_us_at
    }

    /// When something that is sent now reaches the exchange.
    pub fn departure(&mut self, now: i64, delay_ms: i64) -> i64 {
        self.to_exchange_at = self.to_exchange_at.max(now + delay_ms);
        self.to_exchange_at
    }
}
