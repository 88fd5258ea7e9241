//! Articles in the columns of the Kaggle crypto-news file, with its dirt. The headlines are made of parts; they name
//! no real company or person and claim nothing that happened.

use app::model::{DAY_MS, MINUTE_MS};
use chrono::{DateTime, Datelike, Timelike};
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::{DAYS, END};

const HEADER: &str = "date;sentiment;source;subject;text;title;url\n";
/// Articles before repeats are added.
const ARTICLES: usize = 293;
/// One article in so many, and the first of them, by kind of dirt. No article has two kinds.
const DOUBLED_URL: (usize, usize) = (37, 5);
const ESCAPES: (usize, usize) = (23, 11);
const NEWLINES: (usize, usize) = (71, 17);
const QUOTES: (usize, usize) = (53, 29);
/// Articles that come again: whole, as one page overlaps the next.
const REPEATED: [usize; 4] = [30, 31, 150, 226];
/// Articles whose headline another source repeats.
const COPIED: [usize; 3] = [62, 133, 254];
const BAD_DATE: usize = 97;
/// A day and a time that do not exist.
pub(super) const BAD_DATE_TEXT: &str = "31-9-2026 25:61";
const NO_TITLE: usize = 181;

const SOURCES: [(&str, &str); 3] = [
    ("Synthetic: Wire A", "https://wire-a.example"),
    ("Synthetic: Wire B", "https://wire-b.example"),
    ("Synthetic: Wire C", "https://wire-c.example"),
];
/// Subject, who acts.
const ACTORS: [(&str, &str); 12] = [
    ("bitcoin", "Bitcoin price"),
    ("bitcoin", "Bitcoin trading volume"),
    ("bitcoin", "Bitcoin network difficulty"),
    ("bitcoin", "Average transaction fee"),
    ("bitcoin", "Long-term holder supply"),
    ("ethereum", "Ether price"),
    ("ethereum", "Staking participation"),
    ("altcoin", "Smaller coins as a group"),
    ("altcoin", "Stablecoin supply"),
    ("defi", "Value locked in lending protocols"),
    ("blockchain", "Second-layer activity"),
    ("nft", "Collectibles turnover"),
];
/// Class, what happens.
const ACTIONS: [(&str, &str); 14] = [
    ("positive", "edges higher"),
    ("positive", "climbs for a third day"),
    ("positive", "recovers from a weekly low"),
    ("positive", "reaches a new monthly high"),
    ("positive", "extends a steady rise"),
    ("neutral", "holds steady"),
    ("neutral", "moves sideways"),
    ("neutral", "stays in a narrow range"),
    ("neutral", "changes little"),
    ("neutral", "returns to its average"),
    ("negative", "slips after a calm morning"),
    ("negative", "falls to a two-week low"),
    ("negative", "gives back early gains"),
    ("negative", "weakens further"),
];
const CONTEXTS: [&str; 10] = [
    "ahead of the monthly options expiry",
    "in thin weekend trading",
    "as volatility returns",
    "while order books stay deep",
    "before a scheduled difficulty change",
    "after a quiet Asian session",
    "as spreads tighten across venues",
    "with derivatives funding near zero",
    "while volumes shift to the afternoon",
    "at the end of the quarter",
];
const REMARKS: [&str; 6] = [
    "Figures are compared with the average of the past month.",
    "The move follows the pattern of the weeks before.",
    "Turnover was close to its usual level at this time of day.",
    "Market depth near the mid price changed little.",
    "Most of the change came within a single hour.",
    "A broader set of venues shows the same picture.",
];

/// The file and what is wrong with it.
#[derive(Debug)]
pub(super) struct News {
    pub(super) csv: String,
    /// Records below the header.
    pub(super) rows: usize,
    pub(super) doubled_urls: usize,
    pub(super) escapes: usize,
    pub(super) newlines: usize,
    pub(super) quotes: usize,
    pub(super) repeated: usize,
    pub(super) copied: usize,
}

#[derive(Debug, Clone)]
struct Article {
    date: String,
    sentiment: String,
    source: &'static str,
    subject: &'static str,
    text: String,
    title: String,
    url: String,
}

pub(super) fn make(seed: u64) -> News {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut news = News {
        csv: HEADER.to_owned(),
        rows: 0,
        doubled_urls: 0,
        escapes: 0,
        newlines: 0,
        quotes: 0,
        repeated: 0,
        copied: 0,
    };
    // Newest first, as the real file is.
    for (index, (published_at, parts)) in
        times(&mut rng).into_iter().zip(parts(&mut rng)).enumerate()
    {
        let mut article = article(&mut rng, published_at, parts);
        let clean = article.clone();
        soil(&mut news, &mut article, index);
        news.push(&article);
        if REPEATED.contains(&index) {
            news.repeated += 1;
            news.push(&article);
        }
        if COPIED.contains(&index) {
            news.copied += 1;
            news.push(&copy(&clean, published_at - 37 * MINUTE_MS));
        }
    }
    news
}

impl News {
    fn push(&mut self, article: &Article) {
        let cells = [
            &article.date,
            &article.sentiment,
            article.source,
            article.subject,
            &article.text,
            &article.title,
            &article.url,
        ];
        let line: Vec<String> = cells.into_iter().map(cell).collect();
        self.csv.push_str(&line.join(";"));
        self.csv.push('\n');
        self.rows += 1;
    }
}

/// Times of publication, newest first, to the minute.
fn times(rng: &mut ChaCha8Rng) -> Vec<i64> {
    let minutes = DAYS * DAY_MS / MINUTE_MS;
    let mut times: Vec<i64> = (0..ARTICLES)
        .map(|_| END - rng.random_range(1..=minutes) * MINUTE_MS)
        .collect();
    times.sort_unstable_by(|a, b| b.cmp(a));
    times
}

/// Actor, action and context of each article; no two articles share all three.
fn parts(rng: &mut ChaCha8Rng) -> Vec<(usize, usize, usize)> {
    let mut all: Vec<(usize, usize, usize)> = (0..ACTORS.len())
        .flat_map(|actor| (0..ACTIONS.len()).map(move |action| (actor, action)))
        .flat_map(|(actor, action)| {
            (0..CONTEXTS.len()).map(move |context| (actor, action, context))
        })
        .collect();
    all.shuffle(rng);
    all
}

fn article(
    rng: &mut ChaCha8Rng,
    published_at: i64,
    (actor, action, context): (usize, usize, usize),
) -> Article {
    let (subject, who) = ACTORS[actor];
    let (class, does) = ACTIONS[action];
    let (source, base) = SOURCES[rng.random_range(0..SOURCES.len())];
    let size = f64::from(rng.random_range(4..=60)) / 100.0;
    let polarity = match class {
        "positive" => size,
        "negative" => -size,
        _ => 0.0,
    };
    let subjectivity = f64::from(rng.random_range(0..=10)) / 10.0;
    let title = format!("{who} {does} {}", CONTEXTS[context]);
    Article {
        date: date(published_at),
        sentiment: format!(
            "{{'class': '{class}', 'polarity': {polarity:?}, 'subjectivity': {subjectivity:?}}}"
        ),
        source,
        subject,
        text: format!("{title}. {}", REMARKS[rng.random_range(0..REMARKS.len())]),
        url: format!("{base}/news/{}", title.to_lowercase().replace(' ', "-")),
        title,
    }
}

/// Adds the dirt of an article's place in the file.
fn soil(news: &mut News, article: &mut Article, index: usize) {
    let hit = |(every, offset): (usize, usize)| index % every == offset;
    if hit(DOUBLED_URL) {
        news.doubled_urls += 1;
        let host = article.url.find("/news/").unwrap_or_default();
        article.url = format!("{}{}", &article.url[..host], article.url);
    }
    if hit(ESCAPES) {
        news.escapes += 1;
        article.text.push_str(r"\xa0");
        article.title = article.title.replacen(' ', r"\xa0", 1);
    }
    if hit(NEWLINES) {
        news.newlines += 1;
        article.text = article.text.replace(". ", ".\n\n");
    }
    if hit(QUOTES) {
        news.quotes += 1;
        article.text = format!("\"Nothing unusual\"; {}", article.text);
    }
    if index == BAD_DATE {
        BAD_DATE_TEXT.clone_into(&mut article.date);
    }
    if index == NO_TITLE {
        article.title.clear();
    }
}

/// The same headline at another source, a little earlier.
fn copy(article: &Article, published_at: i64) -> Article {
    let from = SOURCES.iter().position(|(name, _)| *name == article.source);
    let (_, base) = SOURCES[from.unwrap_or_default()];
    let (other, other_base) = SOURCES[(from.unwrap_or_default() + 1) % SOURCES.len()];
    Article {
        date: date(published_at),
        source: other,
        url: article.url.replace(base, other_base),
        ..article.clone()
    }
}

/// `5-7-2026 04:24`: day first, and neither day nor month padded.
fn date(at_ms: i64) -> String {
    let at = DateTime::from_timestamp_millis(at_ms).unwrap_or_default();
    format!(
        "{}-{}-{} {:02}:{:02}",
        at.day(),
        at.month(),
        at.year(),
        at.hour(),
        at.minute()
    )
}

fn cell(text: &str) -> String {
    if text.contains([';', '"', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
