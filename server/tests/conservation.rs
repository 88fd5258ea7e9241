//! Nothing disappears: every row of a file is accepted, deduplicated or quarantined, and every count agrees with what
//! is in the tables.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use crate::support;

use std::collections::HashMap;

use proptest::prelude::*;
use rand::RngExt;
use support::{Bench, MINUTE, MONDAY, NOW, Row, calm, csv, gzip, rng};

#[derive(Debug, Clone, Copy)]
enum Kind {
    Good,
    InSeconds,
    Conflicting,
    Text,
    Short,
    NotANumber,
    Infinite,
    Negative,
    Swapped,
    OffGrid,
    Future,
    Absurd,
    Wider,
}

const KINDS: [Kind; 18] = [
    Kind::Good,
    Kind::Good,
    Kind::Good,
    Kind::Good,
    Kind::Good,
    Kind::Good,
    Kind::InSeconds,
    Kind::Conflicting,
    Kind::Text,
    Kind::Short,
    Kind::NotANumber,
    Kind::Infinite,
    Kind::Negative,
    Kind::Swapped,
    Kind::OffGrid,
    Kind::Future,
    Kind::Absurd,
    Kind::Wider,
];

fn line(kind: Kind, row: &Row) -> String {
    let Row {
        at,
        open,
        high,
        low,
        close,
        volume,
    } = *row;
    match kind {
        Kind::Good => row.line(),
        Kind::InSeconds => format!("{},{open},{high},{low},{close},{volume}", at / 1000),
        Kind::Conflicting => Row {
            volume: volume + 1.0,
            ..*row
        }
        .line(),
        Kind::Text => "system maintenance, no data".to_owned(),
        Kind::Short => format!("{at},{open},{high}"),
        Kind::NotANumber => format!("{at},{open},{high},{low},NaN,{volume}"),
        Kind::Infinite => format!("{at},{open},inf,{low},{close},{volume}"),
        Kind::Negative => Row { low: -low, ..*row }.line(),
        Kind::Swapped => Row {
            high: low - 1.0,
            low: high + 1.0,
            ..*row
        }
        .line(),
        Kind::OffGrid => Row {
            at: at + 14_000,
            ..*row
        }
        .line(),
        Kind::Future => Row {
            at: NOW / MINUTE * MINUTE + 10 * MINUTE,
            ..*row
        }
        .line(),
        Kind::Absurd => Row {
            open: open * 10.0,
            high: high * 10.0,
            low: low * 10.0,
            close: close * 10.0,
            ..*row
        }
        .line(),
        Kind::Wider => format!("{},a,b,c", row.line()),
    }
}

/// Ways to write the same lines into a file.
#[derive(Debug, Clone, Copy)]
struct Shape {
    crlf: bool,
    packed: bool,
    last_line_ends: bool,
}

impl Shape {
    fn write(self, text: &str) -> Vec<u8> {
        let mut text = text.to_owned();
        if !self.last_line_ends {
            text.truncate(text.trim_end().len());
        }
        if self.crlf {
            text = text.replace('\n', "\r\n");
        }
        if self.packed {
            gzip(text)
        } else {
            text.into_bytes()
        }
    }
}

prop_compose! {
    fn shape()(crlf in any::<bool>(), packed in any::<bool>(), last_line_ends in any::<bool>()) -> Shape {
        Shape { crlf, packed, last_line_ends }
    }
}

prop_compose! {
    fn lines()(picks in prop::collection::vec((0..KINDS.len(), 0usize..200), 1..300)) -> Vec<String> {
        let market = calm(5, MONDAY, 200);
        // five sound minutes first: a file in which nothing can be read is refused
        let first = market[..5].iter().map(Row::line);
        first.chain(picks.into_iter().map(|(kind, minute)| line(KINDS[kind], &market[minute]))).collect()
    }
}

/// Every quarantined text is one of the lines, as often as it was written at most.
async fn assert_raw_texts_were_written(bench: &Bench, origin: &str, written: &[String]) {
    let mut left: HashMap<&str, i64> = HashMap::new();
    for text in written {
        *left.entry(text).or_default() += 1;
    }
    let raws = bench
        .texts(&format!(
            "select raw from quarantine q join bronze_landing l on l.id = q.landing_id where l.origin like '%{origin}'"
        ))
        .await;
    for raw in raws {
        let raw = raw.replace("\r\n", "\n");
        let left = left.get_mut(raw.as_str());
        assert!(
            left.is_some(),
            "{raw:?} is in quarantine, but not in the file"
        );
        let left = left.unwrap();
        *left -= 1;
        assert!(
            *left >= 0,
            "{raw:?} is in quarantine more often than in the file"
        );
    }
}

async fn assert_conserved(files: &[(Vec<String>, Shape)]) {
    let bench = Bench::new().await;
    for (number, (lines, shape)) in files.iter().enumerate() {
        let name = format!("{number}.csv");
        let report = bench.take(&name, shape.write(&csv(lines))).await;
        if report.state == "already_landed" {
            continue;
        }
        assert_eq!(report.state, "done", "{report:?}");
        assert_eq!(report.rows, lines.len() as i64, "{report:?}");
        assert_eq!(
            report.rows,
            report.accepted + report.deduplicated + report.quarantined
        );
        if number == 0 {
            assert_eq!(
                report.accepted,
                bench.number("select count(*) from silver_candle").await
            );
        }
        assert_eq!(bench.check("dq.rows_conserved", &name).await.0, "pass");
        assert_raw_texts_were_written(&bench, &name, lines).await;
        bench.assert_books_balance().await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 32, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn every_candle_row_is_accounted_for(
        first in lines(), first_shape in shape(), second in lines(), second_shape in shape(),
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(assert_conserved(&[(first, first_shape), (second, second_shape)]));
    }

    #[test]
    fn every_news_record_is_accounted_for(
        picks in prop::collection::vec((0usize..10, 0usize..40), 1..120), shape in shape(),
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(assert_news_conserved(&picks, shape));
    }
}

/// More rows than a chunk holds, so that what belongs together lies chunks apart.
#[tokio::test]
async fn rows_that_lie_far_apart_are_accounted_for() {
    let market = calm(6, MONDAY, 23_000);
    let mut rng = rng(6);
    let mut lines: Vec<String> = market.iter().map(Row::line).collect();
    for _ in 0..400 {
        let row = &market[rng.random_range(0..market.len())];
        let kind = KINDS[rng.random_range(0..KINDS.len())];
        lines.insert(rng.random_range(5..lines.len()), line(kind, row));
    }
    // the last candle turns out to conflict: the series ends earlier
    lines.insert(7, line(Kind::Conflicting, &market[22_999]));
    let shape = Shape {
        crlf: false,
        packed: true,
        last_line_ends: true,
    };
    assert_conserved(&[(lines, shape)]).await;
}

fn record(kind: usize, number: usize) -> String {
    let (day, minute) = (number % 28 + 1, number % 60);
    let date = format!("{day}-6-2022 10:{minute:02}");
    let good = |date: &str, title: &str, source: &str| {
        format!(
            "{date};{{'class': 'neutral', 'polarity': 0.0, 'subjectivity': 0.1}};{source};bitcoin;Text {number};{title};https://{}.com/news/{number}",
            source.to_lowercase()
        )
    };
    let title = format!("Bitcoin headline number {number}");
    match kind {
        0 | 1 => good(&date, &title, "CoinDesk"),
        2 => good(&date, &title, "Decrypt"),
        3 => good("31-31-2022 10:00", &title, "CoinDesk"),
        4 => good(&date, "", "CoinDesk"),
        5 => format!("{date};only two cells {number}"),
        6 => good("5-7-2099 10:00", &title, "CoinDesk"),
        7 => good(&date, &title, "CoinDesk").replace("{'class': 'neutral'", "{'class': "),
        8 => good(&date, &title, "CoinDesk").replace(
            &format!("Text {number}"),
            &format!("\"Two\nlines; with a \"\"quote\"\" {number}\""),
        ),
        _ => good("", &title, "CoinDesk"),
    }
}

async fn assert_news_conserved(picks: &[(usize, usize)], shape: Shape) {
    let first = record(0, 27);
    let records: Vec<String> = std::iter::once(first)
        .chain(picks.iter().map(|(kind, number)| record(*kind, *number)))
        .collect();
    let text = format!(
        "date;sentiment;source;subject;text;title;url\n{}\n",
        records.join("\n")
    );
    let bench = Bench::new().await;
    let report = bench.take("news.csv", shape.write(&text)).await;
    assert_eq!(report.state, "done", "{report:?}");
    assert_eq!(report.rows, records.len() as i64, "{report:?}");
    assert_eq!(
        report.rows,
        report.accepted + report.deduplicated + report.quarantined
    );
    assert_eq!(
        report.accepted,
        bench.number("select count(*) from silver_article").await
    );
    assert_eq!(bench.check("dq.rows_conserved", "news.csv").await.0, "pass");
    assert_raw_texts_were_written(&bench, "news.csv", &records).await;
    bench.assert_books_balance().await;
}
