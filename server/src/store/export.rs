//! Rows to take out: every table that people may want, one row after another.

mod table;

use std::fmt::Write as _;

use futures::TryStreamExt;
use sqlx::{AssertSqlSafe, Row, sqlite::SqliteRow};

pub use self::table::{Cell, Column, Kind, TABLES, Table};
use super::{Store, StoreError};

/// Which rows to take.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// `BTC-USD`
    pub instrument: Option<String>,
    /// `bitfinex`
    pub venue: Option<String>,
    /// Length of a candle in milliseconds.
    pub step_ms: Option<i64>,
    /// First millisecond.
    pub from_ms: Option<i64>,
    /// First millisecond after the last.
    pub to_ms: Option<i64>,
}

impl Store {
    /// Gives every row of a table that passes the filter to `each`, in the order of the table's key. Memory does not grow
    /// with the number of rows. A filter that the table does not know is left out: ask [`Table`] before.
    ///
    /// # Errors
    /// When the database fails, or what `each` fails with.
    pub async fn export<E: From<StoreError>>(
        &self,
        table: &Table,
        filter: &Filter,
        mut each: impl FnMut(&[Cell]) -> Result<(), E>,
    ) -> Result<(), E> {
        let (text, values) = query(table, filter);
        let mut query = sqlx::query(AssertSqlSafe(text));
        for value in values {
            query = match value {
                Value::Text(text) => query.bind(text),
                Value::Integer(number) => query.bind(number),
            };
        }
        let mut rows = query.fetch(&self.read);
        let mut cells = Vec::with_capacity(table.columns.len());
        while let Some(row) = rows.try_next().await.map_err(StoreError::from)? {
            cells.clear();
            for (index, column) in table.columns.iter().enumerate() {
                cells.push(cell(&row, index, column.kind).map_err(StoreError::from)?);
            }
            each(&cells)?;
        }
        Ok(())
    }

    /// Names of all instruments, and of all venues.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn known_names(&self) -> Result<(Vec<String>, Vec<String>), StoreError> {
        let instruments: Vec<(String,)> =
            sqlx::query_as("select symbol from instrument where id <> 0 order by symbol")
                .fetch_all(&self.read)
                .await?;
        let venues: Vec<(String,)> = sqlx::query_as("select name from venue order by name")
            .fetch_all(&self.read)
            .await?;
        let names = |rows: Vec<(String,)>| rows.into_iter().map(|(name,)| name).collect();
        Ok((names(instruments), names(venues)))
    }
}

enum Value {
    Text(String),
    Integer(i64),
}

/// Only the conditions that are asked for, so that the key of the table can be used.
fn query(table: &Table, filter: &Filter) -> (String, Vec<Value>) {
    let mut text = String::from("select ");
    for (index, column) in table.columns.iter().enumerate() {
        let comma = if index > 0 { ", " } else { "" };
        // writing to a string cannot fail
        let _ = write!(text, "{comma}{}", column.expression);
    }
    let _ = write!(text, " from {} where 1 = 1", table.from);
    let mut values = Vec::new();
    let conditions = [
        (table.instrument, filter.instrument.clone().map(Value::Text)),
        (table.venue, filter.venue.clone().map(Value::Text)),
        (table.step, filter.step_ms.map(Value::Integer)),
        (table.after, filter.from_ms.map(Value::Integer)),
        (table.before, filter.to_ms.map(Value::Integer)),
    ];
    for (condition, value) in conditions {
        if let (Some(condition), Some(value)) = (condition, value) {
            values.push(value);
            let place = format!("${}", values.len());
            let _ = write!(text, " and {}", condition.replace('?', &place));
        }
    }
    let _ = write!(text, " order by {}", table.order);
    (text, values)
}

fn cell(row: &SqliteRow, index: usize, kind: Kind) -> Result<Cell, sqlx::Error> {
    Ok(match kind {
        Kind::Integer | Kind::Time => row
            .try_get::<Option<i64>, _>(index)?
            .map_or(Cell::Null, Cell::Integer),
        Kind::Real => row
            .try_get::<Option<f64>, _>(index)?
            .map_or(Cell::Null, Cell::Real),
        Kind::Text => row
            .try_get::<Option<String>, _>(index)?
            .map_or(Cell::Null, Cell::Text),
    })
}
