//! An order book: depth curve, figures and ladder.

use std::fmt::Write as _;

use super::depth::depth;
use crate::{
    chart::label,
    format,
    model::{Book, Level},
};

/// Levels of each side in the ladder.
const LEVELS: usize = 10;

/// The whole book.
#[must_use]
pub fn book(book: &Book) -> String {
    let mut html = depth(&book.bids, &book.asks);
    html.reserve(3_000);
    figures(&mut html, book);
    ladder(&mut html, book);
    html
}

fn figures(html: &mut String, book: &Book) {
    let cost = |bps: Option<f64>| bps.map_or_else(|| "book too thin".to_owned(), format::bps);
    let sizes = |bid: f64, ask: f64| format!("{} / {}", label::volume(bid), label::volume(ask));
    let sign = if book.imbalance > 0.0 { "+" } else { "" };
    let facts = [
        ("Spread", format::bps(book.spread_bps)),
        (
            "Imbalance within 50 bps",
            format!("{sign}{}", format::decimal(book.imbalance, 2)),
        ),
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
    html.push_str("<dl class=\"facts\">");
    for (name, value) in facts {
        // writing into a String cannot fail
        let _ = write!(
            html,
            "<div><dt>{name}</dt><dd class=\"num\">{value}</dd></div>"
        );
    }
    html.push_str("</dl>");
}

fn ladder(html: &mut String, book: &Book) {
    let count = book.bids.len().max(book.asks.len()).min(LEVELS);
    let cells = |level: Option<&Level>| {
        level.map_or_else(
            || (format::UNKNOWN.to_owned(), format::UNKNOWN.to_owned()),
            |level| {
                let digits = label::decimals_for(level.price);
                (label::price(level.price, digits), label::volume(level.size))
            },
        )
    };
    let _ = write!(
        html,
        "<table class=\"compact market-ladder\"><caption class=\"sr-only\">Best {count} levels of each side</caption>\
         <thead><tr><th scope=\"col\" class=\"number\">Size</th><th scope=\"col\" class=\"number\">Bid</th>\
         <th scope=\"col\" class=\"number\">Ask</th><th scope=\"col\" class=\"number\">Size</th></tr></thead><tbody>"
    );
    for place in 0..count {
        let (bid, bid_size) = cells(book.bids.get(place));
        let (ask, ask_size) = cells(book.asks.get(place));
        let _ = write!(
            html,
            "<tr><td class=\"number num\">{bid_size}</td><td class=\"number num up\">{bid}</td>\
             <td class=\"number num down\">{ask}</td><td class=\"number num\">{ask_size}</td></tr>"
        );
    }
    html.push_str("</tbody></table>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_one_sided_book_has_a_ladder_but_no_curve() {
        let one = Book {
            observed_at: 1,
            best_bid: 99.0,
            best_ask: 101.0,
            spread_bps: 200.0,
            bid_depth_10bps: 1.0,
            ask_depth_10bps: 2.0,
            bid_depth_50bps: 3.0,
            ask_depth_50bps: 4.0,
            imbalance: -0.1,
            buy_cost_bps: Some(1.25),
            sell_cost_bps: None,
            bids: vec![Level {
                price: 99.0,
                size: 1.5,
            }],
            asks: Vec::new(),
        };
        let html = book(&one);
        for part in [
            "200.00 bps",
            "−0.10",
            "1.25 bps",
            "book too thin",
            ">99.00<",
            ">1.5000<",
            ">–<",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(!html.contains("<svg"));
    }
}
