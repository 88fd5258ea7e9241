//! Judges data; pure.

pub mod catalog;
