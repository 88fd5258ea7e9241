//! Rule files.

use super::Rule;

/// Why a rule file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {message}")]
pub struct RuleError {
    /// The file's name.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong, and what to write instead.
    pub message: String,
}

/// The rules of this build.
///
/// # Errors
/// Never, which a test proves.
pub fn shipped() -> Result<Vec<Rule>, RuleError> {
    Ok(Vec::new())
}
