//! What the sections of the report are made of: figures, tables, statuses.

use leptos::prelude::*;

use super::plot::Plot;
use crate::components::status::Level;

/// A chapter of the report, as the table of contents names it.
pub(super) struct Section {
    /// Anchor.
    pub id: String,
    /// Heading.
    pub title: String,
    /// What is in it.
    pub body: AnyView,
}

impl Section {
    /// Renders it.
    pub fn view(self) -> AnyView {
        view! { <section id=self.id><h2>{self.title}</h2>{self.body}</section> }.into_any()
    }
}

/// What a line or an area of a chart means.
pub(super) struct Key(
    /// Class of the line or area in the chart.
    pub &'static str,
    /// What it is.
    pub String,
);

/// A line of the key.
pub(super) fn key(class: &'static str, words: impl Into<String>) -> Key {
    Key(class, words.into())
}

/// A chart with its finding as title and a caption that says what is shown and of how many.
pub(super) fn figure(title: String, keys: Vec<Key>, plot: Plot, caption: String) -> AnyView {
    figure_of(
        title,
        keys,
        view! { <div class="plot" inner_html=plot.finish()></div> }.into_any(),
        caption,
    )
}

/// The same around anything.
pub(super) fn figure_of(title: String, keys: Vec<Key>, body: AnyView, caption: String) -> AnyView {
    let keys = (!keys.is_empty()).then(|| {
        let keys: Vec<_> = keys
            .into_iter()
            .map(|Key(class, words)| {
                let swatch = if class.starts_with("line") || class.starts_with("threshold") {
                    format!(r#"<path class="{class}" d="M0 6H22"/>"#)
                } else {
                    format!(r#"<rect class="{class}" width="22" height="12"/>"#)
                };
                let swatch = format!(r#"<svg width="22" height="12" aria-hidden="true">{swatch}</svg>"#);
                view! { <li><span class="swatch" inner_html=swatch></span><span>{words}</span></li> }
            })
            .collect();
        view! { <ul class="keys">{keys}</ul> }
    });
    view! {
        <figure>
            <h4>{title}</h4>
            {keys}
            {body}
            <figcaption>{caption}</figcaption>
        </figure>
    }
    .into_any()
}

/// Texts of so many letters, dates above all, stay on one line.
const SHORT: usize = 16;

/// A cell of a table.
pub(super) enum Cell {
    /// Words.
    Text(String),
    /// A file name, a rule, a raw row.
    Mono(String),
    /// Anything.
    View(AnyView),
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// A column of a table.
pub(super) struct Column {
    /// Its heading, with the unit.
    pub head: String,
    /// Numbers stand right.
    pub numbers: bool,
}

/// Columns from headings; those that begin with `#` hold numbers.
pub(super) fn columns<const N: usize>(heads: [&str; N]) -> Vec<Column> {
    heads
        .into_iter()
        .map(|head| Column {
            head: head.trim_start_matches('#').to_owned(),
            numbers: head.starts_with('#'),
        })
        .collect()
}

/// A table whose first column names the rows.
pub(super) fn table(
    caption: impl Into<String>,
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
) -> AnyView {
    let caption = caption.into();
    let numbers: Vec<bool> = columns.iter().map(|column| column.numbers).collect();
    let side = move |place: usize| {
        if numbers.get(place).copied().unwrap_or(false) {
            "number"
        } else {
            "words"
        }
    };
    let heads: Vec<_> = columns
        .into_iter()
        .enumerate()
        .map(|(place, column)| view! { <th scope="col" class=side(place)>{column.head}</th> })
        .collect();
    let rows: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let cells: Vec<_> = row
                .into_iter()
                .enumerate()
                .map(|(place, cell)| {
                    let inner = match cell {
                        Cell::Text(text) if text.chars().count() <= SHORT => {
                            view! { <span class="short">{text}</span> }.into_any()
                        }
                        Cell::Text(text) => text.into_any(),
                        Cell::Mono(text) => view! { <code>{text}</code> }.into_any(),
                        Cell::View(view) => view,
                    };
                    if place == 0 {
                        view! { <th scope="row" class=side(place)>{inner}</th> }.into_any()
                    } else {
                        view! { <td class=side(place)>{inner}</td> }.into_any()
                    }
                })
                .collect();
            view! { <tr>{cells}</tr> }
        })
        .collect();
    let (region, label) = (caption.clone(), caption.clone());
    view! {
        <div class="table">
            <p class="caption">{caption}</p>
            <div class="scroll" tabindex="0" role="region" aria-label=region>
                <table aria-label=label>
                    <thead><tr>{heads}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </div>
    }
    .into_any()
}

/// Shape and word in the colour of a level.
pub(super) fn status(level: Level, word: impl Into<String>) -> AnyView {
    let shape = format!(
        r#"<svg class="shape" viewBox="0 0 12 12" width="11" height="11" aria-hidden="true"><path d="{}"/></svg>"#,
        level.path()
    );
    let word = word.into();
    view! {
        <span class=format!("status {}", level.as_str())><span class="swatch" inner_html=shape></span>{word}</span>
    }
    .into_any()
}

/// A word that must not be overlooked.
pub(super) fn badge(word: &'static str) -> AnyView {
    view! { <span class="badge">{word}</span> }.into_any()
}

/// The badge beside everything that shows prices that were never paid.
pub(super) fn simulated(is: bool) -> Option<AnyView> {
    is.then(|| badge("not real prices"))
}

/// What is to say where there is nothing to show.
pub(super) fn nothing(words: impl Into<String>) -> AnyView {
    let words = words.into();
    view! { <p class="nothing">{words}</p> }.into_any()
}

/// A paragraph.
pub(super) fn paragraph(words: impl Into<String>) -> AnyView {
    let words = words.into();
    view! { <p>{words}</p> }.into_any()
}

/// A heading within a section.
pub(super) fn heading(words: impl Into<String>) -> AnyView {
    let words = words.into();
    view! { <h3>{words}</h3> }.into_any()
}
