//! News of publishers who keep an RSS or Atom feed.

pub mod facts;
pub mod messages;
