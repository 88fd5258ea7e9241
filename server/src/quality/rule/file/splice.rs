//! The text of one rule inside its file.

use std::ops::Range;

/// The place of a rule's text, from its header to the line before the next one, without comments and blank lines
/// that belong to what follows.
pub(super) fn place_of(text: &str, name: &str) -> Option<Range<usize>> {
    let wanted = format!("[check.{name}]");
    let mut at = 0;
    let (mut start, mut end) = (None, 0);
    for line in text.split_inclusive('\n') {
        let bare = line.trim();
        let head = bare.split('#').next().unwrap_or_default().trim_end();
        if head.starts_with("[check.") || head.starts_with("[[") {
            if start.is_some() && !head.starts_with(&format!("[check.{name}.")) {
                break;
            }
            if head == wanted {
                start = Some(at);
            }
        }
        at += line.len();
        if start.is_some() && !bare.is_empty() && !bare.starts_with('#') {
            end = at;
        }
    }
    start.map(|start| start..end)
}

/// The file's text with this text of a rule, in its old place or at the end; everything else is left as it is.
#[must_use]
pub fn with_rule(file: &str, name: &str, rule: &str) -> String {
    let rule = rule.trim();
    match place_of(file, name) {
        Some(place) => format!("{}{rule}\n{}", &file[..place.start], &file[place.end..]),
        None => format!("{}\n\n{rule}\n", file.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "dataset = \"candle\"\n\n# about a\n[check.a]\nx = 1\n\n# about b\n[check.b] # here\nx = 2\n";

    #[test]
    fn a_rule_is_exchanged_and_the_rest_stays() {
        let changed = with_rule(FILE, "a", "[check.a]\nx = 9");
        assert_eq!(changed, FILE.replace("x = 1", "x = 9"));
        let longer = with_rule(FILE, "c", "[check.c]\nx = 3\n");
        assert!(longer.starts_with(FILE.trim_end()) && longer.ends_with("[check.c]\nx = 3\n"));
        assert_eq!(
            &FILE[place_of(FILE, "b").unwrap_or_default()],
            "[check.b] # here\nx = 2\n"
        );
    }
}
