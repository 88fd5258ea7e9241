//! `/fng/`.

use app::model::{Mood, Reject};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::source::{
    message::{MessageError, read, shortened},
    number::not_negative,
    stamp::required,
};

const WHAT: &str = "a list of moods";
/// What a row that cannot be read breaks.
const RULE: &str = "feed.contract";
/// Days since 2018, for a century.
const MAX_ROWS: usize = 40_000;
/// `Extreme Greed` is the longest label.
const MAX_LABEL: usize = 40;
/// The publisher's clock may be this far ahead of ours.
const MAX_AHEAD_MS: i64 = 60_000;

/// Moods of an answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ParsedMoods {
    /// Rows that could be read.
    pub moods: Vec<Mood>,
    /// Rows that could not.
    pub rejects: Vec<Reject>,
}

#[derive(Debug, Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
struct Row {
    value: String,
    value_classification: String,
    timestamp: String,
}

/// Reads an answer that came at `received_at`.
///
/// ```
/// use server::source::feargreed::messages::parse_moods;
/// let body = br#"{"name":"Fear and Greed Index","data":[{"value":"47","value_classification":"Neutral",
///     "timestamp":"1777248000","time_until_update":"68499"}],"metadata":{"error":null}}"#;
/// let parsed = parse_moods(body, 1_777_300_000_000)?;
/// assert_eq!((parsed.moods[0].value, &*parsed.moods[0].label), (47.0, "Neutral"));
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// # Errors
/// When the whole is not JSON, an error of the publisher, or no such list. A row that is wrong is a reject.
pub fn parse_moods(body: &[u8], received_at: i64) -> Result<ParsedMoods, MessageError> {
    let rows = read::<Body<'_>>(body, WHAT, parse_error)?.data;
    if let Some(error) = parse_error(body) {
        return Err(error);
    }
    if rows.len() > MAX_ROWS {
        return Err(MessageError::Contract {
            what: WHAT,
            reason: format!("{} rows, more than {MAX_ROWS}", rows.len()),
        });
    }
    let mut parsed = ParsedMoods::default();
    for (line_no, row) in (1..).zip(rows) {
        match mood(row.get(), received_at) {
            Ok(mood) => parsed.moods.push(mood),
            Err(reason) => parsed.rejects.push(Reject {
                line_no,
                raw: row.get().to_owned(),
                rules: vec![RULE],
                reason,
            }),
        }
    }
    Ok(parsed)
}

fn mood(row: &str, received_at: i64) -> Result<Mood, String> {
    let row: Row = serde_json::from_str(row).map_err(|error| error.to_string())?;
    let seconds: i64 = (row.timestamp.parse())
        .map_err(|_| format!("timestamp: {:?} is no time", shortened(&row.timestamp)))?;
    let observed_at = required(seconds.saturating_mul(1_000))?;
    if observed_at > received_at.saturating_add(MAX_AHEAD_MS) {
        return Err(format!("timestamp: {seconds} lies behind its receipt"));
    }
    let value = not_negative(&row.value).map_err(|reason| format!("value: {reason}"))?;
    if value > 100.0 {
        return Err(format!("value: {value} is above 100"));
    }
    let label = row.value_classification.trim();
    if label.is_empty() || label.len() > MAX_LABEL || label.chars().any(char::is_control) {
        return Err("value_classification is no label".to_owned());
    }
    Ok(Mood {
        observed_at,
        value,
        label: label.to_owned(),
    })
}

/// `{"metadata":{"error":"…"}}`
#[derive(Debug, Deserialize)]
struct ErrorBody {
    metadata: Metadata,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    error: Option<String>,
}

fn parse_error(body: &[u8]) -> Option<MessageError> {
    let words = serde_json::from_slice::<ErrorBody>(body)
        .ok()?
        .metadata
        .error?;
    Some(MessageError::Venue {
        code: 0,
        msg: shortened(&words),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_777_300_000_000;
    const ROW: &str = r#"{"value":"47","value_classification":"Neutral","timestamp":"1777248000","time_until_update":"1"}"#;

    #[test]
    fn broken_rows_are_rejected_and_the_others_kept() {
        for (from, to) in [
            ("\"47\"", "\"147\""),
            ("\"47\"", "\"-1\""),
            ("\"47\"", "47"),
            ("Neutral", ""),
            ("1777248000", "1877248000"),
            ("1777248000", "04-27-2026"),
            ("timestamp", "time"),
        ] {
            let broken = ROW.replace(from, to);
            let body = format!(r#"{{"data":[{ROW},{broken}],"metadata":{{"error":null}}}}"#);
            let parsed = parse_moods(body.as_bytes(), NOW).unwrap();
            assert_eq!((parsed.moods.len(), parsed.rejects.len()), (1, 1), "{to}");
            assert_eq!(parsed.rejects[0].raw, broken);
        }
    }

    #[test]
    fn errors_are_told() {
        let error = parse_moods(
            br#"{"data":[],"metadata":{"error":"too many requests"}}"#,
            NOW,
        );
        assert!(matches!(error, Err(MessageError::Venue { .. })));
        assert!(parse_moods(b"<html>", NOW).is_err());
        assert!(parse_moods(br#"{"data":{}}"#, NOW).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(at in 0_usize..200, byte: u8) {
            let mut body = format!(r#"{{"data":[{ROW}],"metadata":{{"error":null}}}}"#).into_bytes();
            let place = at % body.len();
            body[place] = byte;
            if let Ok(parsed) = parse_moods(&body, NOW) {
                proptest::prop_assert!(parsed.moods.iter().all(|mood| (0.0..=100.0).contains(&mood.value)));
            }
        }
    }
}
