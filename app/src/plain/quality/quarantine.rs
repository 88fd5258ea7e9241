//! Rows that were set apart, as they arrived.

use leptos::prelude::*;

use crate::{format, model::QuarantineVm, plain::parts::ago};

/// Longest raw text shown; the rest is in the database.
const RAW_SHOWN: usize = 400;

/// The table, newest first.
pub(super) fn quarantine(rows: Vec<QuarantineVm>, now: i64) -> AnyView {
    if rows.is_empty() {
        return view! { <p class="empty empty-good">"No row has been set apart."</p> }.into_any();
    }
    let rows: Vec<AnyView> = rows.into_iter().map(|one| row(one, now)).collect();
    view! {
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
    }
    .into_any()
}

fn row(row: QuarantineVm, now: i64) -> AnyView {
    view! {
        <tr data-testid="quarantine-row" data-landing-id=row.landing_id.to_string()>
            <td class="wide"><code class="raw" tabindex="0">{shortened(&row.raw)}</code></td>
            <td class="wide">{row.reason}<p class="cell-note mono">{row.rules.join(", ")}</p></td>
            <td>
                <span class="mono">{row.origin}</span>
                <p class="cell-note">{row.dataset.as_str()}", landing "{row.landing_id}</p>
            </td>
            <td class="number num">{format::integer(row.line_no)}</td>
            <td class="number">{ago(Some(row.seen_at), now)}</td>
        </tr>
    }
    .into_any()
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
