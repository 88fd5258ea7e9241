//! The report for people.

use app::model::format_age;

use super::Report;

/// Prints rules with their alerts, and what each found of which fault.
pub(super) fn print(report: &Report) {
    println!(
        "{}: {} rows, {:.1} days",
        report.corpus, report.rows, report.days
    );
    println!("\n{:<28} {:>8} {:>10}", "rule", "alerts", "a day");
    for (rule, record, _) in &report.rules {
        println!(
            "{:<28} {:>8} {:>10.3}",
            rule.id, record.alerts, record.alerts_per_day
        );
    }
    let sum: f64 = report
        .rules
        .iter()
        .map(|(_, record, _)| record.alerts_per_day)
        .sum();
    println!("{:<28} {:>8} {sum:>10.3}", "together", "");
    println!(
        "\n{:<28} {:<20} {:>8} {:>8} {:>12}",
        "rule", "fault", "found", "recall", "after"
    );
    for (rule, record, _) in &report.rules {
        for recall in record.recall.iter().filter(|recall| recall.found > 0) {
            println!(
                "{:<28} {:<20} {:>8} {:>8.3} {:>12}",
                rule.id,
                recall.fault,
                format!("{}/{}", recall.found, recall.injected),
                recall.recall,
                format_age(recall.delay_ms)
            );
        }
    }
    let suggested: Vec<_> = report
        .rules
        .iter()
        .filter_map(|(rule, _, scaled)| Some((rule.id, scaled.as_ref()?)))
        .collect();
    if let Some((_, first)) = suggested.first() {
        println!("\nlimits for {} alerts a day", first.budget);
    }
    for (id, scaled) in suggested {
        println!("{id:<28} {} ({:.3})", scaled.words, scaled.alerts_per_day);
    }
}
