//! Rows into files: CSV and Parquet, in bounded memory.

mod csv;
mod file;
mod parquet;

use std::io::Write;

pub use self::{csv::CsvRows, file::AtomicFile, parquet::ParquetRows};
use crate::store::export::{Cell, Column};

/// Why rows could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file or pipe failed.
    #[error("cannot write: {0}")]
    Io(#[from] std::io::Error),
    /// The rows do not fit the format.
    #[error("cannot write parquet: {0}")]
    Parquet(#[from] ::parquet::errors::ParquetError),
}

impl WriteError {
    /// True if whoever read the output has stopped reading, as `head` does.
    #[must_use]
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == std::io::ErrorKind::BrokenPipe)
    }
}

/// Rows on their way into a file.
#[derive(Debug)]
pub enum Rows<W: Write + Send> {
    /// Comma-separated values.
    Csv(CsvRows<W>),
    /// Parquet.
    Parquet(ParquetRows<W>),
}

impl<W: Write + Send> Rows<W> {
    /// Begins a file of comma-separated values with a header.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn csv(to: W, columns: &[Column]) -> Result<Self, WriteError> {
        Ok(Self::Csv(CsvRows::begin(to, columns)?))
    }

    /// Begins a Parquet file.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn parquet(to: W, columns: &[Column]) -> Result<Self, WriteError> {
        Ok(Self::Parquet(ParquetRows::begin(to, columns)?))
    }

    /// Adds a row: a cell for each column.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn push(&mut self, cells: &[Cell]) -> Result<(), WriteError> {
        match self {
            Self::Csv(rows) => rows.push(cells),
            Self::Parquet(rows) => rows.push(cells),
        }
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> Result<(), WriteError> {
        match self {
            Self::Csv(rows) => rows.finish(),
            Self::Parquet(rows) => rows.finish(),
        }
    }
}
