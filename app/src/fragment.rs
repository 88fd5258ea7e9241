//! Parts of pages that change often, as HTML text.
//!
//! The server and the browser make them with the same functions, so that nothing changes when the browser takes over.
//! Text costs a fraction of what views do, in code to load and in work for each change.

pub mod alerts;
pub mod book;
mod depth;
pub mod feeds;
pub mod layers;
pub mod tape;
pub mod venues;

use std::fmt;

use crate::{
    components::{ago::age_text, status::Level},
    format,
    model::format_utc,
};

/// Marks prices that are not real, as the component of that name.
const SIMULATED: &str = "<span class=\"badge badge-simulated\" data-testid=\"simulated-badge\" \
    title=\"Generated prices, not those of a market\">SIMULATED</span>";

/// A text from outside: what would be markup stays text.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a>(pub &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.0.split_inclusive(['&', '<', '>', '"', '\'']) {
            let (plain, escaped) = match part.as_bytes().last() {
                Some(b'&') => (&part[..part.len() - 1], "&amp;"),
                Some(b'<') => (&part[..part.len() - 1], "&lt;"),
                Some(b'>') => (&part[..part.len() - 1], "&gt;"),
                Some(b'"') => (&part[..part.len() - 1], "&quot;"),
                Some(b'\'') => (&part[..part.len() - 1], "&#39;"),
                _ => (part, ""),
            };
            f.write_str(plain)?;
            f.write_str(escaped)?;
        }
        Ok(())
    }
}

/// Shape and word in the colour of their level, as the component of that name.
fn status((level, word): (Level, &str)) -> String {
    let (name, path) = (level.as_str(), level.path());
    format!(
        "<span class=\"status level-{name}\"><svg class=\"shape level-{name}\" viewBox=\"0 0 12 12\" aria-hidden=\"true\">\
         <path d=\"{path}\"/></svg><span>{word}</span></span>"
    )
}

/// A moment as its age at `now`, which goes on in the browser; a dash for `None`.
pub(crate) fn ago(at: Option<i64>, now: i64) -> String {
    at.map_or_else(
        || format::UNKNOWN.to_owned(),
        |at| {
            let utc = format_utc(at);
            format!(
                "<time class=\"num nowrap\" data-at=\"{at}\" datetime=\"{}Z\" title=\"{utc} UTC\">{}</time>",
                utc.replacen(' ', "T", 1),
                age_text(at, now)
            )
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_from_outside_stays_text() {
        let shown = Text("a<b>&\"'é</b>").to_string();
        assert_eq!(shown, "a&lt;b&gt;&amp;&quot;&#39;é&lt;/b&gt;");
        assert_eq!(Text("").to_string(), "");
        assert_eq!(Text("plain").to_string(), "plain");
    }
}
