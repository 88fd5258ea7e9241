//! Names of checks and the like, of which there are few: each is kept once and for as long as the program runs, so that
//! results and rejects of millions of rows carry them without a copy.

use std::{
    collections::HashSet,
    sync::{Mutex, OnceLock, PoisonError},
};

/// The one copy of a name. Rule files are bounded in size and number, so what is kept here is too.
#[must_use]
pub fn intern(name: &str) -> &'static str {
    static NAMES: OnceLock<Mutex<HashSet<&'static str>>> = OnceLock::new();
    let mut names = NAMES
        .get_or_init(Mutex::default)
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    match names.get(name) {
        Some(known) => known,
        None => {
            let kept: &'static str = Box::leak(name.into());
            names.insert(kept);
            kept
        }
    }
}
