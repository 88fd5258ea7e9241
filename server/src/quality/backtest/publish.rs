//! The published table: what every rule has proven, as Markdown that is read back.

use std::fmt::Write;

use app::model::{RecallVm, RecordVm, format_age};

/// What was measured on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Corpus {
    /// `quiet`, `prices-2018`.
    pub name: String,
    /// What it is.
    pub words: String,
    /// Length in days.
    pub days: f64,
    /// Rows.
    pub rows: i64,
    /// First digits of the hash of its rows.
    pub sha256: String,
    /// Day on which it was measured; empty where that does not matter, because everybody can make it again.
    pub measured: String,
}

/// A rule and what it has proven.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Proven {
    /// `candle.spike_reversal`
    pub check_id: String,
    /// `spike_reversal`
    pub kind: String,
    /// One record for each corpus.
    pub records: Vec<RecordVm>,
}

/// The table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Published {
    /// What was measured on, the generated ones first.
    pub corpora: Vec<Corpus>,
    /// Rules by name.
    pub rules: Vec<Proven>,
}

const HEAD: &str = "# What the rules have proven

Made by `assay backtest --record`; a test compares it with a new measurement. *Alerts* are counted as the life of an alert
counts them: one for each run of findings, with the waiting times of the rule. Data without faults should raise none;
real prices move, and a rule that guesses takes some moves for faults. *Faults* were put into the same data, each far
from the next: `95 of 100, 1 min` says how many the rule found and after which time, in the median. A fault that no row
of a rule mentions is not what the rule is for. `rec.live_vs_batch` is shown faults of the live side only, `candle.rollup`
faults of minutes whose bars were not made anew, and the rules of `xv` a second venue made of the same market; rules that
ask what other venues did (`unless_all`) are measured as if there were none. Real prices are not part of the project:
their columns stay as they were measured where the files are not there.
";
const NONE: &str = "–";
const ALL: &str = "all rules";

impl Published {
    /// The record of a rule on a corpus.
    #[must_use]
    pub fn record(&self, check_id: &str, corpus: &str) -> Option<&RecordVm> {
        self.rules
            .iter()
            .find(|rule| rule.check_id == check_id)?
            .records
            .iter()
            .find(|record| record.corpus == corpus)
    }

    /// Alerts a day of all rules together.
    #[must_use]
    pub fn alerts_per_day(&self, corpus: &str) -> f64 {
        self.rules
            .iter()
            .flat_map(|rule| &rule.records)
            .filter(|record| record.corpus == corpus)
            .map(|record| record.alerts_per_day)
            .sum()
    }

    /// Takes over what an older table says of corpora that were not measured this time, and the day of those that say
    /// the same as before.
    pub fn keep_from(&mut self, older: &Self) {
        for corpus in &older.corpora {
            if let Some(mine) = self
                .corpora
                .iter()
                .position(|mine| mine.name == corpus.name)
            {
                if self.says_the_same(older, &corpus.name) {
                    self.corpora[mine].measured.clone_from(&corpus.measured);
                }
                continue;
            }
            self.corpora.push(corpus.clone());
            for rule in &mut self.rules {
                let kept = older.record(&rule.check_id, &corpus.name);
                rule.records.extend(kept.cloned());
            }
        }
    }

    fn says_the_same(&self, older: &Self, corpus: &str) -> bool {
        let one = |table: &Self| Self {
            corpora: Vec::new(),
            rules: table
                .rules
                .iter()
                .map(|rule| Proven {
                    records: rule
                        .records
                        .iter()
                        .filter(|record| record.corpus == corpus)
                        .cloned()
                        .collect(),
                    ..rule.clone()
                })
                .filter(|rule| !rule.records.is_empty())
                .collect(),
        };
        let text = |table: &Self| {
            let mut one = one(table);
            one.corpora = vec![Corpus {
                name: corpus.to_owned(),
                ..Corpus::default()
            }];
            let text = one.markdown();
            // a sum of what was read back is one of rounded numbers
            let lines = text.lines().filter(|line| !line.starts_with("| **"));
            lines.collect::<Vec<_>>().join("\n")
        };
        text(self) == text(older)
    }

    /// As Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = format!("{HEAD}\n## Data\n\n");
        row(
            &mut text,
            &["data", "what it is", "days", "rows", "SHA-256", "measured"],
        );
        rule_off(&mut text, 6);
        for corpus in &self.corpora {
            let (days, rows) = (format!("{:.1}", corpus.days), corpus.rows.to_string());
            row(
                &mut text,
                &[
                    &corpus.name,
                    &corpus.words,
                    &days,
                    &rows,
                    &corpus.sha256,
                    &corpus.measured,
                ],
            );
        }
        let names: Vec<&str> = self
            .corpora
            .iter()
            .map(|corpus| corpus.name.as_str())
            .collect();
        text.push_str("\n## Alerts, and alerts a day\n\n");
        let heads = |first: [&'static str; 2]| -> Vec<String> {
            first
                .into_iter()
                .chain(names.iter().copied())
                .map(str::to_owned)
                .collect()
        };
        row(&mut text, &heads(["rule", "kind"]));
        rule_off(&mut text, names.len() + 2);
        for rule in &self.rules {
            let mut cells = vec![rule.check_id.clone(), rule.kind.clone()];
            cells.extend(names.iter().map(|name| {
                self.record(&rule.check_id, name).map_or_else(
                    || NONE.to_owned(),
                    |record| format!("{} ({:.3})", record.alerts, record.alerts_per_day),
                )
            }));
            row(&mut text, &cells);
        }
        let mut cells = vec![format!("**{ALL}**"), String::new()];
        cells.extend(
            names
                .iter()
                .map(|name| format!("**{:.3}** a day", self.alerts_per_day(name))),
        );
        row(&mut text, &cells);
        text.push_str("\n## Faults found, and after which time\n\n");
        row(&mut text, &heads(["rule", "fault"]));
        rule_off(&mut text, names.len() + 2);
        for rule in &self.rules {
            for fault in faults_of(rule) {
                let mut cells = vec![rule.check_id.clone(), fault.clone()];
                cells.extend(names.iter().map(|name| {
                    self.record(&rule.check_id, name)
                        .and_then(|record| {
                            record.recall.iter().find(|recall| recall.fault == fault)
                        })
                        .map_or_else(|| NONE.to_owned(), recall_words)
                }));
                row(&mut text, &cells);
            }
        }
        text
    }

    /// Reads what [`Published::markdown`] wrote; lines that are no rows of its tables say nothing.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut table = Self::default();
        let mut section = "";
        let mut names: Vec<String> = Vec::new();
        for line in text.lines() {
            if let Some(title) = line.strip_prefix("## ") {
                section = title;
                continue;
            }
            let Some(cells) = cells(line) else { continue };
            match (section.split(',').next().unwrap_or(""), cells.as_slice()) {
                (_, [first, ..]) if first.starts_with("---") || first.starts_with("**") => {}
                (_, [_, "what it is", ..]) => {}
                (_, ["rule" | "data", _, rest @ ..]) => {
                    names = rest.iter().map(|name| (*name).to_owned()).collect();
                }
                ("Data", [name, words, days, rows, sha256, measured]) => {
                    table.corpora.push(Corpus {
                        name: (*name).to_owned(),
                        words: (*words).to_owned(),
                        days: days.parse().unwrap_or(0.0),
                        rows: rows.parse().unwrap_or(0),
                        sha256: (*sha256).to_owned(),
                        measured: (*measured).to_owned(),
                    })
                }
                ("Alerts", [check_id, kind, rest @ ..]) => {
                    let records = names
                        .iter()
                        .zip(rest)
                        .filter_map(|(name, cell)| table.alerts_of(name, cell))
                        .collect();
                    table.rules.push(Proven {
                        check_id: (*check_id).to_owned(),
                        kind: (*kind).to_owned(),
                        records,
                    });
                }
                (_, [check_id, fault, rest @ ..]) => {
                    for (name, cell) in names.iter().zip(rest) {
                        let record = table
                            .rules
                            .iter_mut()
                            .filter(|rule| rule.check_id == *check_id)
                            .flat_map(|rule| &mut rule.records)
                            .find(|record| record.corpus == *name);
                        if let (Some(record), Some(recall)) = (record, recall(fault, cell)) {
                            record.recall.push(recall);
                        }
                    }
                }
                _ => {}
            }
        }
        table
    }

    fn alerts_of(&self, corpus: &str, cell: &str) -> Option<RecordVm> {
        let days = self.corpora.iter().find(|of| of.name == corpus)?.days;
        let (alerts, _) = cell.split_once(" (")?;
        let alerts: i64 = alerts.parse().ok()?;
        Some(RecordVm {
            corpus: corpus.to_owned(),
            days,
            alerts,
            // what is written is rounded: sums of it would be off
            alerts_per_day: if days > 0.0 {
                alerts as f64 / days
            } else {
                0.0
            },
            recall: Vec::new(),
            measured_at: None,
        })
    }
}

/// Faults that the rule finds at least one in ten of on some corpus, or of which something is known to be promised.
fn faults_of(rule: &Proven) -> Vec<String> {
    let mut faults: Vec<String> = Vec::new();
    for recall in rule.records.iter().flat_map(|record| &record.recall) {
        if recall.recall >= 0.1 && !faults.contains(&recall.fault) {
            faults.push(recall.fault.clone());
        }
    }
    faults
}

fn recall_words(recall: &RecallVm) -> String {
    let RecallVm {
        injected,
        found,
        delay_ms,
        ..
    } = recall;
    match found {
        0 => format!("0 of {injected}"),
        _ if *delay_ms == 0 => format!("{found} of {injected}, at once"),
        _ => format!("{found} of {injected}, {}", format_age(*delay_ms)),
    }
}

fn recall(fault: &str, cell: &str) -> Option<RecallVm> {
    let (counts, delay) = cell.split_once(", ").unwrap_or((cell, "at once"));
    let (found, injected) = counts.split_once(" of ")?;
    let (found, injected): (i64, i64) = (found.parse().ok()?, injected.parse().ok()?);
    Some(RecallVm {
        fault: fault.to_owned(),
        injected,
        found,
        recall: if injected > 0 {
            found as f64 / injected as f64
        } else {
            0.0
        },
        delay_ms: age_ms(delay),
    })
}

/// Reads what `format_age` wrote, to the parts that it told.
fn age_ms(words: &str) -> i64 {
    let mut sum = 0;
    let mut number = 0;
    for word in words.split_whitespace() {
        if let Ok(value) = word.parse::<i64>() {
            number = value;
            continue;
        }
        sum += number
            * match word {
                "s" => 1_000,
                "min" => app::model::MINUTE_MS,
                "h" => app::model::HOUR_MS,
                "d" => app::model::DAY_MS,
                _ => 0,
            };
        number = 0;
    }
    sum
}

fn row(text: &mut String, cells: &[impl AsRef<str>]) {
    text.push('|');
    for cell in cells {
        // writing to a string cannot fail
        let _ = write!(text, " {} |", cell.as_ref());
    }
    text.push('\n');
}

fn rule_off(text: &mut String, columns: usize) {
    row(text, &vec!["---"; columns]);
}

fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    Some(inner.split('|').map(str::trim).collect())
}
