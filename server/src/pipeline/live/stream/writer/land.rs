//! Bronze: the run of a connection as one landing, a part for each batch.

use app::model::{Counts, Dataset, LandingState, Pipeline};
use sha2::{Digest, Sha256};

use crate::{
    pipeline::live::stream::{
        batch::Batch,
        conflated_words,
        line::{Line, LineKind},
        run::{BatchMark, Turn, encode},
    },
    source::venue::protocol,
    store::{
        NewLanding, Part, Tx,
        count::{Change, count},
        landing::{insert_landing, insert_part},
        stream::{RunGrowth, close_run, grow_run},
    },
};

/// Beginning of the format of a run; the protocol follows.
pub const FORMAT: &str = "stream:";

/// A run that is open.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) landing_id: i64,
    part_no: i64,
    /// Of all bytes so far.
    hash: Sha256,
    lines: i64,
    /// The state it begins with, until it is written.
    state: Option<Line>,
    conflated: i64,
}

impl Run {
    pub(super) async fn begin(tx: &mut Tx, batch: &Batch, state: &str) -> anyhow::Result<Self> {
        let at = batch.lines.first().map_or(0, |line| line.at);
        let new = NewLanding {
            pipeline: Pipeline::Live,
            venue: &batch.source.venue,
            dataset: Dataset::Trade,
            instrument: &batch.source.instrument,
            origin: &batch.source.url,
            format: &format!("{FORMAT}{}", protocol(&batch.source.venue)),
            received_at: at,
            sha256: "",
            bytes: 0,
        };
        let landing_id = insert_landing(tx, &new, LandingState::Refining).await?;
        let change = Change {
            rows: 1,
            rejects: 0,
            newest_at: Some(at),
        };
        count(tx, "bronze", "landing", change, at).await?;
        Ok(Self {
            landing_id,
            part_no: 0,
            hash: Sha256::new(),
            lines: 0,
            state: Some(Line {
                at,
                kind: LineKind::State,
                text: state.to_owned(),
            }),
            conflated: 0,
        })
    }

    /// Adds the lines of a batch and its rows to the books.
    pub(super) async fn append(
        &mut self,
        tx: &mut Tx,
        batch: &Batch,
        turn: Turn,
        counts: &Counts,
        range: Option<(i64, i64)>,
    ) -> anyhow::Result<()> {
        let at = batch.lines.first().map_or(0, |line| line.at);
        let mark = BatchMark {
            turn,
            leader: batch.leader,
            ends: batch.rows.ends,
        };
        let mut text =
            Vec::with_capacity(batch.lines.iter().map(|line| line.text.len() + 32).sum());
        if let Some(state) = self.state.take() {
            encode(&mut text, &state);
        }
        encode(&mut text, &mark.line(at));
        for line in &batch.lines {
            encode(&mut text, line);
        }
        self.hash.update(&text);
        let rows = batch.lines.len() as i64;
        let part = Part {
            part_no: self.part_no,
            first_line: self.lines + 1,
            rows,
            codec: "zstd",
            body: zstd::bulk::compress(&text, 1)?,
        };
        insert_part(tx, self.landing_id, &part).await?;
        self.part_no += 1;
        self.lines += rows;
        self.conflated += batch.rows.conflated;
        let detail = conflated_words(self.conflated);
        let growth = RunGrowth {
            sha256: &hex::encode(self.hash.clone().finalize()),
            bytes: text.len() as i64,
            counts: *counts,
            range,
            detail: &detail,
        };
        Ok(grow_run(tx, self.landing_id, &growth).await?)
    }

    pub(super) async fn close(&self, tx: &mut Tx, now_ms: i64) -> anyhow::Result<()> {
        Ok(close_run(tx, self.landing_id, now_ms).await?)
    }
}
