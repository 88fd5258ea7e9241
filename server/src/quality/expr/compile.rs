//! A tree into a program: names become slots, numbers and conditions are kept apart, constants are folded.

use super::{
    error::ExprError,
    function::FUNCTIONS,
    parser::{Node, What},
    program::{Code, Input, Program, REGISTERS, Step, apply},
};

/// A program and what it needs.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) program: Program,
    pub(super) columns: Vec<usize>,
    pub(super) is_condition: bool,
}

/// What a part of an expression gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gives {
    Number,
    Condition,
    /// A column `is_…`, which is 1 or 0: it can stand for either.
    Both,
}

/// Compiles a tree over columns.
pub(super) fn compile(tree: &Node, columns: &[&str]) -> Result<Compiled, ExprError> {
    let mut compiler = Compiler {
        columns,
        used: Vec::new(),
        steps: Vec::new(),
    };
    let (result, gives) = compiler.node(tree, 0)?;
    compiler.used.sort_unstable();
    compiler.used.dedup();
    Ok(Compiled {
        program: Program {
            steps: compiler.steps,
            result,
        },
        columns: compiler.used,
        is_condition: gives != Gives::Number,
    })
}

struct Compiler<'a> {
    columns: &'a [&'a str],
    used: Vec<usize>,
    steps: Vec<Step>,
}

impl Compiler<'_> {
    /// Emits the steps of a part; registers from `free` on are not in use.
    fn node(&mut self, node: &Node, free: usize) -> Result<(Input, Gives), ExprError> {
        match &node.what {
            What::Number(number) => Ok((Input::Constant(*number), Gives::Number)),
            What::Name(name) => self.column(name, node.column),
            What::One(code, of) => {
                let wants = wants(*code);
                let of = self.part(of, free, wants)?;
                let result = self.step(*code, of, of, free, node.column)?;
                Ok((result, gives(*code)))
            }
            What::Two(code, a, b) => {
                let wants = wants(*code);
                let a = self.part(a, free, wants)?;
                let b = self.part(b, after(a, free), wants)?;
                let result = self.step(*code, a, b, free, node.column)?;
                Ok((result, gives(*code)))
            }
            What::In(of, list) => {
                if list.is_empty() {
                    return Err(ExprError::new(node.column, "`in ()` can never hold"));
                }
                let of = self.part(of, free, Gives::Number)?;
                let mut result: Option<Input> = None;
                for value in list {
                    let at = after(of, free);
                    let next = result.map_or(at, |result| after(result, at));
                    let value = self.part(value, next, Gives::Number)?;
                    let equal = self.step(Code::Equal, of, value, next, node.column)?;
                    result = Some(match result {
                        None => equal,
                        Some(result) => self.step(Code::Or, result, equal, at, node.column)?,
                    });
                }
                let result = result.unwrap_or(Input::Constant(f64::NAN));
                Ok((self.down(result, free, node.column)?, Gives::Condition))
            }
            What::Between(of, low, high) => {
                let of = self.part(of, free, Gives::Number)?;
                let at = after(of, free);
                let low = self.part(low, at, Gives::Number)?;
                let above = self.step(Code::AtMost, low, of, at, node.column)?;
                let next = after(above, at);
                let high = self.part(high, next, Gives::Number)?;
                let below = self.step(Code::AtMost, of, high, next, node.column)?;
                let result = self.step(Code::And, above, below, free, node.column)?;
                Ok((result, Gives::Condition))
            }
            What::Call(name, arguments) => self.call(name, arguments, node.column, free),
        }
    }

    fn call(
        &mut self,
        name: &str,
        arguments: &[Node],
        column: usize,
        free: usize,
    ) -> Result<(Input, Gives), ExprError> {
        let function = FUNCTIONS
            .iter()
            .find(|function| function.name == name)
            .ok_or_else(|| {
                let known = FUNCTIONS.iter().map(|function| function.name);
                ExprError::unknown(column, "function", name, known)
            })?;
        let (fewest, most) = function.arguments;
        if !(fewest..=most).contains(&arguments.len()) {
            let wants = match function.arguments {
                (1, 1) => "one argument".to_owned(),
                (2, 2) => "two arguments".to_owned(),
                _ => format!("{fewest} to {most} arguments"),
            };
            let message = format!("`{name}` takes {wants}, not {}", arguments.len());
            return Err(ExprError::new(column, message));
        }
        let mut result: Option<Input> = None;
        for argument in arguments {
            let at = result.map_or(free, |result| after(result, free));
            let wanted = if function.asks && result.is_none() {
                Gives::Condition
            } else {
                Gives::Number
            };
            let argument = self.part(argument, at, wanted)?;
            result = Some(match result {
                None if most == 1 => self.step(function.code, argument, argument, free, column)?,
                None => argument,
                Some(result) => self.step(function.code, result, argument, free, column)?,
            });
        }
        let gives = if function.is_condition {
            Gives::Condition
        } else {
            Gives::Number
        };
        Ok((result.unwrap_or(Input::Constant(f64::NAN)), gives))
    }

    fn column(&mut self, name: &str, column: usize) -> Result<(Input, Gives), ExprError> {
        if name == "null" {
            return Ok((Input::Constant(f64::NAN), Gives::Both));
        }
        let slot = self
            .columns
            .iter()
            .position(|known| *known == name)
            .ok_or_else(|| {
                ExprError::unknown(column, "column", name, self.columns.iter().copied())
            })?;
        self.used.push(slot);
        let slot = u16::try_from(slot)
            .map_err(|_| ExprError::new(column, format!("column `{name}` is out of reach")))?;
        let is_flag = name
            .rsplit('.')
            .next()
            .is_some_and(|name| name.starts_with("is_"));
        let gives = if is_flag { Gives::Both } else { Gives::Number };
        Ok((Input::Slot(slot), gives))
    }

    /// A part that must give what `wanted` says.
    fn part(&mut self, node: &Node, free: usize, wanted: Gives) -> Result<Input, ExprError> {
        let (input, gives) = self.node(node, free)?;
        if wanted == gives || wanted == Gives::Both || gives == Gives::Both {
            return Ok(input);
        }
        let message = match wanted {
            Gives::Condition => "expected a condition here (such as `volume > 0`), found a number",
            _ => "expected a number here, found a condition",
        };
        Err(ExprError::new(node.column, message))
    }

    fn step(
        &mut self,
        code: Code,
        a: Input,
        b: Input,
        to: usize,
        column: usize,
    ) -> Result<Input, ExprError> {
        if let (Input::Constant(a), Input::Constant(b)) = (a, b) {
            return Ok(Input::Constant(apply(code, a, b)));
        }
        if to >= REGISTERS {
            let message =
                format!("more than {REGISTERS} parts wait for one another; use fewer brackets");
            return Err(ExprError::new(column, message));
        }
        let to = to as u8;
        self.steps.push(Step { code, a, b, to });
        Ok(Input::Register(to))
    }

    /// Moves a result down to the first free register.
    fn down(&mut self, input: Input, free: usize, column: usize) -> Result<Input, ExprError> {
        match input {
            Input::Register(at) if usize::from(at) != free => {
                self.step(Code::Or, input, input, free, column)
            }
            other => Ok(other),
        }
    }
}

/// First register that is not in use once `input` is kept.
fn after(input: Input, free: usize) -> usize {
    match input {
        Input::Register(at) => free.max(usize::from(at) + 1),
        Input::Slot(_) | Input::Constant(_) => free,
    }
}

const fn wants(code: Code) -> Gives {
    match code {
        Code::And | Code::Or | Code::Not => Gives::Condition,
        _ => Gives::Number,
    }
}

const fn gives(code: Code) -> Gives {
    match code {
        Code::And
        | Code::Or
        | Code::Not
        | Code::Equal
        | Code::Differ
        | Code::Less
        | Code::AtMost => Gives::Condition,
        _ => Gives::Number,
    }
}
