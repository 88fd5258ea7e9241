//! The functions of the language.

use super::program::Code;

/// What a function takes and gives.
#[derive(Debug, Clone, Copy)]
pub(super) struct Function {
    pub(super) name: &'static str,
    /// Fewest and most arguments; with several, the step is applied from left to right.
    pub(super) arguments: (usize, usize),
    pub(super) code: Code,
    pub(super) is_condition: bool,
    /// The first argument is a condition.
    pub(super) asks: bool,
}

const fn of_one(name: &'static str, code: Code, is_condition: bool) -> Function {
    Function {
        name,
        arguments: (1, 1),
        code,
        is_condition,
        asks: false,
    }
}

const fn of_many(name: &'static str, code: Code) -> Function {
    Function {
        name,
        arguments: (2, 16),
        code,
        is_condition: false,
        asks: false,
    }
}

/// Every function of rows.
pub(super) const FUNCTIONS: [Function; 11] = [
    of_one("abs", Code::Abs, false),
    of_many("coalesce", Code::Coalesce),
    of_one("exp", Code::Exp, false),
    of_one("is_finite", Code::IsFinite, true),
    of_one("is_null", Code::IsNull, true),
    of_one("ln", Code::Ln, false),
    of_many("max", Code::Max),
    of_many("min", Code::Min),
    of_one("round", Code::Round, false),
    of_one("sqrt", Code::Sqrt, false),
    // the number where the condition holds, null elsewhere
    Function {
        name: "when",
        arguments: (2, 2),
        code: Code::When,
        is_condition: false,
        asks: true,
    },
];

/// What is folded over the rows of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fold {
    Sum,
    Mean,
    Count,
    Min,
    Max,
    First,
    Last,
}

/// Every function of buckets.
pub(super) const FOLDS: [(&str, Fold); 7] = [
    ("count", Fold::Count),
    ("first", Fold::First),
    ("last", Fold::Last),
    ("max", Fold::Max),
    ("mean", Fold::Mean),
    ("min", Fold::Min),
    ("sum", Fold::Sum),
];
