//! All checks of one source's stream.

use std::sync::Arc;

use app::model::{GapCause, Outcome};

use super::{
    clock::Clock,
    contract::Kept,
    crossed::Crossed,
    event::{Contract, Event, What},
    late::Late,
    numbers::Numbers,
    outside::Outside,
    ratio::Ratio,
    repeated::Repeated,
    resync::Resyncs,
    rows::RowWatch,
    stale_book::StaleBook,
};
use crate::quality::{
    rows::{Row, RowRules},
    rule::RuleBook,
};

/// What is known of a source beforehand: checks that it can have nothing for are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traits {
    /// Its trades are numbered without a hole.
    pub counts_trades: bool,
    /// It tells checksums of its book.
    pub tells_checksums: bool,
    /// Its order book is followed.
    pub has_book: bool,
    /// Its trades are followed.
    pub has_trades: bool,
    /// Its quotes are followed.
    pub has_quotes: bool,
}

/// What is followed of one source.
#[derive(Debug, Clone)]
pub struct SourceChecks {
    entity: String,
    traits: Traits,
    clock: Clock,
    late: Late,
    outside: Outside,
    repeated: Repeated,
    numbers: Numbers,
    sequence: Resyncs,
    checksum: Resyncs,
    crossed: Crossed,
    spread: Ratio,
    depth: Ratio,
    stale_book: StaleBook,
    feed_contract: Kept,
    trade_contract: Kept,
    quote_contract: Kept,
    book_contract: Kept,
    levels: Kept,
    trades: RowWatch,
    quotes: RowWatch,
    books: RowWatch,
}

impl SourceChecks {
    /// Of a source that nothing was heard of; `entity` is what its checks judge: `BTC-USD/kraken/live`.
    #[must_use]
    pub fn new(entity: String, traits: Traits) -> Self {
        Self {
            entity,
            traits,
            clock: Clock::default(),
            late: Late::default(),
            outside: Outside::default(),
            repeated: Repeated::default(),
            numbers: Numbers::default(),
            sequence: Resyncs::default(),
            checksum: Resyncs::default(),
            crossed: Crossed::default(),
            spread: Ratio::default(),
            depth: Ratio::default(),
            stale_book: StaleBook::default(),
            feed_contract: Kept::default(),
            trade_contract: Kept::default(),
            quote_contract: Kept::default(),
            book_contract: Kept::default(),
            levels: Kept::default(),
            trades: RowWatch::new("trades"),
            quotes: RowWatch::new("quotes"),
            books: RowWatch::new("books"),
        }
    }

    /// Judges rows by the rules of one's own of this book from now on.
    pub fn adopt(&mut self, book: &Arc<RuleBook>) {
        let rules = RowRules::of(book);
        self.trades.adopt(&rules.of_dataset("trade"));
        self.quotes.adopt(&rules.of_dataset("quote"));
        self.books.adopt(&rules.of_dataset("book"));
    }

    /// Takes what happened, in the order it came.
    pub fn push(&mut self, book: &RuleBook, event: &Event) {
        let at = event.at;
        let rule = |id| book.enabled(id);
        match &event.what {
            What::Traded { trade } => {
                self.stale_book.traded(at);
                self.trades.push(&Row::of_trade(trade, at), at);
                if let Some(rule) = rule("trade.late") {
                    self.late.push(rule, trade, at);
                }
                if let Some(rule) = rule("trade.vs_book") {
                    self.outside.traded(rule, trade, at);
                }
                if let Some(rule) = rule("trade.dup_id") {
                    self.repeated.traded(rule, at);
                }
                if let Some(rule) = rule("trade.id_gap") {
                    self.numbers.traded(rule, at);
                }
            }
            What::Repeated {
                trade,
                differs_from,
            } => {
                if let Some(rule) = rule("trade.dup_id") {
                    self.repeated.repeated(rule, trade, *differs_from, at);
                }
            }
            What::Missing { from, to } => {
                if let Some(rule) = rule("trade.id_gap") {
                    self.numbers.missing(rule, *from, *to, at);
                }
            }
            What::Stamped { exchange_at } => {
                if let Some(rule) = rule("trade.clock_skew") {
                    self.clock.push(rule, *exchange_at, at);
                }
            }
            What::Best { bid, ask } => self.outside.best(*bid, *ask, at),
            What::Quoted { row } => self.quotes.push(row, at),
            What::Booked { row } => self.books.push(row, at),
            What::Moved { .. } | What::Figures { .. } | What::Lost { .. } | What::Synced => {
                self.push_book(book, event);
            }
            What::Read { contract, rows } => self.read(book, *contract, *rows, at),
            What::Rejected { rules, raw, reason } => {
                for id in rules {
                    if let (Some(rule), Some(kept)) = (book.enabled(id), self.contract(id)) {
                        kept.rejected(rule, reason, raw, at);
                    }
                }
            }
        }
    }

    fn push_book(&mut self, book: &RuleBook, event: &Event) {
        let at = event.at;
        let rule = |id| book.enabled(id);
        match &event.what {
            What::Moved { bid, ask } => {
                self.stale_book.moved(at);
                if !self.traits.has_quotes {
                    self.outside.best(*bid, *ask, at);
                }
                if let Some(rule) = rule("book.crossed") {
                    self.crossed.push(rule, (*bid, *ask), at);
                }
                if let Some(rule) = rule("book.sequence") {
                    self.sequence.moved(rule, at);
                }
                if let Some(rule) = rule("book.checksum") {
                    self.checksum.moved(rule, at);
                }
            }
            What::Figures { spread_bps, depth } => {
                if let Some(rule) = rule("book.spread") {
                    self.spread.push(rule, *spread_bps, at);
                }
                if let Some(rule) = rule("book.depth") {
                    self.depth.push(rule, *depth, at);
                }
            }
            What::Lost { cause, reason } => {
                self.stale_book.lost();
                if let Some(rule) = rule("book.crossed") {
                    self.crossed.lost(rule, at);
                }
                let (id, losses) = match cause {
                    GapCause::Checksum => ("book.checksum", &mut self.checksum),
                    GapCause::Sequence => ("book.sequence", &mut self.sequence),
                    _ => return,
                };
                if let Some(rule) = rule(id) {
                    losses.lost(rule, reason, at);
                }
            }
            // it stands from its first change on
            _ => {}
        }
    }

    fn read(&mut self, book: &RuleBook, contract: Contract, rows: i64, at: i64) {
        let ids: &[&str] = match contract {
            Contract::Feed => &["feed.contract"],
            Contract::Trade => &["trade.contract"],
            Contract::Quote => &["quote.contract"],
            Contract::Book => &["book.contract", "book.levels"],
        };
        for id in ids {
            if let (Some(rule), Some(kept)) = (book.enabled(id), self.contract(id)) {
                kept.read(rule, rows, at);
            }
        }
    }

    fn contract(&mut self, id: &str) -> Option<&mut Kept> {
        Some(match id {
            "feed.contract" => &mut self.feed_contract,
            "trade.contract" => &mut self.trade_contract,
            "quote.contract" => &mut self.quote_contract,
            "book.contract" => &mut self.book_contract,
            "book.levels" => &mut self.levels,
            _ => return None,
        })
    }

    /// How all of them stand.
    pub fn results(&mut self, book: &RuleBook, now_ms: i64) -> Vec<Outcome> {
        let Traits {
            counts_trades,
            tells_checksums,
            has_book,
            has_trades,
            has_quotes,
        } = self.traits;
        let entity = self.entity.clone();
        let entity = entity.as_str();
        let mut results = Vec::new();
        let mut add =
            |id: &str,
             applies: bool,
             result: &mut dyn FnMut(&crate::quality::rule::Rule) -> Outcome| {
                if let Some(rule) = book.enabled(id).filter(|_| applies) {
                    results.push(result(rule));
                }
            };
        add("feed.contract", true, &mut |rule| {
            self.feed_contract.result(rule, entity, now_ms)
        });
        add("trade.contract", has_trades, &mut |rule| {
            self.trade_contract.result(rule, entity, now_ms)
        });
        add("quote.contract", has_quotes, &mut |rule| {
            self.quote_contract.result(rule, entity, now_ms)
        });
        add("book.contract", has_book, &mut |rule| {
            self.book_contract.result(rule, entity, now_ms)
        });
        add("book.levels", has_book, &mut |rule| {
            self.levels.result(rule, entity, now_ms)
        });
        add("trade.clock_skew", has_trades, &mut |rule| {
            self.clock.result(rule, entity, now_ms)
        });
        add("trade.late", has_trades, &mut |rule| {
            self.late.result(rule, entity, now_ms)
        });
        add("trade.dup_id", has_trades, &mut |rule| {
            self.repeated.result(rule, entity, now_ms)
        });
        add("trade.id_gap", has_trades && counts_trades, &mut |rule| {
            self.numbers.result(rule, entity, now_ms)
        });
        let has_best = has_book || has_quotes;
        add("trade.vs_book", has_trades && has_best, &mut |rule| {
            self.outside.result(rule, entity, now_ms)
        });
        add("book.sequence", has_book, &mut |rule| {
            self.sequence.result(rule, entity, now_ms)
        });
        add("book.checksum", has_book && tells_checksums, &mut |rule| {
            self.checksum.result(rule, entity, now_ms)
        });
        add("book.crossed", has_book, &mut |rule| {
            self.crossed.result(rule, entity, now_ms)
        });
        let spread = (entity, "spread, basis points");
        add("book.spread", has_book, &mut |rule| {
            self.spread.result(rule, spread, now_ms)
        });
        let depth = (entity, "size of the ten best levels");
        add("book.depth", has_book, &mut |rule| {
            self.depth.result(rule, depth, now_ms)
        });
        let follows_both = has_book && has_trades;
        add("book.stale", follows_both, &mut |rule| {
            self.stale_book.result(rule, entity, now_ms)
        });
        for (rows, applies) in [
            (&mut self.trades, has_trades),
            (&mut self.quotes, has_quotes),
            (&mut self.books, has_book),
        ] {
            if applies {
                results.extend(rows.results(entity, now_ms));
            }
        }
        results
    }
}
