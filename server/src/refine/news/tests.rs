//! What the refinery does with rows and whole files.

use super::*;
use proptest::prelude::*;

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

/// Refines a whole file, header first.
fn refine(csv: &str, delimiter: u8) -> Vec<Result<ParsedArticle, Reject>> {
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
        .map(|(no, (line, raw, fields))| format.parse(no, *line, raw, &cows(fields), NOW))
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

#[test]
fn the_real_file_of_2021_and_2022() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/data/news/cryptonews-2021-2022.csv.gz");
    let Ok(file) = std::fs::File::open(path) else {
        println!("skipped: no shared data");
        return;
    };
    let csv = std::io::read_to_string(flate2::read::GzDecoder::new(file)).unwrap();
    let rows = refine(&csv, b';');
    assert_eq!(rows.len(), 7524);
    let (articles, rejects): (Vec<_>, Vec<_>) = rows.into_iter().partition(Result::is_ok);
    let articles: Vec<ParsedArticle> = articles.into_iter().map(Result::unwrap).collect();
    // 28 rows have neither title nor address
    assert_eq!(rejects.len(), 28);
    assert!(
        rejects
            .iter()
            .all(|row| row.as_ref().unwrap_err().rules == [REQUIRED])
    );

    let time = |index: usize| articles[index].article.published_at;
    let (first, last) = (1_634_068_800_000, 1_656_995_040_000); // 2021-10-12 20:00, 2022-07-05 04:24
    assert_eq!(
        (
            time(0),
            articles.iter().map(|row| row.article.published_at).min()
        ),
        (last, Some(first))
    );
    // newest first; with day and month swapped there would be thousands of steps back
    assert_eq!(
        (1..articles.len())
            .filter(|&index| time(index - 1) < time(index))
            .count(),
        6
    );

    let noted = |note| {
        articles
            .iter()
            .filter(|row| row.notes.contains(&note))
            .count()
    };
    assert_eq!((noted(URL), noted(SENTIMENT)), (61, 0));
    for row in &articles {
        let article = &row.article;
        assert!(article.url.matches("://").count() <= 1, "{}", article.url);
        assert!(article.sentiment_given.is_some() && article.sentiment_class.is_some());
        let text = format!("{} {}", article.title, article.summary);
        for broken in ["\\x", "\\u", "\\n", "\\r", "Ã", "Â\u{a0}"] {
            assert!(!text.contains(broken), "{text}");
        }
    }
    let keys: std::collections::HashSet<i64> =
        articles.iter().map(|row| row.article.title_key).collect();
    assert!(
        articles.len() - keys.len() >= 3,
        "repeated titles share a key"
    );
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(
        cells in prop::collection::vec(prop::collection::vec(
            prop_oneof![
                any::<String>(),
                r"[0-9]{1,4}[-/.][0-9]{1,4}[-/.][0-9]{1,4}[ T,]{0,2}[0-9:APMZ+ .-]{0,12}",
                r"\{'[a-z\\']{0,8}': ?[-0-9.eE'a]{0,8}[},]{0,2}",
                r"(https?://)?[a-zA-Z.:/?#&=_@é-]{0,30}",
                r#"[\\xu0-9a-fÃÂâ€\n"]{0,20}"#,
            ], 0..9), 0..40),
        raw in any::<String>(),
    ) {
        let header: Vec<String> = KAGGLE.split(';').map(str::to_owned).collect();
        let mut format = NewsFormat::recognise(&header).unwrap();
        let rows: Vec<Vec<Cow<'_, str>>> =
            cells.iter().map(|row| row.iter().map(|cell| Cow::Borrowed(cell.as_str())).collect()).collect();
        for row in &rows {
            format.observe(row);
        }
        format.decide();
        for (no, row) in (0..).zip(&rows) {
            match format.parse(no, no + 2, &raw, row, NOW) {
                Ok(parsed) => {
                    let article = parsed.article;
                    prop_assert!((FIRST_MS..=NOW + FUTURE_MS).contains(&article.published_at));
                    prop_assert!(!article.title.is_empty());
                    prop_assert!(article.url.is_empty() || article.url.starts_with("http"));
                }
                Err(reject) => prop_assert!(!reject.rules.is_empty() && !reject.reason.is_empty()),
            }
        }
    }

    #[test]
    fn an_order_with_proof_is_never_swapped(
        month_first in any::<bool>(),
        start in 14_900_i64..19_000,
        steps in prop::collection::vec(0_i64..3, 40..80),
    ) {
        // forty rows, three days apart at most, that pass the 13th: some row proves the order
        let mut day = start;
        let (mut dates, mut expected) = (Vec::new(), Vec::new());
        for step in steps {
            day += step;
            let text = app::model::format_utc(day * 86_400_000)[..10].to_owned();
            let (year, month, of_month) = (&text[..4], &text[5..7], &text[8..10]);
            dates.push(if month_first { format!("{month}/{of_month}/{year}") } else { format!("{of_month}/{month}/{year}") });
            expected.push(text);
        }
        prop_assume!(expected.iter().any(|text| &text[8..10] > "12"));
        let dates: Vec<&str> = dates.iter().map(String::as_str).collect();
        prop_assert_eq!(days(&dates), expected);
    }
}
