//! Incidents and what happened in them.

use app::model::{AlertVm, IncidentVm, Opinion, Severity};

use super::word;
use crate::store::{
    Store, StoreError,
    alert::{Row as AlertRow, columns},
};

/// Open incidents, and as many of the newest as asked for.
macro_rules! listed {
    () => {
        "(select id from incident where resolved_at is null
          union select id from (select id from incident order by id desc limit $1) newest)"
    };
}

/// Incidents with what their alerts add up to.
macro_rules! incidents {
    ($ids:expr) => {
        concat!(
            "
select i.id, i.scope, i.title, i.severity, i.opened_at, i.updated_at, i.resolved_at, i.opinion, i.opinion_by,
    count(a.id) as alerts, cast(coalesce(sum(a.rows), 0) as bigint) as rows, min(a.from_at) as from_at,
    max(a.to_at) as to_at
from incident i
left join alert a on a.incident_id = i.id
where i.id in ",
            $ids,
            "
group by i.id, i.scope, i.title, i.severity, i.opened_at, i.updated_at, i.resolved_at, i.opinion, i.opinion_by
order by case when i.resolved_at is null then 0 else 1 end, i.id desc
limit $1"
        )
    };
}

/// Gaps of the venue that overlap the time of the incident, as far as they are filled or never will be. The joins are
/// crossed so that `SQLite` keeps their order: the other way round it would read all gaps.
macro_rules! gaps {
    ($ids:expr) => {
        concat!(
            "
select i.id, count(*), cast(sum(case when g.state = 'filled' then 1 else 0 end) as bigint),
    cast(sum(case when g.state = 'recorded' then 1 else 0 end) as bigint)
from incident i
cross join venue v
cross join instrument n
cross join gap g
where i.scope = 'live:' || v.name and g.instrument_id = n.id and g.venue_id = v.id
    and g.from_at <= coalesce(i.resolved_at, $2) and coalesce(g.to_at, $2) >= i.opened_at and i.id in ",
            $ids,
            "
group by i.id"
        )
    };
}

macro_rules! checks {
    ($ids:expr) => {
        concat!(
            "select distinct incident_id, check_id from alert where incident_id in ",
            $ids,
            " order by incident_id, check_id"
        )
    };
}

pub(super) const LIST: &str = incidents!(listed!());
const ONE: &str = incidents!("($2)");
pub(super) const GAPS: &str = gaps!(listed!());
const GAPS_OF: &str = gaps!("($1)");
pub(super) const CHECKS: &str = checks!(listed!());
const CHECKS_OF: &str = checks!("($1)");

const ALERTS_OF: &str = concat!(
    "select ",
    columns!(),
    "
from alert
where incident_id = $1
order by case state when 'resolved' then 1 else 0 end,
    case severity when 'critical' then 0 when 'error' then 1 when 'warn' then 2 else 3 end, id
limit $2"
);

/// Events of the incident, and when its rules began to hold again, which is none of their own.
pub(super) const EVENTS: &str = "
select * from (
    select e.at, e.kind, e.severity, e.cause, e.actor, e.alert_id, a.check_id, e.muted, e.id as seq, 1 as part
    from incident_event e
    left join alert a on a.id = e.alert_id
    where e.incident_id = $1
    union all
    select t.at, t.to_state, t.severity, t.cause, t.actor, t.alert_id, a.check_id, 0, t.id, 0
    from alert a
    join alert_event t on t.alert_id = a.id
    where a.incident_id = $1 and t.to_state = 'recovering' and t.from_state <> t.to_state
) happened
order by at desc, part desc, seq desc
limit $2";

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    scope: String,
    title: String,
    severity: String,
    opened_at: i64,
    updated_at: i64,
    resolved_at: Option<i64>,
    opinion: Option<String>,
    opinion_by: String,
    alerts: i64,
    rows: i64,
    from_at: Option<i64>,
    to_at: Option<i64>,
}

impl Row {
    fn into_vm(self) -> Result<IncidentVm, StoreError> {
        let opinion = |text: &str| word(Opinion::parse(text), "opinion", text);
        let stood = || {
            let end = self.resolved_at.unwrap_or(self.updated_at);
            self.scope
                .starts_with("live:")
                .then_some((self.opened_at, end))
        };
        Ok(IncidentVm {
            severity: word(Severity::parse(&self.severity), "severity", &self.severity)?,
            range: self.from_at.zip(self.to_at).or_else(stood),
            opinion: self.opinion.as_deref().map(opinion).transpose()?,
            id: self.id,
            scope: self.scope,
            title: self.title,
            is_open: self.resolved_at.is_none(),
            opened_at: self.opened_at,
            updated_at: self.updated_at,
            resolved_at: self.resolved_at,
            alerts: self.alerts,
            checks: Vec::new(),
            rows: self.rows,
            opinion_by: self.opinion_by,
            repair: String::new(),
        })
    }
}

/// Something that happened in an incident, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Happened {
    /// When.
    pub at: i64,
    /// A kind of `incident_event`, or `recovering`: an alert's rule holds again.
    pub kind: String,
    /// How bad it was then.
    pub severity: String,
    /// Why.
    pub cause: String,
    /// Who.
    pub actor: String,
    /// The alert it is about.
    pub alert_id: Option<i64>,
    /// Its check.
    pub check_id: Option<String>,
    /// It was kept back.
    pub muted: bool,
    /// Number among its like.
    pub seq: i64,
    /// 1: of the incident, 0: of an alert.
    pub part: i64,
}

type Gaps = Vec<(i64, i64, i64, i64)>;
type Checks = Vec<(i64, String)>;

fn complete(rows: Vec<Row>, checks: Checks, gaps: &Gaps) -> Result<Vec<IncidentVm>, StoreError> {
    let mut incidents: Vec<IncidentVm> = rows
        .into_iter()
        .map(Row::into_vm)
        .collect::<Result<_, _>>()?;
    for (id, check_id) in checks {
        if let Some(incident) = incidents.iter_mut().find(|incident| incident.id == id) {
            incident.checks.push(check_id);
        }
    }
    for incident in &mut incidents {
        let found = gaps.iter().find(|(id, ..)| *id == incident.id);
        incident.repair = found.map_or_else(String::new, |(_, all, filled, recorded)| {
            let lost = match recorded {
                0 => String::new(),
                lost => format!(", {lost} cannot be"),
            };
            format!("{filled} of {all} gaps filled{lost}")
        });
    }
    Ok(incidents)
}

impl Store {
    /// Incidents, open ones first, then the newest.
    ///
    /// # Errors
    /// When the database does not answer or holds a word this build does not know.
    pub async fn incidents(&self, limit: i64, now_ms: i64) -> Result<Vec<IncidentVm>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(LIST)
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        let checks: Checks = sqlx::query_as(CHECKS)
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        let gaps: Gaps = sqlx::query_as(GAPS)
            .bind(limit)
            .bind(now_ms)
            .fetch_all(&self.read)
            .await?;
        complete(rows, checks, &gaps)
    }

    /// One incident.
    ///
    /// # Errors
    /// When the database does not answer or holds a word this build does not know.
    pub async fn incident(&self, id: i64, now_ms: i64) -> Result<Option<IncidentVm>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(ONE)
            .bind(1_i64)
            .bind(id)
            .fetch_all(&self.read)
            .await?;
        let checks: Checks = sqlx::query_as(CHECKS_OF)
            .bind(id)
            .fetch_all(&self.read)
            .await?;
        let gaps: Gaps = sqlx::query_as(GAPS_OF)
            .bind(id)
            .bind(now_ms)
            .fetch_all(&self.read)
            .await?;
        Ok(complete(rows, checks, &gaps)?.pop())
    }

    /// Alerts of an incident, open ones first and worst first.
    ///
    /// # Errors
    /// When the database does not answer or holds a word this build does not know.
    pub async fn alerts_of_incident(
        &self,
        id: i64,
        limit: i64,
    ) -> Result<Vec<AlertVm>, StoreError> {
        let rows: Vec<AlertRow> = sqlx::query_as(ALERTS_OF)
            .bind(id)
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        rows.into_iter()
            .map(|row| Ok(row.stored()?.alert))
            .collect()
    }

    /// The newest of what happened in an incident, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn incident_history(&self, id: i64, limit: i64) -> Result<Vec<Happened>, StoreError> {
        let mut rows: Vec<Happened> = sqlx::query_as(EVENTS)
            .bind(id)
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        rows.reverse();
        Ok(rows)
    }
}
