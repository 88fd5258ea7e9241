//! The candle chart: pure logic that both sides compile, drawing over any plotters backend, and the component.
//!
//! The server draws the first picture as SVG ([`price_svg`]); in the browser the same drawing code fills canvases.
//! Logic comes first and knows no browser: [`viewport`] (what is visible), [`ticks`], [`gaps`], [`hit`], [`tile`],
//! [`step`] and [`cache`]. [`draw`] turns a [`draw::Scene`] into plotters elements.

pub mod cache;
pub mod draw;
pub mod gaps;
pub mod hit;
pub mod label;
pub mod layout;
pub mod palette;
pub mod step;
pub mod ticks;
pub mod tile;
pub mod viewport;

#[cfg(feature = "hydrate")]
mod canvas;
mod component;
#[cfg(feature = "ssr")]
mod svg;
#[cfg(test)]
mod testing;

pub use component::{Chart, RangeRequest};
#[cfg(feature = "ssr")]
pub(crate) use svg::escape;
#[cfg(feature = "ssr")]
pub use svg::{SvgOptions, price_svg};
