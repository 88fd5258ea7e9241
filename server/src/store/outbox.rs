//! The outbox of notices, and the plans that fill it: a notice is written in the transaction that says it was planned, and
//! stays until it has arrived or was given up.

use std::collections::HashMap;

use sqlx::AssertSqlSafe;

use super::{Store, StoreError, bulk::values};

/// Rows of one statement.
const ROWS: usize = 100;

/// How far planning has come.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Cursor {
    /// The last event that the plans know of.
    pub event_id: i64,
    /// What ids of notices of this database begin with.
    pub instance: String,
    /// When the next digest is due.
    pub digest_at: Option<i64>,
}

/// An event of an incident.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct IncidentEventRow {
    /// Key.
    pub id: i64,
    /// Its incident.
    pub incident_id: i64,
    /// When.
    pub at: i64,
    /// opened, joined, worse, flapping, acknowledged, silenced, unmuted, resolved, reopened, opinion.
    pub kind: String,
    /// How bad.
    pub severity: String,
    /// The alert it is about.
    pub alert_id: Option<i64>,
    /// 1: it is for the record only.
    pub muted: bool,
}

/// The plan of an incident.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PlanRow {
    /// The incident.
    pub incident_id: i64,
    /// When something is due if nothing else happens.
    pub next_at: Option<i64>,
    /// JSON.
    pub state: String,
}

/// A notice to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNotice {
    /// What receivers know it by.
    pub key: String,
    /// To which channel.
    pub channel: String,
    /// opened, worse, reminder, flapping, resolved, digest, test.
    pub kind: &'static str,
    /// What it is about.
    pub incident_id: Option<i64>,
    /// One line.
    pub subject: String,
    /// JSON.
    pub letter: String,
}

/// A notice to be tried.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Claimed {
    /// Key.
    pub id: i64,
    /// JSON.
    pub letter: String,
    /// Tries, the one at hand among them.
    pub attempts: i64,
    /// When it was written.
    pub created_at: i64,
}

impl Store {
    /// How far planning has come; the first time, `instance` becomes the name of this database.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn notify_cursor(&self, instance: &str) -> Result<Cursor, StoreError> {
        const READ: &str = "select event_id, instance, digest_at from notify_cursor where id = 1";
        if let Some(cursor) = sqlx::query_as(READ).fetch_optional(&self.read).await? {
            return Ok(cursor);
        }
        sqlx::query(
            "insert into notify_cursor (id, event_id, instance) values (1, 0, $1) on conflict (id) do nothing",
        )
        .bind(instance)
        .execute(&self.write)
        .await?;
        Ok(sqlx::query_as(READ).fetch_one(&self.write).await?)
    }

    /// Since when there is each channel that was ever configured.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn notify_channels(&self) -> Result<HashMap<String, i64>, StoreError> {
        let rows: Vec<(String, i64)> = sqlx::query_as("select name, since from notify_channel")
            .fetch_all(&self.read)
            .await?;
        Ok(rows.into_iter().collect())
    }

    /// Notes that there is a channel, if that is new; what waits for none of `names` is given up.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_channels(&self, names: &[&str], now_ms: i64) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let waiting: Vec<(String,)> =
            sqlx::query_as("select distinct channel from notice where state = 'waiting'")
                .fetch_all(&mut *tx)
                .await?;
        for name in names {
            sqlx::query(
                "insert into notify_channel (name, since) values ($1, $2) on conflict (name) do nothing",
            )
            .bind(name)
            .bind(now_ms)
            .execute(&mut *tx)
            .await?;
        }
        for (name,) in waiting {
            if !names.contains(&name.as_str()) {
                sqlx::query(
                    "update notice set state = 'given_up', error = 'there is no such channel any more'
                     where channel = $1 and state = 'waiting'",
                )
                .bind(name)
                .execute(&mut *tx)
                .await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// Events of incidents after one, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn incident_events_after(
        &self,
        event_id: i64,
        limit: i64,
    ) -> Result<Vec<IncidentEventRow>, StoreError> {
        Ok(sqlx::query_as(
            "select id, incident_id, at, kind, severity, alert_id, muted <> 0 as muted from incident_event
             where id > $1 order by id limit $2",
        )
        .bind(event_id)
        .bind(limit)
        .fetch_all(&self.read)
        .await?)
    }

    /// Plans of the incidents with events behind `after` up to `to`, and those with something due.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn notice_plans(
        &self,
        after: i64,
        to: i64,
        now_ms: i64,
    ) -> Result<Vec<PlanRow>, StoreError> {
        Ok(sqlx::query_as(
            "select incident_id, next_at, state from notice_plan
             where next_at <= $3 or incident_id in (select incident_id from incident_event where id > $1 and id <= $2)
             order by incident_id",
        )
        .bind(after)
        .bind(to)
        .bind(now_ms)
        .fetch_all(&self.read)
        .await?)
    }

    /// Plans of all incidents that may still be told: what a new channel has to hear of.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open_plans(&self) -> Result<Vec<PlanRow>, StoreError> {
        Ok(sqlx::query_as(
            "select p.incident_id, p.next_at, p.state from notice_plan p
             join incident i on i.id = p.incident_id where i.resolved_at is null order by p.incident_id",
        )
        .fetch_all(&self.read)
        .await?)
    }

    /// Writes plans and notices, and moves the cursor from one event to another; false if somebody else has moved it:
    /// then nothing is written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write_plans(
        &self,
        (from, to): (i64, i64),
        plans: &[PlanRow],
        notices: &[NewNotice],
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let moved =
            sqlx::query("update notify_cursor set event_id = $2 where id = 1 and event_id = $1")
                .bind(from)
                .bind(to)
                .execute(&mut *tx)
                .await?;
        if moved.rows_affected() == 0 {
            return Ok(false);
        }
        for plans in plans.chunks(ROWS) {
            let text = format!(
                "insert into notice_plan (incident_id, next_at, state) values {}
                 on conflict (incident_id) do update set next_at = excluded.next_at, state = excluded.state",
                values(plans.len(), &["?"; 3])
            );
            let mut query = sqlx::query(AssertSqlSafe(text));
            for plan in plans {
                query = query
                    .bind(plan.incident_id)
                    .bind(plan.next_at)
                    .bind(&plan.state);
            }
            query.execute(&mut *tx).await?;
        }
        insert(&mut tx, notices, now_ms).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Sets when the next digest is due and writes the one at hand; false if somebody else did.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write_digest(
        &self,
        (due, next): (Option<i64>, Option<i64>),
        notices: &[NewNotice],
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let moved = sqlx::query(
            "update notify_cursor set digest_at = $2 where id = 1 and coalesce(digest_at, -1) = coalesce($1, -1)",
        )
        .bind(due)
        .bind(next)
        .execute(&mut *tx)
        .await?;
        if moved.rows_affected() == 0 {
            return Ok(false);
        }
        insert(&mut tx, notices, now_ms).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Writes notices that are due at once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write_notices(
        &self,
        notices: &[NewNotice],
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        insert(&mut tx, notices, now_ms).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes the next notice of a channel that is due. Until `lease_ms` have passed nobody else takes it; who dies meanwhile
    /// leaves it to be tried again. One incident's notices go in their order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_notice(
        &self,
        channel: &str,
        lease_ms: i64,
        now_ms: i64,
    ) -> Result<Option<Claimed>, StoreError> {
        // most looks find nothing and should not wait for the writer
        let due: Option<(i64,)> = sqlx::query_as(NEXT)
            .bind(channel)
            .bind(now_ms)
            .fetch_optional(&self.read)
            .await?;
        let Some((id,)) = due else {
            return Ok(None);
        };
        self.claim(id, lease_ms, now_ms).await
    }

    async fn claim(
        &self,
        id: i64,
        lease_ms: i64,
        now_ms: i64,
    ) -> Result<Option<Claimed>, StoreError> {
        Ok(sqlx::query_as(CLAIM)
            .bind(id)
            .bind(now_ms)
            .bind(lease_ms)
            .fetch_optional(&self.write)
            .await?)
    }

    /// Writes a notice and takes it at once, so that nobody else sends it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write_claimed(
        &self,
        notice: &NewNotice,
        lease_ms: i64,
        now_ms: i64,
    ) -> Result<Option<Claimed>, StoreError> {
        let mut tx = self.begin().await?;
        insert(&mut tx, std::slice::from_ref(notice), now_ms).await?;
        let (id,): (i64,) = sqlx::query_as("select id from notice where key = $1")
            .bind(&notice.key)
            .fetch_one(&mut *tx)
            .await?;
        let claimed = sqlx::query_as(CLAIM)
            .bind(id)
            .bind(now_ms)
            .bind(lease_ms)
            .fetch_optional(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(claimed)
    }

    /// A notice has arrived.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn notice_sent(&self, id: i64, now_ms: i64) -> Result<(), StoreError> {
        sqlx::query("update notice set state = 'sent', sent_at = $2, error = '' where id = $1")
            .bind(id)
            .bind(now_ms)
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// A notice has not arrived; it is tried again at `next_at`, or given up.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn notice_failed(
        &self,
        id: i64,
        error: &str,
        next_at: Option<i64>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "update notice set error = $2, next_at = coalesce($3, next_at),
                state = case when $3 is null then 'given_up' else state end
             where id = $1",
        )
        .bind(id)
        .bind(error)
        .bind(next_at)
        .execute(&self.write)
        .await?;
        Ok(())
    }
}

const CLAIM: &str = "
update notice set attempts = attempts + 1, next_at = $2 + $3
where id = $1 and state = 'waiting' and next_at <= $2
returning id, letter, attempts, created_at";

const NEXT: &str = "
select n.id from notice n
where n.channel = $1 and n.state = 'waiting' and n.next_at <= $2 and not exists (
    select 1 from notice e
    where e.incident_id = n.incident_id and e.channel = n.channel and e.state = 'waiting' and e.id < n.id)
order by n.id
limit 1";

async fn insert(tx: &mut super::Tx, notices: &[NewNotice], now_ms: i64) -> Result<(), StoreError> {
    const COLUMNS: [&str; 12] = [
        "?",
        "?",
        "?",
        "?",
        "?",
        "?",
        "'waiting'",
        "0",
        "$1",
        "''",
        "$1",
        "null",
    ];
    for notices in notices.chunks(ROWS) {
        let text = format!(
            "insert into notice (key, channel, kind, incident_id, subject, letter, state, attempts, next_at, error,
                created_at, sent_at)
             values {} on conflict (key) do nothing",
            values(notices.len(), &COLUMNS)
        );
        let mut query = sqlx::query(AssertSqlSafe(text));
        for notice in notices {
            query = query
                .bind(&notice.key)
                .bind(&notice.channel)
                .bind(notice.kind)
                .bind(notice.incident_id)
                .bind(&notice.subject)
                .bind(&notice.letter);
        }
        query.bind(now_ms).execute(&mut **tx).await?;
    }
    Ok(())
}
