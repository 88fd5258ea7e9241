//! The first picture, drawn on the server as SVG.

use plotters::prelude::IntoDrawingArea;
use plotters_svg::SVGBackend;

use super::{
    draw::{Drawn, Scene, draw_base, draw_live},
    gaps::gaps,
    label,
    layout::{Layout, name_room, plot_width},
    palette::Palette,
    step::usual_candles,
    viewport::{Bounds, PriceRange, View},
};
use crate::{
    model::{Bar, format_utc_short},
    theme::Theme,
};

/// Smallest and largest side of a picture in pixels.
const SIDE: (u32, u32) = (120, 4000);

/// What to draw.
#[derive(Debug, Clone, PartialEq)]
pub struct SvgOptions {
    /// Width in pixels; kept between 120 and 4000.
    pub width: u32,
    /// Height in pixels; kept between 120 and 4000.
    pub height: u32,
    /// Step of the bars in milliseconds.
    pub step_ms: i64,
    /// Colours.
    pub theme: Theme,
    /// Title for people who hear the picture, e.g. `BTC-USD at bitfinex`; escaped here.
    pub title: String,
    /// Left edge in milliseconds; without it, the newest bars that fit.
    pub from: Option<i64>,
    /// Right edge in milliseconds; without it, the end of the bars.
    pub to: Option<i64>,
    /// The last bar still forms: drawn lighter.
    pub forming: bool,
}

impl SvgOptions {
    /// How many of the newest bars the picture shows when no range is given: fetch so many (or more).
    #[must_use]
    pub fn bars_wanted(&self) -> usize {
        usual_candles(plot_width(f64::from(self.width.clamp(SIDE.0, SIDE.1)))) + 2
    }
}

/// Draws bars (in the order of time) as one self-contained SVG document.
#[must_use]
pub fn price_svg(bars: &[Bar], options: &SvgOptions) -> String {
    let width = options.width.clamp(SIDE.0, SIDE.1);
    let height = options.height.clamp(SIDE.0, SIDE.1);
    let step_ms = options.step_ms.max(1);
    let layout = Layout::new(f64::from(width), f64::from(height), 1.0);
    let view = view(bars, options, &layout, step_ms);
    let visible = Scene::visible(bars, step_ms, &view);
    let covered = covered(bars, step_ms, &view);
    let gaps = gaps(visible, step_ms, covered, &[]);
    let palette = Palette::of(options.theme);
    let last = bars.last().filter(|_| !visible.is_empty());
    let scene = Scene {
        bars: if visible.is_empty() { visible } else { bars },
        step_ms,
        view,
        prices: PriceRange::fit(visible),
        layout,
        palette: &palette,
        gaps: &gaps,
        forming: last.filter(|_| options.forming).map(|bar| bar.opened_at),
        message: "No candles in this range",
    };
    let mut svg = String::new();
    // Writing to a string cannot fail; should plotters ever say otherwise, the picture so far is still a picture.
    let _ = draw(&mut svg, (width, height), &scene, last);
    accessible(&svg, options, visible)
}

fn draw(
    svg: &mut String,
    size: (u32, u32),
    scene: &Scene<'_>,
    last: Option<&Bar>,
) -> Drawn<SVGBackend<'static>> {
    let root = SVGBackend::with_string(svg, size).into_drawing_area();
    draw_base(&root, scene)?;
    if let Some(last) = last {
        draw_live(&root, scene, last)?;
    }
    root.present()
}

fn view(bars: &[Bar], options: &SvgOptions, layout: &Layout, step_ms: i64) -> View {
    let bounds = Bounds {
        first: bars.first().map_or(0.0, |bar| bar.opened_at as f64),
        last: bars
            .last()
            .map_or(0.0, |bar| bar.opened_at.saturating_add(step_ms) as f64),
        step: step_ms as f64,
    };
    let width = f64::from(layout.price.width());
    let newest = View::newest(&bounds, usual_candles(width) as f64, name_room(width));
    let from = options.from.map_or(newest.from(), |from| from as f64);
    let to = options.to.map_or(newest.to(), |to| to as f64);
    View::new(from, to).unwrap_or(newest)
}

/// The part of the view that the bars cover; what lies before the first or after the last is not called a gap.
fn covered(bars: &[Bar], step_ms: i64, view: &View) -> (i64, i64) {
    match (bars.first(), bars.last()) {
        (Some(first), Some(last)) => (
            first.opened_at.max(view.from() as i64),
            last.opened_at.saturating_add(step_ms).min(view.to() as i64),
        ),
        _ => (0, 0),
    }
}

/// Gives the picture its role, title and description, and puts outlines on whole pixels: an SVG stroke is centred
/// on its path, so an outline through pixel corners would be blurred over two pixels.
fn accessible(svg: &str, options: &SvgOptions, visible: &[Bar]) -> String {
    let title = format!(
        "{}, {} candles",
        options.title,
        label::step(options.step_ms)
    );
    let description = match (visible.first(), visible.last()) {
        (Some(first), Some(last)) => format!(
            "{} candles from {} to {} UTC. Last: {}",
            visible.len(),
            format_utc_short(first.opened_at),
            format_utc_short(last.opened_at),
            label::sentence(last),
        ),
        _ => "No candles in this range".to_owned(),
    };
    let svg = svg.replace(
        "fill=\"none\" stroke=\"#",
        "transform=\"translate(.5 .5)\" fill=\"none\" stroke=\"#",
    );
    let (open, rest) = svg.split_once(">\n").unwrap_or((&svg, ""));
    format!(
        "{open} role=\"img\" aria-label=\"{title}\">\n<title>{title}</title>\n<desc>{}</desc>\n{rest}",
        escape(&description),
        title = escape(&title),
    )
}

/// Text as it may stand in markup, also in quotes.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            // XML 1.0 has no way to write these.
            letter if letter.is_control() => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
