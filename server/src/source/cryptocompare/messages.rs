//! `/data/price` and `/data/v2/news/`.

use app::model::Quote;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    refine::ladder::float,
    source::{
        message::{MessageError, read, shortened},
        number::exact,
        rss::messages::{Headline, ParsedNews, plain},
    },
};

const PRICE: &str = "a price";
const NEWS: &str = "a list of articles";
/// More articles than an answer has.
const MAX_ARTICLES: usize = 1_000;

#[derive(Debug, Deserialize)]
struct Price<'a> {
    #[serde(borrow, rename = "USD")]
    usd: &'a RawValue,
}

/// Reads a price, which has no time: it is that of `received_at`.
///
/// ```
/// use server::source::cryptocompare::messages::parse_price;
/// assert_eq!(parse_price(br#"{"USD":67187.34}"#, 7)?.last, 67187.34);
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// # Errors
/// When it is not JSON, an error of the venue, or no price.
pub fn parse_price(body: &[u8], received_at: i64) -> Result<Quote, MessageError> {
    let price: Price<'_> = read(body, PRICE, parse_error)?;
    let contract = |reason| MessageError::Contract {
        what: PRICE,
        reason,
    };
    let last = exact(price.usd.get()).map_err(contract)?;
    if last.is_sign_negative() || last.is_zero() {
        return Err(contract(format!("{last} is not above zero")));
    }
    Ok(Quote {
        observed_at: received_at,
        last: float(last),
        bid: None,
        ask: None,
        open_24h: None,
        high_24h: None,
        low_24h: None,
        volume_24h: None,
        quote_volume_24h: None,
    })
}

#[derive(Debug, Deserialize)]
struct News<'a> {
    #[serde(borrow, alias = "data", rename = "Data")]
    data: Vec<&'a RawValue>,
}

/// Older answers write names in small letters, newer ones in capitals.
#[derive(Debug, Deserialize)]
struct Article {
    #[serde(alias = "TITLE")]
    title: String,
    #[serde(alias = "URL")]
    url: String,
    #[serde(alias = "BODY", default)]
    body: String,
    #[serde(alias = "PUBLISHED_ON")]
    published_on: i64,
    #[serde(default)]
    source: String,
    #[serde(rename = "SOURCE_DATA")]
    source_data: Option<Named>,
    #[serde(alias = "KEYWORDS", default)]
    categories: String,
    #[serde(alias = "SENTIMENT", default)]
    sentiment: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Named {
    #[serde(rename = "NAME", default)]
    name: String,
}

/// Reads articles:
/// `{"Type":100,"Message":"News list successfully returned","Data":[{"id":"1","published_on":1711356300,
/// "title":"…","url":"https://…","body":"…","categories":"BTC|MARKET","source":"coindesk"}]}`.
///
/// # Errors
/// When the whole is not JSON, an error of the venue, or no such list. An article that cannot be read is a reject.
pub fn parse_news(body: &[u8]) -> Result<ParsedNews, MessageError> {
    if let Some(error) = parse_error(body) {
        return Err(error);
    }
    let rows = read::<News<'_>>(body, NEWS, parse_error)?.data;
    if rows.len() > MAX_ARTICLES {
        return Err(MessageError::Contract {
            what: NEWS,
            reason: format!("{} articles, more than {MAX_ARTICLES}", rows.len()),
        });
    }
    let mut parsed = ParsedNews::default();
    for (line_no, row) in (1..).zip(rows) {
        match serde_json::from_str::<Article>(row.get()) {
            Ok(article) => parsed.headlines.push(headline(line_no, article)),
            Err(error) => parsed.reject(line_no, row.get(), &error.to_string()),
        }
    }
    Ok(parsed)
}

fn headline(line_no: i64, article: Article) -> Headline {
    let named = article.source_data.map(|source| source.name);
    Headline {
        line_no,
        title: plain(&article.title),
        text: plain(&article.body),
        url: article.url,
        published_at: Some(article.published_on.saturating_mul(1_000)),
        subject: article
            .categories
            .split('|')
            .next()
            .unwrap_or_default()
            .to_lowercase(),
        source: named
            .or(Some(article.source))
            .filter(|name| !name.is_empty()),
        sentiment: article.sentiment.map(|class| class.to_lowercase()),
    }
}

/// `{"Response":"Error","Message":"…","Type":99}` with status 200, and
/// `{"Data":{},"Err":{"type":2,"message":"API key required, …","http_status_code":401}}`.
#[derive(Debug, Deserialize)]
struct ErrorBody {
    #[serde(rename = "Response")]
    response: Option<String>,
    #[serde(rename = "Message")]
    message: Option<String>,
    #[serde(rename = "Type")]
    kind: Option<i64>,
    #[serde(rename = "Err")]
    err: Option<Err>,
}

#[derive(Debug, Default, Deserialize)]
struct Err {
    #[serde(rename = "type")]
    kind: Option<i64>,
    message: Option<String>,
    http_status_code: Option<i64>,
}

/// Reads an error of the venue; 401 as its code means that it wants a key.
#[must_use]
pub fn parse_error(body: &[u8]) -> Option<MessageError> {
    let error: ErrorBody = serde_json::from_slice(body).ok()?;
    let (code, words) = match (error.err, error.response.as_deref()) {
        (Some(err), _) if err.message.is_some() => (err.http_status_code.or(err.kind), err.message),
        (_, Some("Error")) => (error.kind, error.message),
        _ => return None,
    };
    Some(MessageError::Venue {
        code: code.unwrap_or(0),
        msg: shortened(&words.unwrap_or_default()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_of_both_ages_are_read() {
        let old = r#"{"id":"1","published_on":1711356300,"title":"It&#8217;s up","url":"https://a.com/x","body":"<b>Up</b> it goes","categories":"BTC|MARKET","source":"coindesk"}"#;
        let new = r#"{"ID":2,"PUBLISHED_ON":1711356301,"TITLE":"Down","URL":"https://a.com/y","BODY":"","KEYWORDS":"ETH","SENTIMENT":"NEGATIVE","SOURCE_DATA":{"NAME":"CoinDesk"},"CATEGORY_DATA":[]}"#;
        let body = format!(r#"{{"Type":100,"Data":[{old},{new},{{}}]}}"#);
        let parsed = parse_news(body.as_bytes()).unwrap();
        let [first, second] = &parsed.headlines[..] else {
            panic!("{parsed:?}");
        };
        assert_eq!((&*first.title, &*first.text), ("It’s up", "Up it goes"));
        assert_eq!(
            (&*first.subject, first.source.as_deref()),
            ("btc", Some("coindesk"))
        );
        assert_eq!(
            (second.published_at, second.source.as_deref()),
            (Some(1_711_356_301_000), Some("CoinDesk"))
        );
        assert_eq!(second.sentiment.as_deref(), Some("negative"));
        assert_eq!((parsed.rejects.len(), parsed.rejects[0].line_no), (1, 3));
    }

    #[test]
    fn errors_of_the_venue_are_told() {
        let keyless = br#"{"Data":{},"Err":{"type":2,"message":"API key required, please refer to the documentation","http_status_code":401,"frontend":{}}}"#;
        let limited = br#"{"Response":"Error","Message":"You are over your rate limit","HasWarning":false,"Type":99,"RateLimit":{},"Data":{}}"#;
        for (body, expected) in [(&keyless[..], 401), (&limited[..], 99)] {
            let price = parse_price(body, 0).map(|_| ());
            assert!(matches!(price, Err(MessageError::Venue { code, .. }) if code == expected));
            let news = parse_news(body).map(|_| ());
            assert!(matches!(news, Err(MessageError::Venue { code, .. }) if code == expected));
        }
        for body in [
            "{\"USD\":0}",
            "{\"USD\":-1}",
            "{\"USD\":\"1\"}",
            "{}",
            "<html>",
        ] {
            assert!(parse_price(body.as_bytes(), 0).is_err(), "{body}");
        }
    }
}
