//! The newest trades.

use std::fmt::Write as _;

use crate::{
    chart::label,
    format,
    model::{Side, Trade},
};

/// Rows of the tape, newest first.
#[must_use]
pub fn tape(trades: &[Trade]) -> String {
    if trades.is_empty() {
        return "<p class=\"empty\">No trades: only streams publish them, and none has for this series.</p>".to_owned();
    }
    let mut html = String::with_capacity(trades.len() * 200 + 400);
    html.push_str(
        "<table class=\"compact tape-table\"><caption class=\"sr-only\">Newest trades first</caption><thead><tr>\
         <th scope=\"col\">Time (UTC)</th><th scope=\"col\">Taker</th><th scope=\"col\" class=\"number\">Price</th>\
         <th scope=\"col\" class=\"number\">Size</th></tr></thead><tbody>",
    );
    for trade in trades {
        let (side, word) = match trade.side {
            Side::Buy => ("up", "▲ buy"),
            Side::Sell => ("down", "▼ sell"),
        };
        // writing into a String cannot fail
        let _ = write!(
            html,
            "<tr data-testid=\"trade\" data-trade=\"{}\"><td class=\"num\">{}</td><td class=\"{side}\">{word}</td>\
             <td class=\"number num\">{}</td><td class=\"number num\">{}</td></tr>",
            trade.trade_id,
            format::clock(trade.traded_at),
            label::price(trade.price, label::decimals_for(trade.price)),
            format::decimal(trade.size, 5),
        );
    }
    html.push_str("</tbody></table>");
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trade_is_told_by_sign_word_and_milliseconds() {
        let trade = Trade {
            trade_id: 7,
            traded_at: 1_795_410_000_042,
            price: 91_234.5,
            size: 0.25,
            side: Side::Sell,
        };
        let html = tape(&[trade]);
        for part in [
            "05:00:00.042",
            "▼ sell",
            "91,234.50",
            "0.25000",
            "data-trade=\"7\"",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(tape(&[]).contains("No trades"));
    }
}
