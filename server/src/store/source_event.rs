//! What happened to sources.

use app::model::{SourceEventKind, SourceEventVm};

use super::{StoreError, Tx};

/// Notes an event of a source.
///
/// # Errors
/// When the database fails.
pub async fn insert_source_event(
    tx: &mut Tx,
    (instrument, venue): (&str, &str),
    kind: SourceEventKind,
    detail: &str,
    at: i64,
) -> Result<SourceEventVm, StoreError> {
    let (id,): (i64,) = sqlx::query_as(
        "insert into source_event (at, instrument, venue, kind, detail) values ($1, $2, $3, $4, $5) returning id",
    )
    .bind(at)
    .bind(instrument)
    .bind(venue)
    .bind(kind.as_str())
    .bind(detail)
    .fetch_one(&mut **tx)
    .await?;
    Ok(SourceEventVm {
        id,
        at,
        instrument: instrument.to_owned(),
        venue: venue.to_owned(),
        kind,
        detail: detail.to_owned(),
    })
}
