//! Reads the flat Python or JSON dict that news files carry in a cell: `{'class': 'negative', 'polarity': -0.1}`.

/// Longer text is no sentiment and no source.
const MAX_LENGTH: usize = 1024;
/// More entries are no sentiment and no source.
const MAX_ENTRIES: usize = 16;

/// A value of the dict.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Text(String),
    Number(f64),
    /// `None`, `null`, `True`, …
    Word(String),
}

/// The dict's entries in their order; `None` if the text is anything but one flat dict.
pub(super) fn read_dict(text: &str) -> Option<Vec<(String, Value)>> {
    if text.len() > MAX_LENGTH {
        return None;
    }
    let mut rest = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
    let mut entries = Vec::new();
    while !rest.is_empty() {
        if entries.len() == MAX_ENTRIES {
            return None;
        }
        let (key, after_key) = take_text(rest)?;
        let (value, after_value) =
            take_value(after_key.trim_start().strip_prefix(':')?.trim_start())?;
        entries.push((key, value));
        let after_value = after_value.trim_start();
        rest = match after_value.strip_prefix(',') {
            Some(next) => next.trim_start(),
            None if after_value.is_empty() => after_value,
            None => return None,
        };
    }
    Some(entries)
}

/// The value of a key.
pub(super) fn value<'a>(entries: &'a [(String, Value)], key: &str) -> Option<&'a Value> {
    entries
        .iter()
        .find(|(name, _)| name == key)
        .map(|(_, value)| value)
}

fn take_value(rest: &str) -> Option<(Value, &str)> {
    if rest.starts_with(['\'', '"']) {
        let (text, rest) = take_text(rest)?;
        return Some((Value::Text(text), rest));
    }
    let end = rest.find(',').unwrap_or(rest.len());
    let (word, rest) = (rest[..end].trim(), &rest[end..]);
    if let Ok(number) = word.parse::<f64>() {
        // Rust reads `nan` and `inf` too; no file means them
        return number.is_finite().then_some((Value::Number(number), rest));
    }
    let is_word = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_word.then(|| (Value::Word(word.to_owned()), rest))
}

/// Takes a quoted text; a backslash keeps the character after it as it is.
fn take_text(rest: &str) -> Option<(String, &str)> {
    let mut chars = rest.char_indices();
    let (_, quote) = chars.next()?;
    if quote != '\'' && quote != '"' {
        return None;
    }
    let mut text = String::new();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => text.push(chars.next()?.1),
            _ if c == quote => return Some((text, &rest[at + quote.len_utf8()..])),
            _ => text.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dicts_of_real_files() {
        let entries =
            read_dict("{'class': 'negative', 'polarity': -0.1, 'subjectivity': 0.6}").unwrap();
        assert_eq!(
            value(&entries, "class"),
            Some(&Value::Text("negative".into()))
        );
        assert_eq!(value(&entries, "polarity"), Some(&Value::Number(-0.1)));
        let entries = read_dict(r#"{'id': None, 'name': "Today's News", 'x': 'it\'s',}"#).unwrap();
        assert_eq!(value(&entries, "id"), Some(&Value::Word("None".into())));
        assert_eq!(
            value(&entries, "name"),
            Some(&Value::Text("Today's News".into()))
        );
        assert_eq!(value(&entries, "x"), Some(&Value::Text("it's".into())));
        assert_eq!(read_dict("{}"), Some(vec![]));
    }

    #[test]
    fn what_is_no_flat_dict() {
        for text in [
            "",
            "{",
            "{'a'}",
            "{'a': }",
            "{'a': 1 'b': 2}",
            "{'a': {'b': 1}}",
            "{'a': nan}",
            "{'a': __import__('os')}",
            "{'a': 'b}",
            "['a']",
        ] {
            assert_eq!(read_dict(text), None, "{text}");
        }
        assert_eq!(read_dict(&format!("{{'a': '{}'}}", "x".repeat(2000))), None);
    }
}
