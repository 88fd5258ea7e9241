//! Incidents: alerts with one cause, what happened to them, and what people say of them.

use app::model::{Opinion, Severity};

use super::{Store, StoreError, Tx};

/// An incident as its writing side knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Key.
    pub id: i64,
    /// What its alerts have in common.
    pub scope: String,
    /// One line.
    pub title: String,
    /// The worst of its alerts so far.
    pub severity: Severity,
    /// When its first alert began.
    pub opened_at: i64,
    /// When something last happened.
    pub updated_at: i64,
    /// When its last alert was resolved.
    pub resolved_at: Option<i64>,
    /// Something happened in it that nothing kept back.
    pub audible: bool,
}

/// What happens to an incident: words of `incident_event.kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// Its first alert fired.
    Opened,
    /// One more alert fired.
    Joined,
    /// It is worse than it was.
    Worse,
    /// An alert comes and goes.
    Flapping,
    /// Somebody took an alert.
    Acknowledged,
    /// Somebody gave an alert back.
    Unacknowledged,
    /// An alert is kept back from now on.
    Silenced,
    /// An alert is no longer kept back.
    Unmuted,
    /// An alert is resolved.
    AlertResolved,
    /// All its alerts are resolved.
    Resolved,
    /// An alert fired soon after it was resolved.
    Reopened,
    /// A person said what it was, or took that back.
    Opinion,
}

impl Happening {
    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Joined => "joined",
            Self::Worse => "worse",
            Self::Flapping => "flapping",
            Self::Acknowledged => "acknowledged",
            Self::Unacknowledged => "unacknowledged",
            Self::Silenced => "silenced",
            Self::Unmuted => "unmuted",
            Self::AlertResolved => "alert_resolved",
            Self::Resolved => "resolved",
            Self::Reopened => "reopened",
            Self::Opinion => "opinion",
        }
    }
}

/// An event of an incident about to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewIncidentEvent<'a> {
    /// Whose.
    pub incident_id: i64,
    /// When.
    pub at: i64,
    /// What.
    pub kind: Happening,
    /// How bad the alert is, or the incident where it is about no alert.
    pub severity: Severity,
    /// Why.
    pub cause: &'a str,
    /// `engine` or an operator.
    pub actor: &'a str,
    /// The alert it is about.
    pub alert_id: Option<i64>,
    /// It is for the record only.
    pub muted: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    scope: String,
    title: String,
    severity: String,
    opened_at: i64,
    updated_at: i64,
    resolved_at: Option<i64>,
    audible: bool,
}

impl Row {
    fn incident(self) -> Result<Incident, StoreError> {
        Ok(Incident {
            severity: Severity::parse(&self.severity).ok_or_else(|| {
                StoreError::Value(format!(
                    "severity {:?} of incident {}",
                    self.severity, self.id
                ))
            })?,
            id: self.id,
            scope: self.scope,
            title: self.title,
            opened_at: self.opened_at,
            updated_at: self.updated_at,
            resolved_at: self.resolved_at,
            audible: self.audible,
        })
    }
}

/// The newest incident of a scope.
///
/// # Errors
/// When the database fails.
pub async fn newest_incident(tx: &mut Tx, scope: &str) -> Result<Option<Incident>, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "select id, scope, title, severity, opened_at, updated_at, resolved_at, audible from incident
         where scope = $1 order by id desc limit 1",
    )
    .bind(scope)
    .fetch_optional(&mut **tx)
    .await?;
    row.map(Row::incident).transpose()
}

/// One incident.
///
/// # Errors
/// When the database fails.
pub async fn incident_of(tx: &mut Tx, id: i64) -> Result<Option<Incident>, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "select id, scope, title, severity, opened_at, updated_at, resolved_at, audible from incident where id = $1",
    )
    .bind(id)
    .fetch_optional(&mut **tx)
    .await?;
    row.map(Row::incident).transpose()
}

/// Writes a new incident and gives its key.
///
/// # Errors
/// When the database fails.
pub async fn insert_incident(tx: &mut Tx, incident: &Incident) -> Result<i64, StoreError> {
    let (id,): (i64,) = sqlx::query_as(
        "insert into incident (scope, title, severity, opened_at, updated_at, audible, opinion_by)
         values ($1, $2, $3, $4, $5, $6, '') returning id",
    )
    .bind(&incident.scope)
    .bind(&incident.title)
    .bind(incident.severity.as_str())
    .bind(incident.opened_at)
    .bind(incident.updated_at)
    .bind(i64::from(incident.audible))
    .fetch_one(&mut **tx)
    .await?;
    Ok(id)
}

/// Writes what has changed of an incident.
///
/// # Errors
/// When the database fails.
pub async fn save_incident(tx: &mut Tx, incident: &Incident) -> Result<(), StoreError> {
    sqlx::query(
        "update incident set title = $2, severity = $3, updated_at = $4, resolved_at = $5, audible = $6 where id = $1",
    )
    .bind(incident.id)
    .bind(&incident.title)
    .bind(incident.severity.as_str())
    .bind(incident.updated_at)
    .bind(incident.resolved_at)
    .bind(i64::from(incident.audible))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// True while one of an incident's alerts is open.
///
/// # Errors
/// When the database fails.
pub async fn has_open_alerts(tx: &mut Tx, incident_id: i64) -> Result<bool, StoreError> {
    let row: Option<(i64,)> = sqlx::query_as(
        "select id from alert where incident_id = $1 and state <> 'resolved' limit 1",
    )
    .bind(incident_id)
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.is_some())
}

/// Writes an event of an incident and gives its number.
///
/// # Errors
/// When the database fails.
pub async fn insert_incident_event(
    tx: &mut Tx,
    event: NewIncidentEvent<'_>,
) -> Result<i64, StoreError> {
    let (id,): (i64,) = sqlx::query_as(
        "insert into incident_event (incident_id, at, kind, severity, cause, actor, alert_id, muted)
         values ($1, $2, $3, $4, $5, $6, $7, $8) returning id",
    )
    .bind(event.incident_id)
    .bind(event.at)
    .bind(event.kind.as_str())
    .bind(event.severity.as_str())
    .bind(event.cause)
    .bind(event.actor)
    .bind(event.alert_id)
    .bind(i64::from(event.muted))
    .fetch_one(&mut **tx)
    .await?;
    Ok(id)
}

/// Notes what a person says of an incident; `None` takes it back.
///
/// # Errors
/// When the database fails.
pub async fn set_opinion(
    tx: &mut Tx,
    incident_id: i64,
    opinion: Option<Opinion>,
    by: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "update incident set opinion = $2, opinion_by = $3, opinion_at = $4, updated_at = $4 where id = $1",
    )
    .bind(incident_id)
    .bind(opinion.map(Opinion::as_str))
    .bind(by)
    .bind(now_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Data concerned where the alert says so, else the time in which a live alert stood; what is still open has no end yet.
const CONFIRMED: &str = "
select coalesce(a.from_at, a.opened_at), coalesce(a.to_at, a.resolved_at, 9223372036854775807)
from incident i
join alert a on a.incident_id = i.id
where i.opinion = 'confirmed' and substr(a.entity, 1, length($1)) = $1 and (a.from_at is not null or a.pipeline = 'live')
order by 1, 2";

impl Store {
    /// Times of a series in which something was wrong by the word of a person, in order and apart: what baselines leave
    /// out. Both ends belong to it; the last may be open (`i64::MAX`).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn confirmed_ranges(
        &self,
        instrument: &str,
        venue: &str,
    ) -> Result<Vec<(i64, i64)>, StoreError> {
        let ranges: Vec<(i64, i64)> = sqlx::query_as(CONFIRMED)
            .bind(format!("{instrument}/{venue}/"))
            .fetch_all(&self.read)
            .await?;
        let mut apart: Vec<(i64, i64)> = Vec::with_capacity(ranges.len());
        for (from, to) in ranges {
            match apart.last_mut() {
                Some((_, end)) if from <= *end => *end = to.max(*end),
                _ => apart.push((from, to)),
            }
        }
        Ok(apart)
    }
}
