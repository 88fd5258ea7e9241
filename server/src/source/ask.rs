//! Asking a venue within its budget: the one way to its REST interface that polls, snapshots and backfills share.

use super::{
    budget::{Budget, Urgency},
    error::FetchError,
    http::{Answer, HttpSource},
    venue::Question,
};
use crate::clock::Clock;

/// A venue that asks for fewer requests without saying for how long is left alone for this long.
const LEFT_ALONE_MS: i64 = 5_000;
/// The same after a ban.
const BANNED_MS: i64 = 120_000;

/// Asks one venue; cheap to clone.
#[derive(Debug, Clone)]
pub struct Asker {
    http: HttpSource,
    budget: Budget,
    clock: Clock,
}

impl Asker {
    /// Asks with this client within this budget.
    #[must_use]
    pub const fn new(http: HttpSource, budget: Budget, clock: Clock) -> Self {
        Self {
            http,
            budget,
            clock,
        }
    }

    /// What the venue takes.
    #[must_use]
    pub const fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Asks a question as soon as the budget allows, if that is within `patience_ms` of the engine's clock. The venue's
    /// own count of requests, and its wish to be left alone, hold for everyone who shares the budget.
    ///
    /// # Errors
    /// [`FetchError::Held`] when the budget does not allow it in time; else as [`HttpSource::get`].
    pub async fn ask(
        &self,
        question: &Question,
        urgency: Urgency,
        patience_ms: i64,
    ) -> Result<Answer, FetchError> {
        let mut waited_ms = 0_i64;
        loop {
            let now_ms = self.clock.now_ms();
            let wait_ms = self.budget.take(question.weight, urgency, now_ms);
            if wait_ms == 0 {
                break;
            }
            waited_ms = waited_ms.saturating_add(wait_ms);
            if waited_ms > patience_ms {
                return Err(FetchError::Held {
                    url: question.url.clone(),
                    wait_ms,
                });
            }
            tokio::time::sleep(self.clock.wait_of(wait_ms)).await;
        }
        let asked = self.http.get(&question.url).await;
        let answer = match &asked {
            Ok(answer) => Some(answer),
            Err(error) => error.answer(),
        };
        let now_ms = self.clock.now_ms();
        if let Some(used) = answer.and_then(|answer| answer.used_weight) {
            self.budget.observe(used, now_ms);
        }
        if let Err(error) = &asked
            && let Some(pause_ms) = left_alone_ms(error)
        {
            self.budget.penalise(now_ms.saturating_add(pause_ms));
        }
        asked
    }
}

fn left_alone_ms(error: &FetchError) -> Option<i64> {
    let asked = error.retry_after_ms();
    match (error, error.status()) {
        (FetchError::RateLimited { .. }, Some(418)) => Some(asked.unwrap_or(BANNED_MS)),
        (FetchError::RateLimited { .. }, _) => Some(asked.unwrap_or(LEFT_ALONE_MS)),
        (FetchError::Transient { .. }, _) => asked,
        _ => None,
    }
}
