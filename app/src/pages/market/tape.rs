//! The trades tape.

use leptos::prelude::*;

use crate::{
    fragment,
    live::{merge, use_live},
    model::{SeriesVm, Trade},
};

/// The newest trades of a series; `trades` are those that the page was loaded with.
#[component]
pub(super) fn Tape(series: SeriesVm, trades: Vec<Trade>) -> impl IntoView {
    let live = use_live();
    let (instrument, venue) = (series.instrument, series.venue);
    let html = Memo::new(move |_| {
        let mut list = Vec::new();
        for trade in &trades {
            merge::put_trade(&mut list, *trade);
        }
        live.tapes.with(|tapes| {
            for tape in tapes {
                if tape.instrument == instrument && tape.venue == venue {
                    for trade in tape.trades.iter().rev() {
                        merge::put_trade(&mut list, *trade);
                    }
                }
            }
        });
        fragment::tape::tape(&list)
    });
    view! {
        <section class="panel market-tape" aria-labelledby="tape" data-testid="tape">
            <header class="panel-head">
                <h2 id="tape">"Trades"</h2>
                <p class="panel-note">{format!("newest {} at most", merge::TRADES_KEPT)}</p>
            </header>
            <div class="tape" tabindex="0" role="region" aria-label="Newest trades" inner_html=move || html.get()></div>
        </section>
    }
}
