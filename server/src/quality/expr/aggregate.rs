//! Expressions over the rows of a bucket: `ln(sum(volume) + 0.01)`.

use super::{
    Expr,
    compile::compile,
    error::ExprError,
    function::{FOLDS, FUNCTIONS, Fold},
    parser::{Node, What, parse},
    program::Program,
};

/// Most folds in one expression.
const MAX_FOLDS: usize = 16;

/// A compiled expression over the rows of a bucket.
///
/// `sum`, `mean`, `count`, `min`, `max`, `first` and `last` of one argument fold the rows, which come in time order;
/// around them stands the language of rows. As in SQL, rows where the argument is null are left out, and every fold but
/// `count` is null when no row is left. `count()` counts rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    folds: Vec<(Fold, Option<Expr>)>,
    program: Program,
}

/// What the rows of one bucket came to so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Folded(Vec<(f64, u64)>);

impl Aggregate {
    /// Compiles a text over columns; the slot of a column is its place in the list.
    ///
    /// # Errors
    /// As [`Expr::compile`]; also when a column stands outside of the folds.
    pub fn compile(text: &str, columns: &[&str]) -> Result<Self, ExprError> {
        let mut tree = parse(text)?;
        let mut folds = Vec::new();
        take_folds(&mut tree, columns, &mut folds)?;
        let names: Vec<String> = (0..folds.len()).map(name_of).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let program = compile(&tree, &names)?.program;
        Ok(Self { folds, program })
    }

    /// An empty bucket.
    #[must_use]
    pub fn start(&self) -> Folded {
        Folded(vec![(0.0, 0); self.folds.len()])
    }

    /// Adds a row, which must not be earlier than those before.
    pub fn push(&self, folded: &mut Folded, slots: &[f64]) {
        for ((fold, of), (value, count)) in self.folds.iter().zip(&mut folded.0) {
            let x = of.as_ref().map_or(0.0, |of| of.eval(slots));
            if x.is_nan() {
                continue;
            }
            *value = match fold {
                Fold::Sum | Fold::Mean => *value + x,
                Fold::First | Fold::Min | Fold::Max if *count == 0 => x,
                Fold::First | Fold::Count => *value,
                Fold::Last => x,
                Fold::Min => value.min(x),
                Fold::Max => value.max(x),
            };
            *count += 1;
        }
    }

    /// The value over all rows of the bucket; NaN for null.
    #[must_use]
    pub fn value(&self, folded: &Folded) -> f64 {
        let mut slots = [f64::NAN; MAX_FOLDS];
        for ((slot, (fold, _)), (value, count)) in slots.iter_mut().zip(&self.folds).zip(&folded.0)
        {
            *slot = match (fold, count) {
                (Fold::Count, count) => *count as f64,
                (_, 0) => f64::NAN,
                (Fold::Mean, count) => value / *count as f64,
                _ => *value,
            };
        }
        self.program.run(&slots)
    }
}

/// No name of the language contains a sign, so that this is no column's.
fn name_of(fold: usize) -> String {
    format!("fold {fold}")
}

/// Replaces each fold in the tree by the name of its slot.
fn take_folds(
    node: &mut Node,
    columns: &[&str],
    folds: &mut Vec<(Fold, Option<Expr>)>,
) -> Result<(), ExprError> {
    let column = node.column;
    match &mut node.what {
        What::Number(_) => {}
        What::Name(name) if name == "null" => {}
        What::Name(name) => {
            if !columns.contains(&name.as_str()) {
                return Err(ExprError::unknown(
                    column,
                    "column",
                    name,
                    columns.iter().copied(),
                ));
            }
            let message = format!("a bucket has many values of `{name}`; write `sum({name})`");
            return Err(ExprError::new(column, message));
        }
        What::One(_, of) => take_folds(of, columns, folds)?,
        What::Two(_, a, b) => {
            take_folds(a, columns, folds)?;
            take_folds(b, columns, folds)?;
        }
        What::In(of, list) => {
            take_folds(of, columns, folds)?;
            for value in list {
                take_folds(value, columns, folds)?;
            }
        }
        What::Between(of, low, high) => {
            for part in [of, low, high] {
                take_folds(part, columns, folds)?;
            }
        }
        What::Call(name, arguments) => {
            let fold = FOLDS.iter().find(|(known, _)| known == name);
            let is_of_row = FUNCTIONS.iter().any(|function| function.name == name);
            match fold {
                // `min(a, b)` is the smaller of two numbers
                Some((_, fold)) if arguments.len() < 2 || !is_of_row => {
                    let of = one_argument(name, arguments, column)?;
                    if of.is_none() && *fold != Fold::Count {
                        return Err(ExprError::new(
                            column,
                            format!("`{name}` takes one argument"),
                        ));
                    }
                    let of = of.map(|of| row_expression(of, columns)).transpose()?;
                    if folds.len() == MAX_FOLDS {
                        let message = format!("more than {MAX_FOLDS} aggregates");
                        return Err(ExprError::new(column, message));
                    }
                    folds.push((*fold, of));
                    node.what = What::Name(name_of(folds.len() - 1));
                }
                _ if is_of_row => {
                    for argument in arguments {
                        take_folds(argument, columns, folds)?;
                    }
                }
                _ => {
                    let known = FOLDS.iter().map(|(known, _)| *known);
                    let known = known.chain(FUNCTIONS.iter().map(|function| function.name));
                    return Err(ExprError::unknown(column, "function", name, known));
                }
            }
        }
    }
    Ok(())
}

fn one_argument<'a>(
    name: &str,
    arguments: &'a [Node],
    column: usize,
) -> Result<Option<&'a Node>, ExprError> {
    match arguments {
        [] => Ok(None),
        [of] => Ok(Some(of)),
        _ => Err(ExprError::new(
            column,
            format!("`{name}` takes one argument"),
        )),
    }
}

fn row_expression(tree: &Node, columns: &[&str]) -> Result<Expr, ExprError> {
    let compiled = compile(tree, columns)?;
    if compiled.is_condition {
        return Err(ExprError::new(
            tree.column,
            "expected a number here, found a condition",
        ));
    }
    Ok(Expr {
        program: compiled.program,
        columns: compiled.columns,
        is_condition: false,
    })
}
