//! Rows that were set apart, as they arrived.

use leptos::prelude::*;

use crate::{
    components::{ago::Ago, panel::Empty},
    format,
    model::QuarantineVm,
};

/// Longest raw text shown; the rest is in the database.
const RAW_SHOWN: usize = 400;

/// The table.
#[component]
pub fn Quarantine(
    /// Newest first.
    rows: Vec<QuarantineVm>,
) -> impl IntoView {
    let empty = rows.is_empty();
    let rows: Vec<_> = rows.into_iter().map(|row| view! { <Row row/> }).collect();
    view! {
        {empty.then(|| view! { <Empty good=true text="No row has been set apart."/> })}
        {(!empty).then(|| view! {
            <div class="table-scroll" tabindex="0" role="region" aria-label="Quarantined rows">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"Row as it arrived"</th>
                            <th scope="col">"What is wrong"</th>
                            <th scope="col">"From"</th>
                            <th scope="col" class="number">"Line"</th>
                            <th scope="col" class="number">"Seen"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        })}
    }
}

#[component]
fn Row(row: QuarantineVm) -> impl IntoView {
    view! {
        <tr data-testid="quarantine-row" data-landing-id=row.landing_id.to_string()>
            <td class="wide"><code class="raw" tabindex="0">{shortened(&row.raw)}</code></td>
            <td class="wide">{row.reason}<p class="cell-note mono">{row.rules.join(", ")}</p></td>
            <td>
                <span class="mono">{row.origin}</span>
                <p class="cell-note">{row.dataset.as_str()}", landing "{row.landing_id}</p>
            </td>
            <td class="number num">{format::integer(row.line_no)}</td>
            <td class="number"><Ago at=Signal::stored(Some(row.seen_at))/></td>
        </tr>
    }
}

/// The text up to [`RAW_SHOWN`] characters.
fn shortened(raw: &str) -> String {
    match raw.char_indices().nth(RAW_SHOWN) {
        Some((end, _)) => format!("{}…", &raw[..end]),
        None => raw.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_rows_are_cut_between_characters() {
        assert_eq!(shortened("a,b"), "a,b");
        let long = "é".repeat(RAW_SHOWN + 1);
        assert_eq!(shortened(&long).chars().count(), RAW_SHOWN + 1);
        assert!(shortened(&long).ends_with('…'));
    }
}
