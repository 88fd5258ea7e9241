//! The chart in the browser: three canvases, one frame scheduler, tiles and input.
//!
//! Nothing is drawn in an event handler. A handler changes state and says what has become dirty; the next animation
//! frame draws it once.

mod backend;
mod engine;
mod handle;
mod input;
mod legend;
mod listen;
mod load;
mod overlay;
mod probe;
mod surface;

pub(super) use handle::{Handle, Mount};
