use super::*;

fn item(title: &str, link: &str, date: &str) -> String {
    format!(
        "<item><title>{title}</title><link>{link}</link><guid isPermaLink=\"false\">https://a.com/?p=1</guid>{date}<category>Markets</category><description><![CDATA[<p>It&#8217;s <a href=\"x\">up</a> 5 < 6</p>]]></description></item>"
    )
}

fn feed(items: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel><title>News</title><link>https://a.com</link>{items}</channel></rss>"
    )
}

const DATE: &str = "<pubDate>Mon, 25 Mar 2024 08:45:00 EST</pubDate>";

fn parse(body: &str) -> Vec<Headline> {
    parse_feed(body.as_bytes()).unwrap().headlines
}

#[test]
fn an_article_is_read_without_markup() {
    let headlines = parse(&feed(&item(
        "Bitcoin&#8217;s <![CDATA[day &amp; night]]>",
        "https://a.com/x?utm_source=rss",
        DATE,
    )));
    let [headline] = &headlines[..] else {
        panic!("{headlines:?}");
    };
    assert_eq!(headline.title, "Bitcoin’s day & night");
    assert_eq!(headline.text, "It’s up 5 < 6");
    assert_eq!(
        headline.url, "https://a.com/x?utm_source=rss",
        "not its guid"
    );
    assert_eq!(
        headline.published_at,
        Some(1_711_374_300_000),
        "named zones count"
    );
    assert_eq!(headline.subject, "markets");
}

#[test]
fn an_article_without_a_date_has_none() {
    for date in ["", "<pubDate></pubDate>", "<pubDate>yesterday</pubDate>"] {
        let headlines = parse(&feed(&item("One", "https://a.com/x", date)));
        assert_eq!(headlines[0].published_at, None, "{date}");
    }
}

#[test]
fn atom_is_a_feed_too() {
    let body = r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><entry><title>One</title>
        <link rel="alternate" href="https://a.com/x"/><id>1</id><updated>2024-03-25T08:45:00Z</updated>
        <summary>Up</summary></entry></feed>"#;
    let headlines = parse(body);
    assert_eq!(
        (&*headlines[0].url, headlines[0].published_at),
        ("https://a.com/x", Some(1_711_356_300_000))
    );
}

#[test]
fn what_follows_the_end_is_another_feed_or_left_out() {
    let one = feed(&item("One", "https://a.com/1", DATE));
    let two = feed(&item("Two", "https://a.com/2", DATE));
    for junk in [
        "",
        "\n\n",
        "junk <b>",
        "<script>alert(1)</script>",
        "\u{feff}",
    ] {
        let body = format!("{one}{junk}{two}{junk}");
        let titles: Vec<String> = parse(&body)
            .into_iter()
            .map(|headline| headline.title)
            .collect();
        assert_eq!(titles[0], "One", "{junk}");
        if junk.trim().is_empty() {
            assert_eq!(titles, ["One", "Two"]);
        }
    }
    let numbers: Vec<i64> = parse(&format!("{one}{two}"))
        .iter()
        .map(|headline| headline.line_no)
        .collect();
    assert_eq!(numbers, [1, 2]);
}

#[test]
fn what_is_no_feed_is_refused() {
    let good = feed(&item("One", "https://a.com/1", DATE));
    for body in [
        "",
        "{}",
        "[]",
        "text",
        "<!DOCTYPE html><html><body>Just a moment…</body></html>",
        "\u{feff}\n<HTML><head>",
        "<other/>",
        &good[..good.len() / 2],
    ] {
        assert!(parse_feed(body.as_bytes()).is_err(), "{body:.40}");
    }
    let many = feed(&item("One", "https://a.com/1", DATE).repeat(1_001));
    assert!(parse_feed(many.as_bytes()).is_err());
}

proptest::proptest! {
    #[test]
    fn no_bytes_panic(noise in proptest::collection::vec(proptest::num::u8::ANY, 0..300), at in 0_usize..600, byte: u8) {
        let _ = parse_feed(&noise);
        let mut body = feed(&item("One", "https://a.com/1", DATE)).into_bytes();
        let place = at % body.len();
        body[place] = byte;
        let _ = parse_feed(&body);
        let _ = plain(&String::from_utf8_lossy(&noise));
    }
}
