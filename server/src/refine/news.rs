//! News files: CSV of articles in the shapes that collections of crypto news come in.
//!
//! A file is read twice. The first pass shows every record to [`NewsFormat::observe`], because no single row tells
//! whether `5-7-2022` is in May or in July; after [`NewsFormat::decide`] the second pass turns each record into an
//! article or a reject. Both passes must see the same records in the same order.

use std::borrow::Cow;

use app::model::{Article, Reject};
use sha2::{Digest, Sha256};

use columns::Columns;
use contract::contract_fault;
use placeholder::Placeholders;
use sentiment::Sentiment;

use super::{
    dates::{self, Order, Reading},
    number::GENESIS_MS,
    order::DateOrder,
};

mod columns;
mod contract;
mod lexicon;
mod literal;
mod placeholder;
mod sentiment;
mod text;
mod url;

#[cfg(test)]
mod tests;

/// The row is not one record of this file: other columns, two records in one, broken quotes.
pub const CONTRACT: &str = "article.contract";
/// The date cannot be read, is open between two days, or lies before Bitcoin or in the future.
pub const TIME: &str = "article.time";
/// No title, or neither address nor source.
pub const REQUIRED: &str = "article.required";
/// A sentiment is given but cannot be read or is outside −1 to 1. A note: the article is kept without it.
pub const SENTIMENT: &str = "article.sentiment";
/// Text held escapes, mojibake or replacement characters. A note: they were mended as far as they can be.
pub const ENCODING: &str = "article.encoding";
/// The address was doubled and mended, or is no web address and was left out. A note.
pub const URL: &str = "article.url";

/// Clocks differ; a date further ahead is wrong.
const FUTURE_MS: i64 = 5 * 60_000;
/// The headline is one of a row that differ in a running number only: made up, not written. A note.
pub const PLACEHOLDER: &str = "article.placeholder";

/// Every news format by name, for `--format`.
pub const NEWS_FORMATS: [&str; 6] = [
    "cryptonews",
    "newsapi",
    "cryptocompare-news",
    "news-scraper",
    "gnews",
    "minimal-news",
];

/// Characters of a summary that are kept; bronze has the rest.
const MAX_SUMMARY: usize = 64 * 1024;

/// A clean article and what is remarkable about its row.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedArticle {
    /// The article.
    pub article: Article,
    /// Check ids of findings that do not spoil it: [`SENTIMENT`], [`ENCODING`], [`URL`],
    /// [`PLACEHOLDER`], each at most once.
    pub notes: Vec<&'static str>,
}

/// A recognised news file: where its columns are, and how its dates are to be read.
#[derive(Debug, Clone)]
pub struct NewsFormat {
    columns: Columns,
    order: DateOrder,
    placeholders: Placeholders,
    /// Records observed.
    observed: i64,
}

impl NewsFormat {
    /// The format of a header; `None` if it is not one of a news file. Daily counts of news words are none.
    #[must_use]
    pub fn recognise(header: &[String]) -> Option<Self> {
        Some(Self {
            columns: Columns::find(header)?,
            order: DateOrder::default(),
            placeholders: Placeholders::default(),
            observed: 0,
        })
    }

    /// `cryptonews`, `newsapi`, `cryptocompare-news`, `news-scraper`, `gnews` or `minimal-news`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.columns.name
    }

    /// Takes the name that the caller demands.
    pub(crate) fn rename(&mut self, name: &'static str) {
        self.columns.name = name;
    }

    /// Meaning and position of every column in use.
    #[must_use]
    pub fn meanings(&self) -> Vec<(usize, &'static str)> {
        self.columns.meanings()
    }

    /// First pass: takes the next record as evidence of how dates are written.
    pub fn observe(&mut self, fields: &[Cow<'_, str>]) {
        let date = fields.get(self.columns.date);
        self.order
            .observe(self.observed, date.and_then(|text| dates::read(text)));
        self.observed += 1;
        if let Some(title) = fields.get(self.columns.title) {
            self.placeholders.observe(title.trim());
        }
    }

    /// Between the passes: settles the order of day and month, block by block.
    pub fn decide(&mut self) {
        self.order.decide();
    }

    /// Second pass: the article of a record.
    ///
    /// `record_no` counts the records from 0 in the order of [`observe`](Self::observe), without the header;
    /// `now_ms` is when the file arrived, so that a replay gives the same answer.
    ///
    /// # Errors
    /// The row with every rule it broke: [`CONTRACT`] alone, or [`TIME`] and [`REQUIRED`].
    pub fn parse(
        &self,
        record_no: i64,
        line_no: i64,
        raw: &str,
        fields: &[Cow<'_, str>],
        now_ms: i64,
    ) -> Result<ParsedArticle, Reject> {
        let reject = |faults: Vec<(&'static str, String)>| {
            let (rules, reasons): (Vec<_>, Vec<_>) = faults.into_iter().unzip();
            Reject {
                line_no,
                raw: raw.to_owned(),
                rules,
                reason: reasons.join("; "),
            }
        };
        if let Some(fault) = contract_fault(&self.columns, raw, fields) {
            return Err(reject(vec![(CONTRACT, fault)]));
        }
        let cell = |column: Option<usize>| {
            column
                .and_then(|at| fields.get(at))
                .map_or("", |cell| cell.trim())
        };
        let mut notes = Vec::new();
        let mut faults = Vec::new();

        let when = self.time(record_no, cell(Some(self.columns.date)), now_ms);
        let (title, title_mended) = text::mend(cell(Some(self.columns.title)));
        let title = text::fold_space(&title);
        let (summary, summary_mended) = text::mend(cell(self.columns.text));
        let source = source_name(cell(self.columns.source));
        let url = canonical_url(cell(self.columns.url), &mut notes);
        if title_mended || summary_mended || raw.contains('\u{fffd}') {
            notes.push(ENCODING);
        }
        if self.placeholders.is_one(cell(Some(self.columns.title))) {
            notes.push(PLACEHOLDER);
        }
        let sentiment = Sentiment::read(cell(self.columns.sentiment));
        if sentiment.malformed {
            notes.push(SENTIMENT);
        }
        if let Err(fault) = &when {
            faults.push((TIME, fault.clone()));
        }
        faults.extend(
            self.missing(&title, &url, &source)
                .map(|fault| (REQUIRED, fault)),
        );
        let (published_at, date_only) = match when {
            Ok(when) if faults.is_empty() => when,
            _ => return Err(reject(faults)),
        };
        Ok(ParsedArticle {
            article: Article {
                id: hash(&[&url, &title, &source, &published_at.to_string()]),
                published_at,
                url_key: if url.is_empty() { 0 } else { hash(&[&url]) },
                title_key: title_key(&title),
                summary: summary.chars().take(MAX_SUMMARY).collect(),
                subject: text::fold_space(cell(self.columns.subject)),
                sentiment_given: sentiment.polarity,
                sentiment_class: sentiment.class,
                sentiment_computed: lexicon::sentiment(&title, &summary),
                source,
                title,
                url,
                date_only,
            },
            notes,
        })
    }

    /// When the article was published, and whether the date has no time of day; else what is wrong with it.
    fn time(&self, record_no: i64, text: &str, now_ms: i64) -> Result<(i64, bool), String> {
        let shown: String = text.chars().take(64).collect();
        if text.is_empty() {
            return Err("no date".to_owned());
        }
        let (at_ms, date_only) = match dates::read(text) {
            None => return Err(format!("{shown:?} is not a date")),
            Some(Reading::Fixed { at_ms, date_only }) => (at_ms, date_only),
            Some(Reading::Numeric(date)) => {
                let [day_first, month_first] = Order::BOTH.map(|order| date.at_ms(order));
                let at_ms = match self.order.of(record_no) {
                    Some(order) => date.at_ms(order),
                    None if day_first == month_first => day_first,
                    None => {
                        return Err(format!(
                            "{shown:?} may be day-month-year or month-day-year; the rows around it do not tell"
                        ));
                    }
                };
                let fault =
                    || format!("{shown:?} is not a date in the order of the rows around it");
                (at_ms.ok_or_else(fault)?, date.date_only())
            }
        };
        if at_ms < GENESIS_MS {
            return Err(format!("{shown:?} is before 2009-01-03"));
        }
        if at_ms > now_ms.saturating_add(FUTURE_MS) {
            return Err(format!("{shown:?} is in the future"));
        }
        Ok((at_ms, date_only))
    }

    fn missing(&self, title: &str, url: &str, source: &str) -> Option<String> {
        let has_origin = self.columns.url.is_some() || self.columns.source.is_some();
        if title.is_empty() {
            Some("no title".to_owned())
        } else if has_origin && url.is_empty() && source.is_empty() {
            Some("neither a web address nor a source".to_owned())
        } else {
            None
        }
    }
}

fn canonical_url(given: &str, notes: &mut Vec<&'static str>) -> String {
    let url = url::canonical(given).unwrap_or_default();
    let is_doubled = given.match_indices("://").count() > url.match_indices("://").count();
    if !given.is_empty() && is_doubled || url.is_empty() && !given.is_empty() {
        notes.push(URL);
    }
    url
}

/// A name, or the `name` of a dict such as `{'id': None, 'name': 'Wired'}`.
fn source_name(given: &str) -> String {
    let name = match literal::read_dict(given) {
        Some(entries) => match literal::value(&entries, "name") {
            Some(literal::Value::Text(name)) => name.clone(),
            _ => String::new(),
        },
        None => given.to_owned(),
    };
    text::fold_space(&text::mend(&name).0)
}

/// Titles of punctuation alone are compared as they are.
fn title_key(title: &str) -> i64 {
    let folded = text::fold_title(title);
    hash(&[if folded.is_empty() { title } else { &folded }])
}

/// First 8 bytes of SHA-256 over the parts, each ended by a zero byte, as no part holds one.
fn hash(parts: &[&str]) -> i64 {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    let digest = hasher.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(first)
}
