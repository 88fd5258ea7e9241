//! Feeds: RSS of every age, and Atom.

use app::model::Reject;
use feed_rs::{
    model::{Entry, Feed},
    parser::Builder,
};
use memchr::memmem;

use crate::source::message::{MessageError, shortened};

const WHAT: &str = "a news feed";
/// What an article that cannot be read breaks.
const RULE: &str = "article.contract";
/// More articles than a feed has.
const MAX_ENTRIES: usize = 1_000;
/// More documents behind each other than a mistake of a publisher makes.
const MAX_DOCUMENTS: usize = 20;
const END: &[u8] = b"</rss>";

/// An article as a feed tells of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headline {
    /// Place in the answer, from 1.
    pub line_no: i64,
    /// Headline, without markup.
    pub title: String,
    /// Summary or text, without markup.
    pub text: String,
    /// Address, as given.
    pub url: String,
    /// When it was published, in milliseconds, where that is told.
    pub published_at: Option<i64>,
    /// What it is about, where that is told.
    pub subject: String,
    /// Who published it, where the answer has articles of many.
    pub source: Option<String>,
    /// `positive`, `neutral`, `negative`, where that is told.
    pub sentiment: Option<String>,
}

/// Articles of an answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ParsedNews {
    /// Those that could be read.
    pub headlines: Vec<Headline>,
    /// Those that could not.
    pub rejects: Vec<Reject>,
}

impl ParsedNews {
    /// Sets one apart.
    pub fn reject(&mut self, line_no: i64, raw: &str, reason: &str) {
        self.rejects.push(Reject {
            line_no,
            raw: raw.to_owned(),
            rules: vec![RULE],
            reason: shortened(reason),
        });
    }
}

/// Reads a feed:
/// `<rss version="2.0"><channel><item><title>…</title><link>https://…</link><pubDate>Mon, 25 Mar 2024 08:45:00 +0000
/// </pubDate><description>…</description></item></channel></rss>`.
///
/// Publishers put rubbish behind the end, or a whole feed behind the first: what is no feed is left out as long as
/// something is one.
///
/// # Errors
/// When nothing in it is a feed: a page of HTML, cut XML, or more than a feed has.
pub fn parse_feed(body: &[u8]) -> Result<ParsedNews, MessageError> {
    let contract = |reason: String| MessageError::Contract { what: WHAT, reason };
    if is_page(body) {
        return Err(contract("it is a page of HTML".to_owned()));
    }
    let parser = Builder::new().build();
    let mut parsed = ParsedNews::default();
    let (mut found, mut first_error) = (false, None);
    for document in documents(body) {
        match parser.parse(document) {
            Ok(feed) => {
                found = true;
                take(feed, &mut parsed);
            }
            Err(error) => {
                first_error.get_or_insert(error);
            }
        }
    }
    match first_error {
        Some(error) if !found => return Err(contract(shortened(&error.to_string()))),
        None if !found => return Err(contract("it is empty".to_owned())),
        _ => {}
    }
    let entries = parsed.headlines.len();
    if entries > MAX_ENTRIES {
        return Err(contract(format!(
            "{entries} articles, more than {MAX_ENTRIES}"
        )));
    }
    Ok(parsed)
}

/// A page of a proxy, or the publisher's own, with or without a status that says so.
fn is_page(body: &[u8]) -> bool {
    let head: String = String::from_utf8_lossy(&body[..body.len().min(1_000)]).to_lowercase();
    let head = head.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    head.starts_with("<!doctype html") || head.starts_with("<html")
}

/// The body, cut behind each `</rss>`.
fn documents(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = body;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memmem::find(rest, END).map_or(rest.len(), |at| at + END.len());
        let (document, behind) = rest.split_at(end);
        rest = behind;
        Some(document)
    })
    .take(MAX_DOCUMENTS)
    .filter(|document| document.contains(&b'<'))
}

fn take(feed: Feed, parsed: &mut ParsedNews) {
    for entry in feed.entries {
        let line_no = parsed.headlines.len() as i64 + 1;
        parsed.headlines.push(headline(line_no, entry));
    }
}

fn headline(line_no: i64, entry: Entry) -> Headline {
    let text = |text: Option<feed_rs::model::Text>| text.map(|text| text.content);
    let body = entry.content.and_then(|content| content.body);
    let links = &entry.links;
    // the address that leads to the article, not to its enclosure or comments
    let link = links
        .iter()
        .find(|link| link.rel.as_deref().is_none_or(|rel| rel == "alternate"))
        .or_else(|| links.first());
    Headline {
        line_no,
        title: plain(&text(entry.title).unwrap_or_default()),
        text: plain(&text(entry.summary).or(body).unwrap_or_default()),
        url: link.map(|link| link.href.clone()).unwrap_or_default(),
        published_at: entry
            .published
            .or(entry.updated)
            .map(|at| at.timestamp_millis()),
        subject: (entry.categories.into_iter().next())
            .map(|category| category.label.unwrap_or(category.term).to_lowercase())
            .unwrap_or_default(),
        source: None,
        sentiment: None,
    }
}

/// Text without tags and entities, as `&#8217;`, which feeds hold even where they mark text as plain.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        bare.push_str(before);
        let is_tag =
            tag[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        rest = match tag.find('>') {
            Some(end) if is_tag => &tag[end + 1..],
            _ => {
                bare.push('<');
                &tag[1..]
            }
        };
    }
    bare.push_str(rest);
    html_escape::decode_html_entities(&bare).trim().to_owned()
}

#[cfg(test)]
mod tests;
