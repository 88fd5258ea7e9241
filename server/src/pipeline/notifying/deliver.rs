//! From the outbox to the channels.

use app::model::DAY_MS;
use tokio_util::sync::CancellationToken;

use super::{EVERY, Notifying};
use crate::{
    notify::{Failure, Letter},
    source::{Backoff, BackoffConfig},
    store::outbox::Claimed,
};

/// Who takes a notice has so long to deliver it before somebody else may: longer than any delivery lasts.
pub(super) const LEASE_MS: i64 = 60_000;
/// A notice is given up after so many tries, or a day.
const MAX_TRIES: i64 = 100;
/// A notice is given up when it is so old.
const MAX_AGE_MS: i64 = DAY_MS;
/// Pauses between tries: up to 5 s, doubling to half an hour.
const PAUSES: BackoffConfig = BackoffConfig {
    min_ms: 1_000,
    base_ms: 5_000,
    cap_ms: 1_800_000,
    blocked_ms: 0,
};

impl Notifying {
    /// Delivers what is due to a channel until told to stop.
    pub(super) async fn keep_delivering(&self, channel: &str, stop: CancellationToken) {
        loop {
            let pause = match self.deliver(channel).await {
                Ok(true) => None,
                Ok(false) => Some(EVERY),
                Err(error) => {
                    let error = format!("{error:#}");
                    tracing::error!(channel, error, "the outbox cannot be read or marked");
                    Some(EVERY)
                }
            };
            if stop.is_cancelled() {
                return;
            }
            if let Some(pause) = pause {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(pause) => {}
                }
            }
        }
    }

    /// Tries the next notice of a channel that is due; false if none is.
    ///
    /// # Errors
    /// When the database fails. A notice that does not arrive is no error: the outbox says so.
    pub async fn deliver(&self, channel: &str) -> anyhow::Result<bool> {
        let engine = &self.0.engine;
        let now_ms = engine.clock.now_ms();
        let claimed = engine.store.claim_notice(channel, LEASE_MS, now_ms).await?;
        let Some(claimed) = claimed else {
            return Ok(false);
        };
        match self.send(channel, &claimed).await {
            Ok(()) => {
                let sent_at = engine.clock.now_ms();
                engine.store.notice_sent(claimed.id, sent_at).await?;
            }
            Err(failure) => {
                let now_ms = engine.clock.now_ms();
                let next_at = again_at(&claimed, &failure, now_ms, rand::random());
                let error = failure.to_string();
                match next_at {
                    Some(_) => tracing::warn!(channel, error, "a notice did not arrive"),
                    None => tracing::error!(channel, error, "a notice is given up"),
                }
                engine
                    .store
                    .notice_failed(claimed.id, &error, next_at)
                    .await?;
            }
        }
        Ok(true)
    }

    /// Sends what was claimed.
    pub(super) async fn send(&self, channel: &str, claimed: &Claimed) -> Result<(), Failure> {
        let permanent = |reason: String| Failure::Permanent { reason };
        let channel = self
            .0
            .channels
            .get(channel)
            .ok_or_else(|| permanent("there is no such channel any more".to_owned()))?;
        let letter: Letter = serde_json::from_str(&claimed.letter)
            .map_err(|error| permanent(format!("the notice cannot be read: {error}")))?;
        channel.deliver(&letter, self.0.engine.clock.now_ms()).await
    }
}

/// When a notice is tried again; `None`: it is given up.
fn again_at(claimed: &Claimed, failure: &Failure, now_ms: i64, seed: u64) -> Option<i64> {
    let Failure::Transient { retry_after_ms, .. } = failure else {
        return None;
    };
    let end = claimed.created_at.saturating_add(MAX_AGE_MS);
    if claimed.attempts >= MAX_TRIES || now_ms >= end {
        return None;
    }
    let mut backoff = Backoff::new(PAUSES, seed);
    for _ in 1..claimed.attempts {
        backoff.failed(None);
    }
    let pause_ms = backoff.failed(*retry_after_ms);
    // the last try is at the end of its day, not beyond
    Some(now_ms.saturating_add(pause_ms).min(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let claimed = |attempts| Claimed {
            id: 1,
            letter: String::new(),
            attempts,
            created_at: 0,
        };
        let failed = |retry_after_ms| Failure::Transient {
            reason: String::new(),
            retry_after_ms,
        };
        for seed in 0..50 {
            for (attempts, most) in [(1, 5_000), (2, 10_000), (4, 40_000), (20, 1_800_000)] {
                let at = again_at(&claimed(attempts), &failed(None), 0, seed).unwrap();
                assert!((1_000..=most).contains(&at), "{attempts}: {at}");
            }
            let asked = again_at(&claimed(1), &failed(Some(60_000)), 0, seed).unwrap();
            assert!((60_000..=65_000).contains(&asked), "{asked}");
        }
        assert_eq!(again_at(&claimed(100), &failed(None), 0, 1), None);
        assert_eq!(again_at(&claimed(9), &failed(None), DAY_MS, 1), None);
        assert_eq!(
            again_at(&claimed(9), &failed(None), DAY_MS - 1, 1),
            Some(DAY_MS)
        );
        let permanent = Failure::Permanent {
            reason: String::new(),
        };
        assert_eq!(again_at(&claimed(1), &permanent, 0, 1), None);
    }
}
