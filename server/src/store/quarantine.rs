//! Rows that broke a hard rule.

mod history;

use std::sync::LazyLock;

use app::model::{Dataset, Reject};

use super::{StoreError, Tx, bulk::values};

pub use self::history::{
    QuarantineEvent, QuarantineFilter, Quarantined, add_to_landing, insert_event, move_row,
    row_of_event,
};

const ROWS: usize = 200;

/// True for what may be the name of a rule: then it can stand in a pattern.
#[must_use]
pub fn is_rule_id(text: &str) -> bool {
    let is_part =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    !text.is_empty() && text.len() <= 100 && text.bytes().all(is_part)
}

fn text(rows: usize) -> String {
    format!(
        "insert into quarantine (landing_id, line_no, dataset, raw, rules, reason, seen_at) values {}",
        values(rows, &["$1", "?", "$2", "?", "?", "?", "$3"])
    )
}

static MANY: LazyLock<String> = LazyLock::new(|| text(ROWS));
static ONE: LazyLock<String> = LazyLock::new(|| text(1));

/// Sets rows apart.
///
/// # Errors
/// When the database fails.
pub async fn insert_rejects(
    tx: &mut Tx,
    landing_id: i64,
    dataset: Dataset,
    rejects: &[Reject],
    now_ms: i64,
) -> Result<(), StoreError> {
    let mut rest = rejects;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(if rest.len() >= ROWS { ROWS } else { 1 });
        rest = later;
        let text: &'static str = if now.len() == ROWS { &MANY } else { &ONE };
        let mut query = sqlx::query(text);
        for reject in now {
            query = query
                .bind(reject.line_no)
                .bind(&reject.raw)
                .bind(serde_json::to_string(&reject.rules)?)
                .bind(&reject.reason);
        }
        query
            .bind(landing_id)
            .bind(dataset.as_str())
            .bind(now_ms)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// Forgets the rows of a landing that is refined anew; gives their number.
///
/// # Errors
/// When the database fails.
pub async fn delete_rejects(tx: &mut Tx, landing_id: i64) -> Result<i64, StoreError> {
    let done = sqlx::query("delete from quarantine where landing_id = $1")
        .bind(landing_id)
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() as i64)
}
