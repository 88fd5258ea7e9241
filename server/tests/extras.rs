//! Sources beside the venues: whatever they answer, it is landed, refined or set apart, and they are asked again as
//! they want it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use server::{
    config::ExtraConfig,
    pipeline::{
        live::extra::{Extra, ExtraPoller, Kind, run, sources},
        replay::replay,
    },
};
use tokio_util::sync::CancellationToken;

use crate::support::{Bench, NOW};

/// A question as it came.
#[derive(Debug, Clone)]
struct Asked {
    path: String,
    authorization: String,
    user_agent: String,
}

/// Status, content type, body.
type Prepared = (u16, &'static str, String);

/// A site that gives prepared answers, the last one again and again.
#[derive(Clone, Default)]
pub struct Site {
    answers: Arc<Mutex<VecDeque<Prepared>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    heard: Arc<tokio::sync::Notify>,
}

impl Site {
    async fn start(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().fallback(answer).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        format!("http://{address}")
    }

    pub fn says(&self, status: u16, body: impl Into<String>) {
        self.says_with(status, "", body);
    }

    fn says_with(&self, status: u16, retry_after: &'static str, body: impl Into<String>) {
        let mut answers = self.answers.lock().unwrap();
        answers.clear();
        answers.push_back((status, retry_after, body.into()));
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn answer(State(site): State<Site>, uri: Uri, headers: HeaderMap) -> Response {
    let text = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    site.asked.lock().unwrap().push(Asked {
        path: uri.to_string(),
        authorization: text("authorization"),
        user_agent: text("user-agent"),
    });
    site.heard.notify_one();
    let mut answers = site.answers.lock().unwrap();
    let Some((status, retry_after, body)) = answers.front().cloned() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if answers.len() > 1 {
        answers.pop_front();
    }
    let status = StatusCode::from_u16(status).unwrap();
    match retry_after {
        "" => (status, body).into_response(),
        after => (status, [("retry-after", after)], body).into_response(),
    }
}

fn config(url: &str) -> ExtraConfig {
    let mut config = ExtraConfig::default();
    config.coingecko.url = url.to_owned();
    config.fear_greed.url = format!("{url}/fng/");
    config.cryptocompare.url = url.to_owned();
    config.cryptocompare.key_env = Some("KEY".to_owned());
    config.news.feeds = vec![format!("{url}/rss")];
    config
}

fn source(url: &str, kind: Kind) -> Extra {
    let key = |_: &str| Some("sesame".to_owned());
    let mut sources = sources(&config(url), key);
    let place = sources
        .iter()
        .position(|source| source.kind == kind)
        .unwrap();
    sources.swap_remove(place)
}

pub async fn poller(bench: &Bench, site: &Site, kind: Kind) -> ExtraPoller {
    let url = site.start().await;
    ExtraPoller::new(bench.engine.clone(), source(&url, kind)).unwrap()
}

fn price(usd: &str, at_ms: i64) -> String {
    format!(
        r#"{{"bitcoin":{{"usd":{usd},"usd_24h_vol":3.1e10,"last_updated_at":{}}}}}"#,
        at_ms / 1_000
    )
}

#[tokio::test]
async fn a_price_is_a_quote_once() {
    let bench = Bench::new().await;
    let site = Site::default();
    let mut poller = poller(&bench, &site, Kind::CoinGecko).await;
    site.says(200, price("67187.33", NOW - 30_000));
    assert_eq!(poller.round().await, Some(60_000));
    assert_eq!(poller.round().await, Some(60_000));
    assert_eq!(poller.status().state, "ok");
    let (venue, instrument, last, at): (String, String, f64, i64) = bench
        .row(
            "select v.name, i.symbol, q.last, q.observed_at from silver_quote q join venue v on v.id = q.venue_id
             join instrument i on i.id = q.instrument_id",
        )
        .await;
    assert_eq!(
        (&*venue, &*instrument, last),
        ("coingecko", "BTC-USD", 67_187.33)
    );
    assert_eq!(at, (NOW - 30_000) / 1_000 * 1_000, "its own time");
    let landings: Vec<(String, i64, i64)> = bench
        .rows("select format, accepted, deduplicated from bronze_landing order by id")
        .await;
    assert_eq!(
        landings,
        [
            ("coingecko-price".to_owned(), 1, 0),
            ("coingecko-price".to_owned(), 0, 1)
        ]
    );
    assert!(!site.asked()[0].user_agent.is_empty());
    bench.assert_books_balance().await;
}

#[tokio::test]
async fn trouble_is_kept_told_and_over() {
    let bench = Bench::new().await;
    let site = Site::default();
    let mut poller = poller(&bench, &site, Kind::CoinGecko).await;
    let limited =
        r#"{"status":{"error_code":429,"error_message":"You've exceeded the Rate Limit."}}"#;
    site.says_with(429, "300", limited);
    let pause_ms = poller.round().await.unwrap();
    assert!(
        (300_000..400_000).contains(&pause_ms),
        "as it asks: {pause_ms}"
    );
    assert_eq!(poller.status().state, "backing off");
    site.says(403, "<html>blocked</html>");
    let pause_ms = poller.round().await.unwrap();
    assert!(pause_ms >= 3_600_000, "left alone for long: {pause_ms}");
    assert_eq!(poller.status().state, "blocked");
    for body in [
        "<!doctype html><html></html>",
        "{\"bitcoin\":{}}",
        "{",
        &price("67187.33", NOW + 3_600_000),
    ] {
        site.says(200, body);
        assert!(poller.round().await.unwrap() >= 60_000);
        assert_eq!(poller.status().state, "backing off");
    }
    let states = bench
        .texts("select state from bronze_landing order by id")
        .await;
    assert_eq!(
        states,
        ["refused", "refused", "done", "done", "done", "done"]
    );
    assert_eq!(bench.number("select count(*) from quarantine").await, 4);
    assert_eq!(bench.number("select count(*) from silver_quote").await, 0);
    let worst = "select distinct severity from alert";
    assert_eq!(bench.texts(worst).await, ["warn"], "nobody trades on it");
    site.says(200, price("67187.33", NOW - 30_000));
    assert_eq!(poller.round().await, Some(60_000));
    assert_eq!(
        (&*poller.status().state, &*poller.status().error),
        ("ok", "")
    );
    bench.assert_books_balance().await;
}

#[tokio::test]
async fn moods_keep_their_publishers_words() {
    let bench = Bench::new().await;
    let site = Site::default();
    let mut poller = poller(&bench, &site, Kind::FearGreed).await;
    let today = NOW / 86_400_000 * 86_400;
    let day = |value: &str, label: &str, at: i64| {
        format!(r#"{{"value":"{value}","value_classification":"{label}","timestamp":"{at}"}}"#)
    };
    let body = |rows: &[String]| {
        format!(
            r#"{{"name":"Fear and Greed Index","data":[{}],"metadata":{{"error":null}}}}"#,
            rows.join(",")
        )
    };
    let yesterday = day("20", "Neutral", today - 86_400);
    site.says(
        200,
        body(&[
            day("47", "Fear", today),
            yesterday.clone(),
            day("147", "Greed", 1),
        ]),
    );
    assert_eq!(poller.round().await, Some(3_600_000));
    site.says(200, body(&[day("48", "Extreme Fear", today), yesterday]));
    assert_eq!(poller.round().await, Some(3_600_000));
    let moods: Vec<(f64, String)> = bench
        .rows(
            "select s.value, s.label from silver_sentiment s join venue v on v.id = s.venue_id
             where v.name = 'alternative.me' and s.instrument_id = 0 order by s.observed_at",
        )
        .await;
    assert_eq!(
        moods,
        [
            (20.0, "Neutral".to_owned()),
            (48.0, "Extreme Fear".to_owned())
        ]
    );
    let paths: Vec<String> = site.asked().into_iter().map(|asked| asked.path).collect();
    assert_eq!(
        paths,
        ["/fng/?limit=0", "/fng/?limit=2"],
        "all of it, then what is missing"
    );
    let counts: Vec<(i64, i64, i64, i64)> = bench
        .rows("select rows, accepted, deduplicated, quarantined from bronze_landing order by id")
        .await;
    assert_eq!(counts, [(3, 2, 0, 1), (2, 1, 1, 0)]);
    bench.assert_books_balance().await;
}

#[tokio::test]
async fn a_key_that_is_not_taken_ends_it_for_good() {
    const KEYLESS: &str =
        r#"{"Data":{},"Err":{"type":2,"message":"API key required","http_status_code":401}}"#;
    for status in [401, 200] {
        let bench = Bench::new().await;
        let site = Site::default();
        let mut poller = poller(&bench, &site, Kind::CryptoComparePrice).await;
        site.says(200, r#"{"USD":67187.34}"#);
        assert_eq!(poller.round().await, Some(60_000));
        site.says(status, KEYLESS);
        assert_eq!(poller.round().await, None, "HTTP {status}");
        assert_eq!(
            (&*poller.status().state, poller.status().next_at),
            ("blocked", None)
        );
        assert_eq!(site.asked()[0].authorization, "Apikey sesame");
        assert_eq!(bench.number("select count(*) from silver_quote").await, 1);
        let told = bench
            .number("select count(*) from bronze_landing where origin like '%sesame%' or detail like '%sesame%'")
            .await;
        assert_eq!(told, 0, "the key is nowhere");
        // a task that is over asks nothing more
        let asked = site.asked().len();
        poller.run(CancellationToken::new()).await;
        assert_eq!(site.asked().len(), asked + 1, "HTTP {status}");
    }
}

#[tokio::test]
async fn a_rate_limit_with_status_200_is_no_end() {
    let bench = Bench::new().await;
    let site = Site::default();
    let mut poller = poller(&bench, &site, Kind::CryptoCompareNews).await;
    site.says(
        200,
        r#"{"Response":"Error","Message":"You are over your rate limit","Type":99,"Data":{}}"#,
    );
    assert!(poller.round().await.unwrap() >= 900_000);
    assert_eq!(poller.status().state, "backing off");
    site.says(
        200,
        format!(
            r#"{{"Type":100,"Data":[{{"id":"1","published_on":{},"title":"Bitcoin is up","url":"https://a.com/x/?utm_source=c","body":"Up.","categories":"BTC","source":"coindesk"}}]}}"#,
            NOW / 1_000 - 60
        ),
    );
    assert_eq!(poller.round().await, Some(900_000));
    let article: (String, String, String) = bench
        .row("select title, url, source from silver_article")
        .await;
    assert_eq!(
        article,
        (
            "Bitcoin is up".into(),
            "https://a.com/x".into(),
            "coindesk".into()
        )
    );
    bench.assert_books_balance().await;
}

fn item(title: &str, link: &str, date: &str) -> String {
    format!(
        "<item><title>{title}</title><link>{link}</link>{date}<description><![CDATA[<p>Text &amp; more</p>]]></description></item>"
    )
}

pub fn rss(items: &[String]) -> String {
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>News</title>{}</channel></rss>",
        items.concat()
    )
}

pub const DATE: &str = "<pubDate>Mon, 21 Sep 2026 08:00:00 GMT</pubDate>";

#[tokio::test]
async fn a_feed_goes_through_the_refinery_of_news() {
    let bench = Bench::new().await;
    let site = Site::default();
    let mut poller = poller(&bench, &site, Kind::Feed).await;
    let items = [
        item(
            "Bitcoin&#8217;s day",
            "https://a.com/day/?utm_source=rss",
            DATE,
        ),
        item("Bitcoin\u{2019}s DAY!", "https://b.com/other", DATE),
        item("No date \"at all\"", "https://a.com/undated", ""),
        item("", "https://a.com/untitled", DATE),
        item(
            "Tomorrow",
            "https://a.com/future",
            "<pubDate>Mon, 21 Sep 2099 08:00:00 GMT</pubDate>",
        ),
    ];
    site.says(200, rss(&items));
    assert_eq!(poller.round().await, Some(900_000));
    assert_eq!(poller.status().state, "ok");
    let articles: Vec<(String, String, String, String, i64)> = bench
        .rows(
            "select title, summary, url, source, duplicate_of is not null from silver_article order by published_at, url",
        )
        .await;
    let host = "127.0.0.1".to_owned();
    assert_eq!(articles.len(), 3);
    assert_eq!(
        articles[0],
        (
            "Bitcoin’s day".to_owned(),
            "Text & more".to_owned(),
            "https://a.com/day".to_owned(),
            host,
            articles[0].4
        )
    );
    assert_eq!(
        articles[0].4 + articles[1].4,
        1,
        "one title, one of them the duplicate"
    );
    assert_eq!(articles[2].0, "No date \"at all\"");
    let undated = bench
        .number("select published_at from silver_article where url = 'https://a.com/undated'")
        .await;
    assert_eq!(undated, NOW / 1_000 * 1_000, "its receipt");
    let rules = bench
        .texts("select rules from quarantine order by line_no")
        .await;
    assert_eq!(rules, [r#"["article.required"]"#, r#"["article.time"]"#]);
    assert_eq!(site.asked()[0].path, "/rss");
    assert!(site.asked()[0].user_agent.starts_with("assay/"));

    // the same again, later: nothing is new, not even what has no date
    bench.engine.clock.advance(900_000);
    assert_eq!(poller.round().await, Some(900_000));
    assert_eq!(bench.number("select count(*) from silver_article").await, 3);
    let counts: (i64, i64, i64, i64) = bench
        .row("select rows, accepted, deduplicated, quarantined from bronze_landing order by id desc limit 1")
        .await;
    assert_eq!(counts, (5, 0, 3, 2));
    bench.assert_books_balance().await;
}

#[tokio::test]
async fn what_is_no_feed_is_set_apart_and_junk_behind_one_is_not_minded() {
    let bench = Bench::new().await;
    let site = Site::default();
    let mut poller = poller(&bench, &site, Kind::Feed).await;
    site.says(200, "<!DOCTYPE html><html><title>Home</title></html>");
    assert!(poller.round().await.unwrap() >= 900_000);
    assert_eq!(poller.status().state, "backing off");
    assert!(
        poller.status().error.contains("HTML"),
        "{}",
        poller.status().error
    );
    let one = rss(&[item("One", "https://a.com/1", DATE)]);
    let two = rss(&[item("Two", "https://a.com/2", DATE)]);
    site.says(200, format!("{one}\n{two}<script>junk</script>"));
    assert_eq!(poller.round().await, Some(900_000));
    let titles = bench
        .texts("select title from silver_article order by title")
        .await;
    assert_eq!(titles, ["One", "Two"]);
    bench.assert_books_balance().await;
}

#[tokio::test]
async fn a_replay_gives_the_same_rows() {
    let bench = Bench::new().await;
    let site = Site::default();
    let url = site.start().await;
    let today = NOW / 86_400_000 * 86_400;
    let mood = format!(
        r#"{{"data":[{{"value":"47","value_classification":"Neutral","timestamp":"{today}"}}],"metadata":{{"error":null}}}}"#
    );
    let news = format!(
        r#"{{"Data":[{{"published_on":{},"title":"One","url":"https://a.com/1","body":"","source":"c"}}]}}"#,
        NOW / 1_000 - 60
    );
    let feed = rss(&[
        item("One", "https://a.com/1", DATE),
        item("Undated", "https://a.com/undated", ""),
        item("", "", ""),
    ]);
    for (kind, body) in [
        (Kind::CoinGecko, price("67187.33", NOW - 30_000)),
        (Kind::CoinGecko, "<html>".to_owned()),
        (Kind::CryptoComparePrice, r#"{"USD":67187.34}"#.to_owned()),
        (Kind::FearGreed, mood),
        (Kind::CryptoCompareNews, news),
        (Kind::Feed, feed.clone()),
        (Kind::Feed, feed),
    ] {
        site.says(200, body);
        let mut poller = ExtraPoller::new(bench.engine.clone(), source(&url, kind)).unwrap();
        let _ = poller.round().await;
        bench.engine.clock.advance(60_000);
    }
    let before = bench.digests().await;
    for table in [
        "silver_quote",
        "silver_sentiment",
        "silver_article",
        "quarantine",
    ] {
        let rows = before
            .iter()
            .find(|digest| digest.table == table)
            .unwrap()
            .rows;
        assert!(rows > 0, "{table}");
    }
    assert_eq!(replay(&bench.engine, None).await.unwrap(), 7);
    assert_eq!(bench.digests().await, before);
    bench.assert_books_balance().await;
}

#[tokio::test]
async fn everything_that_is_configured_is_asked_until_told_to_stop() {
    let bench = Bench::new().await;
    let site = Site::default();
    let mut config = config(&site.start().await);
    config.cryptocompare.key_env = None;
    site.says(500, "");
    let stop = CancellationToken::new();
    let running = tokio::spawn(run(bench.engine.clone(), config, stop.clone()));
    while site.asked().len() < 3 {
        site.heard.notified().await;
    }
    stop.cancel();
    running.await.unwrap().unwrap();
    let mut paths: Vec<String> = site.asked().into_iter().map(|asked| asked.path).collect();
    paths.sort();
    assert_eq!(paths[0], "/fng/?limit=0");
    assert_eq!(paths[1], "/rss");
    assert!(paths[2].starts_with("/simple/price?ids=bitcoin"));
}
