use std::{collections::BTreeMap, io::Read};

use flate2::read::GzDecoder;

use super::*;

fn committed(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(SAMPLE_FOLDER);
    std::fs::read(folder.join(name)).unwrap()
}

/// After a change of the generator, `assay sample` writes the committed files anew.
#[test]
fn the_generator_reproduces_the_committed_bytes() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("new/folder");
    let report = write_sample(&folder, SAMPLE_SEED).unwrap();
    let names: Vec<_> = report
        .files
        .iter()
        .filter_map(|file| file.path.file_name())
        .collect();
    assert_eq!(names, [CANDLES_FILE, NEWS_FILE, README_FILE]);
    for (file, name) in report
        .files
        .iter()
        .zip([CANDLES_FILE, NEWS_FILE, README_FILE])
    {
        let written = std::fs::read(&file.path).unwrap();
        assert_eq!(written.len(), file.bytes);
        assert!(
            written == committed(name),
            "{name} differs from the committed file"
        );
    }
    assert!(
        report.files[0].bytes <= 4_000_000,
        "{} bytes",
        report.files[0].bytes
    );
}

#[test]
fn the_candles_hold_the_dirt_the_readme_lists() {
    let mut csv = String::new();
    GzDecoder::new(committed(CANDLES_FILE).as_slice())
        .read_to_string(&mut csv)
        .unwrap();
    let mut lines = csv.lines();
    let header = "time,high,low,open,volumefrom,volumeto,close,conversionType,conversionSymbol";
    assert_eq!(lines.next(), Some(header));
    let mut by_time: BTreeMap<i64, Vec<&str>> = BTreeMap::new();
    let (mut without_values, mut impossible, mut negative) = (0, 0, 0);
    let mut closes = Vec::new();
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(cells.len(), 9, "{line}");
        by_time
            .entry(cells[0].parse().unwrap())
            .or_default()
            .push(line);
        let numbers: Vec<f64> = cells[1..7]
            .iter()
            .map(|cell| cell.parse().unwrap())
            .collect();
        let [high, low, open, volume, value, close] = numbers[..] else {
            panic!("{line}");
        };
        if high.is_nan() {
            without_values += 1;
        } else if high < low {
            impossible += 1;
        } else if low <= 0.0 {
            negative += 1;
        } else {
            assert!(high >= open.max(close) && low <= open.min(close), "{line}");
            let average = value / volume;
            assert!(low - 0.01 <= average && average <= high + 0.01, "{line}");
            closes.push(close);
        }
    }
    assert_eq!((without_values, impossible, negative), (2, 1, 1));

    let twice = by_time.values().filter(|lines| lines.len() == 2);
    let (same, different): (Vec<_>, Vec<_>) = twice.partition(|lines| lines[0] == lines[1]);
    assert_eq!((same.len(), different.len()), (15, 1));

    let times: Vec<i64> = by_time.keys().copied().collect();
    assert_eq!(
        (times[0], times[times.len() - 1]),
        (START / 1_000, END / 1_000 - 60)
    );
    let gaps: Vec<i64> = times
        .windows(2)
        .map(|pair| (pair[1] - pair[0]) / 60 - 1)
        .filter(|missing| *missing > 0)
        .collect();
    assert_eq!(gaps, [3, 7, 22, 95]);

    let returns: Vec<f64> = closes
        .windows(2)
        .map(|pair| pair[1] / pair[0] - 1.0)
        .collect();
    let large: Vec<usize> = (0..returns.len())
        .filter(|at| returns[*at].abs() > 0.02)
        .collect();
    assert_eq!(large.len(), 2, "the way to the spike and back");
    assert_eq!(large[0] + 1, large[1]);
    assert!(
        (0.025..0.03).contains(&returns[large[0]]),
        "{}",
        returns[large[0]]
    );
}

#[test]
fn the_news_hold_the_dirt_the_readme_lists() {
    let news = news::make(SAMPLE_SEED);
    assert_eq!(news.csv.as_bytes(), committed(NEWS_FILE));
    assert_eq!(news.rows, 300);
    assert!(
        news.csv
            .starts_with("date;sentiment;source;subject;text;title;url\n")
    );
    assert_eq!(
        news.csv.matches(".examplehttps://").count(),
        news.doubled_urls
    );
    assert_eq!(news.csv.matches(r"\xa0").count(), 2 * news.escapes);
    assert_eq!(news.csv.matches(news::BAD_DATE_TEXT).count(), 1);
    assert_eq!(news.csv.matches(";;https://").count(), 1, "one empty title");
    assert_eq!(news.csv.matches("\n\n").count(), news.newlines);
    assert_eq!(
        news.csv.matches("\"\"\"Nothing unusual\"\"; ").count(),
        news.quotes
    );
    assert_eq!(news.csv.matches(";Synthetic: ").count(), news.rows);
    assert!(news.doubled_urls >= 5 && news.escapes >= 5 && news.newlines >= 3 && news.quotes >= 3);
    assert_eq!((news.repeated, news.copied), (4, 3));
}

#[test]
fn another_seed_gives_another_sample() {
    assert_ne!(news::make(1).csv, news::make(2).csv);
}
