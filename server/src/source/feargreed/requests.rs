//! URLs of the questions.

/// The key-free interface.
pub const BASE_URL: &str = "https://api.alternative.me/fng/";

/// The newest `days` values; 0: all since 2018.
#[must_use]
pub fn index(base_url: &str, days: i64) -> String {
    format!("{base_url}?limit={days}")
}
