//! The expressions of rules: `high >= max(open, close) and low > 0`, `ln(close / prev.close)`.
//!
//! An own small language, because no maintained crate offers what rules need together: null that makes a condition
//! unknown instead of false, evaluation without allocation for each of millions of rows, and mistakes reported with
//! their column and a suggestion before the first row is seen. (`evalexpr` and `rhai` allocate and look names up at
//! run time, `fasteval` and `meval` know neither null nor conditions, CEL and `DataFusion` bring a type system and an
//! engine.)
//!
//! The way of a text: [`lexer`] → tokens, [`parser`] → tree, [`compile`] → checked steps of a [`program`] over slots.
//! [`aggregate`] folds the rows of a bucket with the same language, [`block`] takes many rows at once.
//!
//! Numbers (`0.5`, `1_000`, `1e-9`), columns (`close`, `prev.close`), `+ - * / %`, `= != < <= > >=`, `in (…)`,
//! `between … and …`, `not`, `and`, `or`, and the functions of [`function`]. Null is NaN: arithmetic and comparisons with
//! it are null, and so are a division by 0 and the logarithm of what is not positive; `and`, `or` and `not` follow
//! Kleene's logic as in SQL, so that a null can be outvoted by a false (`and`) or a true (`or`) only.

mod aggregate;
mod block;
mod compile;
mod error;
mod function;
mod lexer;
mod parser;
mod program;

pub use self::{
    aggregate::{Aggregate, Folded},
    block::{BLOCK, Column, Scratch},
    error::{ExprError, closest},
};
use self::{compile::compile, program::Program};

/// Longest text, bytes.
pub const MAX_LENGTH: usize = 1000;

/// A compiled expression over the slots of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    program: Program,
    columns: Vec<usize>,
    is_condition: bool,
}

impl Expr {
    /// Compiles a text over columns; the slot of a column is its place in the list.
    ///
    /// # Errors
    /// When the text is too long or too deep, is no expression, or names a column or function that does not exist, or
    /// mixes up numbers and conditions.
    pub fn compile(text: &str, columns: &[&str]) -> Result<Self, ExprError> {
        let tree = parser::parse(text)?;
        let compiled = compile(&tree, columns)?;
        Ok(Self {
            program: compiled.program,
            columns: compiled.columns,
            is_condition: compiled.is_condition,
        })
    }

    /// The value for a row: a number, or for conditions 1 (true), 0 (false); NaN for null and unknown. A slot that the
    /// row lacks is null.
    #[must_use]
    #[inline]
    pub fn eval(&self, slots: &[f64]) -> f64 {
        self.program.run(slots)
    }

    /// Slots of the columns it reads, ascending.
    #[must_use]
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// True if its value is true, false or unknown; false if it is a number.
    #[must_use]
    pub const fn is_condition(&self) -> bool {
        self.is_condition
    }
}

#[cfg(test)]
mod tests;
