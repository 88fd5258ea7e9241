//! Whole files, real, synthetic and random.

use proptest::prelude::*;

use super::*;

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

#[test]
fn the_sample_file() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/sample/news.csv");
    let csv = std::fs::read_to_string(path).unwrap();
    // it holds the autumn of 2026
    let rows = refine_at(&csv, b';', 1_800_000_000_000);
    assert_eq!(rows.len(), 300);
    let rejects: Vec<&Reject> = rows.iter().filter_map(|row| row.as_ref().err()).collect();
    let rules: Vec<&[&str]> = rejects.iter().map(|reject| &reject.rules[..]).collect();
    assert_eq!(rules, [[TIME], [REQUIRED]], "{rejects:?}");
    let articles: Vec<&Article> = rows.iter().flatten().map(|row| &row.article).collect();
    let is_falling = articles
        .windows(2)
        .filter(|pair| pair[0].published_at >= pair[1].published_at)
        .count();
    assert!(
        is_falling + 10 > articles.len(),
        "newest first: {is_falling} of {}",
        articles.len()
    );
    let ids: std::collections::HashSet<i64> = articles.iter().map(|article| article.id).collect();
    assert_eq!(
        articles.len() - ids.len(),
        4,
        "records that come twice have one id"
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
                    prop_assert!((GENESIS_MS..=NOW + FUTURE_MS).contains(&article.published_at));
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
