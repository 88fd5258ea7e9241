//! A venue as it is served: its own answers, with the faults that all venues have in common.

use serde_json::Value;

use super::{
    connection::Connection,
    exchange::{Ask, Conn, Exchange, Pace, RestAnswer},
    fault::Fault,
    params::Params,
    venue::{House, Refusal},
    weight::{Patience, WeightMeter},
    world::Place,
};

/// How long a slow answer takes.
const SLOW_MS: i64 = 30_000;
/// Seconds that a ban asks the client to wait at least.
const MIN_BAN_S: i64 = 1;

/// A venue.
#[derive(Debug)]
pub(super) struct Served {
    place: Place,
    house: Box<dyn House>,
    weight: WeightMeter,
    patience: Patience,
}

impl Served {
    pub(super) fn new(place: Place, house: Box<dyn House>) -> Self {
        Self {
            place,
            house,
            weight: WeightMeter::default(),
            patience: Patience::default(),
        }
    }

    /// What stands between a client and the venue, for questions and for connections alike.
    fn gate(&self, now: i64) -> Option<RestAnswer> {
        let on = |fault| self.place.on(fault, now);
        if on(Fault::Restart) {
            return Some(RestAnswer::html(503, "503 Service Temporarily Unavailable"));
        }
        if on(Fault::Blocked) {
            return Some(self.house.refuse(Refusal::Blocked));
        }
        if on(Fault::Forbidden) {
            return Some(RestAnswer::html(403, "Attention Required! | Cloudflare"));
        }
        let clock = self.place.time.clock_now();
        if let Some(left) = self.patience.banned_for(clock) {
            let seconds = (left / 1_000).max(MIN_BAN_S);
            let refused = self.house.refuse(Refusal::Banned {
                until_ms: clock + left,
            });
            return Some(refused.with("retry-after", &seconds));
        }
        on(Fault::RateLimit).then(|| self.limited(clock))
    }

    fn limited(&self, clock: i64) -> RestAnswer {
        let seconds = self.place.retry_after_s;
        if self.house.bans()
            && self
                .patience
                .told_to_wait(clock, i64::from(seconds) * 1_000)
        {
            tracing::debug!(venue = %self.place.protocol, "a client that does not wait is banned");
        }
        let refused = self.house.refuse(Refusal::TooMany);
        refused.with("retry-after", &seconds)
    }

    fn answer(&self, path: &str, query: &str, now: i64) -> RestAnswer {
        let on = |fault| self.place.on(fault, now);
        if on(Fault::KeyRequired) {
            return self.house.refuse(Refusal::KeyRequired);
        }
        if on(Fault::ServerError) {
            return self.house.refuse(Refusal::Broken);
        }
        if on(Fault::Html) {
            return RestAnswer::html(200, "We will be back soon");
        }
        if on(Fault::Error200) {
            return self.house.refuse(Refusal::WithStatus200);
        }
        let Some(params) = Params::parse(query) else {
            return self.house.refuse(Refusal::BadParameters);
        };
        let mut answer = self.house.rest(&Ask { path, params, now });
        if on(Fault::EmptyArrays) && answer.status == 200 {
            answer.body = emptied(&answer.body);
        }
        if on(Fault::TruncatedJson) && answer.status == 200 {
            answer.body.truncate(answer.body.len() / 2);
        }
        if on(Fault::SlowBody) {
            answer.pace = Pace::Slow(SLOW_MS);
        }
        answer
    }
}

impl Exchange for Served {
    fn rest(&self, path: &str, query: &str, now_ms: i64) -> RestAnswer {
        if self.place.on(Fault::Silence, now_ms) {
            let mut never = RestAnswer::new(504, "text/plain", "");
            never.pace = Pace::Never;
            return never;
        }
        let params = Params::parse(query).unwrap_or_default();
        let weight = self.house.weight(path, &params);
        let clock = self.place.time.clock_now();
        let used = self.weight.add(clock, weight);
        let answer = match self.gate(now_ms) {
            Some(refused) => refused,
            None if used > self.house.limit() => self.limited(clock),
            None => self.answer(path, query, now_ms),
        };
        self.house.metered(answer, used)
    }

    fn connect(&self, path: &str, query: &str, now_ms: i64) -> Result<Box<dyn Conn>, RestAnswer> {
        if let Some(refused) = self.gate(now_ms) {
            return Err(refused);
        }
        if self.place.on(Fault::KeyRequired, now_ms) && !self.house.asks_for_keys_later() {
            return Err(self.house.refuse(Refusal::KeyRequired));
        }
        let dialect = self.house.open(path, query, now_ms)?;
        Ok(Box::new(Connection::new(
            self.place.clone(),
            dialect,
            now_ms,
        )))
    }
}

/// The same answer with nothing in its lists.
fn emptied(body: &str) -> String {
    fn empty(value: &mut Value) {
        match value {
            Value::Array(items) if items.iter().any(|item| item.is_array() || item.is_object()) => {
                items.clear();
            }
            Value::Object(fields) => fields.values_mut().for_each(empty),
            _ => {}
        }
    }
    let Ok(mut value) = serde_json::from_str(body) else {
        return body.to_owned();
    };
    empty(&mut value);
    value.to_string()
}
