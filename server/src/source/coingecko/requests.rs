//! URLs of the questions.

/// The key-free interface; its limit is shared by everybody at one address and not published.
pub const BASE_URL: &str = "https://api.coingecko.com/api/v3";

/// The newest price of bitcoin in US dollars, with the time it was worked out: answers come out of a cache.
#[must_use]
pub fn price(base_url: &str) -> String {
    format!(
        "{}/simple/price?ids=bitcoin&vs_currencies=usd&include_24hr_vol=true&include_24hr_change=true&include_last_updated_at=true&precision=full",
        base_url.trim_end_matches('/')
    )
}
