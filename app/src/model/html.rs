//! HTML of the server inside a page's data.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// HTML that the server made. In the first answer it stands in the document already: there its text is left out of the
/// data that the browser takes over, since hydration leaves `inner_html` as it is. What is loaded later carries it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Html {
    text: String,
    is_in_page: bool,
}

impl Html {
    /// Marks it as part of the document.
    #[must_use]
    pub fn in_page(self) -> Self {
        Self {
            is_in_page: true,
            ..self
        }
    }

    /// The text, for `inner_html`.
    #[must_use]
    pub fn into_text(self) -> String {
        self.text
    }
}

impl From<String> for Html {
    fn from(text: String) -> Self {
        Self {
            text,
            is_in_page: false,
        }
    }
}

impl Serialize for Html {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if self.is_in_page { "" } else { &self.text })
    }
}

impl<'de> Deserialize<'de> for Html {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_document_is_not_sent_twice() {
        let html = Html::from("<p>x</p>".to_owned());
        let text = serde_json::to_string(&html).expect("written");
        assert_eq!(text, "\"<p>x</p>\"");
        assert_eq!(serde_json::from_str::<Html>(&text).expect("read"), html);
        let shown = html.in_page();
        assert_eq!(serde_json::to_string(&shown).expect("written"), "\"\"");
        assert_eq!(shown.into_text(), "<p>x</p>");
    }
}
