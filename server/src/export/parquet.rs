//! Parquet: row groups of bounded size, zstd, times as `TIMESTAMP(MILLIS, UTC)`.

use std::{io::Write, sync::Arc};

use parquet::{
    basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel},
    data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type},
    errors::ParquetError,
    file::{properties::WriterProperties, writer::SerializedFileWriter},
    schema::types::Type,
};

use super::WriteError;
use crate::store::export::{Cell, Column, Kind};

/// A row group ends with so many rows, or so many bytes of text.
const GROUP_ROWS: usize = 65_536;
const GROUP_BYTES: usize = 16 << 20;

/// A Parquet file being written.
pub struct ParquetRows<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    buffers: Vec<Buffer>,
    rows: usize,
    bytes: usize,
}

impl<W: Write + Send> std::fmt::Debug for ParquetRows<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParquetRows")
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

/// Values of one column of the row group, and 1 or 0 for each row: there or not.
struct Buffer {
    values: Values,
    defined: Vec<i16>,
}

enum Values {
    Integer(Vec<i64>),
    Real(Vec<f64>),
    Text(Vec<ByteArray>),
}

impl<W: Write + Send> ParquetRows<W> {
    /// Writes the beginning of the file.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn begin(to: W, columns: &[Column]) -> Result<Self, WriteError> {
        let fields = columns
            .iter()
            .map(|column| Ok(Arc::new(field(column)?)))
            .collect::<Result<Vec<_>, ParquetError>>()?;
        let schema = Type::group_type_builder("rows")
            .with_fields(fields)
            .build()?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
            .set_created_by(concat!("assay ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let buffer = |column: &Column| Buffer {
            values: match column.kind {
                Kind::Integer | Kind::Time => Values::Integer(Vec::new()),
                Kind::Real => Values::Real(Vec::new()),
                Kind::Text => Values::Text(Vec::new()),
            },
            defined: Vec::new(),
        };
        Ok(Self {
            writer: SerializedFileWriter::new(to, Arc::new(schema), Arc::new(properties))?,
            buffers: columns.iter().map(buffer).collect(),
            rows: 0,
            bytes: 0,
        })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When a full row group cannot be written, or a cell is not of its column's type.
    pub fn push(&mut self, cells: &[Cell]) -> Result<(), WriteError> {
        for (buffer, cell) in self.buffers.iter_mut().zip(cells) {
            match (&mut buffer.values, cell) {
                (_, Cell::Null) => {
                    buffer.defined.push(0);
                    continue;
                }
                (Values::Integer(values), Cell::Integer(value)) => values.push(*value),
                (Values::Real(values), Cell::Real(value)) => values.push(*value),
                (Values::Text(values), Cell::Text(text)) => {
                    self.bytes += text.len();
                    values.push(text.as_str().into());
                }
                _ => {
                    return Err(ParquetError::General(format!(
                        "{cell:?} is not of its column's type"
                    ))
                    .into());
                }
            }
            buffer.defined.push(1);
        }
        self.rows += 1;
        if self.rows >= GROUP_ROWS || self.bytes >= GROUP_BYTES {
            self.write_group()?;
        }
        Ok(())
    }

    fn write_group(&mut self) -> Result<(), WriteError> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for buffer in &mut self.buffers {
            let Some(mut column) = group.next_column()? else {
                break;
            };
            let defined = Some(buffer.defined.as_slice());
            match &mut buffer.values {
                Values::Integer(values) => {
                    column
                        .typed::<Int64Type>()
                        .write_batch(values, defined, None)?;
                    values.clear();
                }
                Values::Real(values) => {
                    column
                        .typed::<DoubleType>()
                        .write_batch(values, defined, None)?;
                    values.clear();
                }
                Values::Text(values) => {
                    column
                        .typed::<ByteArrayType>()
                        .write_batch(values, defined, None)?;
                    values.clear();
                }
            }
            column.close()?;
            buffer.defined.clear();
        }
        group.close()?;
        self.rows = 0;
        self.bytes = 0;
        Ok(())
    }

    /// Writes what is left and the end of the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<(), WriteError> {
        self.write_group()?;
        // not `close`: that would keep the file
        self.writer.finish()?;
        Ok(self.writer.inner_mut().flush()?)
    }
}

fn field(column: &Column) -> Result<Type, ParquetError> {
    let (physical, logical) = match column.kind {
        Kind::Integer => (Physical::INT64, None),
        Kind::Time => (
            Physical::INT64,
            Some(LogicalType::Timestamp {
                is_adjusted_to_u_t_c: true,
                unit: TimeUnit::MILLIS,
            }),
        ),
        Kind::Real => (Physical::DOUBLE, None),
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
    };
    Type::primitive_type_builder(column.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical)
        .build()
}
