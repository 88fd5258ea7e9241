//! Whatever bytes arrive: no panic, no hang, bounded memory and disk, and a clear answer.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use crate::support;

use std::{
    io::{Cursor, Read, Write as _},
    path::Path,
    time::{Duration, Instant},
};

use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use server::refine::{
    cells::Cells,
    container::{
        unpack_head,
        zip::{members, read_member},
    },
    format::Scan,
    inspect::inspect,
    sniff::{Recognised, recognise},
    text::Records,
};
use support::{Bench, MONDAY, calm, csv_of, gzip, rng};

/// Names and bytes of the corpus.
fn corpus() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// Everything that reads bytes, from the container to the rows.
fn read_all(name: &str, bytes: &[u8]) {
    let _ = inspect(name, bytes);
    let archive = Cursor::new(bytes.to_vec());
    for member in members(&mut archive.clone()).unwrap_or_default() {
        if let Ok(text) = read_member(archive.clone(), &member) {
            let _ = std::io::copy(&mut text.take(1 << 20), &mut std::io::sink());
        }
    }
    let Ok(unpacked) = unpack_head(bytes, true, 1 << 20) else {
        return;
    };
    let text = unpacked.text;
    let Ok(recognised) = recognise(&text) else {
        return;
    };
    match recognised {
        Recognised::Candles(mut format) => {
            let each = |do_line: &mut dyn FnMut(i64, &[u8])| {
                let mut records = Records::new(text.as_slice(), false);
                while let Ok(Some(record)) = records.next_record() {
                    do_line(record.line_no, record.raw);
                }
            };
            if format.needs_scan() {
                let mut scan = Scan::new(&format);
                each(&mut |line_no, line| scan.observe(line_no, line));
                if let Ok(settled) = scan.finish((*format).clone()) {
                    *format = settled;
                }
            }
            each(&mut |line_no, line| {
                if !format.is_skipped(line_no, line) {
                    let _ = format.parse(line_no, line);
                }
            });
        }
        Recognised::News {
            mut format,
            delimiter,
            columns,
            ..
        } => {
            let mut cells = Cells::new(delimiter, columns);
            let mut records = Records::new(text.as_slice(), true);
            let mut seen = Vec::new();
            while let Ok(Some(record)) = records.next_record() {
                format.observe(&cells.split(record.raw));
                seen.push((record.line_no, record.raw.to_vec()));
            }
            format.decide();
            for (number, (line_no, raw)) in (0..).zip(&seen) {
                let shown = String::from_utf8_lossy(raw);
                let _ = format.parse(number, *line_no, &shown, &cells.split(raw), support::NOW);
            }
        }
    }
}

/// Turns some bytes of a file into others, drops or doubles a stretch, or puts in what parsers trip over.
fn mutate(bytes: &[u8], others: &[(String, Vec<u8>)], rng: &mut ChaCha8Rng) -> Vec<u8> {
    const TRAPS: [&[u8]; 16] = [
        b"\"",
        b"\r",
        b"\n",
        b"\0",
        b",,,,,,,,",
        b"NaN",
        b"1e999",
        b"-",
        b"99999999999999999999",
        b"31/02/2018",
        b"\xff\xfe",
        b"\xef\xbf\xbd",
        b"PK\x03\x04",
        b"\x1f\x8b",
        b"time,open,high,low,close",
        b"-9223372036854775808",
    ];
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.random_range(1..6) {
        if bytes.is_empty() {
            break;
        }
        let at = rng.random_range(0..bytes.len());
        let end = (at + rng.random_range(1..40)).min(bytes.len());
        match rng.random_range(0..6) {
            0 => bytes[at] = rng.random(),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let stretch = bytes[at..end].to_vec();
                let times = rng.random_range(1..50);
                bytes.splice(at..at, stretch.repeat(times));
            }
            3 => {
                let trap = TRAPS.choose(rng).unwrap();
                bytes.splice(at..at, trap.iter().copied());
            }
            4 => bytes.truncate(at),
            _ => {
                let (_, other) = others.choose(rng).unwrap();
                let from = rng.random_range(0..=other.len());
                bytes.splice(at..end, other[from..].iter().take(400).copied());
            }
        }
    }
    bytes
}

#[test]
fn no_reader_panics_or_hangs_on_mutated_files() {
    let corpus = corpus();
    let mut rng = rng(0xdead_beef);
    let started = Instant::now();
    let mut slowest = Duration::ZERO;
    // the seed makes a failure repeatable, the time keeps the test short on slow machines
    for round in 0..4_000 {
        let (name, bytes) = corpus.choose(&mut rng).unwrap();
        let mutated = mutate(bytes, &corpus, &mut rng);
        let before = Instant::now();
        read_all(name, &mutated);
        slowest = slowest.max(before.elapsed());
        if started.elapsed() > Duration::from_secs(40) {
            eprintln!("stopped after {round} rounds");
            break;
        }
    }
    assert!(
        slowest < Duration::from_secs(20),
        "one file took {slowest:?}"
    );
}

#[test]
fn no_reader_panics_on_random_bytes() {
    const WORDS: [&str; 24] = [
        "time",
        "open",
        "high",
        "low",
        "close",
        "volume",
        "date",
        "title",
        "url",
        "source",
        "unix",
        "symbol",
        "BTC/USD",
        "1514764800",
        "1514764800000",
        "13700.5",
        "1/2/2018",
        "2018-01-01",
        "NaN",
        "\"",
        "\n",
        "\r\n",
        ",",
        ";",
    ];
    let mut rng = rng(7);
    for _ in 0..1_500 {
        let length = rng.random_range(0..600);
        let noise: Vec<u8> = (0..length).map(|_| rng.random()).collect();
        read_all("noise", &noise);
        let text: String = (0..length)
            .map(|_| *WORDS.choose(&mut rng).unwrap())
            .collect();
        read_all("words.csv", text.as_bytes());
        let rows: String = (0..length / 6)
            .map(|row| {
                let cell = |rng: &mut ChaCha8Rng| (*WORDS.choose(rng).unwrap()).to_owned();
                let cells: Vec<String> = (0..6).map(|_| cell(&mut rng)).collect();
                if row == 0 {
                    "time,open,high,low,close,volume\n".to_owned()
                } else {
                    cells.join(",") + "\n"
                }
            })
            .collect();
        read_all("rows.csv", rows.as_bytes());
    }
}

/// Peak resident memory of this process, in bytes; `None` where the system does not tell.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// The reason of a refusal, after a bounded time with bounded memory, and a small database.
async fn refused(bench: &Bench, path: &Path) -> String {
    let before = peak_memory();
    let started = Instant::now();
    let report = bench.ingest(path, "file").await;
    assert_eq!(report.state, "refused", "{report:?}");
    assert!(
        started.elapsed() < Duration::from_secs(60),
        "{:?}",
        started.elapsed()
    );
    if let (Some(before), Some(after)) = (before, peak_memory()) {
        assert!(
            after.saturating_sub(before) < 200 << 20,
            "{} MB more",
            after.saturating_sub(before) >> 20
        );
    }
    let stored = bench
        .number("select coalesce(sum(length(body)), 0) from bronze_part")
        .await;
    assert!(
        stored <= 20 << 20,
        "{stored} bytes of a refused file are kept"
    );
    bench.assert_books_balance().await;
    report.reason.unwrap()
}

#[tokio::test]
async fn a_sparse_file_of_4_gb_is_refused_at_its_beginning() {
    let bench = Bench::new().await;
    let path = bench.path("sparse.csv");
    let file = std::fs::File::create(&path).unwrap();
    if file.set_len(4 << 30).is_err() {
        eprintln!("skipped: no sparse files here");
        return;
    }
    let started = Instant::now();
    let reason = refused(&bench, &path).await;
    assert!(
        reason.contains("binary") && reason.contains("of its 4096 MB only the first is kept"),
        "{reason}"
    );
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
    let kept = bench.number("select bytes from bronze_landing").await;
    assert_eq!(kept, 1 << 20);
}

#[tokio::test]
async fn bombs_are_refused() {
    let mut candles = csv_of(&calm(1, MONDAY, 3_000)).into_bytes();
    // gzip and deflate pack a run of zeros a thousandfold
    candles.extend(vec![b'0'; 1 << 20]);
    let zeros = || std::io::repeat(b'0').take(600 << 20);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&candles).unwrap();
    std::io::copy(&mut zeros(), &mut packed).unwrap();
    let packed = packed.finish().unwrap();

    let bench = Bench::new().await;
    let path = bench.path("bomb.csv.gz");
    std::fs::write(&path, &packed).unwrap();
    let reason = refused(&bench, &path).await;
    assert!(reason.contains("200 times its size"), "{reason}");

    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    zip.start_file("prices.csv", options).unwrap();
    zip.write_all(&candles).unwrap();
    std::io::copy(&mut zeros(), &mut zip).unwrap();
    let path = bench.path("bomb.zip");
    std::fs::write(&path, zip.finish().unwrap().into_inner()).unwrap();
    let reason = refused(&bench, &path).await;
    assert!(reason.contains("200 times its size"), "{reason}");
    assert_eq!(bench.number("select count(*) from silver_candle").await, 0);
}

#[tokio::test]
async fn a_line_of_10_mb_is_one_broken_row() {
    let rows = calm(2, MONDAY, 500);
    let mut text = csv_of(&rows);
    text.push_str(&"x".repeat(10 << 20));
    text.push('\n');
    let bench = Bench::new().await;
    let report = bench.take("long.csv", gzip(&text)).await;
    assert_eq!(
        (
            report.state,
            report.rows,
            report.accepted,
            report.quarantined
        ),
        ("done", 501, 500, 1)
    );
    let kept = bench
        .number("select max(length(raw)) from quarantine")
        .await;
    assert!(kept <= 64 << 10, "{kept} bytes of the line are kept");
    let reason = refused(&Bench::new().await, &{
        let path = bench.path("only.csv");
        std::fs::write(&path, vec![b'x'; 10 << 20]).unwrap();
        path
    })
    .await;
    assert!(reason.contains("no known format"), "{reason}");
}
