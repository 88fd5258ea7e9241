//! The daily digest.

use anyhow::Context;

use super::Notifying;
use crate::{
    notify::{
        Letter,
        digest::{Day, facts, letter},
    },
    pipeline::schedule::next_after,
    quality::notice::NoticeKind,
    store::outbox::NewNotice,
};

/// Incidents that are looked through for those of the day.
const INCIDENTS: i64 = 500;
/// Notices that are looked through for those that were given up.
const NOTICES: i64 = 1000;

impl Notifying {
    /// Writes the digest if it is due. One that was missed is written at the next start; of several, one.
    pub(super) async fn plan_digest(&self, is_fresh: bool, now_ms: i64) -> anyhow::Result<usize> {
        let next = |at| {
            self.0
                .schedule
                .as_ref()
                .and_then(|cron| next_after(cron, at))
        };
        let cursor = self.cursor().await?;
        let due = cursor.digest_at;
        let is_due = due.is_some_and(|at| at <= now_ms) && self.0.schedule.is_some();
        let wanted = next(now_ms);
        if !is_due {
            // the first start, or another schedule
            if is_fresh && due != wanted {
                let store = &self.0.engine.store;
                store.write_digest((due, wanted), &[], now_ms).await?;
            }
            return Ok(0);
        }
        let notices = self.digests(&cursor.instance, now_ms).await?;
        let store = &self.0.engine.store;
        let is_ours = store.write_digest((due, wanted), &notices, now_ms).await?;
        Ok(if is_ours { notices.len() } else { 0 })
    }

    /// Writes the digest of the last 24 hours to the outbox now, for the channels that take it; gives their names.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn digest_now(&self) -> anyhow::Result<Vec<String>> {
        let now_ms = self.0.engine.clock.now_ms();
        let cursor = self.cursor().await?;
        let notices = self.digests(&cursor.instance, now_ms).await?;
        self.0.engine.store.write_notices(&notices, now_ms).await?;
        Ok(notices.into_iter().map(|notice| notice.channel).collect())
    }

    /// The digest of the 24 hours before `now_ms`.
    ///
    /// # Errors
    /// When what it is made of cannot be read.
    pub async fn digest(&self, id: String, channel: &str, now_ms: i64) -> anyhow::Result<Letter> {
        let backend = &self.0.backend;
        let scores = backend.scoreboard().await.context("the scores")?;
        let incidents = backend
            .incidents(INCIDENTS)
            .await
            .context("the incidents")?;
        let rules = backend.rules().await.context("the rules")?;
        let given_up = self.0.engine.store.notices("given_up", NOTICES).await?;
        let notices: Vec<_> = given_up.into_iter().map(|row| row.notice).collect();
        let facts = facts(Day {
            to: now_ms,
            scores: &scores,
            incidents: &incidents,
            rules: &rules,
            notices: &notices,
        });
        Ok(letter(self.head(id, None, channel, now_ms), facts))
    }

    async fn digests(&self, instance: &str, now_ms: i64) -> anyhow::Result<Vec<NewNotice>> {
        let mut notices = Vec::new();
        for channel in self
            .0
            .channels
            .iter()
            .filter(|channel| channel.takes_digest())
        {
            let name = channel.name();
            let key = format!("{instance}-{name}-digest-{now_ms}");
            let letter = self.digest(key.clone(), name, now_ms).await?;
            notices.push(NewNotice {
                letter: serde_json::to_string(&letter)?,
                subject: letter.subject,
                key,
                kind: NoticeKind::Digest.as_str(),
                channel: name.to_owned(),
                incident_id: None,
            });
        }
        Ok(notices)
    }
}
