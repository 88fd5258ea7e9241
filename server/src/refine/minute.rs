//! A minute of trades and books, folded so that neither the order nor the grouping of its rows matters; pure.
//!
//! Sums are kept as whole numbers of a small unit: adding floats gives other last digits in another order.

use std::collections::BTreeMap;

use app::model::{Book, Minute, MinuteBook, MinutePrices, Side, Trade};

/// Parts of a base unit, of a basis point and of a ratio that sums count.
const FINE: f64 = 1e12;
/// Parts of a quote unit that sums count.
const COARSE: f64 = 1e8;

/// A trade's place in time, and its price.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Print {
    traded_at: i64,
    trade_id: i64,
    price: f64,
}

impl Print {
    const fn of(trade: &Trade) -> Self {
        Self {
            traded_at: trade.traded_at,
            trade_id: trade.trade_id,
            price: trade.price,
        }
    }

    const fn place(&self) -> (i64, i64) {
        (self.traded_at, self.trade_id)
    }

    fn earlier(self, other: Self) -> Self {
        if other.place() < self.place() {
            other
        } else {
            self
        }
    }

    fn later(self, other: Self) -> Self {
        if other.place() > self.place() {
            other
        } else {
            self
        }
    }
}

/// First and last trade, highest and lowest price.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Prices {
    first: Print,
    last: Print,
    high: f64,
    low: f64,
}

impl Prices {
    fn with(self, other: Self) -> Self {
        Self {
            first: self.first.earlier(other.first),
            last: self.last.later(other.last),
            high: self.high.max(other.high),
            low: self.low.min(other.low),
        }
    }
}

/// Figures of books, summed: spread, imbalance, four depths, two costs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Books {
    count: i64,
    sums: [i128; 6],
    /// Sum and number, since thin books have no cost.
    costs: [(i128, i64); 2],
}

/// What is known of a minute so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MinuteFold {
    trades: i64,
    late: i64,
    prices: Option<Prices>,
    /// In [`FINE`] parts, of buyers and of sellers.
    bought: i128,
    sold: i128,
    /// In [`COARSE`] parts.
    quote_volume: i128,
    /// The last trade of each second.
    seconds: BTreeMap<i64, Print>,
    books: Books,
}

impl MinuteFold {
    /// Adds a trade of the minute.
    pub fn add(&mut self, trade: &Trade) {
        let print = Print::of(trade);
        let size = parts(trade.size, FINE);
        self.trades += 1;
        match trade.side {
            Side::Buy => self.bought += size,
            Side::Sell => self.sold += size,
        }
        self.quote_volume += parts(trade.price * trade.size, COARSE);
        self.note_prices(Prices {
            first: print,
            last: print,
            high: trade.price,
            low: trade.price,
        });
        self.note_second(trade.traded_at.div_euclid(1_000), print);
    }

    /// Counts a trade that came too late.
    pub const fn add_late(&mut self) {
        self.late += 1;
    }

    /// Adds a book of the minute.
    pub fn add_book(&mut self, book: &Book) {
        let figures = [
            book.spread_bps,
            book.imbalance,
            book.bid_depth_10bps,
            book.ask_depth_10bps,
            book.bid_depth_50bps,
            book.ask_depth_50bps,
        ];
        self.books.count += 1;
        for (sum, figure) in self.books.sums.iter_mut().zip(figures) {
            *sum += parts(figure, FINE);
        }
        let costs = [book.buy_cost_bps, book.sell_cost_bps];
        for ((sum, count), cost) in self.books.costs.iter_mut().zip(costs) {
            if let Some(cost) = cost {
                *sum += parts(cost, FINE);
                *count += 1;
            }
        }
    }

    /// Forgets the books, to add them anew.
    pub fn clear_books(&mut self) {
        self.books = Books::default();
    }

    /// Adds what another fold knows of the same minute.
    pub fn merge(&mut self, other: &Self) {
        self.trades += other.trades;
        self.late += other.late;
        self.bought += other.bought;
        self.sold += other.sold;
        self.quote_volume += other.quote_volume;
        if let Some(prices) = other.prices {
            self.note_prices(prices);
        }
        for (second, print) in &other.seconds {
            self.note_second(*second, *print);
        }
        self.books.count += other.books.count;
        for (sum, more) in self.books.sums.iter_mut().zip(other.books.sums) {
            *sum += more;
        }
        for ((sum, count), (more, rows)) in self.books.costs.iter_mut().zip(other.books.costs) {
            *sum += more;
            *count += rows;
        }
    }

    /// True if nothing was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.trades == 0 && self.late == 0 && self.books.count == 0
    }

    /// The minute that begins at `minute_at`, not final.
    #[must_use]
    pub fn minute(&self, minute_at: i64) -> Minute {
        let volume = whole(self.bought + self.sold, FINE);
        let quote_volume = whole(self.quote_volume, COARSE);
        Minute {
            minute_at,
            prices: self.prices.map(|prices| MinutePrices {
                open: prices.first.price,
                high: prices.high,
                low: prices.low,
                close: prices.last.price,
                // sizes too small to count leave the price of the last one
                vwap: if volume > 0.0 {
                    (quote_volume / volume).max(prices.low).min(prices.high)
                } else {
                    prices.last.price
                },
                realised_volatility: self.realised_volatility(prices.first.price),
            }),
            volume,
            quote_volume,
            trades: self.trades,
            buy_volume: whole(self.bought, FINE),
            sell_volume: whole(self.sold, FINE),
            books: self.books.count,
            book: self.book_means(),
            late: self.late,
            is_final: false,
        }
    }

    fn realised_volatility(&self, open: f64) -> f64 {
        let mut before = open;
        let mut sum = 0.0;
        for print in self.seconds.values() {
            let log_return = (print.price / before).ln();
            sum += log_return * log_return;
            before = print.price;
        }
        sum.sqrt()
    }

    fn book_means(&self) -> Option<MinuteBook> {
        let Books { count, sums, costs } = &self.books;
        if *count == 0 {
            return None;
        }
        let mean = |sum: i128, count: i64| whole(sum, FINE) / count as f64;
        let of = |index: usize| mean(sums[index], *count);
        let cost = |index: usize| {
            let (sum, count) = costs[index];
            (count > 0).then(|| mean(sum, count))
        };
        Some(MinuteBook {
            spread_bps: of(0),
            imbalance: of(1),
            bid_depth_10bps: of(2),
            ask_depth_10bps: of(3),
            bid_depth_50bps: of(4),
            ask_depth_50bps: of(5),
            buy_cost_bps: cost(0),
            sell_cost_bps: cost(1),
        })
    }

    fn note_prices(&mut self, prices: Prices) {
        self.prices = Some(self.prices.map_or(prices, |before| before.with(prices)));
    }

    fn note_second(&mut self, second: i64, print: Print) {
        self.seconds
            .entry(second)
            .and_modify(|before| *before = before.later(print))
            .or_insert(print);
    }
}

/// A number in parts; one that is no number counts nothing.
fn parts(number: f64, parts: f64) -> i128 {
    (number * parts).round() as i128
}

fn whole(sum: i128, parts: f64) -> f64 {
    sum as f64 / parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const M: i64 = 1_790_000_040_000;

    fn trade(trade_id: i64, ms: i64, price: f64, size: f64, side: Side) -> Trade {
        Trade {
            trade_id,
            traded_at: M + ms,
            price,
            size,
            side,
        }
    }

    fn book(spread_bps: f64, buy_cost_bps: Option<f64>) -> Book {
        Book {
            observed_at: M,
            best_bid: 99.0,
            best_ask: 101.0,
            spread_bps,
            bid_depth_10bps: 1.0,
            ask_depth_10bps: 2.0,
            bid_depth_50bps: 3.0,
            ask_depth_50bps: 4.0,
            imbalance: -1.0 / 7.0,
            buy_cost_bps,
            sell_cost_bps: None,
            bids: Vec::new(),
            asks: Vec::new(),
        }
    }

    #[test]
    fn figures_are_those_computed_by_hand() {
        let mut fold = MinuteFold::default();
        for trade in [
            trade(3, 1_500, 101.0, 2.0, Side::Sell),
            trade(1, 500, 100.0, 1.0, Side::Buy),
            trade(2, 1_500, 103.0, 0.5, Side::Buy),
            trade(4, 59_999, 102.0, 0.5, Side::Buy),
        ] {
            fold.add(&trade);
        }
        fold.add_late();
        fold.add_book(&book(2.0, Some(1.0)));
        fold.add_book(&book(4.0, None));
        let minute = fold.minute(M);
        let prices = minute.prices.unwrap();
        assert_eq!(
            (prices.open, prices.high, prices.low, prices.close),
            (100.0, 103.0, 100.0, 102.0)
        );
        assert_eq!(
            (minute.volume, minute.buy_volume, minute.sell_volume),
            (4.0, 2.0, 2.0)
        );
        assert_eq!((minute.trades, minute.late), (4, 1));
        assert!((minute.quote_volume - 404.5).abs() < 1e-9);
        assert!((prices.vwap - 404.5 / 4.0).abs() < 1e-9);
        // seconds 0: 100, 1: 101 (number 3 is behind number 2), 59: 102
        let expected = ((1.01_f64).ln().powi(2) + (102.0_f64 / 101.0).ln().powi(2)).sqrt();
        assert!((prices.realised_volatility - expected).abs() < 1e-12);
        let means = minute.book.unwrap();
        assert_eq!((minute.books, means.spread_bps), (2, 3.0));
        assert_eq!((means.buy_cost_bps, means.sell_cost_bps), (Some(1.0), None));
        assert!(MinuteFold::default().minute(M).prices.is_none());
    }

    fn trades() -> impl Strategy<Value = Vec<Trade>> {
        let one = (0..60_000_i64, 1.0..1e6_f64, 1e-8..1e4_f64, any::<bool>());
        prop::collection::vec(one, 0..50).prop_map(|rows| {
            let side = |buy| if buy { Side::Buy } else { Side::Sell };
            rows.into_iter()
                .enumerate()
                .map(|(id, (ms, price, size, buy))| trade(id as i64, ms, price, size, side(buy)))
                .collect()
        })
    }

    fn fold(trades: &[Trade], books: &[f64]) -> MinuteFold {
        let mut fold = MinuteFold::default();
        for trade in trades {
            fold.add(trade);
        }
        for spread in books {
            fold.add_book(&book(*spread, Some(*spread)));
        }
        fold
    }

    proptest! {
        #[test]
        fn order_does_not_matter(trades in trades(), books in prop::collection::vec(0.0..100.0_f64, 0..20)) {
            let mut turned = trades.clone();
            turned.reverse();
            turned.sort_by(|a, b| a.size.total_cmp(&b.size));
            let turned_books: Vec<f64> = books.iter().rev().copied().collect();
            prop_assert_eq!(fold(&trades, &books), fold(&turned, &turned_books));
        }

        #[test]
        fn folds_of_parts_make_the_whole(trades in trades(), books in prop::collection::vec(0.0..100.0_f64, 0..20), cut in 0..50_usize) {
            let (cut, books_cut) = (cut.min(trades.len()), cut.min(books.len()));
            let mut merged = fold(&trades[cut..], &books[..books_cut]);
            merged.merge(&fold(&trades[..cut], &books[books_cut..]));
            let whole = fold(&trades, &books);
            prop_assert_eq!(merged.minute(M), whole.minute(M));
            prop_assert_eq!(merged, whole);
        }
    }
}
