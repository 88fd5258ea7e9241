//! Tells a news file by its header and finds its columns.

/// Where the columns of a news file are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Columns {
    /// What the format is called.
    pub(super) name: &'static str,
    /// Columns in all.
    pub(super) count: usize,
    pub(super) date: usize,
    pub(super) title: usize,
    pub(super) text: Option<usize>,
    pub(super) url: Option<usize>,
    pub(super) source: Option<usize>,
    pub(super) subject: Option<usize>,
    pub(super) sentiment: Option<usize>,
}

impl Columns {
    /// Meaning and position of every column in use.
    pub(super) fn meanings(&self) -> Vec<(usize, &'static str)> {
        let optional = [
            (self.text, "text"),
            (self.url, "url"),
            (self.source, "source"),
            (self.subject, "subject"),
            (self.sentiment, "sentiment"),
        ];
        let mut all = vec![(self.date, "time"), (self.title, "title")];
        all.extend(
            optional
                .into_iter()
                .filter_map(|(column, name)| Some((column?, name))),
        );
        all.sort_unstable();
        all
    }

    /// The columns of a header, in any order and case; `None` if it is not one of a news file.
    pub(super) fn find(header: &[String]) -> Option<Self> {
        let names: Vec<String> = header
            .iter()
            .map(|name| {
                name.trim_matches(['\u{feff}', ' ', '\t', '"'])
                    .to_lowercase()
            })
            .collect();
        let first_of = |wanted: &[&str]| {
            wanted
                .iter()
                .find_map(|wanted| names.iter().position(|name| name == wanted))
        };
        let has = |name: &str| names.iter().any(|other| other == name);
        let title = first_of(&["title", "headline"])?;
        let date = first_of(&["published_on", "publishedat", "published_at", "date"])?;
        let url = first_of(&["url", "link"]);
        let source = first_of(&["source", "sources"]);
        let text = first_of(&["text", "description", "body", "summary", "content"]);
        if url.is_none() && source.is_none() && text.is_none() {
            return None;
        }
        let name = if has("publishedat") {
            "newsapi"
        } else if has("published_on") {
            "cryptocompare-news"
        } else if has("scraped_at") {
            "news-scraper"
        } else if has("link") && has("sources") {
            "gnews"
        } else if url.is_none() && source.is_none() {
            "minimal-news"
        } else {
            "cryptonews"
        };
        Some(Self {
            name,
            count: names.len(),
            date,
            title,
            text,
            url,
            source,
            subject: first_of(&["subject", "categories", "category", "tags"]),
            sentiment: first_of(&["sentiment"]),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(header: &str) -> Option<Columns> {
        let header: Vec<String> = header.split(',').map(str::to_owned).collect();
        Columns::find(&header)
    }

    #[test]
    fn formats_are_told_apart() {
        for (header, name) in [
            ("date,sentiment,source,subject,text,title,url", "cryptonews"),
            (
                "\u{feff} URL , Title,TEXT,subject,source,sentiment,Date ",
                "cryptonews",
            ),
            (
                ",source,author,title,description,url,urlToImage,publishedAt,content",
                "newsapi",
            ),
            ("title,source,published_on,url,body", "cryptocompare-news"),
            (
                "id,source,title,url,content,date,authors,image_url,scraped_at",
                "news-scraper",
            ),
            ("date,sources,title,link", "gnews"),
            ("date,headline,description", "minimal-news"),
        ] {
            assert_eq!(
                find(header).map(|columns| columns.name),
                Some(name),
                "{header}"
            );
        }
    }

    #[test]
    fn what_is_no_news() {
        for header in [
            "date,news constraining,news litigious,news negative,news positive,news uncertainty",
            "timestamp,open,high,low,close,volume",
            "date,title",
            "title,url",
            "",
        ] {
            assert_eq!(find(header), None, "{header}");
        }
    }

    #[test]
    fn columns_follow_the_header() {
        let columns = find("url,title,text,subject,source,sentiment,date").unwrap();
        assert_eq!(
            (columns.url, columns.title, columns.date, columns.count),
            (Some(0), 1, 6, 7)
        );
    }
}
