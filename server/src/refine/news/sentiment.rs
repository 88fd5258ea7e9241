//! The sentiment that a file gives: a Python dict, JSON, a bare number or a bare word.

use super::literal::{self, Value};

/// What a sentiment cell says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Sentiment {
    /// −1 to 1.
    pub(super) polarity: Option<f64>,
    /// `positive`, `neutral` or `negative`.
    pub(super) class: Option<String>,
    /// Something is given that cannot be read or is out of range.
    pub(super) malformed: bool,
}

impl Sentiment {
    /// Reads a cell; an empty one says nothing.
    pub(super) fn read(text: &str) -> Self {
        let text = text.trim();
        if matches!(text, "" | "None" | "null" | "nan" | "NaN") {
            return Self::default();
        }
        let mut sentiment = Self::default();
        match literal::read_dict(text) {
            Some(entries) => {
                for (key, value) in &entries {
                    match (key.as_str(), value) {
                        ("class", Value::Text(class)) => sentiment.take_class(class),
                        ("polarity", Value::Number(polarity)) => sentiment.take_polarity(*polarity),
                        ("class" | "polarity", Value::Word(word)) if is_nothing(word) => {}
                        ("class" | "polarity", _) => sentiment.malformed = true,
                        _ => {}
                    }
                }
                if sentiment.polarity.is_none() && sentiment.class.is_none() {
                    sentiment.malformed = true;
                }
            }
            None => match text.parse() {
                Ok(polarity) => sentiment.take_polarity(polarity),
                Err(_) => sentiment.take_class(text),
            },
        }
        sentiment
    }

    fn take_polarity(&mut self, polarity: f64) {
        if (-1.0..=1.0).contains(&polarity) {
            self.polarity = Some(polarity);
        } else {
            self.malformed = true;
        }
    }

    fn take_class(&mut self, class: &str) {
        let class = class.to_ascii_lowercase();
        if matches!(class.as_str(), "positive" | "neutral" | "negative") {
            self.class = Some(class);
        } else {
            self.malformed = true;
        }
    }
}

fn is_nothing(word: &str) -> bool {
    matches!(word, "None" | "null")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        for (text, polarity, class, malformed) in [
            ("", None, None, false),
            ("None", None, None, false),
            (
                "{'class': 'negative', 'polarity': -0.1, 'subjectivity': 0.6}",
                Some(-0.1),
                Some("negative"),
                false,
            ),
            (
                r#"{"class": "Neutral", "polarity": 0}"#,
                Some(0.0),
                Some("neutral"),
                false,
            ),
            (
                "{'class': 'positive', 'polarity': 1.5}",
                None,
                Some("positive"),
                true,
            ),
            ("{'class': 'great', 'polarity': 1}", Some(1.0), None, true),
            (
                "{'class': 'positive', 'polarity': None}",
                None,
                Some("positive"),
                false,
            ),
            (
                "{'class': 'positive', 'polarity': '1'}",
                None,
                Some("positive"),
                true,
            ),
            ("{}", None, None, true),
            ("{'class': 'positive', 'pol", None, None, true),
            ("-0.25", Some(-0.25), None, false),
            ("NaN", None, None, false),
            ("inf", None, None, true),
            ("2", None, None, true),
            ("POSITIVE", None, Some("positive"), false),
            ("bullish", None, None, true),
        ] {
            let expected = Sentiment {
                polarity,
                class: class.map(str::to_owned),
                malformed,
            };
            assert_eq!(Sentiment::read(text), expected, "{text}");
        }
    }
}
