//! The server: both pipelines, the store and the web.
//!
//! `source` fetches and lands, `refine` parses, cleans and rolls up (pure), `quality` judges (pure), `pipeline` wires
//! them, `store` is the only place with SQL, `web` serves.

pub mod refine;
pub mod store;
