//! Text into tokens with their columns.

use super::{MAX_LENGTH, error::ExprError};

/// A piece of the text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Number(f64),
    /// A column, a function or a word of the language.
    Name(String),
    /// `+`, `<=`, `(`, `,` and the like.
    Sign(&'static str),
    End,
}

impl Token {
    /// For messages.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Number(number) => format!("`{number}`"),
            Self::Name(name) => format!("`{name}`"),
            Self::Sign(sign) => format!("`{sign}`"),
            Self::End => "the end".to_owned(),
        }
    }
}

/// The longer of two signs that begin alike comes first; the second word is what the first means.
const SIGNS: [(&str, &str); 17] = [
    ("<=", "<="),
    (">=", ">="),
    ("!=", "!="),
    ("<>", "!="),
    ("==", "="),
    ("≤", "<="),
    ("≥", ">="),
    ("<", "<"),
    (">", ">"),
    ("=", "="),
    ("+", "+"),
    ("-", "-"),
    ("*", "*"),
    ("/", "/"),
    ("%", "%"),
    ("(", "("),
    (")", ")"),
];

/// Tokens and the column where each begins; the last one is [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, usize)>, ExprError> {
    if text.len() > MAX_LENGTH {
        return Err(ExprError::new(
            MAX_LENGTH,
            format!("the expression is longer than {MAX_LENGTH} bytes"),
        ));
    }
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut column = 1;
    while let Some(first) = rest.chars().next() {
        let (token, length) = if first.is_whitespace() {
            (None, first.len_utf8())
        } else if first.is_ascii_digit() {
            let length = number_length(rest);
            (Some(number(&rest[..length], column)?), length)
        } else if first.is_ascii_alphabetic() || first == '_' {
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
            let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            (Some(Token::Name(rest[..length].to_owned())), length)
        } else if first == ',' {
            (Some(Token::Sign(",")), 1)
        } else {
            let sign = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign));
            let (sign, meant) = sign.ok_or_else(|| unreadable(first, column))?;
            (Some(Token::Sign(meant)), sign.len())
        };
        tokens.extend(token.map(|token| (token, column)));
        column += rest[..length].chars().count();
        rest = &rest[length..];
    }
    tokens.push((Token::End, column));
    Ok(tokens)
}

fn unreadable(found: char, column: usize) -> ExprError {
    let hint = match found {
        '&' => "; write `and`",
        '|' => "; write `or`",
        '!' => "; write `not`",
        '"' | '\'' => "; there are numbers only",
        _ => "",
    };
    ExprError::new(column, format!("`{found}` has no meaning here{hint}"))
}

fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut end = 0;
    while let Some(byte) = bytes.get(end) {
        let is_exponent_sign =
            matches!(byte, b'+' | b'-') && end > 0 && matches!(bytes[end - 1], b'e' | b'E');
        if !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.') || is_exponent_sign) {
            break;
        }
        end += 1;
    }
    end
}

fn number(text: &str, column: usize) -> Result<Token, ExprError> {
    text.replace('_', "")
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
        .map(Token::Number)
        .ok_or_else(|| ExprError::new(column, format!("`{text}` is no number")))
}
