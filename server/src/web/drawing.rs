//! Where tiles are encoded and charts are drawn: functions of the chart, given from outside.

use app::model::{Bar, SeriesVm, bucket_start};

/// A chart to be drawn.
#[derive(Debug, Clone)]
pub struct SvgRequest {
    /// Whose bars.
    pub series: SeriesVm,
    /// Step in milliseconds.
    pub step_ms: i64,
    /// Bars, oldest first.
    pub bars: Vec<Bar>,
    /// Width in pixels, 200 to 2400.
    pub width: u32,
    /// Height in pixels, 120 to 1600.
    pub height: u32,
    /// Light on dark.
    pub dark: bool,
}

/// Functions of the chart.
#[derive(Debug, Clone, Copy)]
pub struct Charts {
    /// Bars of a tile as bytes.
    pub encode: fn(&[Bar]) -> Vec<u8>,
    /// Half-open range of time in milliseconds of the tile `index` of a step.
    pub tile_range: fn(i64, i64) -> (i64, i64),
    /// A chart as an SVG document.
    pub price_svg: fn(&SvgRequest) -> String,
}

/// Candles in one tile.
const TILE: i64 = 512;

impl Default for Charts {
    /// A plain encoding and a line chart, for tests.
    fn default() -> Self {
        Self {
            encode,
            tile_range,
            price_svg,
        }
    }
}

fn encode(bars: &[Bar]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(bars.len() * 48);
    for bar in bars {
        bytes.extend(bar.opened_at.to_le_bytes());
        for number in [bar.open, bar.high, bar.low, bar.close, bar.volume] {
            bytes.extend(number.to_le_bytes());
        }
    }
    bytes
}

fn tile_range(index: i64, step_ms: i64) -> (i64, i64) {
    let length = TILE.saturating_mul(step_ms);
    let origin = bucket_start(step_ms, step_ms) - step_ms;
    let from = index.saturating_mul(length).saturating_add(origin);
    (from, from.saturating_add(length))
}

fn price_svg(request: &SvgRequest) -> String {
    let SvgRequest { width, height, .. } = request;
    let low = request
        .bars
        .iter()
        .map(|bar| bar.low)
        .fold(f64::INFINITY, f64::min);
    let high = request
        .bars
        .iter()
        .map(|bar| bar.high)
        .fold(f64::NEG_INFINITY, f64::max);
    let range = (high - low).max(f64::MIN_POSITIVE);
    let last = f64::from(
        u32::try_from(request.bars.len())
            .unwrap_or(u32::MAX)
            .saturating_sub(1)
            .max(1),
    );
    let points: Vec<String> = request
        .bars
        .iter()
        .zip(0_u32..)
        .map(|(bar, index)| {
            let x = f64::from(*width) * f64::from(index) / last;
            let y = f64::from(*height) * (high - bar.close) / range;
            format!("{x:.1},{y:.1}")
        })
        .collect();
    let colour = if request.dark { "#56b4e9" } else { "#0b6bb5" };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\"><polyline fill=\"none\" stroke=\"{colour}\" points=\"{}\"/></svg>",
        points.join(" ")
    )
}
