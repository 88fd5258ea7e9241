//! The three canvases on top of each other, their size and their colours.

use std::{cell::RefCell, rc::Rc};

use plotters::prelude::DrawingArea;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlElement, Window};

use super::backend::CanvasBackend;
use crate::{chart::palette::Palette, theme::Theme};

/// More device pixels than this per CSS pixel cost time and cannot be seen.
const MOST_SCALE: f64 = 3.0;

/// One canvas.
pub(super) struct Layer {
    canvas: HtmlCanvasElement,
    pub(super) backend: Rc<RefCell<CanvasBackend>>,
}

impl Layer {
    pub(super) fn new(canvas: HtmlCanvasElement) -> Option<Self> {
        let context = canvas
            .get_context("2d")
            .ok()??
            .dyn_into::<CanvasRenderingContext2d>()
            .ok()?;
        Some(Self {
            canvas,
            backend: Rc::new(RefCell::new(CanvasBackend::new(context))),
        })
    }

    /// Where plotters draws.
    pub(super) fn area(&self) -> DrawingArea<CanvasBackend, plotters::coord::Shift> {
        (&self.backend).into()
    }

    pub(super) fn clear(&self) {
        if let Ok(backend) = self.backend.try_borrow() {
            backend.clear();
        }
    }

    pub(super) fn resize(&self, size: (u32, u32)) {
        self.canvas.set_width(size.0);
        self.canvas.set_height(size.1);
        if let Ok(mut backend) = self.backend.try_borrow_mut() {
            backend.resized(size);
        }
    }

    pub(super) fn forget_widths(&self) {
        if let Ok(mut backend) = self.backend.try_borrow_mut() {
            backend.forget_widths();
        }
    }
}

/// Size of the stage in CSS pixels, and device pixels in one of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Size {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) scale: f64,
}

impl Size {
    /// `None` while the stage is not shown.
    pub(super) fn of(stage: &HtmlElement, window: &Window) -> Option<Self> {
        let rect = stage.get_bounding_client_rect();
        let (width, height) = (rect.width(), rect.height());
        (width >= 1.0 && height >= 1.0).then(|| Self {
            width,
            height,
            scale: window.device_pixel_ratio().clamp(1.0, MOST_SCALE),
        })
    }
}

/// The colours of the page's design tokens, as they are for this element now.
pub(super) fn palette(stage: &HtmlElement, window: &Window) -> Palette {
    let dark = !window
        .match_media("(prefers-color-scheme: light)")
        .ok()
        .flatten()
        .is_some_and(|query| query.matches());
    let chosen = window
        .document()
        .and_then(|document| document.document_element())
        .and_then(|root| root.get_attribute("data-theme"))
        .and_then(|name| Theme::parse(&name));
    let theme = chosen.unwrap_or(if dark { Theme::Dark } else { Theme::Light });
    let palette = Palette::of(theme);
    match window.get_computed_style(stage) {
        Ok(Some(style)) => palette.with_tokens(|name| style.get_property_value(name).ok()),
        _ => palette,
    }
}
