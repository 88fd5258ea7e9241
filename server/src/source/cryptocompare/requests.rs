//! URLs of the questions; the key goes into a header, never into a URL.

use crate::secret::Secret;

/// The interface that keys are given for.
pub const BASE_URL: &str = "https://min-api.cryptocompare.com";

/// The newest price of bitcoin in US dollars.
#[must_use]
pub fn price(base_url: &str) -> String {
    format!(
        "{}/data/price?fsym=BTC&tsyms=USD",
        base_url.trim_end_matches('/')
    )
}

/// The newest articles in English.
#[must_use]
pub fn news(base_url: &str) -> String {
    format!("{}/data/v2/news/?lang=EN", base_url.trim_end_matches('/'))
}

/// Value of the header `authorization`.
#[must_use]
pub fn authorization(key: &str) -> Secret {
    Secret::new(format!("Apikey {key}"))
}
