//! State of the venue.

use std::borrow::Cow;

use serde::Deserialize;

/// The number of the connection beside it is larger than an `i64` may be: it is not read.
#[derive(Debug, Deserialize)]
struct Row<'a> {
    #[serde(borrow)]
    system: Cow<'a, str>,
}

/// Reads the state: `online`, `cancel_only`, `maintenance`, `post_only`.
///
/// ```
/// use server::source::kraken::messages::parse_status;
/// let row = r#"{"api_version":"v2","connection_id":13834774380200032777,"system":"online","version":"2.0.0"}"#;
/// assert_eq!(parse_status(row)?, "online");
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse_status(row: &str) -> Result<String, String> {
    let row: Row<'_> = serde_json::from_str(row).map_err(|error| error.to_string())?;
    Ok(crate::source::message::shortened(&row.system))
}
