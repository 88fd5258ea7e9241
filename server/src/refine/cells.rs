//! Cells of a record with quotes.

use std::borrow::Cow;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::encoding::Encoding;

/// Splits records into cells; buffers are used again.
#[derive(Debug)]
pub struct Cells {
    delimiter: u8,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

/// Cells beyond this are of no interest: the record is broken anyway.
const EXTRA_CELLS: usize = 16;

impl Cells {
    /// For records of about `columns` cells.
    #[must_use]
    pub fn new(delimiter: u8, columns: usize) -> Self {
        Self {
            delimiter,
            bytes: Vec::new(),
            ends: vec![0; columns + EXTRA_CELLS],
        }
    }

    /// Cells of one record, unquoted; what is no UTF-8 is Latin-1 if the whole record looks like it, else
    /// replacement characters.
    pub fn split(&mut self, raw: &[u8]) -> Vec<Cow<'_, str>> {
        let mut reader: Reader = ReaderBuilder::new().delimiter(self.delimiter).build();
        self.bytes.resize(raw.len() + 1, 0);
        let (result, read, written, mut count) =
            reader.read_record(raw, &mut self.bytes, &mut self.ends);
        if matches!(result, ReadRecordResult::InputEmpty) {
            // the end of the input ends the last cell
            let (_, _, _, more) = reader.read_record(
                &raw[read..],
                &mut self.bytes[written..],
                &mut self.ends[count..],
            );
            count += more;
        }
        let encoding = Encoding::of(raw);
        let mut cells = Vec::with_capacity(count);
        let mut start = 0;
        for end in &self.ends[..count] {
            let cell = self.bytes.get(start..*end).unwrap_or_default();
            cells.push(encoding.decode(cell));
            start = *end;
        }
        cells
    }
}
