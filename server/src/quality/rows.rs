//! Rules of one's own over rows of trades, quotes, order books and articles: a condition that every row must make true.
//!
//! [`RowRules`] makes the rules of a book ready once, `row` says which numbers of a row they read. The same rule judges
//! a row of a stream, of an answer and of a file: `live::rows` counts over a stretch of time, `landing` over the articles
//! of one file or answer.

mod landing;
mod row;

use std::sync::{Arc, Mutex, PoisonError};

pub(super) use self::landing::{broken_words, failed};
pub use self::{
    landing::{Broken, Fate, Landed, apart},
    row::{Row, Slots},
};
use super::{
    columns::{columns_of, shown_name, value_words},
    expr::Expr,
    rule::{Kind, Rule, RuleBook},
    watch::sets_apart,
};

/// The datasets whose rows these rules judge; candles have rules of more kinds, see `watch`.
pub const DATASETS: [&str; 4] = ["article", "book", "quote", "trade"];

/// True for a rule that judges rows of one of [`DATASETS`].
#[must_use]
pub fn is_of_rows(rule: &Rule) -> bool {
    rule.kind == Kind::Row && DATASETS.contains(&rule.dataset)
}

/// The rules of a book over rows, by dataset.
#[derive(Debug, Default)]
pub struct RowRules {
    by_dataset: [Arc<[RowRule]>; DATASETS.len()],
}

/// A rule made ready.
#[derive(Debug)]
pub struct RowRule {
    /// The rule.
    pub rule: Rule,
    /// Its condition, or why it cannot be evaluated.
    expr: Result<Expr, String>,
    /// Columns that are shown of a row that breaks it: slot and name.
    shown: Vec<(usize, &'static str)>,
}

impl RowRules {
    /// Those of a book, shared. Those of the book asked for last are kept: whoever follows a stream asks with every
    /// batch.
    #[must_use]
    pub fn of(book: &Arc<RuleBook>) -> Arc<Self> {
        static LAST: Mutex<Option<(Arc<RuleBook>, Arc<RowRules>)>> = Mutex::new(None);
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((of, rules)) if Arc::ptr_eq(of, book) => rules.clone(),
            _ => {
                let rules = Arc::new(Self::new(book));
                *last = Some((book.clone(), rules.clone()));
                rules
            }
        }
    }

    /// The row rules of a book.
    #[must_use]
    pub fn new(book: &RuleBook) -> Self {
        let of = |dataset| {
            let rules = book.of(dataset).filter(|rule| is_of_rows(rule));
            rules.map(RowRule::new).collect()
        };
        Self {
            by_dataset: DATASETS.map(of),
        }
    }

    /// Those of a dataset; none for one that is not among [`DATASETS`].
    #[must_use]
    pub fn of_dataset(&self, dataset: &str) -> Arc<[RowRule]> {
        let at = DATASETS.iter().position(|known| *known == dataset);
        at.map(|at| self.by_dataset[at].clone()).unwrap_or_default()
    }
}

impl RowRule {
    fn new(rule: &Rule) -> Self {
        let columns = columns_of(rule.dataset);
        let expr = match Expr::compile(rule.text_of("expr"), columns) {
            Ok(expr) if expr.is_condition() => Ok(expr),
            Ok(_) => Err("its expression gives a number, not true or false".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        let read = expr.as_ref().map(Expr::columns).unwrap_or_default();
        let names = row::names_of(rule.dataset);
        let shown = columns.iter().copied().enumerate();
        Self {
            shown: shown
                .filter(|(slot, name)| names.contains(name) || read.contains(slot))
                .collect(),
            rule: rule.clone(),
            expr,
        }
    }

    /// Why it cannot be evaluated.
    #[must_use]
    pub fn broken(&self) -> Option<&str> {
        self.expr.as_ref().err().map(String::as_str)
    }

    /// Whether a row keeps it, whose slots are those of `columns_of`; `None` where that cannot be known for a null.
    #[must_use]
    #[inline]
    pub fn holds(&self, slots: &[f64]) -> Option<bool> {
        let value = self.expr.as_ref().ok()?.eval(slots);
        (!value.is_nan()).then_some(value != 0.0)
    }

    /// True if a row that breaks it is set apart.
    #[must_use]
    pub const fn sets_apart(&self) -> bool {
        sets_apart(self.rule.action)
    }

    /// What stands above [`RowRule::sample`].
    #[must_use]
    pub fn columns(&self) -> Vec<String> {
        self.shown
            .iter()
            .map(|(_, name)| shown_name(name))
            .collect()
    }

    /// A row as it is shown: what it is known by, and what the rule reads of it.
    #[must_use]
    pub fn sample(&self, slots: &[f64]) -> Vec<String> {
        let value = |slot: usize| slots.get(slot).copied().unwrap_or(f64::NAN);
        self.shown
            .iter()
            .map(|(slot, name)| value_words(name, value(*slot)))
            .collect()
    }

    /// Why a row is set apart.
    #[must_use]
    pub fn reason(&self, slots: &[f64]) -> String {
        let read = self.expr.as_ref().map(Expr::columns).unwrap_or_default();
        let values: Vec<String> = read
            .iter()
            .filter_map(|slot| {
                let name = columns_of(self.rule.dataset).get(*slot)?;
                Some(format!("{name} {}", value_words(name, *slots.get(*slot)?)))
            })
            .collect();
        format!("broken: {}; {}", self.rule.title, values.join(", "))
    }
}

#[cfg(test)]
mod tests;
