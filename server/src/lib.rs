//! The server: both pipelines, the store and the web.
//!
//! `source` fetches and lands, `refine` parses, cleans and rolls up (pure), `quality` judges (pure), `pipeline` wires
//! them, `notify` words and sends notices, `store` is the only place with SQL, `web` serves.

// A test that meets a missing value has failed: unwrapping says so.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod analysis;
pub mod backend;
pub mod cli;
pub mod clock;
pub mod config;
pub mod export;
pub mod hub;
pub mod notify;
pub mod pipeline;
pub mod quality;
pub mod refine;
pub mod sample;
pub mod secret;
pub mod simulator;
pub mod source;
pub mod store;
pub mod web;
pub mod when;
