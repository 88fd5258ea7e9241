//! Whether a row is one record with its values in their columns. What is not is set apart, never guessed at: a
//! replacement character that ate a closing quote fuses two articles into one with a plausible title.

use std::borrow::Cow;

use super::{columns::Columns, url};
use crate::refine::dates;

/// Longer headlines are two records in one.
const MAX_TITLE: usize = 1000;

/// What keeps the row from being a record; `None` if nothing does.
pub(super) fn contract_fault(
    columns: &Columns,
    raw: &str,
    fields: &[Cow<'_, str>],
) -> Option<String> {
    let is_blank = |field: &Cow<'_, str>| field.trim().is_empty();
    if fields.iter().all(is_blank) {
        return Some("empty row".to_owned());
    }
    let (expected, found) = (columns.count, fields.len());
    if found < expected || !fields[expected..].iter().all(is_blank) {
        return Some(format!("expected {expected} columns, found {found}"));
    }
    if is_header(columns, fields) {
        return Some("header repeated among the rows".to_owned());
    }
    if is_unterminated(raw, fields) {
        return Some("a quotation mark is opened and not closed".to_owned());
    }
    let mut numbered = fields.iter().enumerate();
    if numbered.any(|(at, field)| holds_record(field, at, expected)) {
        return Some("a cell holds the beginning of another record".to_owned());
    }
    let title = fields[columns.title].trim();
    if title.chars().count() > MAX_TITLE {
        return Some(format!("title of more than {MAX_TITLE} characters"));
    }
    is_shifted(columns, fields).then(|| "values stand in the wrong columns".to_owned())
}

fn is_header(columns: &Columns, fields: &[Cow<'_, str>]) -> bool {
    let is_named = |at: usize, names: &[&str]| {
        let field = fields[at].trim_matches(['\u{feff}', ' ', '\t']);
        names.iter().any(|name| field.eq_ignore_ascii_case(name))
    };
    is_named(columns.title, &["title", "headline"])
        && is_named(
            columns.date,
            &["date", "published_on", "publishedat", "published_at"],
        )
}

/// The file ended inside quotes, or an odd mark let a cell run over the line end.
fn is_unterminated(raw: &str, fields: &[Cow<'_, str>]) -> bool {
    let is_odd = raw.bytes().filter(|&byte| byte == b'"').count() % 2 == 1;
    if !is_odd {
        return false;
    }
    let last = fields.last().map_or("", |field| field.trim_end());
    let opened = raw
        .trim_end()
        .strip_suffix(last)
        .is_some_and(|before| before.ends_with('"'));
    opened || fields.iter().any(|field| field.trim().contains('\n'))
}

/// True if a line in the cell begins like a row: a date, a delimiter, and what follows in a row, at least up to the column
/// in which the cell itself stands.
fn holds_record(field: &str, at: usize, columns: usize) -> bool {
    let lines = field.split(['\n', '\r']).skip(1);
    lines.into_iter().any(|line| {
        [';', ',', '\t'].into_iter().any(|delimiter| {
            let Some((date, rest)) = line.split_once(delimiter) else {
                return false;
            };
            let rest = rest.trim();
            let is_row = rest.is_empty()
                || rest.starts_with(['{', '"'])
                || rest.matches(delimiter).count()
                    >= columns.saturating_sub(3).min(at.saturating_sub(1)).max(3);
            is_row && dates::read(date.trim_matches('"')).is_some()
        })
    })
}

/// True if a column holds what belongs into another one.
fn is_shifted(columns: &Columns, fields: &[Cow<'_, str>]) -> bool {
    let is_dict = |text: &str| text.starts_with("{'class'") || text.starts_with("{\"class\"");
    let is_address = |text: &str| text.starts_with("https://") || text.starts_with("http://");
    let title = fields[columns.title].trim();
    if is_dict(title) || is_address(title) {
        return true;
    }
    let others = |own: usize| {
        let others = fields.iter().enumerate().filter(move |(at, _)| *at != own);
        others.map(|(_, field)| field.trim())
    };
    let sentiment_elsewhere = columns
        .sentiment
        .is_some_and(|own| !fields[own].trim().starts_with('{') && others(own).any(is_dict));
    let date_elsewhere = columns.url.is_some_and(|own| {
        let given = fields[own].trim();
        !given.is_empty() && url::canonical(given).is_none() && dates::read(given).is_some()
    });
    let address_in_date = is_address(fields[columns.date].trim());
    sentiment_elsewhere || date_elsewhere || address_in_date
}
