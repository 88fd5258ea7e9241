//! Many rows at once: each step is a loop over a column, which the compiler turns into instructions for several rows.

use super::{
    Expr,
    program::{Code, Input, REGISTERS, apply},
};

/// Rows of a block: its columns and registers stay in the fastest cache.
pub const BLOCK: usize = 128;

/// Values of one column of a block.
pub type Column = [f64; BLOCK];

/// Room for the steps between, used again for every block.
#[derive(Debug)]
pub struct Scratch {
    registers: Vec<Column>,
}

impl Default for Scratch {
    fn default() -> Self {
        Self {
            registers: vec![[f64::NAN; BLOCK]; REGISTERS],
        }
    }
}

macro_rules! step {
    ($code:expr, $a:expr, $b:expr, $to:expr; $($name:ident)*) => {
        match $code {
            $(Code::$name => {
                for ((to, a), b) in $to.iter_mut().zip($a).zip($b) {
                    *to = apply(Code::$name, *a, *b);
                }
            })*
        }
    };
}

impl Expr {
    /// The values for the rows of a block, as [`Expr::eval`] gives them one by one; `columns` by slot.
    pub fn eval_block(&self, columns: &[Column], scratch: &mut Scratch, values: &mut Column) {
        let mut to = [0.0; BLOCK];
        let (mut constant_a, mut constant_b) = ([0.0; BLOCK], [0.0; BLOCK]);
        for step in &self.program.steps {
            let a = column(step.a, columns, &scratch.registers, &mut constant_a);
            let b = column(step.b, columns, &scratch.registers, &mut constant_b);
            step!(
                step.code, a, b, to;
                Add Subtract Multiply Divide Remainder Negate Equal Differ Less AtMost And Or Not Min Max Coalesce Abs Ln
                Exp Sqrt Round IsNull IsFinite When
            );
            if let Some(register) = scratch.registers.get_mut(usize::from(step.to)) {
                *register = to;
            }
        }
        let result = self.program.result;
        *values = *column(result, columns, &scratch.registers, &mut constant_a);
    }
}

fn column<'a>(
    input: Input,
    columns: &'a [Column],
    registers: &'a [Column],
    constant: &'a mut Column,
) -> &'a Column {
    let found = match input {
        Input::Slot(slot) => columns.get(usize::from(slot)),
        Input::Register(register) => registers.get(usize::from(register)),
        Input::Constant(_) => None,
    };
    found.unwrap_or_else(|| {
        // a slot that the rows lack is null
        let value = match input {
            Input::Constant(number) => number,
            _ => f64::NAN,
        };
        constant.fill(value);
        constant
    })
}
