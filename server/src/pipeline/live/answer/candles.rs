//! Candles.

use anyhow::Context;
use app::model::{MINUTE_MS, Pipeline, Step};

use super::{Feed, Place, Refined, Taken, broken};
use crate::{
    pipeline::{
        candles::Judging,
        live::{
            candles::{judged, look_at_end, take_candles},
            poll::next_page,
        },
        refine::Find,
    },
    quality::rule::Kind,
    refine::clean::{CandleChunk, CandleRow},
    source::message::ParsedCandles,
    store::{Tx, names::names},
};

/// The last candle of an answer is still forming at the venue, unless our clock is further ahead than this.
const LAST_SETTLES_MS: i64 = 30_000;

pub(super) async fn candles(
    tx: &mut Tx,
    feed: &Feed,
    body: &[u8],
    place: Place<'_>,
) -> anyhow::Result<Refined> {
    let history = feed.source.client.history(Step::ALL[0]);
    let history = history.context("the venue has no one-minute candles")?;
    let parsed = match history.read(body, place.received_at) {
        Ok(parsed) => parsed,
        Err(error) => return Ok(broken(&error)),
    };
    let chunk = chunk_of(parsed, MINUTE_MS, place.received_at);
    let served: Vec<i64> = chunk.rows.iter().map(|row| row.candle.opened_at).collect();
    let newest = served.iter().max().copied();
    let asked = feed.asked;
    let is_last = asked.is_none_or(|asked| next_page(&*history, asked, newest).is_none());
    let names = names(tx, &feed.source.instrument, &feed.source.name).await?;
    let judging = Judging::new(place.rules.clone(), &feed.source.name, Pipeline::Live)
        .without(place.excluded.to_vec());
    let landing = (place.landing_id, place.received_at);
    let mut work = take_candles(
        tx,
        names,
        judging,
        landing,
        &chunk,
        &Find::Chunk(&chunk),
        place.now_ms,
    )
    .await?;
    if is_last {
        look_at_end(tx, names, &mut work, place.received_at).await?;
    }
    let mut outcomes = judged(&feed.entity, &work);
    if !is_last {
        // nothing is missing so far: whether that stays so is for the last page to say, or an alert would flap
        let is_gap = |id| {
            place
                .rules
                .get(id)
                .is_some_and(|rule| rule.kind == Kind::Gap)
        };
        outcomes.retain(|outcome| outcome.failed > 0 || !is_gap(outcome.check_id));
    }
    Ok(Refined {
        counts: work.counts,
        range: work.range,
        outcomes,
        taken: Taken {
            candles: true,
            served: Some(served),
            ..Taken::default()
        },
    })
}

/// The rows of an answer that came at `received_at`, as files bring them.
pub fn chunk_of(parsed: ParsedCandles, step_ms: i64, received_at: i64) -> CandleChunk {
    let mut chunk = CandleChunk {
        rejects: parsed.rejects,
        ..CandleChunk::default()
    };
    for row in parsed.candles {
        let start = chunk.raw.len() as u32;
        chunk.raw.extend_from_slice(row.raw.as_bytes());
        chunk.rows.push(CandleRow {
            line_no: row.line_no,
            candle: row.candle,
            raw: (start, chunk.raw.len() as u32),
        });
    }
    if let Some(last) = chunk.rows.last_mut() {
        let closed_at = last.candle.opened_at.saturating_add(step_ms);
        last.candle.is_final &= closed_at < received_at - LAST_SETTLES_MS;
    }
    chunk
}
