//! A row as the numbers that expressions read, in the order of `columns_of`.

use app::model::{Article, Book, Quote, Side, Trade};

/// Columns of the widest row, a book.
const WIDEST: usize = 12;

/// The numbers of one row; what is missing is null.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    values: [f64; WIDEST],
    width: usize,
}

/// Columns that say which row it is, and are shown of every row that breaks a rule.
pub(super) fn names_of(dataset: &str) -> &'static [&'static str] {
    match dataset {
        "trade" => &["trade_id", "traded_at"],
        "quote" | "book" => &["observed_at"],
        "article" => &["published_at"],
        _ => &[],
    }
}

impl Row {
    fn new<const N: usize>(of: [f64; N]) -> Self {
        let mut values = [f64::NAN; WIDEST];
        for (value, of) in values.iter_mut().zip(of) {
            *value = of;
        }
        Self {
            values,
            width: N.min(WIDEST),
        }
    }

    /// Of a trade that was received at `received_at`, in milliseconds.
    #[must_use]
    pub fn of_trade(trade: &Trade, received_at: i64) -> Self {
        Self::new([
            trade.trade_id as f64,
            trade.traded_at as f64,
            received_at as f64,
            trade.price,
            trade.size,
            f64::from(u8::from(trade.side == Side::Buy)),
        ])
    }

    /// Of a quote that was received at `received_at`, in milliseconds.
    #[must_use]
    pub fn of_quote(quote: &Quote, received_at: i64) -> Self {
        let given = |value: Option<f64>| value.unwrap_or(f64::NAN);
        Self::new([
            quote.observed_at as f64,
            received_at as f64,
            quote.last,
            given(quote.bid),
            given(quote.ask),
            given(quote.open_24h),
            given(quote.high_24h),
            given(quote.low_24h),
            given(quote.volume_24h),
            given(quote.quote_volume_24h),
        ])
    }

    /// Of the figures of a book that was received at `received_at`, in milliseconds.
    #[must_use]
    pub fn of_book(book: &Book, received_at: i64) -> Self {
        let given = |value: Option<f64>| value.unwrap_or(f64::NAN);
        Self::new([
            book.observed_at as f64,
            received_at as f64,
            book.best_bid,
            book.best_ask,
            book.spread_bps,
            book.bid_depth_10bps,
            book.ask_depth_10bps,
            book.bid_depth_50bps,
            book.ask_depth_50bps,
            book.imbalance,
            given(book.buy_cost_bps),
            given(book.sell_cost_bps),
        ])
    }

    /// Of an article whose file or answer was received at `received_at`, in milliseconds.
    #[must_use]
    pub fn of_article(article: &Article, received_at: i64) -> Self {
        let chars = |text: &str| text.chars().count() as f64;
        let given = |value: Option<f64>| value.unwrap_or(f64::NAN);
        Self::new([
            article.published_at as f64,
            received_at as f64,
            chars(&article.title),
            chars(&article.summary),
            chars(&article.url),
            given(article.sentiment_given),
            given(article.sentiment_computed),
            f64::from(u8::from(article.date_only)),
        ])
    }

    /// Its numbers.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        self.values.get(..self.width).unwrap_or(&self.values)
    }
}

/// A row and the one before it, as `columns_of` has them.
#[derive(Debug, Clone)]
pub struct Slots([f64; 2 * WIDEST]);

impl Default for Slots {
    fn default() -> Self {
        Self([f64::NAN; 2 * WIDEST])
    }
}

impl Slots {
    /// Goes on to the next row of the same dataset.
    #[inline]
    pub fn take(&mut self, row: &Row) -> &[f64] {
        let width = row.values().len();
        self.0.copy_within(..width, width);
        self.0[..width].copy_from_slice(row.values());
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::columns::columns_of;

    #[test]
    fn slots_follow_the_columns() {
        let trade = Trade {
            trade_id: 1,
            traded_at: 2,
            price: 4.0,
            size: 5.0,
            side: Side::Sell,
        };
        assert_eq!(
            Row::of_trade(&trade, 3).values(),
            [1.0, 2.0, 3.0, 4.0, 5.0, 0.0]
        );
        let quote = Quote {
            observed_at: 1,
            last: 3.0,
            bid: Some(4.0),
            ask: Some(5.0),
            open_24h: Some(6.0),
            high_24h: Some(7.0),
            low_24h: Some(8.0),
            volume_24h: Some(9.0),
            quote_volume_24h: Some(10.0),
        };
        let numbers: Vec<f64> = (1..=12).map(f64::from).collect();
        assert_eq!(Row::of_quote(&quote, 2).values(), &numbers[..10]);
        let book = Book {
            observed_at: 1,
            best_bid: 3.0,
            best_ask: 4.0,
            spread_bps: 5.0,
            bid_depth_10bps: 6.0,
            ask_depth_10bps: 7.0,
            bid_depth_50bps: 8.0,
            ask_depth_50bps: 9.0,
            imbalance: 10.0,
            buy_cost_bps: Some(11.0),
            sell_cost_bps: Some(12.0),
            bids: Vec::new(),
            asks: Vec::new(),
        };
        assert_eq!(Row::of_book(&book, 2).values(), numbers);
        for (dataset, width) in [("trade", 6), ("quote", 10), ("book", 12)] {
            let columns = columns_of(dataset);
            assert_eq!(columns.len(), 2 * width, "{dataset}");
            for (own, before) in columns[..width].iter().zip(&columns[width..]) {
                assert_eq!(*before, format!("prev.{own}"));
            }
            let names = names_of(dataset);
            assert!(names.iter().all(|name| columns[..width].contains(name)));
        }
        assert_eq!(columns_of("article").len(), 8);
        assert!(columns_of("article").contains(&names_of("article")[0]));
    }
}
