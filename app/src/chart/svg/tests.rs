//! What the SVG says, and that nothing hostile breaks it.

use proptest::prelude::*;

use super::*;
use crate::{
    chart::testing::{bar, run},
    model::HOUR_MS,
};

const FROM: i64 = 1_514_764_800_000;

fn options() -> SvgOptions {
    SvgOptions {
        width: 960,
        height: 480,
        step_ms: HOUR_MS,
        theme: Theme::Dark,
        title: "BTC-USD at bitfinex".to_owned(),
        from: None,
        to: None,
        forming: false,
    }
}

fn count(svg: &str, what: &str) -> usize {
    svg.matches(what).count()
}

#[test]
fn rising_candles_are_outlined_and_falling_ones_filled() {
    let bars = [
        bar(FROM, [10.0, 14.0, 9.0, 13.0]),
        bar(FROM + HOUR_MS, [13.0, 14.0, 9.0, 10.0]),
    ];
    let svg = price_svg(&bars, &options());
    assert_eq!(count(&svg, "stroke=\"#56B4E9\""), 1);
    assert!(count(&svg, "fill=\"#E8702A\"") >= 3, "body, wicks, volume");
}

#[test]
fn a_candle_without_body_is_a_line() {
    let svg = price_svg(&[bar(FROM, [10.0; 4])], &options());
    let body = svg
        .lines()
        .filter(|line| line.contains("fill=\"#56B4E9\"") && line.contains("height=\"1\""))
        .count();
    assert!(body >= 1, "{svg}");
}

#[test]
fn gaps_are_hatched_and_say_how_long_they_are() {
    let mut bars = run(FROM, HOUR_MS, 100);
    bars.drain(40..60);
    let svg = price_svg(&bars, &options());
    assert!(svg.contains("no data 20 h 0 min"));
    assert!(count(&svg, "<polyline") > 10, "hatch lines");
    assert!(!price_svg(&run(FROM, HOUR_MS, 100), &options()).contains("no data"));
}

#[test]
fn findings_are_marked_above_the_candle_and_in_the_lane() {
    let mut bars = run(FROM, HOUR_MS, 100);
    let clean = count(&price_svg(&bars, &options()), "<polygon");
    bars[50].flagged = 2;
    bars[50].worst = 2;
    let mut options = options();
    options.width = 2400;
    let svg = price_svg(&bars, &options);
    assert_eq!(clean, 0);
    assert_eq!(count(&svg, "<polygon"), 1, "triangle above the candle");
    assert!(count(&svg, "#F2C14E") >= 2, "and its colour in the lane");
}

#[test]
fn an_empty_range_says_so() {
    let far_away = SvgOptions {
        from: Some(0),
        to: Some(HOUR_MS * 10),
        ..options()
    };
    for svg in [
        price_svg(&[], &options()),
        price_svg(&run(FROM, HOUR_MS, 10), &far_away),
    ] {
        assert_eq!(
            count(&svg, "No candles in this range"),
            2,
            "picture and description"
        );
    }
}

#[test]
fn titles_are_escaped() {
    let options = SvgOptions {
        title: "<script>\"&'\u{0}".to_owned(),
        ..options()
    };
    let svg = price_svg(&[], &options);
    assert!(!svg.contains("<script"));
    assert!(svg.contains("aria-label=\"&lt;script&gt;&quot;&amp;&apos; , 1h candles\""));
}

#[test]
fn the_picture_is_one_document() {
    let svg = price_svg(&run(FROM, HOUR_MS, 300), &options());
    assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"));
    assert_eq!(count(&svg, "<svg "), 1);
    assert!(svg.len() < 120_000, "{}", svg.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_number_reaches_the_picture_that_is_none(
        values in prop::collection::vec(prop::array::uniform4(prop::num::f64::ANY), 0..30),
        volume in prop::num::f64::ANY,
        from in prop::option::of(any::<i64>()),
        to in prop::option::of(any::<i64>()),
        width in any::<u32>(),
        height in any::<u32>(),
    ) {
        let bars: Vec<_> = values
            .into_iter()
            .enumerate()
            .map(|(n, ohlc)| Bar {
                volume,
                sma_20: Some(ohlc[0]),
                ..bar(FROM + n as i64 * HOUR_MS, ohlc)
            })
            .collect();
        let svg = price_svg(&bars, &SvgOptions { from, to, width: width % 3000, height: height % 3000, ..options() });
        prop_assert!(svg.trim_end().ends_with("</svg>"));
        prop_assert!(!svg.contains("NaN"));
    }
}
