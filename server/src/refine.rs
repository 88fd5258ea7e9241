//! Parses, cleans and rolls up: pure functions, landing in, rows and rejects out.

pub mod news;
