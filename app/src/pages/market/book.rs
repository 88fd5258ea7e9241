//! The order book: depth curve, figures and ladder.

use leptos::prelude::*;

use crate::{
    components::ago::Ago,
    fragment,
    live::use_live,
    model::{BookVm, SeriesVm},
};

/// The newest order book of a series.
#[component]
pub(super) fn BookPanel(series: SeriesVm, book: Option<BookVm>) -> impl IntoView {
    let live = use_live();
    let (instrument, venue) = (series.instrument, series.venue);
    // On the server nothing has been heard yet, so that both sides render the book they were given.
    let newest = Memo::new(move |_| {
        let heard = live.books.with(|books| {
            let is = |heard: &&BookVm| heard.instrument == instrument && heard.venue == venue;
            books.iter().find(is).cloned()
        });
        match (heard, &book) {
            (Some(heard), Some(book)) if heard.received_at < book.received_at => Some(book.clone()),
            (heard, book) => heard.or_else(|| book.clone()),
        }
    });
    let html = Memo::new(move |_| {
        newest.with(|vm| {
            vm.as_ref().map_or_else(
                || {
                    "<p class=\"empty\">No order book: only live sources publish one, and none has for this \
                     series.</p>"
                        .to_owned()
                },
                |vm| fragment::book::book(&vm.book),
            )
        })
    });
    let received_at =
        Signal::derive(move || newest.with(|vm| vm.as_ref().map(|vm| vm.received_at)));
    view! {
        <section class="panel market-book" aria-labelledby="book" data-testid="book">
            <header class="panel-head">
                <h2 id="book">"Order book"</h2>
                <p class="panel-note">"received " <Ago at=received_at/></p>
            </header>
            <div inner_html=move || html.get()></div>
        </section>
    }
}
