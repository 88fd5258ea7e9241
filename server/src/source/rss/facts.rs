//! Feeds that are asked unless the configuration says otherwise.
//!
//! They come and go, and proxies before them answer with pages of their own. All want to know who asks: a missing
//! user agent is refused (Cointelegraph).

/// Their addresses.
pub const FEEDS: [&str; 7] = [
    "https://www.coindesk.com/arc/outboundfeeds/rss/",
    "https://cointelegraph.com/rss",
    "https://decrypt.co/feed",
    "https://bitcoinmagazine.com/feed",
    "https://www.theblock.co/rss.xml",
    "https://cryptoslate.com/feed/",
    "https://cryptopotato.com/feed/",
];
