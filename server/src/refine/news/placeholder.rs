//! Made-up headlines: `Bitcoin headline 17`, `Bitcoin headline 18`, …

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

/// Steps by one that a number must take before its headlines are held to be made up.
const MIN_STEPS: u32 = 5;
/// Stems that are followed; a real file has few headlines that end in a number.
const MAX_STEMS: usize = 10_000;

/// Headlines by what stands before their number.
#[derive(Debug, Clone, Default)]
pub(super) struct Placeholders {
    stems: HashMap<u64, (u64, u32)>,
}

impl Placeholders {
    /// Takes the title of the next record.
    pub(super) fn observe(&mut self, title: &str) {
        let Some((stem, number)) = split(title) else {
            return;
        };
        if self.stems.len() >= MAX_STEMS && !self.stems.contains_key(&stem) {
            return;
        }
        let (last, steps) = self.stems.entry(stem).or_insert((number, 0));
        *steps += u32::from(last.abs_diff(number) == 1);
        *last = number;
    }

    /// True if the title is one of a row whose numbers run.
    pub(super) fn is_one(&self, title: &str) -> bool {
        split(title).is_some_and(|(stem, _)| {
            self.stems
                .get(&stem)
                .is_some_and(|(_, steps)| *steps >= MIN_STEPS)
        })
    }
}

/// Hash of the text and the number behind it, if there is just one number and it ends the title.
fn split(title: &str) -> Option<(u64, u64)> {
    let title = title.trim_end_matches(['.', '!', ')', ']']);
    let stem = title.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = title[stem.len()..].parse().ok()?;
    if stem.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut hasher = DefaultHasher::new();
    stem.trim_end().to_lowercase().hash(&mut hasher);
    Some((hasher.finish(), number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_numbers_are_told_from_numbers() {
        let mut seen = Placeholders::default();
        for number in 1..=9 {
            seen.observe(&format!("Bitcoin headline {number}"));
            seen.observe(&format!("Bitcoin falls to {}", 20_000 + number * 371));
            seen.observe(&format!("Top {number} coins of 2022"));
        }
        assert!(seen.is_one("Bitcoin headline 3") && seen.is_one("bitcoin headline 99"));
        for title in [
            "Bitcoin falls to 20371",
            "Top 3 coins of 2022",
            "Bitcoin rises",
            "",
        ] {
            assert!(!seen.is_one(title), "{title}");
        }
    }
}
