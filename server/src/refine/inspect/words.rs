//! An inspection in words.

use app::model::format_utc;

use super::Inspection;

#[derive(Default)]
struct Lines(String);

impl Lines {
    fn push(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn line(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.push(&format!("  {name:<11} {text}"));
        }
    }
}

/// What it seems to be, line by line, for people.
#[must_use]
pub fn words(report: &Inspection) -> String {
    let mut out = Lines::default();
    out.push(&report.name);
    if let Some(refusal) = &report.refusal {
        out.line("refused", refusal);
    }
    let packed = match report.container.as_str() {
        "plain" => "not packed",
        other => other,
    };
    if report.encoding.is_empty() {
        out.line("packed", packed);
    } else {
        let delimiter = match report.delimiter.as_str() {
            "" => String::new(),
            name => format!(", separated by {name}"),
        };
        out.line(
            "text",
            &format!(
                "{packed}, {}, line ends {}{delimiter}",
                report.encoding, report.line_ends
            ),
        );
    }
    if report.format.is_empty() {
        return out.0;
    }
    out.line("format", &format!("{} ({})", report.format, report.about));
    out.line("because", &report.why);
    let market = match (&report.instrument, report.market.as_str()) {
        (Some(instrument), "") => instrument.clone(),
        (Some(instrument), market) => format!("{instrument}, {market}"),
        (None, market) => market.to_owned(),
    };
    out.line("market", &market);
    for (index, kind) in report.times.iter().enumerate() {
        let name = if index == 0 { "times" } else { "" };
        out.line(
            name,
            &format!(
                "{} ({} rows, from line {})",
                kind.kind, kind.rows, kind.from_line
            ),
        );
    }
    out.line("zone", &report.zone);
    out.line("step", &report.step);
    if let (Some(first), Some(last)) = (report.first_ms, report.last_ms) {
        let part = if report.is_whole {
            ""
        } else {
            " (in the part looked at)"
        };
        out.line(
            "range",
            &format!("{} to {} UTC{part}", format_utc(first), format_utc(last)),
        );
    }
    let rows = match report.rows_estimated {
        Some(rows) if report.is_whole => rows.to_string(),
        Some(rows) => format!("about {rows}"),
        None => format!("{} looked at", report.rows_seen),
    };
    out.line("rows", &rows);
    out.line("columns", &columns(report));
    sample(report, &mut out);
    for (name, texts) in [
        ("set apart", &report.rejected),
        ("careful", &report.warnings),
    ] {
        for (index, text) in texts.iter().enumerate() {
            out.line(if index == 0 { name } else { "" }, text);
        }
    }
    out.0
}

fn columns(report: &Inspection) -> String {
    let used = report.columns.iter().map(|column| {
        let meaning = match column.meaning.as_str() {
            "" => "not used",
            meaning => meaning,
        };
        match column.name.as_str() {
            "" => format!("{} {meaning}", column.position),
            name if name.eq_ignore_ascii_case(meaning) => format!("{} {name}", column.position),
            name => format!("{} {name:?} = {meaning}", column.position),
        }
    });
    used.collect::<Vec<_>>().join(", ")
}

fn sample(report: &Inspection, out: &mut Lines) {
    const MAX_WIDTH: usize = 40;
    let short = |text: &str| -> String {
        let text: String = text.chars().take(MAX_WIDTH).collect();
        text.escape_debug().to_string()
    };
    let rows: Vec<Vec<String>> = std::iter::once(&report.sample_columns)
        .chain(&report.sample)
        .map(|row| row.iter().map(|cell| short(cell)).collect())
        .collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    for (index, row) in rows.iter().enumerate() {
        let name = if index == 0 { "read as" } else { "" };
        let cells = row
            .iter()
            .enumerate()
            .filter(|(column, _)| rows.iter().skip(1).any(|row| !row[*column].is_empty()))
            .map(|(column, cell)| format!("{cell:<0$}", width(column)));
        out.line(name, cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}
