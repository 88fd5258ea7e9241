//! What a page knows before it has asked anything.
//!
//! The server puts a [`Start`] into the context of each request; it travels inside the page, so that the browser
//! begins with exactly the values the server rendered with. Everything outside the routes (top bar, badges, ages)
//! lives from it, because nothing there may wait.

use serde::{Deserialize, Serialize};

use crate::{live::LiveHealth, model::QuoteVm, theme::Theme};

/// The server's state at the moment of the request, taken from memory.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// The reader's choice (cookie `theme`); `None` follows the system.
    pub theme: Option<Theme>,
    /// The server's clock.
    pub server_now: i64,
    /// Build version: the same text as in the `hello` event.
    pub build: String,
    /// Newest alert transition: the event stream goes on from here.
    pub seq: i64,
    /// Newest live quote.
    pub price: Option<QuoteVm>,
    /// Newest health.
    pub health: Option<LiveHealth>,
}
