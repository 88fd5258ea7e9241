//! Trying a channel: one notice, one try, and what came of it at once.

use anyhow::Context;
use serde::Serialize;

use super::{Notifying, deliver::LEASE_MS};
use crate::{notify::letter::of_test, quality::notice::NoticeKind, store::outbox::NewNotice};

/// What came of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TestReport {
    /// The channel.
    pub channel: String,
    /// The notice.
    pub notice_id: i64,
    /// Whether it has arrived.
    pub sent: bool,
    /// Why not; empty if it has.
    pub error: String,
}

impl Notifying {
    /// Sends a test to a channel; `None` if there is no such channel. It is tried once and stays in the list of notices.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn test(&self, channel: &str) -> anyhow::Result<Option<TestReport>> {
        if self.0.channels.get(channel).is_none() {
            return Ok(None);
        }
        let engine = &self.0.engine;
        let now_ms = engine.clock.now_ms();
        let instance = self.cursor().await?.instance;
        // two tests within a millisecond are two
        let key = format!(
            "{instance}-{channel}-test-{now_ms}-{:08x}",
            rand::random::<u32>()
        );
        let letter = of_test(self.head(key.clone(), None, channel, now_ms));
        let notice = NewNotice {
            letter: serde_json::to_string(&letter)?,
            subject: letter.subject,
            key: key.clone(),
            kind: NoticeKind::Test.as_str(),
            channel: channel.to_owned(),
            incident_id: None,
        };
        let claimed = engine
            .store
            .write_claimed(&notice, LEASE_MS, now_ms)
            .await?;
        let claimed = claimed.context("the test was not written")?;
        let sent = self.send(channel, &claimed).await;
        match &sent {
            Ok(()) => {
                let at = engine.clock.now_ms();
                engine.store.notice_sent(claimed.id, at).await?;
            }
            Err(failure) => {
                let error = failure.to_string();
                engine.store.notice_failed(claimed.id, &error, None).await?;
            }
        }
        Ok(Some(TestReport {
            channel: channel.to_owned(),
            notice_id: claimed.id,
            sent: sent.is_ok(),
            error: sent
                .err()
                .map_or_else(String::new, |failure| failure.to_string()),
        }))
    }
}
