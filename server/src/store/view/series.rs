//! Which series there are.

use app::model::SeriesVm;

use crate::store::{Store, StoreError};

/// Numbers of an instrument and a venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SeriesKey {
    /// `instrument.id`
    pub instrument_id: i64,
    /// `venue.id`
    pub venue_id: i64,
}

/// A series and the numbers to ask for its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesRow {
    /// Numbers of its instrument and venue.
    pub key: SeriesKey,
    /// What the page shows of it.
    pub vm: SeriesVm,
}

#[derive(sqlx::FromRow)]
struct StepRow {
    instrument_id: i64,
    venue_id: i64,
    instrument: String,
    venue: String,
    simulated: i64,
    step_ms: i64,
    first_at: i64,
    last_at: i64,
    version: i64,
    live: i64,
}

/// "Live" looks at the last hour of the series' own data, not of the clock: a feed that fell silent stays live.
pub(super) const STEPS: &str = "
select s.instrument_id, s.venue_id, i.symbol as instrument, v.name as venue, cast(v.simulated as bigint) as simulated,
    s.step_ms, s.first_at, s.last_at, s.version,
    cast(case when exists (
        select 1 from silver_candle c
        where c.instrument_id = s.instrument_id and c.venue_id = s.venue_id and c.pipeline = 'live'
            and c.step_ms = s.step_ms and c.opened_at >= s.last_at - 3600000
    ) then 1 else 0 end as bigint) as live
from series s
join instrument i on i.id = s.instrument_id
join venue v on v.id = s.venue_id
where s.rows > 0
order by s.instrument_id, s.venue_id, s.step_ms";

impl Store {
    /// Numbers of an instrument and a venue, whether they have candles or not.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn numbers(
        &self,
        instrument: &str,
        venue: &str,
    ) -> Result<Option<SeriesKey>, StoreError> {
        let row: Option<(i64, i64)> = sqlx::query_as(
            "select i.id, v.id from instrument i cross join venue v where i.symbol = $1 and v.name = $2",
        )
        .bind(instrument)
        .bind(venue)
        .fetch_optional(&self.read)
        .await?;
        Ok(row.map(|(instrument_id, venue_id)| SeriesKey {
            instrument_id,
            venue_id,
        }))
    }

    /// Every series with rows: live ones first, then real before simulated, then the newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn series(&self) -> Result<Vec<SeriesRow>, StoreError> {
        let rows: Vec<StepRow> = sqlx::query_as(STEPS).fetch_all(&self.read).await?;
        let mut series = Vec::<SeriesRow>::new();
        for row in rows {
            let key = SeriesKey {
                instrument_id: row.instrument_id,
                venue_id: row.venue_id,
            };
            match series.last_mut() {
                Some(last) if last.key == key => last.add(&row),
                _ => series.push(SeriesRow::new(key, row)),
            }
        }
        series.sort_by_key(|row| {
            (
                !row.vm.live,
                row.vm.simulated,
                std::cmp::Reverse(row.vm.last_at),
            )
        });
        Ok(series)
    }
}

impl SeriesRow {
    fn new(key: SeriesKey, row: StepRow) -> Self {
        Self {
            key,
            vm: SeriesVm {
                instrument: row.instrument,
                venue: row.venue,
                simulated: row.simulated != 0,
                live: row.live != 0,
                finest_step_ms: row.step_ms,
                first_at: row.first_at,
                last_at: row.last_at,
                version: row.version,
            },
        }
    }

    fn add(&mut self, row: &StepRow) {
        self.vm.live |= row.live != 0;
        self.vm.last_at = self.vm.last_at.max(row.last_at);
        // a sum, since a change of any step must change it
        self.vm.version = self.vm.version.saturating_add(row.version);
        // a bucket begins before its first candle: only one that ends before the first candle shows older data
        if row.first_at.saturating_add(row.step_ms) <= self.vm.first_at {
            self.vm.first_at = row.first_at;
        }
    }
}
