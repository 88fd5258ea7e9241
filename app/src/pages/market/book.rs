//! The order book: depth curve, figures and ladder.

mod depth;

use leptos::{either::Either, prelude::*};

use self::depth::depth;
use crate::{
    chart::label,
    live::Live,
    model::{Book, BookVm, Level, SeriesVm, format_age, format_utc},
};

/// Levels of each side in the ladder.
const LEVELS: usize = 10;

/// The newest order book of a series.
#[component]
pub(super) fn BookPanel(series: SeriesVm, book: Option<BookVm>, server_now: i64) -> impl IntoView {
    let live = use_context::<Live>();
    let (instrument, venue) = (series.instrument, series.venue);
    // On the server nothing has been heard yet, so that both sides render the book they were given.
    let newest = Memo::new(move |_| {
        live.and_then(|live| live.book.get())
            .filter(|heard| heard.instrument == instrument && heard.venue == venue)
            .filter(|heard| {
                book.as_ref()
                    .is_none_or(|book| heard.received_at >= book.received_at)
            })
            .or_else(|| book.clone())
    });
    view! {
        <section class="panel market-book" aria-labelledby="book" data-testid="book">
            <header class="panel-head"><h2 id="book">"Order book"</h2></header>
            {move || match newest.get() {
                Some(vm) => Either::Left(view! { <Shown vm server_now/> }),
                None => Either::Right(view! {
                    <p class="empty">"No order book: only live sources publish one, and none has for this series."</p>
                }),
            }}
        </section>
    }
}

#[component]
fn Shown(vm: BookVm, server_now: i64) -> impl IntoView {
    let BookVm {
        received_at, book, ..
    } = vm;
    let age = format_age(server_now - received_at);
    // A book that came after the page was made is as old as its event.
    let age = (received_at <= server_now).then(|| format!(" ({age} old when this page was made)"));
    view! {
        {depth(&book.bids, &book.asks)}
        <Figures book=book.clone()/>
        <Ladder bids=book.bids asks=book.asks/>
        <p class="cell-note">
            "As of "<time class="num">{format_utc(received_at)}" UTC"</time>{age}
        </p>
    }
}

#[component]
fn Figures(book: Book) -> impl IntoView {
    let cost = |bps: Option<f64>| {
        bps.map_or_else(|| "book too thin".to_owned(), |bps| format!("{bps:.2} bps"))
    };
    let sizes = |bid: f64, ask: f64| format!("{} / {}", label::volume(bid), label::volume(ask));
    let imbalance = format!("{:+.2}", book.imbalance).replace('-', "−");
    let facts = [
        ("Spread", format!("{:.2} bps", book.spread_bps)),
        ("Imbalance within 50 bps", imbalance),
        (
            "Depth within 10 bps, bid / ask",
            sizes(book.bid_depth_10bps, book.ask_depth_10bps),
        ),
        (
            "Depth within 50 bps, bid / ask",
            sizes(book.bid_depth_50bps, book.ask_depth_50bps),
        ),
        ("Cost of buying for 100,000", cost(book.buy_cost_bps)),
        ("Cost of selling for 100,000", cost(book.sell_cost_bps)),
    ];
    view! {
        <dl class="facts">
            {facts
                .map(|(name, value)| view! { <div><dt>{name}</dt><dd class="num">{value}</dd></div> })
                .into_iter()
                .collect_view()}
        </dl>
    }
}

#[component]
fn Ladder(bids: Vec<Level>, asks: Vec<Level>) -> impl IntoView {
    let count = bids.len().max(asks.len()).min(LEVELS);
    let cells = |level: Option<&Level>| {
        level.map_or_else(
            || ("–".to_owned(), "–".to_owned()),
            |level| {
                let digits = label::decimals_for(level.price);
                (label::price(level.price, digits), label::volume(level.size))
            },
        )
    };
    let rows = (0..count)
        .map(|place| {
            let (bid, bid_size) = cells(bids.get(place));
            let (ask, ask_size) = cells(asks.get(place));
            view! {
                <tr>
                    <td class="number num">{bid_size}</td>
                    <td class="number num up">{bid}</td>
                    <td class="number num down">{ask}</td>
                    <td class="number num">{ask_size}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="compact market-ladder">
            <caption class="sr-only">{format!("Best {count} levels of each side")}</caption>
            <thead>
                <tr>
                    <th scope="col" class="number">"Size"</th>
                    <th scope="col" class="number">"Bid"</th>
                    <th scope="col" class="number">"Ask"</th>
                    <th scope="col" class="number">"Size"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
