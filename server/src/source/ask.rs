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

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        http::{StatusCode, header},
        routing::get,
    };
    use tokio::net::TcpListener;

    use super::*;
    use crate::source::{HttpConfig, binance::facts::FACTS};

    const NOW: i64 = 1_790_000_000_000;

    async fn asker(router: Router) -> (Asker, String, Clock) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let clock = Clock::fixed(NOW);
        let http = HttpSource::new(&HttpConfig::default(), clock.clone()).unwrap();
        let budget = Budget::new(&FACTS, NOW);
        (Asker::new(http, budget, clock.clone()), base, clock)
    }

    fn question(base: &str, path: &str, weight: u32) -> Question {
        Question {
            url: format!("{base}/{path}"),
            weight,
        }
    }

    #[tokio::test]
    async fn a_venue_that_wants_to_be_left_alone_is_left_alone_by_all() {
        let busy = || async { (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "7")]) };
        let router = Router::new()
            .route("/busy", get(busy))
            .route("/ban", get(|| async { StatusCode::IM_A_TEAPOT }))
            .route("/fine", get(|| async { "{}" }));
        let (asker, base, clock) = asker(router).await;
        let other = asker.clone();
        let fine = question(&base, "fine", 1);
        for (path, pause_ms) in [("busy", 7_000), ("ban", BANNED_MS)] {
            other.ask(&fine, Urgency::Live, 0).await.unwrap();
            let refused = question(&base, path, 1);
            let refused = asker.ask(&refused, Urgency::Live, 0).await.unwrap_err();
            assert!(
                matches!(refused, FetchError::RateLimited { .. }),
                "{refused}"
            );
            let held = other.ask(&fine, Urgency::Live, pause_ms - 1).await;
            let held = held.unwrap_err();
            assert_eq!(held.retry_after_ms(), Some(pause_ms), "{held}");
            clock.advance(pause_ms);
        }
        other.ask(&fine, Urgency::Live, 0).await.unwrap();
    }

    #[tokio::test]
    async fn the_venues_own_count_is_believed() {
        let counted = || async { ([("x-mbx-used-weight-1m", "5990")], "{}") };
        let (asker, base, _) = asker(Router::new().route("/", get(counted))).await;
        asker
            .ask(&question(&base, "", 1), Urgency::Live, 0)
            .await
            .unwrap();
        let heavy = asker.ask(&question(&base, "", 50), Urgency::Live, 0).await;
        assert!(matches!(heavy, Err(FetchError::Held { .. })));
        asker
            .ask(&question(&base, "", 5), Urgency::Live, 0)
            .await
            .unwrap();
    }
}
