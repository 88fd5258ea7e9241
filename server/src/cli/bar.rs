//! Progress on a terminal.

use std::{io::IsTerminal, sync::Arc};

use app::model::RunVm;
use indicatif::{ProgressBar, ProgressStyle};

use crate::pipeline::progress::Watcher;

/// What a bar counts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unit {
    Bytes,
    Candles,
    Rows,
}

/// A bar on stderr, if that is a terminal.
pub(super) fn bar(name: &str, unit: Unit) -> Option<ProgressBar> {
    if !std::io::stderr().is_terminal() {
        return None;
    }
    let template = match unit {
        Unit::Bytes => "{prefix} {bar:32} {bytes}/{total_bytes} {eta} {msg}",
        Unit::Candles => "{prefix} {bar:32} {human_pos}/{human_len} candles {eta} {msg}",
        Unit::Rows => "{prefix} {bar:32} {human_pos}/{human_len} rows {eta} {msg}",
    };
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template(template).ok()?);
    bar.set_prefix(name.to_owned());
    Some(bar)
}

/// A bar of a thousand steps on stderr, if that is a terminal.
pub(super) fn share_bar(name: &str) -> Option<ProgressBar> {
    if !std::io::stderr().is_terminal() {
        return None;
    }
    let bar = ProgressBar::new(1000);
    let style = ProgressStyle::with_template("{prefix} {bar:32} {percent} % {eta} {msg}").ok()?;
    bar.set_style(style);
    bar.set_prefix(name.to_owned());
    Some(bar)
}

/// Moves the bar with the run.
pub(super) fn watcher(bar: &ProgressBar) -> Watcher {
    let bar = bar.clone();
    Arc::new(move |run: &RunVm| {
        bar.set_length(run.bytes_total.max(0).cast_unsigned());
        bar.set_position(run.bytes_done.max(0).cast_unsigned());
        bar.set_message(format!(
            "{} {} rows, {} in quarantine",
            run.phase, run.rows, run.quarantined
        ));
    })
}
