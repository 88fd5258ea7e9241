//! A chart as SVG: shapes stretch to the width there is, letters and strokes keep their size.
//!
//! Shapes lie in a picture of 1,000 units width that is stretched; letters stand around it at places in percent.

use std::fmt::Write as _;

use super::{
    scale::{Tick, WIDTH},
    thin::Point,
};
use crate::chart::escape;

/// Room above the plot for its unit, and below for the marks of the axis.
const TOP: f64 = 22.0;
const BOTTOM: f64 = 20.0;

/// A chart that is being drawn.
#[derive(Debug)]
pub(super) struct Plot {
    title: String,
    description: String,
    unit: String,
    height: f64,
    shapes: String,
    letters: String,
    marks: String,
    /// Title of the horizontal axis; empty for none.
    across: &'static str,
}

/// Up to two decimals, without needless zeros.
fn number(value: f64) -> String {
    if !value.is_finite() {
        return "0".to_owned();
    }
    let text = format!("{value:.1}");
    match text.strip_suffix(".0") {
        Some("-0") => "0".to_owned(),
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

/// A horizontal place in percent.
fn across(x: f64) -> String {
    format!(
        "{}%",
        format!("{:.2}", x / WIDTH * 100.0)
            .trim_end_matches('0')
            .trim_end_matches('.')
    )
}

impl Plot {
    /// An empty chart: what it shows, the same at length for people who hear it, the unit of the vertical axis, and its
    /// height in pixels.
    pub fn new(title: &str, description: &str, unit: &str, height: f64) -> Self {
        Self {
            title: title.to_owned(),
            description: description.to_owned(),
            unit: unit.to_owned(),
            height,
            shapes: String::new(),
            letters: String::new(),
            marks: String::new(),
            across: "",
        }
    }

    /// Names the horizontal axis.
    pub fn across(mut self, title: &'static str) -> Self {
        self.across = title;
        self
    }

    /// Lines of the grid and labels of the vertical axis.
    pub fn rows(&mut self, ticks: &[Tick]) {
        for tick in ticks {
            self.line("grid", (0.0, tick.at), (WIDTH, tick.at));
            self.mark("100%", tick.at, &tick.label);
        }
    }

    /// A label left of the plot.
    fn mark(&mut self, x: &str, y: f64, label: &str) {
        // writing into a String cannot fail, here and below
        let _ = write!(
            self.marks,
            r#"<text x="{x}" y="{}" dx="-8" text-anchor="end">{}</text>"#,
            number(TOP + y + 4.0),
            escape(label)
        );
    }

    /// A label left of the plot, in the middle of a row.
    pub fn row_name(&mut self, y: f64, label: &str) {
        self.mark("100%", y, label);
    }

    /// Labels of the horizontal axis, with lines where they are bold.
    pub fn columns(&mut self, ticks: &[Tick]) {
        for tick in ticks {
            self.line(
                if tick.bold { "grid strong" } else { "grid" },
                (tick.at, 0.0),
                (tick.at, self.height),
            );
            self.column_name(tick.at, &tick.label, tick.bold);
        }
    }

    /// A label below the plot, kept within its width.
    pub fn column_name(&mut self, x: f64, label: &str, bold: bool) {
        let anchor = match x / WIDTH {
            share if share < 0.02 => "start",
            share if share > 0.98 => "end",
            _ => "middle",
        };
        let _ = write!(
            self.letters,
            r#"<text x="{}" y="{}" text-anchor="{anchor}"{}>{}</text>"#,
            across(x),
            number(TOP + self.height + 15.0),
            if bold { r#" class="bold""# } else { "" },
            escape(label)
        );
    }

    /// Letters inside of the plot, centred.
    pub fn label(&mut self, class: &'static str, (x, y): Point, text: &str) {
        let anchor = match x / WIDTH {
            share if share < 0.06 => "start",
            share if share > 0.94 => "end",
            _ => "middle",
        };
        let _ = write!(
            self.letters,
            r#"<text class="{class}" x="{}" y="{}" text-anchor="{anchor}">{}</text>"#,
            across(x),
            number(TOP + y),
            escape(text)
        );
    }

    /// Letters at the left edge of the plot: the unit of a second axis.
    pub fn text_left(&mut self, y: f64, text: &str) {
        // the labels left of the plot are drawn over its edge
        let _ = write!(
            self.marks,
            r#"<text class="axis-title" x="0" y="{}">{}</text>"#,
            number(TOP + y),
            escape(text)
        );
    }

    /// A round dot.
    pub fn dot(&mut self, class: &'static str, (x, y): Point, radius: f64) {
        let _ = write!(
            self.letters,
            r#"<circle class="{class}" cx="{}" cy="{}" r="{}"/>"#,
            across(x),
            number(TOP + y),
            number(radius)
        );
    }

    /// A straight line.
    pub fn line(&mut self, class: &'static str, from: Point, to: Point) {
        let _ = write!(
            self.shapes,
            r#"<path class="{class}" d="M{} {}L{} {}"/>"#,
            number(from.0),
            number(from.1),
            number(to.0),
            number(to.1)
        );
    }

    /// A line through points.
    pub fn curve(&mut self, class: &'static str, points: &[Point]) {
        match points {
            [] => {}
            // a line of one point would be nothing
            [only] => self.line(class, (only.0 - 1.0, only.1), (only.0 + 1.0, only.1)),
            _ => {
                let _ = write!(
                    self.shapes,
                    r#"<path class="{class}" d="{}"/>"#,
                    through(points)
                );
            }
        }
    }

    /// The area between a line and the one back.
    pub fn area(&mut self, class: &'static str, there: &[Point], back: &[Point]) {
        if there.is_empty() {
            return;
        }
        let around: Vec<Point> = there.iter().chain(back.iter().rev()).copied().collect();
        let _ = write!(
            self.shapes,
            r#"<path class="{class}" d="{}Z"/>"#,
            through(&around)
        );
    }

    /// A rectangle: left, top, width, height.
    pub fn rect(&mut self, class: &str, [x, y, width, height]: [f64; 4]) {
        let _ = write!(
            self.shapes,
            r#"<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>"#,
            escape(class),
            number(x),
            number(y),
            number(width.max(0.0)),
            number(height.max(0.0))
        );
    }

    /// Bars as one shape: each left, width, and two heights.
    pub fn bars(&mut self, class: &'static str, bars: impl Iterator<Item = [f64; 4]>) {
        let mut path = String::new();
        for [x, width, from, to] in bars {
            let _ = write!(
                path,
                "M{} {}V{}h{}V{}z",
                number(x),
                number(from),
                number(to),
                number(width.max(0.3)),
                number(from)
            );
        }
        if !path.is_empty() {
            let _ = write!(self.shapes, r#"<path class="{class}" d="{path}"/>"#);
        }
    }

    /// The whole chart as markup.
    pub fn finish(self) -> String {
        let bottom = if self.across.is_empty() {
            BOTTOM
        } else {
            BOTTOM + 16.0
        };
        let whole = number(TOP + self.height + bottom);
        let across = if self.across.is_empty() {
            String::new()
        } else {
            format!(
                r#"<text class="axis-title" x="100%" y="{}" text-anchor="end">{}</text>"#,
                number(TOP + self.height + BOTTOM + 11.0),
                escape(self.across)
            )
        };
        format!(
            concat!(
                r#"<svg class="marks" width="100%" height="{whole}" aria-hidden="true">{marks}"#,
                r#"<text class="axis-title" x="0" y="10">{unit}</text></svg>"#,
                r#"<svg class="area" width="100%" height="{whole}" role="img"><title>{title}</title><desc>{description}</desc>"#,
                r#"<svg x="0" y="{top}" width="100%" height="{height}" viewBox="0 0 {width} {height}" preserveAspectRatio="none" overflow="visible">"#,
                r#"{shapes}</svg>{letters}{across}</svg>"#
            ),
            whole = whole,
            marks = self.marks,
            unit = escape(&self.unit),
            title = escape(&self.title),
            description = escape(&self.description),
            top = number(TOP),
            height = number(self.height),
            width = number(WIDTH),
            shapes = self.shapes,
            letters = self.letters,
            across = across,
        )
    }
}

fn through(points: &[Point]) -> String {
    let mut path = String::with_capacity(points.len() * 10);
    for (place, point) in points.iter().enumerate() {
        path.push(if place == 0 { 'M' } else { 'L' });
        path.push_str(&number(point.0));
        path.push(' ');
        path.push_str(&number(point.1));
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_finite() {
        assert_eq!(number(12.04), "12");
        assert_eq!(number(-0.01), "0");
        assert_eq!(number(3.25), "3.2");
        assert_eq!(number(f64::NAN), "0");
        assert_eq!(across(333.333), "33.33%");
        assert_eq!(across(1000.0), "100%");
    }

    #[test]
    fn words_from_outside_are_escaped() {
        let hostile = "<script>&\"'";
        let mut plot = Plot::new(hostile, hostile, hostile, 50.0);
        plot.rows(&[Tick {
            at: 0.0,
            label: hostile.to_owned(),
            bold: false,
        }]);
        plot.columns(&[Tick {
            at: 0.0,
            label: hostile.to_owned(),
            bold: true,
        }]);
        plot.label("value", (5.0, 5.0), hostile);
        let svg = plot.finish();
        assert!(!svg.contains("<script"), "{svg}");
        assert_eq!(svg.matches("&lt;script&gt;&amp;").count(), 6);
    }
}
