//! Query parameters.

use axum::{extract::Query, http::Uri};

/// The parameters of one question, in their order.
#[derive(Debug, Clone, Default)]
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    /// Takes a query apart; `None` if it is no text.
    pub(super) fn parse(query: &str) -> Option<Self> {
        let uri: Uri = format!("/?{query}").parse().ok()?;
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(&uri).ok()?;
        Some(Self(pairs.0))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// True if a parameter is given twice.
    pub(super) fn repeats(&self) -> bool {
        (1..self.0.len()).any(|at| self.0[..at].iter().any(|pair| pair.0 == self.0[at].0))
    }

    /// A whole number, where one is given.
    ///
    /// # Errors
    /// When it is given, but no number of at most 18 digits.
    pub(super) fn number(&self, name: &str) -> Result<Option<i64>, NotANumber> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        let digits = (1..=18).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        match text.parse() {
            Ok(number) if digits => Ok(Some(number)),
            _ => Err(NotANumber),
        }
    }
}

/// A parameter is not the number it should be.
#[derive(Debug)]
pub(super) struct NotANumber;
