//! Candles of a stream: those that are forming are shown, those that are final are judged.

use std::collections::BTreeMap;

use app::model::{Candle, Dataset, MINUTE_MS, Pipeline, Reject};

use super::{Applied, Place};
use crate::{
    pipeline::{
        candles::Judging,
        live::{
            candles::{judged, look_at_end, take_candles, take_forming},
            stream::{rows::StreamRows, series::Series},
        },
        refine::Find,
    },
    quality::watch::CandleRules,
    refine::clean::{CandleChunk, CandleRow},
    store::{
        Tx,
        count::{Change, count},
        quarantine::insert_rejects,
    },
};

/// Takes candles. One that is forming counts as repeated: a later row says the same minute again.
pub(super) async fn take(
    tx: &mut Tx,
    series: &Series,
    place: Place<'_>,
    rows: &StreamRows,
    applied: &mut Applied,
) -> anyhow::Result<()> {
    let mut forming: BTreeMap<i64, Candle> = BTreeMap::new();
    let rules = CandleRules::of(place.rules);
    let mut rejects = Vec::new();
    for row in rows.candles.iter().filter(|row| !row.row.is_final) {
        let broken = rules.broken(&row.row, MINUTE_MS, row.received_at);
        if broken.is_empty() {
            forming.insert(row.row.opened_at, row.row);
        } else {
            let (rules, reasons): (Vec<_>, Vec<_>) = broken.into_iter().unzip();
            rejects.push(Reject {
                line_no: row.line_no,
                raw: serde_json::to_string(&row.row)?,
                rules,
                reason: reasons.join("; "),
            });
        }
    }
    for candle in forming.values() {
        applied.candles |=
            take_forming(tx, series.names, place.landing_id, candle, place.now_ms).await?;
    }
    if !rejects.is_empty() {
        let change = Change {
            rows: rejects.len() as i64,
            rejects: rejects.len() as i64,
            newest_at: None,
        };
        applied.counts.quarantined += change.rows;
        insert_rejects(
            tx,
            place.landing_id,
            Dataset::Candle,
            &rejects,
            place.now_ms,
        )
        .await?;
        count(tx, "silver", "quarantine", change, place.now_ms).await?;
    }
    let mut chunk = CandleChunk::default();
    let mut received_at = 0;
    for row in rows.candles.iter().filter(|row| row.row.is_final) {
        // two versions of a minute follow each other: they are no conflict inside one answer
        let last = chunk.rows.last().map(|row| row.candle.opened_at);
        if last.is_some_and(|last| last >= row.row.opened_at) {
            take_final(tx, series, place, &chunk, received_at, applied).await?;
            chunk = CandleChunk::default();
        }
        let start = chunk.raw.len() as u32;
        chunk.raw.extend(serde_json::to_vec(&row.row)?);
        chunk.rows.push(CandleRow {
            line_no: row.line_no,
            candle: row.row,
            raw: (start, chunk.raw.len() as u32),
        });
        received_at = row.received_at;
    }
    if chunk.rows.is_empty() {
        return Ok(());
    }
    take_final(tx, series, place, &chunk, received_at, applied).await
}

async fn take_final(
    tx: &mut Tx,
    series: &Series,
    place: Place<'_>,
    chunk: &CandleChunk,
    received_at: i64,
    applied: &mut Applied,
) -> anyhow::Result<()> {
    let landing = (place.landing_id, received_at);
    let mut work = take_candles(
        tx,
        series.names,
        Judging::new(place.rules.clone(), place.venue, Pipeline::Live)
            .without(place.excluded.to_vec()),
        landing,
        chunk,
        &Find::Run(chunk),
        place.now_ms,
    )
    .await?;
    look_at_end(tx, series.names, &mut work, received_at).await?;
    applied.counts.accepted += work.counts.accepted;
    applied.counts.quarantined += work.counts.quarantined;
    for at in work
        .range
        .into_iter()
        .flat_map(|(first, last)| [first, last])
    {
        applied.stretch(at);
    }
    applied.outcomes = judged(&series.entity(), &work);
    applied.candles = true;
    Ok(())
}
