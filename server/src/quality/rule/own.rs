//! A rule as a person writes it: its block alone, or a whole file with nothing else in it.

use super::{
    Rule, RuleBook, RuleError,
    file::{SHIPPED, parse, unjudged, with_rule},
};

/// A longer text is no rule.
pub const MAX_TEXT: usize = 16 * 1024;
/// Dataset of a rule that says nothing of it and is not known.
const USUAL: &str = "candle";

/// A rule that was read, and the file it belongs into.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnRule {
    /// The rule.
    pub rule: Rule,
    /// `candle.toml`
    pub file: String,
    /// Its name in the file: `spike_reversal`.
    pub name: String,
    /// Its block alone.
    pub block: String,
}

/// Reads one rule, `[check.NAME]` and what follows. Above it may stand `dataset = "…"`; without it the rule belongs where
/// one of that name is, or to candles.
///
/// # Errors
/// What is wrong, with the line of the text.
pub fn own_rule(text: &str, book: &RuleBook) -> Result<OwnRule, RuleError> {
    let wrong = |line: usize, message: &str| RuleError {
        file: "the rule".to_owned(),
        line,
        message: message.to_owned(),
    };
    if text.len() > MAX_TEXT {
        return Err(wrong(1, "the text is longer than 16 kB"));
    }
    let heads: Vec<(usize, &str)> = text
        .lines()
        .enumerate()
        .filter_map(|(line, text)| Some((line, name_of(text)?)))
        .collect();
    let (line, name) = match heads.as_slice() {
        [] => return Err(wrong(1, "a rule begins with [check.NAME]")),
        [(line, name), rest @ ..] => {
            if let Some((line, _)) = rest.iter().find(|(_, other)| other != name) {
                return Err(wrong(line + 1, "one rule at a time: this is a second one"));
            }
            (*line, (*name).to_owned())
        }
    };
    let above: Vec<&str> = text.lines().take(line).collect();
    let block: String = text
        .lines()
        .skip(line)
        .fold(String::new(), |mut block, text| {
            block.push_str(text);
            block.push('\n');
            block
        });
    let told = above.iter().find_map(|text| dataset_of(text));
    let dataset = told.map_or_else(|| guessed(&name, book), str::to_owned);
    let Some(header) = header_of(&dataset) else {
        let known: Vec<&str> = SHIPPED
            .iter()
            .filter_map(|(file, _)| file.strip_suffix(".toml"))
            .collect();
        return Err(wrong(
            1,
            &format!(
                "there is no dataset {dataset:?}; there are {}",
                known.join(", ")
            ),
        ));
    };
    let file = format!("{dataset}.toml");
    let lines_before = header.lines().count();
    let rules = parse(&file, &format!("{header}{block}")).map_err(|errors| {
        let first = errors.into_iter().next();
        first.map_or_else(
            || wrong(1, "it cannot be read"),
            |error| RuleError {
                file: "the rule".to_owned(),
                line: (error.line + line).saturating_sub(lines_before).max(1),
                message: error.message,
            },
        )
    })?;
    let rule = rules
        .into_iter()
        .next()
        .ok_or_else(|| wrong(line + 1, "there is no rule in it"))?;
    if let Some(message) = unjudged(&rule) {
        return Err(wrong(line + 1, &message));
    }
    Ok(OwnRule {
        rule,
        file,
        name,
        block,
    })
}

/// The text of a rule file with this rule in it; `before` is what the file says now, if it is there.
#[must_use]
pub fn file_with(own: &OwnRule, before: Option<&str>) -> String {
    let dataset = own.file.trim_end_matches(".toml");
    let header = header_of(dataset).unwrap_or_default();
    with_rule(before.unwrap_or(&header), &own.name, &own.block)
}

/// `NAME` of `[check.NAME]`.
fn name_of(line: &str) -> Option<&str> {
    let head = line.trim().strip_prefix("[check.")?;
    let (name, _) = head.split_once(']')?;
    // a table of limits below the rule
    Some(name.split('.').next().unwrap_or(name))
}

fn dataset_of(line: &str) -> Option<&str> {
    let value = line.trim().strip_prefix("dataset")?.trim_start();
    let value = value.strip_prefix('=')?.trim();
    value.split('"').nth(1)
}

/// Candles first: most rules are about them.
fn guessed(name: &str, book: &RuleBook) -> String {
    let usual = book.get(&format!("{USUAL}.{name}"));
    let other = || {
        book.iter()
            .find(|rule| rule.id.split_once('.').is_some_and(|(_, of)| of == name))
    };
    usual.or_else(other).map_or_else(
        || USUAL.to_owned(),
        |rule| rule.file.trim_end_matches(".toml").to_owned(),
    )
}

/// What stands in a shipped file above its first rule, without comments: a file of one's own begins with it.
fn header_of(dataset: &str) -> Option<String> {
    let (_, text) = SHIPPED
        .iter()
        .find(|(file, _)| file.strip_suffix(".toml") == Some(dataset))?;
    let mut header = String::new();
    for line in text
        .lines()
        .take_while(|line| !line.trim_start().starts_with("[check."))
        .filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
    {
        header.push_str(line);
        header.push('\n');
    }
    header.push('\n');
    Some(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "[check.spike_reversal]\ntitle = \"no spike\"\ndimension = \"accuracy\"\n\
                        rule = \"spike_reversal\"\nwarn = { k = 9, floor = 0.004 }\n";

    #[test]
    fn a_block_alone_goes_where_its_name_is_known() {
        let book = RuleBook::shipped();
        let own = own_rule(RULE, book).unwrap();
        assert_eq!(
            (own.rule.id, own.file.as_str()),
            ("candle.spike_reversal", "candle.toml")
        );
        let new_one = RULE.replace("spike_reversal]", "mine]");
        assert_eq!(own_rule(&new_one, book).unwrap().rule.id, "candle.mine");
        let query = "dataset = \"trade\"\n\n[check.mine]\ntitle = \"t\"\ndimension = \"validity\"\n\
                     rule = \"sql\"\nquery = \"select 1\"\nseverity = \"warn\"\n";
        assert_eq!(own_rule(query, book).unwrap().file, "trade.toml");
        let told = format!("dataset = \"trade\"\n\n{new_one}");
        let refused = own_rule(&told, book).unwrap_err();
        assert!(refused.message.contains("nothing would judge trade.mine"));
    }

    #[test]
    fn what_is_wrong_is_told_with_the_line_of_the_text() {
        let book = RuleBook::shipped();
        let error = |text: &str| own_rule(text, book).unwrap_err();
        let typo = RULE.replace("floor = 0.004", "flor = 0.004");
        assert_eq!(error(&typo).line, 5, "{}", error(&typo));
        assert!(error(&typo).message.contains("floor"), "{}", error(&typo));
        assert_eq!(error(&format!("\n\n{typo}")).line, 7);
        assert_eq!(error(&format!("{RULE}[check.other]\n")).line, 6);
        assert!(error("warn = 1").message.contains("[check.NAME]"));
        assert!(error(&"x".repeat(MAX_TEXT + 1)).message.contains("16 kB"));
        assert!(
            error(&format!("dataset = \"nothing\"\n{RULE}"))
                .message
                .contains("candle")
        );
    }

    #[test]
    fn what_is_only_known_afterwards_cannot_set_rows_apart() {
        let stale = "[check.stale_close]\ntitle = \"t\"\ndimension = \"timeliness\"\nrule = \"stale\"\n\
                     unless_all = true\naction = \"quarantine\"\nwarn = 15\n";
        let book = RuleBook::shipped();
        let refused = own_rule(stale, book).unwrap_err();
        assert!(refused.message.contains("unless_all"), "{refused}");
        assert!(own_rule(&stale.replace("true", "false"), book).is_ok());
    }

    #[test]
    fn a_file_keeps_what_else_is_in_it() {
        let book = RuleBook::shipped();
        let own = own_rule(RULE, book).unwrap();
        let fresh = file_with(&own, None);
        assert_eq!(parse(&own.file, &fresh).unwrap()[0].id, own.rule.id);
        let (_, shipped) = SHIPPED.iter().find(|(file, _)| *file == own.file).unwrap();
        let whole = file_with(&own, Some(shipped));
        let count = |text: &str| parse(&own.file, text).unwrap().len();
        assert_eq!(count(&whole), count(shipped));
        assert!(whole.contains("floor = 0.004"));
    }
}
