//! What is wrong with a text, and where.

/// Why a text is no expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {message}")]
pub struct ExprError {
    /// Column of the text, in characters, from 1.
    pub column: usize,
    /// What is wrong there, and what to write instead.
    pub message: String,
}

impl ExprError {
    pub(super) fn new(column: usize, message: impl Into<String>) -> Self {
        Self {
            column,
            message: message.into(),
        }
    }

    /// About a name that does not exist among `known` ones.
    pub(super) fn unknown(
        column: usize,
        what: &str,
        name: &str,
        known: impl Iterator<Item = impl AsRef<str>> + Clone,
    ) -> Self {
        let message = match closest(name, known.clone()) {
            Some(near) => format!("there is no {what} `{name}`; did you mean `{near}`?"),
            None => {
                let names: Vec<String> = known.map(|name| name.as_ref().to_owned()).collect();
                format!(
                    "there is no {what} `{name}`; there are {}",
                    names.join(", ")
                )
            }
        };
        Self::new(column, message)
    }
}

/// The known name that was probably meant, if one is near.
pub fn closest(name: &str, known: impl Iterator<Item = impl AsRef<str>>) -> Option<String> {
    let name = name.to_lowercase();
    known
        .map(|known| {
            let distance = strsim::osa_distance(&name, &known.as_ref().to_lowercase());
            (distance, known)
        })
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, known)| *distance * 3 <= known.as_ref().chars().count().max(3))
        .map(|(_, known)| known.as_ref().to_owned())
}
