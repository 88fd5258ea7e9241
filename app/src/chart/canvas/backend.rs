//! plotters on a 2D canvas in device pixels.
//!
//! plotters' own canvas backend knows no device pixels, blurs outlines and measures text with DOM elements. This one
//! sets a style only when it changes and keeps the widths of texts.

use std::{cell::RefCell, collections::HashMap, convert::Infallible};

use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontStyle,
    text_anchor::{HPos, VPos},
};
use web_sys::CanvasRenderingContext2d;

use crate::chart::draw::FONT_FACTOR;

type Drawn = Result<(), DrawingErrorKind<Infallible>>;
/// Colour (24 bits) and opacity (1/255).
type Paint = (u32, u8);

/// Texts whose widths are kept; labels are few, so reaching this means that they change all the time.
const WIDTHS: usize = 512;

pub(super) struct CanvasBackend {
    context: CanvasRenderingContext2d,
    size: (u32, u32),
    fill: Option<Paint>,
    stroke: Option<Paint>,
    line_width: u32,
    /// Size in tenths of a pixel, and weight.
    font: RefCell<Option<(u32, bool)>>,
    align: Option<&'static str>,
    widths: RefCell<HashMap<(u32, bool, String), u32>>,
}

impl CanvasBackend {
    pub(super) fn new(context: CanvasRenderingContext2d) -> Self {
        Self {
            context,
            size: (0, 0),
            fill: None,
            stroke: None,
            line_width: 0,
            font: RefCell::new(None),
            align: None,
            widths: RefCell::default(),
        }
    }

    /// A canvas that got a new size has forgotten its styles.
    pub(super) fn resized(&mut self, size: (u32, u32)) {
        self.size = size;
        self.fill = None;
        self.stroke = None;
        self.line_width = 0;
        self.font.replace(None);
        self.align = None;
    }

    /// Forgets the widths of texts: the fonts have changed.
    pub(super) fn forget_widths(&mut self) {
        self.widths.get_mut().clear();
    }

    pub(super) fn clear(&self) {
        let (width, height) = self.size;
        self.context
            .clear_rect(0.0, 0.0, f64::from(width), f64::from(height));
    }

    fn set_fill(&mut self, color: BackendColor) {
        let paint = paint(color);
        if self.fill != Some(paint) {
            self.fill = Some(paint);
            self.context.set_fill_style_str(&css(paint));
        }
    }

    fn set_stroke(&mut self, color: BackendColor, width: u32) {
        let paint = paint(color);
        if self.stroke != Some(paint) {
            self.stroke = Some(paint);
            self.context.set_stroke_style_str(&css(paint));
        }
        if self.line_width != width {
            self.line_width = width;
            self.context.set_line_width(f64::from(width));
        }
    }

    fn set_font<S: BackendTextStyle>(&self, style: &S) -> (u32, bool) {
        let bold = matches!(style.style(), FontStyle::Bold);
        let font = ((style.size() / FONT_FACTOR * 10.0).round() as u32, bold);
        if *self.font.borrow() != Some(font) {
            self.font.replace(Some(font));
            let weight = if bold { "bold " } else { "" };
            let size = f64::from(font.0) / 10.0;
            let family = style.family();
            self.context
                .set_font(&format!("{weight}{size}px {}", family.as_str()));
        }
        font
    }

    fn trace(&self, points: impl IntoIterator<Item = BackendCoord>, shift: f64) {
        self.context.begin_path();
        for (place, (x, y)) in points.into_iter().enumerate() {
            let (x, y) = (f64::from(x) + shift, f64::from(y) + shift);
            if place == 0 {
                self.context.move_to(x, y);
            } else {
                self.context.line_to(x, y);
            }
        }
    }
}

impl DrawingBackend for CanvasBackend {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.set_fill(color);
        self.context.fill_rect(f64::from(x), f64::from(y), 1.0, 1.0);
        Ok(())
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.draw_path([from, to], style)
    }

    /// Filled: `bottom_right` is exclusive, at least one pixel is drawn. Outlined: both corners are pixels of the
    /// outline, which lies inside them.
    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let (x, y) = (f64::from(upper_left.0), f64::from(upper_left.1));
        let width = f64::from(bottom_right.0) - x;
        let height = f64::from(bottom_right.1) - y;
        if fill {
            self.set_fill(style.color());
            self.context
                .fill_rect(x, y, width.max(1.0), height.max(1.0));
        } else {
            let line = style.stroke_width().max(1);
            self.set_stroke(style.color(), line);
            let line = f64::from(line);
            self.context.stroke_rect(
                x + line / 2.0,
                y + line / 2.0,
                width + 1.0 - line,
                height + 1.0 - line,
            );
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        let width = style.stroke_width().max(1);
        self.set_stroke(style.color(), width);
        self.trace(path, if width % 2 == 1 { 0.5 } else { 0.0 });
        self.context.stroke();
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        self.context.begin_path();
        // Fails only for a negative radius.
        let _ = self.context.arc(
            f64::from(x),
            f64::from(y),
            f64::from(radius),
            0.0,
            std::f64::consts::TAU,
        );
        if fill {
            self.set_fill(style.color());
            self.context.fill();
        } else {
            self.set_stroke(style.color(), style.stroke_width());
            self.context.stroke();
        }
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        self.set_fill(style.color());
        self.trace(corners, 0.0);
        self.context.fill();
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        (x, y): BackendCoord,
    ) -> Drawn {
        self.set_fill(style.color());
        let (tenths, _) = self.set_font(style);
        let align = match style.anchor().h_pos {
            HPos::Left => "left",
            HPos::Center => "center",
            HPos::Right => "right",
        };
        if self.align != Some(align) {
            self.align = Some(align);
            self.context.set_text_align(align);
        }
        // Offsets of the baseline as plotters' SVG backend has them, so that both draw alike (1 ex is about 0.52 em).
        let em = f64::from(tenths) / 10.0;
        let down = match style.anchor().v_pos {
            VPos::Top => 0.76 * em,
            VPos::Center => 0.36 * em,
            VPos::Bottom => -0.26 * em,
        };
        let _ = self
            .context
            .fill_text(text, f64::from(x), (f64::from(y) + down).round());
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let (tenths, bold) = self.set_font(style);
        let height = tenths / 10;
        let key = (tenths, bold, text.to_owned());
        let mut widths = self.widths.borrow_mut();
        if let Some(width) = widths.get(&key) {
            return Ok((*width, height));
        }
        let width = self
            .context
            .measure_text(text)
            .map_or(0.0, |metrics| metrics.width());
        if widths.len() >= WIDTHS {
            widths.clear();
        }
        widths.insert(key, width.ceil() as u32);
        Ok((width.ceil() as u32, height))
    }
}

fn paint(color: BackendColor) -> Paint {
    let (r, g, b) = color.rgb;
    let rgb = u32::from(r) << 16 | u32::from(g) << 8 | u32::from(b);
    (rgb, (color.alpha.clamp(0.0, 1.0) * 255.0).round() as u8)
}

fn css((rgb, alpha): Paint) -> String {
    format!("#{rgb:06x}{alpha:02x}")
}
