//! Bronze, silver and gold at a glance, in the order of the data's way.

use std::fmt::Write as _;

use super::{Text, ago, status};
use crate::{
    components::status::{Level, of_severity},
    format,
    model::LayerVm,
};

/// The tiles joined by arrows; ages are those at `now`, by the server's clock.
#[must_use]
pub fn layers(layers: &[LayerVm], now: i64) -> String {
    let mut html = "<ol class=\"layers\">".to_owned();
    for layer in layers {
        tile(&mut html, layer, now);
    }
    html.push_str("</ol>");
    html
}

/// What a layer's rows are called, and those that went no further.
const fn words(layer: &str) -> (&'static str, &'static str) {
    match layer.as_bytes() {
        b"bronze" => ("landings", "refused"),
        b"silver" => ("rows", "quarantined"),
        _ => ("bars", "flagged"),
    }
}

/// An empty layer is not a healthy one.
const fn status_of(layer: &LayerVm) -> (Level, &'static str) {
    if layer.worst.is_none() && layer.rows == 0 {
        (Level::NoData, "No data")
    } else {
        of_severity(layer.worst)
    }
}

fn tile(html: &mut String, layer: &LayerVm, now: i64) {
    let (rows_word, rejects_word) = words(&layer.layer);
    let open = match layer.open_alerts {
        0 => "no open alerts".to_owned(),
        1 => "1 open alert".to_owned(),
        count => format!("{} open alerts", format::integer(count)),
    };
    // writing into a String cannot fail
    let _ = write!(
        html,
        "<li class=\"layer layer-{name}\" data-testid=\"layer-{name}\"><div class=\"layer-head\"><h3>{name}</h3>{status}</div>\
         <p class=\"layer-rows\"><span class=\"num\">{rows}</span> <span class=\"unit\">{rows_word}</span></p><dl class=\"facts\">\
         <div><dt>{rejects_word}</dt><dd class=\"num\">{rejects}</dd></div>\
         <div><dt>newest data</dt><dd>{newest}</dd></div><div><dt>last write</dt><dd>{written}</dd></div></dl>\
         <p class=\"layer-open\">{open}</p></li>",
        name = Text(&layer.layer),
        status = status(status_of(layer)),
        rows = format::integer(layer.rows),
        rejects = format::integer(layer.rejects),
        newest = ago(layer.newest_at, now),
        written = ago(layer.written_at, now),
    );
}
