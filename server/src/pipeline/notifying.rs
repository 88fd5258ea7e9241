//! Telling people: plans what is to be told about incidents, writes it to the outbox, and delivers it.
//!
//! Planning and the outbox are one transaction: no notice is lost or planned twice, whatever is killed when. Delivery is at
//! least once: a notice is taken for a while, sent, and marked; who dies in between leaves it to be sent again, under the
//! same id. Each channel is served by a task of its own, so that one that hangs keeps nobody waiting.

mod deliver;
mod digest;
mod plan;
mod trial;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use app::backend::Backend;
use croner::Cron;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Engine;
use crate::{
    config::NotifyConfig,
    notify::{Channels, letter::Head},
    quality::notice::Timing,
    store::outbox::Cursor,
};

pub use trial::TestReport;

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);

/// Plans and delivers notices; cheap to clone.
#[derive(Clone)]
pub struct Notifying(Arc<Inner>);

struct Inner {
    engine: Engine,
    channels: Channels,
    backend: Arc<dyn Backend>,
    timing: Timing,
    base_url: Option<String>,
    schedule: Option<Cron>,
    /// The configuration may be another than at the last look: open incidents are looked at once.
    is_fresh: AtomicBool,
}

impl std::fmt::Debug for Notifying {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notifying")
            .field("channels", &self.0.channels)
            .finish_non_exhaustive()
    }
}

impl Notifying {
    /// Tells these channels what `backend` says of incidents, scores and rules.
    ///
    /// # Errors
    /// When the schedule of the digest is none.
    pub fn new(
        engine: Engine,
        config: &NotifyConfig,
        channels: Channels,
        backend: Arc<dyn Backend>,
    ) -> anyhow::Result<Self> {
        let base_url = config.url.as_deref();
        Ok(Self(Arc::new(Inner {
            engine,
            channels,
            backend,
            timing: config.timing(),
            base_url: base_url.map(|url| url.trim_end_matches('/').to_owned()),
            schedule: config.schedule()?,
            is_fresh: AtomicBool::new(true),
        })))
    }

    /// Plans and delivers until told to stop; does nothing where no channel is configured.
    pub async fn run(self, stop: CancellationToken) {
        let inner = &self.0;
        if inner.channels.iter().next().is_none() {
            return;
        }
        for channel in inner.channels.iter() {
            if let Some(problem) = channel.view().problem {
                tracing::error!(channel = channel.name(), problem, "nothing can be sent");
            }
        }
        let mut tasks = JoinSet::new();
        for channel in inner.channels.iter() {
            let (this, name, stop) = (self.clone(), channel.name().to_owned(), stop.clone());
            tasks.spawn(async move { this.keep_delivering(&name, stop).await });
        }
        loop {
            if let Err(error) = self.look().await {
                tracing::error!(
                    error = format!("{error:#}"),
                    "notices could not be planned; it is tried again"
                );
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
        // what is under way is marked before the end, or sent again after the next start
        while tasks.join_next().await.is_some() {}
    }

    /// Plans what is due now into the outbox, the digest too; gives the number of notices.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn look(&self) -> anyhow::Result<usize> {
        let now_ms = self.0.engine.clock.now_ms();
        let is_fresh = self.0.is_fresh.load(Ordering::SeqCst);
        if is_fresh {
            let names: Vec<&str> = self
                .0
                .channels
                .iter()
                .map(|channel| channel.name())
                .collect();
            self.0.engine.store.note_channels(&names, now_ms).await?;
        }
        let planned =
            self.plan(is_fresh, now_ms).await? + self.plan_digest(is_fresh, now_ms).await?;
        self.0.is_fresh.store(false, Ordering::SeqCst);
        Ok(planned)
    }

    /// Where planning stands.
    async fn cursor(&self) -> anyhow::Result<Cursor> {
        let instance = format!("{:016x}", rand::random::<u64>());
        Ok(self.0.engine.store.notify_cursor(&instance).await?)
    }

    fn head(&self, id: String, thread: Option<String>, channel: &str, at: i64) -> Head {
        Head {
            id,
            thread,
            channel: channel.to_owned(),
            at,
            base_url: self.0.base_url.clone(),
        }
    }
}
