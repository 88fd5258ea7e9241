//! What the refinery does with rows and whole files.

use super::*;

mod files;

const NOW: i64 = 1_700_000_000_000;
const KAGGLE: &str = "date;sentiment;source;subject;text;title;url";

/// Reads CSV as the pipeline does: every record with its line, its raw text and its fields.
fn records(csv: &str, delimiter: u8) -> Vec<(i64, String, Vec<String>)> {
    let mut reader = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
    let (mut input, mut found) = (csv.as_bytes(), Vec::new());
    let (mut output, mut ends) = (vec![0; csv.len() + 1], vec![0; csv.len() + 2]);
    loop {
        let line = i64::try_from(reader.line()).unwrap();
        let (mut record, mut columns) = (Vec::new(), Vec::new());
        let before = input;
        loop {
            let (result, read, written, ended) = reader.read_record(input, &mut output, &mut ends);
            input = &input[read..];
            record.extend_from_slice(&output[..written]);
            // ends count from the start of the record, however many reads it takes
            columns.extend_from_slice(&ends[..ended]);
            match result {
                csv_core::ReadRecordResult::Record => break,
                csv_core::ReadRecordResult::End => return found,
                _ => {}
            }
        }
        let raw = String::from_utf8_lossy(&before[..before.len() - input.len()]);
        let mut start = 0;
        let fields = columns.iter().map(|&end| {
            let field = String::from_utf8_lossy(&record[start..end]).into_owned();
            start = end;
            field
        });
        found.push((
            line,
            raw.trim_end_matches(['\r', '\n']).to_owned(),
            fields.collect(),
        ));
    }
}

/// Refines a whole file, header first, that arrived at [`NOW`].
fn refine(csv: &str, delimiter: u8) -> Vec<Result<ParsedArticle, Reject>> {
    refine_at(csv, delimiter, NOW)
}

fn refine_at(csv: &str, delimiter: u8, now_ms: i64) -> Vec<Result<ParsedArticle, Reject>> {
    let mut records = records(csv, delimiter);
    let mut format = NewsFormat::recognise(&records.remove(0).2).expect("a news header");
    let cows = |fields: &[String]| {
        fields
            .iter()
            .map(|field| Cow::Owned(field.clone()))
            .collect::<Vec<_>>()
    };
    for (_, _, fields) in &records {
        format.observe(&cows(fields));
    }
    format.decide();
    (0..)
        .zip(&records)
        .map(|(no, (line, raw, fields))| format.parse(no, *line, raw, &cows(fields), now_ms))
        .collect()
}

/// The day of each row of a file with these dates; `-` for a reject.
fn days(dates: &[&str]) -> Vec<String> {
    let mut csv = String::from("date;title;source\n");
    for (no, date) in dates.iter().enumerate() {
        csv.push_str(&format!("{date};headline {no};here\n"));
    }
    let day = |row: Result<ParsedArticle, Reject>| match row {
        Ok(parsed) => app::model::format_utc_short(parsed.article.published_at)[..10].to_owned(),
        Err(reject) => {
            assert_eq!(reject.rules, [TIME], "{}", reject.reason);
            "-".to_owned()
        }
    };
    refine(&csv, b';').into_iter().map(day).collect()
}

fn one(row: &str) -> Result<ParsedArticle, Reject> {
    let mut rows = refine(&format!("{KAGGLE}\n{row}\n"), b';');
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.remove(0)
}

#[test]
fn a_clean_row_becomes_an_article() {
    let parsed = one(
        r"2022-07-05 04:24;{'class': 'positive', 'polarity': 0.4, 'subjectivity': 1.0};CryptoNews;bitcoin;Up \x93 at last.\xa0;SÃ£o Paulo   buys;https://a.comhttps://A.com/x/?utm_source=t#y",
    )
    .unwrap();
    let article = &parsed.article;
    assert_eq!(article.published_at, 1_656_995_040_000);
    assert_eq!(
        (article.source.as_str(), article.subject.as_str()),
        ("CryptoNews", "bitcoin")
    );
    assert_eq!(article.title, "São Paulo buys");
    assert_eq!(article.summary, "Up – at last.");
    assert_eq!(article.url, "https://a.com/x");
    assert_eq!(article.sentiment_given, Some(0.4));
    assert_eq!(article.sentiment_class.as_deref(), Some("positive"));
    assert!(!article.date_only && article.url_key != 0);
    assert_eq!(parsed.notes, [URL, ENCODING]);
}

#[test]
fn the_same_article_has_the_same_keys() {
    let first = one("2022-07-05 04:24;;a;b;x;Bitcoin: Up!;https://a.com/x")
        .unwrap()
        .article;
    let again = one("2022-07-05T04:24:00Z;;a;c;y;Bitcoin: Up!;https://a.com/x/?utm_medium=z")
        .unwrap()
        .article;
    assert_eq!(first.id, again.id);
    let other = one("2022-07-06;;b;b;x;bitcoin UP;").unwrap().article;
    assert_eq!(first.title_key, other.title_key);
    assert_ne!(first.id, other.id);
    assert_eq!((other.url_key, other.date_only), (0, true));
}

#[test]
fn a_bad_sentiment_does_not_spoil_an_article() {
    let parsed =
        one("2022-07-05;{'class': 'positive', 'polarity': 7};a;b;c;d;https://a.com").unwrap();
    assert_eq!(parsed.article.sentiment_given, None);
    assert_eq!(parsed.notes, [SENTIMENT]);
}

#[test]
fn addresses_that_are_none_are_left_out() {
    let parsed = one("2022-07-05;;a;b;c;d;javascript:alert(1)").unwrap();
    assert_eq!(parsed.article.url, "");
    assert_eq!(parsed.notes, [URL]);
}

#[test]
fn broken_rows_are_set_apart_with_their_rules() {
    let dict = "{'class': 'neutral', 'polarity': 0.0}";
    for (name, row, rules) in [
        (
            "no title",
            "2022-07-05;;a;b;c;;https://a.com".to_owned(),
            vec![REQUIRED],
        ),
        (
            "no origin",
            "2022-07-05;;;b;c;d;".to_owned(),
            vec![REQUIRED],
        ),
        (
            "only a bad address",
            "2022-07-05;;;b;c;d;nowhere".to_owned(),
            vec![REQUIRED],
        ),
        ("no date", ";;a;b;c;d;https://a.com".to_owned(), vec![TIME]),
        (
            "words for a date",
            "soon;;a;b;c;d;https://a.com".to_owned(),
            vec![TIME],
        ),
        (
            "before Bitcoin",
            "2009-01-02;;a;b;c;d;https://a.com".to_owned(),
            vec![TIME],
        ),
        (
            "in the future",
            "2023-11-14 22:20;;a;b;c;d;https://a.com".to_owned(),
            vec![TIME],
        ),
        (
            "two faults",
            "soon;;a;b;c;;".to_owned(),
            vec![TIME, REQUIRED],
        ),
        (
            "too few columns",
            "2022-07-05;;a".to_owned(),
            vec![CONTRACT],
        ),
        (
            "too many columns",
            "2022-07-05;;a;b;c;d;https://a.com;more".to_owned(),
            vec![CONTRACT],
        ),
        ("blank cells", " ;;;;;; ".to_owned(), vec![CONTRACT]),
        ("header again", KAGGLE.to_owned(), vec![CONTRACT]),
        (
            "sentiment one column on",
            format!("2022-07-05;a;{dict};b;c;d;https://a.com"),
            vec![CONTRACT],
        ),
        (
            "address as title",
            "2022-07-05;;a;b;c;https://a.com;d".to_owned(),
            vec![CONTRACT],
        ),
        (
            "open quote at the end",
            "2022-07-05;;a;b;c;d;\"https://a.com".to_owned(),
            vec![CONTRACT],
        ),
        (
            "two records in one cell",
            format!("2022-07-05;;a;b;\"c\u{fffd}\n2022-07-04;{dict};a;b;c;d;e\";d;https://a.com"),
            vec![CONTRACT],
        ),
        (
            "endless title",
            format!("2022-07-05;;a;b;c;{};https://a.com", "d".repeat(1001)),
            vec![CONTRACT],
        ),
    ] {
        let reject = one(&row).expect_err(name);
        assert_eq!(reject.rules, rules, "{name}: {}", reject.reason);
        assert_eq!(
            (reject.raw.trim_end(), reject.line_no),
            (row.trim_end(), 2),
            "{name}"
        );
        assert!(!reject.reason.is_empty(), "{name}");
    }
}

#[test]
fn rows_that_only_look_broken_are_kept() {
    for row in [
        "2022-07-05;;a;b;c;d;https://a.com;;",
        "2022-07-05;;a;b;5\" screens;d;https://a.com",
        "2022-07-05;;a;b;\"On\n5 July, it rose, fell, and rose\";d;https://a.com",
        "2022-07-04 22:13;;a;b;c;d;",
        "2023-11-14 22:18;;a;b;c;d;",
    ] {
        assert!(one(row).is_ok(), "{row:?}: {:?}", one(row));
    }
}

#[test]
fn a_number_above_twelve_settles_its_block() {
    assert_eq!(
        days(&["5-7-2022", "4-7-2022", "30-6-2022", "1-6-2022"]),
        ["2022-07-05", "2022-07-04", "2022-06-30", "2022-06-01"]
    );
    assert_eq!(
        days(&["7/5/2022", "7/4/2022", "6/30/2022", "6/1/2022"]),
        ["2022-07-05", "2022-07-04", "2022-06-30", "2022-06-01"]
    );
}

#[test]
fn blocks_are_settled_one_by_one() {
    assert_eq!(
        days(&[
            "2022-07-06",
            "5/7/2022",
            "4/7/2022",
            "2022-07-03",
            "2022-07-02",
            "7/1/2022",
            "6/30/2022"
        ]),
        [
            "2022-07-06",
            "2022-07-05",
            "2022-07-04",
            "2022-07-03",
            "2022-07-02",
            "2022-07-01",
            "2022-06-30"
        ]
    );
}

#[test]
fn the_order_may_change_without_a_sign() {
    assert_eq!(
        days(&[
            "1/2/2022",
            "13/2/2022",
            "14/2/2022",
            "15/2/2022",
            "2/16/2022",
            "2/17/2022",
            "3/1/2022"
        ]),
        [
            "2022-02-01",
            "2022-02-13",
            "2022-02-14",
            "2022-02-15",
            "2022-02-16",
            "2022-02-17",
            "2022-03-01"
        ]
    );
}

#[test]
fn one_slip_does_not_turn_the_block() {
    assert_eq!(
        days(&[
            "14-2-2022",
            "13-2-2022",
            "5-2-2022",
            "9-30-2022",
            "4-2-2022",
            "3-2-2022",
            "31-1-2022",
            "30-1-2022",
        ]),
        [
            "2022-02-14",
            "2022-02-13",
            "2022-02-05",
            "-",
            "2022-02-04",
            "2022-02-03",
            "2022-01-31",
            "2022-01-30",
        ]
    );
}

#[test]
fn a_steady_direction_settles_a_block_without_proof() {
    let dates = [
        "10-1-2022",
        "11-1-2022",
        "12-1-2022",
        "1-2-2022",
        "2-2-2022",
        "12-2-2022",
        "1-3-2022",
        "2-3-2022",
    ];
    assert_eq!(days(&dates)[0], "2022-01-10");
    assert_eq!(days(&dates)[7], "2022-03-02");
}

#[test]
fn what_nothing_settles_stays_open() {
    assert_eq!(
        days(&["5-7-2022", "6-7-2022", "7-7-2022"]),
        ["-", "-", "2022-07-07"]
    );
}

#[test]
fn other_news_files() {
    let newsapi = "\u{feff},source,author,title,description,url,urlToImage,publishedAt,content\n\
        0,\"{'id': None, 'name': 'Wired'}\",me,Title,\"one\ntwo\",https://w.com/x,,2022-07-05T04:24:00Z,text\n";
    let gnews = "date,sources,title,link\n\"07/05/2022, 04:24 AM, +0000 UTC\",Wired,Title,https://w.com/x\n";
    let compare =
        "title,source,published_on,url,body\nTitle,Wired,1656995040,https://w.com/x,\"one\ntwo\"\n";
    let scraper = "id,source,title,url,content,date,authors,image_url,scraped_at\n\
        1,Wired,Title,https://w.com/x,one,1656995040000,,,1656999999999\n";
    for csv in [newsapi, gnews, compare, scraper] {
        let article = refine(csv, b',').remove(0).unwrap().article;
        assert_eq!(
            (article.published_at, article.source.as_str()),
            (1_656_995_040_000, "Wired")
        );
    }
    let minimal = "date,headline,description\n2022-07-05,Title,one\n";
    let article = refine(minimal, b',').remove(0).unwrap().article;
    assert_eq!((article.url_key, article.date_only), (0, true));
}
