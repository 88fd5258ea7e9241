//! What one connection received and has not handed over.

use std::sync::Arc;

use crate::{
    pipeline::live::stream::{
        batch::{Batch, StreamSource},
        line::Line,
        refiner::Refiner,
    },
    source::{
        message::MessageError,
        session::{FrameFacts, StreamEvent},
    },
};

/// Lines of a connection and its refiner.
#[derive(Debug)]
pub struct Buffer {
    pub refiner: Refiner,
    pub lines: Vec<Line>,
    pub bytes: usize,
    /// Its quotes, books and candles count.
    pub leads: bool,
    number: u64,
}

impl Buffer {
    /// Of a connection of this number, which has just been opened.
    pub const fn new(refiner: Refiner, number: u64) -> Self {
        Self {
            refiner,
            lines: Vec::new(),
            bytes: 0,
            leads: false,
            number,
        }
    }

    /// Reads a line and keeps it, in shape or not.
    pub fn keep(
        &mut self,
        line: Line,
        events: &mut Vec<StreamEvent>,
    ) -> Result<FrameFacts, MessageError> {
        let read = self.refiner.line(&line, events);
        self.bytes += line.text.len();
        self.lines.push(line);
        read
    }

    /// Keeps a line that says nothing to the session.
    pub fn tell(&mut self, line: Line) {
        // only frames and answers can be out of shape
        let _ = self.keep(line, &mut Vec::new());
    }

    /// What there is to hand over, if anything.
    pub fn batch(&mut self, source: &Arc<StreamSource>) -> Option<Batch> {
        if self.lines.is_empty() {
            return None;
        }
        let rows = self.refiner.take();
        Some(self.batch_of(source, rows))
    }

    /// The last of it.
    pub fn finish(mut self, source: &Arc<StreamSource>) -> Batch {
        let rows = self.refiner.finish();
        self.batch_of(source, rows)
    }

    fn batch_of(
        &mut self,
        source: &Arc<StreamSource>,
        rows: crate::pipeline::live::stream::rows::StreamRows,
    ) -> Batch {
        self.bytes = 0;
        Batch {
            source: Arc::clone(source),
            connection: self.number,
            leader: self.leads,
            lines: std::mem::take(&mut self.lines),
            rows,
        }
    }
}
