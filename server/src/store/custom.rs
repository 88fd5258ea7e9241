//! Queries that people write into rules: they can read the database and do nothing else, and not for long.
//!
//! `SQLite` only: a connection of its own, opened for reading, with an authorizer that lets nothing but reading through,
//! bounds on the size of every value, and a look at the clock every thousand steps.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use rusqlite::{
    Connection, OpenFlags,
    hooks::{AuthAction, AuthContext, Authorization},
    limits::Limit,
    types::ValueRef,
};

use super::StoreError;

/// Rows that are counted; nobody reads more.
const MOST_ROWS: i64 = 10_000;
/// Columns of the answer.
const MOST_COLUMNS: usize = 32;
/// Characters of a cell.
const MOST_CHARS: usize = 400;
/// Longest text of a query, and largest value inside it, in bytes.
const MOST_SQL: i32 = 64 * 1024;
const MOST_VALUE: i32 = 1024 * 1024;
/// Steps of `SQLite`'s machine between two looks at the clock.
const STEPS: i32 = 1000;
/// Kilobytes of pages a query may keep.
const CACHE: i64 = -4096;

/// What a query gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// Names of its columns.
    pub columns: Vec<String>,
    /// The first rows as text.
    pub rows: Vec<Vec<String>>,
    /// Rows in all, at most 10,000.
    pub count: i64,
}

/// What a query may refer to.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// One `select`.
    pub query: &'a str,
    /// `:from_ms`
    pub from_ms: i64,
    /// `:now_ms`
    pub now_ms: i64,
    /// Longest run.
    pub timeout: Duration,
    /// Rows of the answer that are kept.
    pub rows: usize,
}

/// Asks it of a database file.
///
/// # Errors
/// When the query is none, is not a single one, wants to do more than read, takes too long or fails.
pub fn ask(file: &Path, asked: Asked<'_>) -> Result<Answer, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(Duration::from_secs(1))?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cache_size", CACHE)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MOST_VALUE)?;
    connection.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, MOST_SQL)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    connection.set_limit(Limit::SQLITE_LIMIT_WORKER_THREADS, 0)?;
    let end = Instant::now() + asked.timeout;
    connection.progress_handler(STEPS, Some(move || Instant::now() >= end))?;
    connection.authorizer(Some(only_reading))?;
    let answer = run(&connection, asked);
    match answer {
        Err(StoreError::Load(error))
            if error.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted) =>
        {
            let seconds = asked.timeout.as_secs_f64();
            Err(StoreError::Value(format!(
                "the query was stopped after {seconds} s: make it cheaper, or give it a longer timeout"
            )))
        }
        other => other,
    }
}

fn only_reading(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => {
            Authorization::Allow
        }
        AuthAction::Function { function_name } if function_name != "load_extension" => {
            Authorization::Allow
        }
        _ => Authorization::Deny,
    }
}

fn run(connection: &Connection, asked: Asked<'_>) -> Result<Answer, StoreError> {
    // gives an error where there is more than one statement, or none
    let mut statement = connection.prepare(asked.query)?;
    if !statement.readonly() || statement.column_count() == 0 {
        return Err(StoreError::Value("the query is no select".to_owned()));
    }
    if statement.column_count() > MOST_COLUMNS {
        return Err(StoreError::Value(format!(
            "the query has more than {MOST_COLUMNS} columns: name those that show the problem"
        )));
    }
    for (name, value) in [(":from_ms", asked.from_ms), (":now_ms", asked.now_ms)] {
        if let Some(index) = statement.parameter_index(name)? {
            statement.raw_bind_parameter(index, value)?;
        }
    }
    let columns: Vec<String> = statement.column_names().into_iter().map(cut).collect();
    let mut answer = Answer {
        columns,
        ..Answer::default()
    };
    let width = answer.columns.len();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        answer.count += 1;
        if answer.rows.len() < asked.rows {
            let cells: Result<Vec<String>, rusqlite::Error> = (0..width)
                .map(|index| Ok(text(row.get_ref(index)?)))
                .collect();
            answer.rows.push(cells?);
        }
        if answer.count >= MOST_ROWS {
            break;
        }
    }
    Ok(answer)
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "–".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) => cut(&String::from_utf8_lossy(bytes)),
        ValueRef::Blob(bytes) => format!("{} bytes", bytes.len()),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(MOST_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Database(tempfile::TempDir);

    impl Database {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let file = Connection::open(folder.path().join("a.db")).unwrap();
            file.execute_batch(
                "pragma journal_mode = wal; create table t (a integer, b text);
                 insert into t values (1, 'one'), (2, 'two'), (3, null);",
            )
            .unwrap();
            Self(folder)
        }

        fn ask(&self, query: &str) -> Result<Answer, StoreError> {
            let asked = Asked {
                query,
                from_ms: 2,
                now_ms: 3,
                timeout: Duration::from_millis(300),
                rows: 2,
            };
            ask(&self.0.path().join("a.db"), asked)
        }
    }

    #[test]
    fn rows_are_counted_and_the_first_ones_kept() {
        let database = Database::new();
        let all = database.ask("select a, b from t order by a").unwrap();
        assert_eq!(all.columns, ["a", "b"]);
        assert_eq!(all.rows, [["1", "one"], ["2", "two"]]);
        assert_eq!(all.count, 3);
        let some = database
            .ask("select b from t where a between :from_ms and :now_ms order by a")
            .unwrap();
        assert_eq!(some.rows, [["two"], ["–"]]);
        let with = "with x as (select a from t) select count(*), upper('x') from x";
        assert_eq!(database.ask(with).unwrap().rows, [["3", "X"]]);
        assert_eq!(
            database.ask("select a from t where a > 9").unwrap().count,
            0
        );
    }

    #[test]
    fn nothing_but_reading_is_possible() {
        let database = Database::new();
        let other = database.0.path().join("other.db");
        let attach = format!("attach '{}' as o", other.display());
        let into = format!("vacuum into '{}'", other.display());
        for query in [
            "insert into t values (4, 'four')",
            "insert into t values (4, 'four') returning a",
            "update t set a = 0 returning a",
            "delete from t returning a",
            "drop table t",
            "create table u (a)",
            "create temp table u (a)",
            "create temp view v as select 1",
            "pragma user_version",
            "pragma query_only = off",
            "select * from pragma_database_list",
            "begin",
            "select 1; drop table t",
            "select 1; select 2",
            "",
            "analyze",
            "reindex",
            "vacuum",
            "select load_extension('x')",
            &attach,
            &into,
        ] {
            assert!(database.ask(query).is_err(), "{query}");
        }
        assert!(!other.exists());
        assert_eq!(database.ask("select a from t").unwrap().count, 3);
    }

    #[test]
    fn it_cannot_hang_or_fill_the_memory() {
        let database = Database::new();
        let begun = Instant::now();
        let endless =
            "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n";
        let said = database.ask(endless).unwrap_err().to_string();
        assert!(said.contains("stopped after 0.3 s"), "{said}");
        assert!(begun.elapsed() < Duration::from_secs(5));
        assert!(database.ask("select zeroblob(500000000)").is_err());
        assert!(database.ask("select hex(zeroblob(900000))").is_err());
        let many =
            "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n";
        assert_eq!(database.ask(many).unwrap().count, MOST_ROWS);
        assert_eq!(
            database
                .ask("select replace(hex(zeroblob(2000)), '0', 'é')")
                .unwrap()
                .rows[0][0]
                .chars()
                .count(),
            MOST_CHARS
        );
    }
}
