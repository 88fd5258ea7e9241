//! One module for each page.

pub mod about;
pub mod batches;
pub mod market;
pub mod not_found;
pub mod overview;
pub mod pipeline;
pub mod quality;
