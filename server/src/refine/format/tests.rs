use app::model::flag;

use crate::refine::{
    format::{CandleFormat, Scan},
    sniff::{Recognised, recognise},
};

fn format(text: &str) -> CandleFormat {
    match recognise(text.as_bytes()).unwrap() {
        Recognised::Candles(format) => *format,
        Recognised::News { .. } => panic!("news"),
    }
}

/// Reads a whole text as the pipeline does: closes and flags, and the reasons of rejects.
fn read(text: &str) -> (Vec<(i64, f64, i64)>, Vec<String>) {
    let mut format = format(text);
    let lines: Vec<(i64, &str)> = (1..).zip(text.lines()).collect();
    if format.needs_scan() {
        let mut scan = Scan::new(&format);
        for (line_no, line) in &lines {
            scan.observe(*line_no, line.as_bytes());
        }
        format = scan.finish(format).unwrap();
    }
    let (mut candles, mut rejects) = (Vec::new(), Vec::new());
    for (line_no, line) in lines {
        if format.is_skipped(line_no, line.as_bytes()) {
            continue;
        }
        match format.parse(line_no, line.as_bytes()) {
            Ok(Some(candle)) => candles.push((candle.opened_at, candle.close, candle.flags)),
            Ok(None) => {}
            Err(reject) => rejects.push(reject.reason),
        }
    }
    (candles, rejects)
}

const T0: i64 = 1_514_764_800_000;

#[test]
fn a_header_further_down_changes_the_columns() {
    let (candles, rejects) = read(
        "time,open,high,low,close,volume\n1514764800,2,4,1,3,5\ntime,open,high,low,close,volume\n1514764860,2,4,1,3,5\n\
         time,close,low,high,open,volume\n1514764920,3,1,4,2,5\n",
    );
    assert_eq!(
        candles,
        [(T0, 3.0, 0), (T0 + 60_000, 3.0, 0), (T0 + 120_000, 3.0, 0)]
    );
    assert!(rejects.is_empty(), "{rejects:?}");
}

#[test]
fn lines_that_are_no_rows_are_counted() {
    let text = "Timestamp,Open,High,Low,Close,Volume_(BTC),Volume_(Currency),Weighted_Price\n\
                1514764800,4.39,4.39,4.39,4.39,0.45,2.0,4.39\n1514764860,NaN,NaN,NaN,NaN,NaN,NaN,NaN\n\
                1514764920,NaN,NaN,NaN,NaN,NaN,NaN,NaN\n ,,\n1514764980,4.39,NaN,4.39,4.39,0.45,2.0,4.39\n\
                1514765040,4.4,4.4,4.4,4.4,0.5,2.2,4.4\n";
    let mut format = format(text);
    let mut rejects = 0;
    for (line_no, line) in (1..).zip(text.lines()) {
        if !format.is_skipped(line_no, line.as_bytes()) {
            rejects += i32::from(format.parse(line_no, line.as_bytes()).is_err());
        }
    }
    assert_eq!((format.name, rejects), ("kaggle-legacy", 1));
    let dropped = format.take_dropped();
    assert_eq!(
        (dropped.no_price, dropped.blank, dropped.headers),
        (2, 1, 0)
    );
    assert_eq!(format.take_dropped().total(), 0);
}

#[test]
fn unix_time_beats_a_date_that_disagrees() {
    let header = "unix,date,symbol,open,high,low,close,Volume BTC,Volume USD";
    let row = |minute: i64, date: &str| {
        format!(
            "{},{date},BTC/USD,2,4,1,3,5,15\n",
            1_514_764_800 + minute * 60
        )
    };
    let (candles, _) = read(&format!(
        "{header}\n{}{}{}{}",
        row(0, "2018-01-01 00:00:00"),
        row(1, "2018-01-01 05:01:00"),
        row(2, "2018-01-01 00:02"),
        row(3, "nothing")
    ));
    let flags: Vec<i64> = candles.iter().map(|(_, _, flags)| *flags).collect();
    assert_eq!(flags, [0, flag::DATE_DISAGREES, 0, 0]);
    assert_eq!(candles[1].0, T0 + 60_000);
}

#[test]
fn a_row_of_another_symbol_is_another_series() {
    let header = "unix,date,symbol,open,high,low,close,Volume BTC,Volume USD";
    let (candles, rejects) = read(&format!(
        "{header}\n1514764800,2018-01-01,BTC/USD,2,4,1,3,5,15\n1514764860,2018-01-01,BTCUSD,2,4,1,3,5,15\n\
         1514764920,2018-01-01,ETH/USD,2,4,1,3,5,15\n"
    ));
    assert_eq!(candles.len(), 2);
    assert!(rejects[0].contains("ETH/USD"), "{rejects:?}");
}

#[test]
fn day_and_month_are_settled_by_the_whole_file() {
    let (candles, rejects) = read(
        "Date,Open,High,Low,Close,Volume\n11/1/2018,2,4,1,3,5\n12/1/2018,2,4,1,3,5\n13/1/2018,2,4,1,3,5\n",
    );
    assert!(rejects.is_empty(), "{rejects:?}");
    assert_eq!(candles[0].0, T0 + 10 * 86_400_000);
    // no number above 12, but evenly spaced days in one order only
    let (candles, _) = read(
        "Date,Open,High,Low,Close,Volume\n3/2/2018,2,4,1,3,5\n3/3/2018,2,4,1,3,5\n3/4/2018,2,4,1,3,5\n3/5/2018,2,4,1,3,5\n\
         3/6/2018,2,4,1,3,5\n3/7/2018,2,4,1,3,5\n",
    );
    assert_eq!(candles[1].0 - candles[0].0, 86_400_000);
    // the first days of a month, or the first day of months
    let text = "Date,Open,High,Low,Close,Volume\n1/2/2018,2,4,1,3,5\n1/3/2018,2,4,1,3,5\n1/4/2018,2,4,1,3,5\n\
                1/5/2018,2,4,1,3,5\n1/6/2018,2,4,1,3,5\n";
    let format = format(text);
    let mut scan = Scan::new(&format);
    for (line_no, line) in (1..).zip(text.lines()) {
        scan.observe(line_no, line.as_bytes());
    }
    let reason = scan.finish(format).unwrap_err();
    assert!(
        reason.contains("1/2/2018") && reason.contains(":day-first"),
        "{reason}"
    );
}

#[test]
fn prices_rounded_one_by_one_are_widened() {
    let header = "\"Date\",\"Price\",\"Open\",\"High\",\"Low\",\"Vol.\",\"Change %\"";
    let (candles, rejects) = read(&format!(
        "{header}\n\"01/13/2018\",\"7,195.3\",\"7,100.0\",\"7,195.2\",\"7,000.1\",\"53.01K\",\"1.2%\"\n\
         \"01/14/2018\",\"7,195.9\",\"7,100.0\",\"7,195.2\",\"7,000.1\",\"\",\"1.2%\"\n"
    ));
    assert!(rejects.is_empty(), "{rejects:?}");
    assert_eq!(candles[0].2, flag::ROUNDED);
    // more than a last digit is no rounding: the hard rule will take it out
    assert_eq!(candles[1].2, 0);
}
