//! Addresses of pages and pictures.

use std::fmt::Write as _;

use crate::theme::Theme;

/// A value as it may stand in a query.
#[must_use]
pub fn encode(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // writing into a String cannot fail
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// The Market page of a series.
#[must_use]
pub fn market(instrument: &str, venue: &str, step: &str) -> String {
    format!(
        "/market?instrument={}&venue={}&step={}",
        encode(instrument),
        encode(venue),
        encode(step)
    )
}

/// The Market page at the time of a problem, if the entity names a series (`BTC-USD/bitfinex/…`).
#[must_use]
pub fn market_of_entity(entity: &str, at_ms: i64) -> Option<String> {
    let mut parts = entity.split('/');
    let (instrument, venue) = (parts.next()?, parts.next()?);
    let names_pair = instrument.contains('-') && !venue.is_empty();
    names_pair.then(|| format!("{}&at={at_ms}", market(instrument, venue, "1m")))
}

/// An alert on the Quality page.
#[must_use]
pub fn alert(id: i64) -> String {
    format!("/quality?alert={id}")
}

/// The page of a batch; not one of the router's.
#[must_use]
pub fn batch(landing_id: i64) -> String {
    format!("/batches/{landing_id}")
}

/// What a server-drawn chart shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartImage {
    /// `BTC-USD`
    pub instrument: String,
    /// `bitfinex`
    pub venue: String,
    /// `1m`
    pub step: &'static str,
    /// Data version, so that a cached picture is not shown for newer data.
    pub version: i64,
}

impl ChartImage {
    /// Address of the picture in CSS pixels.
    #[must_use]
    pub fn src(&self, theme: Theme, width: u32, height: u32) -> String {
        format!(
            "/chart/price.svg?instrument={}&venue={}&step={}&theme={theme}&w={width}&h={height}&v={}",
            encode(&self.instrument),
            encode(&self.venue),
            self.step,
            self.version
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_leave_their_place_in_a_query() {
        assert_eq!(encode("BTC-USD"), "BTC-USD");
        assert_eq!(encode("a&b=c d/é"), "a%26b%3Dc%20d%2F%C3%A9");
    }

    #[test]
    fn an_entity_leads_to_its_series() {
        assert_eq!(
            market_of_entity("BTC-USDT/binance/live", 5).as_deref(),
            Some("/market?instrument=BTC-USDT&venue=binance&step=1m&at=5")
        );
        assert_eq!(market_of_entity("news.csv", 5), None);
        assert_eq!(market_of_entity("data/sample/x.csv", 5), None);
    }
}
