//! States of checks over the last hours.

use app::model::CheckState;

use super::word;
use crate::store::{Store, StoreError};

/// States of one check and entity by the time they were noted, oldest first. The first may be from before the window.
pub type States = ((String, String), Vec<(i64, CheckState)>);

/// Results of one check and entity that are looked at, at most: the newest.
const EACH: i64 = 2_000;

/// What was not well, worst first, with all its results. A result that says the same again is noted once an hour: what
/// was not well when the window began was noted within the hour before it.
pub(super) const STATES: &str = "
with bad as (
    select check_id, entity, max(rank) as worst, max(at) as newest
    from (
        select check_id, entity, evaluated_at as at,
            case state when 'critical' then 5 when 'error' then 4 when 'failed' then 3 when 'warn' then 2 else 1 end as rank
        from check_result
        where evaluated_at >= $1 - 3600000 and evaluated_at < $2 and state in ('critical', 'error', 'failed', 'warn', 'no_data')
        union all
        select check_id, entity, since,
            case state when 'critical' then 5 when 'error' then 4 when 'failed' then 3 when 'warn' then 2 else 1 end
        from check_latest
        where state in ('critical', 'error', 'failed', 'warn', 'no_data')
    ) found
    group by check_id, entity
    order by worst desc, newest desc, check_id, entity
    limit $3
), states as (
    select b.worst, b.newest, b.check_id, b.entity, r.evaluated_at as at, r.state, r.id as place,
        row_number() over (partition by b.check_id, b.entity order by r.evaluated_at desc, r.id desc) as back
    from bad b
    join check_result r on r.check_id = b.check_id and r.entity = b.entity and r.evaluated_at < $2
        and r.evaluated_at >= coalesce((
            select max(o.evaluated_at) from check_result o
            where o.check_id = b.check_id and o.entity = b.entity and o.evaluated_at < $1), $1)
    union all
    select b.worst, b.newest, b.check_id, b.entity, l.since, l.state, 9223372036854775807, 0
    from bad b
    join check_latest l on l.check_id = b.check_id and l.entity = b.entity and l.since < $2
)
select check_id, entity, at, state
from states
where back <= $4
order by worst desc, newest desc, check_id, entity, at, place";

impl Store {
    /// States of the checks and entities that were not well at some time of `[from_ms, to_ms)`, worst first.
    ///
    /// # Errors
    /// When the database does not answer or holds a word this build does not know.
    pub async fn states(
        &self,
        from_ms: i64,
        to_ms: i64,
        limit: i64,
    ) -> Result<Vec<States>, StoreError> {
        let rows: Vec<(String, String, i64, String)> = sqlx::query_as(STATES)
            .bind(from_ms)
            .bind(to_ms)
            .bind(limit)
            .bind(EACH)
            .fetch_all(&self.read)
            .await?;
        let mut all = Vec::<States>::new();
        for (check_id, entity, at, state) in rows {
            let state = word(CheckState::parse(&state), "check state", &state)?;
            let key = (check_id, entity);
            match all.last_mut() {
                Some((last, states)) if *last == key => states.push((at, state)),
                _ => all.push((key, vec![(at, state)])),
            }
        }
        Ok(all)
    }
}
