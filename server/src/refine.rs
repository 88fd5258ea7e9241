//! Parses, cleans and rolls up; pure.

pub mod book;
