//! Parts that pages are made of.

pub mod ago;
pub mod alerts;
pub mod announcer;
pub mod charts;
pub mod feeds;
pub mod kpi;
pub mod layers;
pub mod nav;
pub mod panel;
pub mod runs;
pub mod show;
#[cfg(feature = "ssr")]
pub mod sparkline;
pub mod status;
pub mod top_bar;
pub mod verdict;
