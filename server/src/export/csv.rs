//! Comma-separated values: times as milliseconds, numbers with all their digits, nothing as an empty cell.

use std::io::Write;

use super::WriteError;
use crate::store::export::{Cell, Column};

/// A CSV file being written.
pub struct CsvRows<W: Write> {
    writer: csv::Writer<W>,
}

impl<W: Write> std::fmt::Debug for CsvRows<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CsvRows").finish_non_exhaustive()
    }
}

impl<W: Write> CsvRows<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn begin(to: W, columns: &[Column]) -> Result<Self, WriteError> {
        let mut writer = csv::Writer::from_writer(to);
        writer
            .write_record(columns.iter().map(|column| column.name))
            .map_err(io)?;
        Ok(Self { writer })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn push(&mut self, cells: &[Cell]) -> Result<(), WriteError> {
        for cell in cells {
            match cell {
                Cell::Null => self.writer.write_field(""),
                Cell::Integer(number) => self.writer.write_field(number.to_string()),
                Cell::Real(number) => self.writer.write_field(number.to_string()),
                Cell::Text(text) => self.writer.write_field(text),
            }
            .map_err(io)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(io)?;
        Ok(())
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<(), WriteError> {
        Ok(self.writer.flush()?)
    }
}

fn io(error: csv::Error) -> std::io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => std::io::Error::other(format!("{other:?}")),
    }
}
