//! What the name of a file claims, held against its content. The content wins.

use app::model::format_utc_short;

use super::{Inspection, venues};
use crate::refine::{columns::instrument_of_name, formats};

pub(super) fn check(report: &mut Inspection) {
    if report.refusal.is_some() {
        return;
    }
    let file = report
        .name
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or_default()
        .to_lowercase();
    let mut warnings = Vec::new();
    warnings.extend(year(&file, report));
    if report.dataset == "candle" {
        warnings.extend(venue(&file, report));
        warnings.extend(market(&file, report));
        warnings.extend(instrument(&file, report));
    }
    report.warnings.extend(warnings);
}

fn year(file: &str, report: &Inspection) -> Option<String> {
    let years: Vec<i64> = file
        .split(|c: char| !c.is_ascii_digit())
        .filter(|digits| digits.len() == 4)
        .filter_map(|digits| digits.parse().ok())
        .filter(|year| (2009..=2100).contains(year))
        .collect();
    let of = |at_ms: Option<i64>| format_utc_short(at_ms?).get(..4)?.parse::<i64>().ok();
    let (first, last) = (of(report.first_ms)?, of(report.last_ms)?);
    let (from, to) = (*years.iter().min()?, *years.iter().max()?);
    // the rest of the file may reach further
    (last < from || first > to).then(|| {
        let seen = if first == last {
            first.to_string()
        } else {
            format!("{first} to {last}")
        };
        let claimed = if from == to {
            from.to_string()
        } else {
            format!("{from} to {to}")
        };
        let part = if report.is_whole {
            "its rows"
        } else {
            "its first rows"
        };
        format!("the file's name says {claimed}, {part} are of {seen}: the content counts")
    })
}

fn venue(file: &str, report: &Inspection) -> Option<String> {
    let of_format = formats::definition(&report.format)?.venue?;
    let claimed = venues().find(|venue| file.contains(venue))?;
    (claimed != of_format).then(|| {
        format!(
            "the file's name says {claimed}, its content is laid out as files of {of_format} are: the content counts"
        )
    })
}

fn market(file: &str, report: &Inspection) -> Option<String> {
    let word = |words: &[&'static str]| {
        file.split(|c: char| !c.is_ascii_alphanumeric())
            .find_map(|token| words.iter().copied().find(|word| *word == token))
    };
    let says_futures = word(&["futures", "perp", "perpetual", "swap", "um", "cm"]);
    let says_spot = word(&["spot"]);
    match (report.market.as_str(), says_spot, says_futures) {
        ("futures", Some(_), _) => Some(
            "the file's name says spot, its content is of futures: the content counts".to_owned(),
        ),
        ("spot", _, Some(word)) => Some(format!(
            "the file's name says {word}, nothing in its content says futures: it is taken for spot; say --format \
             binance-futures or --instrument BTC-USDT-PERP if it is not"
        )),
        _ => None,
    }
}

/// A pair in the name is used where the content says nothing, and warned of where it says something else.
fn instrument(file: &str, report: &mut Inspection) -> Option<String> {
    let claimed = instrument_of_name(file);
    match (&report.instrument, claimed) {
        (Some(instrument), Some(claimed)) if *instrument != claimed => Some(format!(
            "the file's name says {claimed}, its content {instrument}: the content counts"
        )),
        (Some(_), _) => None,
        (None, Some(claimed)) => {
            let warning = format!(
                "nothing in the content says what is traded: {claimed} is taken from the file's name"
            );
            report.instrument = Some(claimed);
            Some(warning)
        }
        (None, None) => {
            let usual = formats::definition(&report.format)?.instrument;
            Some(match usual {
                Some(usual) => format!(
                    "nothing says what is traded: {usual} is assumed, which files of this format mostly hold; say it with \
                     --instrument"
                ),
                None => "nothing says what is traded: BTC-USD is assumed; say it with --instrument"
                    .to_owned(),
            })
        }
    }
}
