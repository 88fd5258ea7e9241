//! Steps over slots and registers.

/// Registers of a program: as deep as an expression can nest without counting its leaves.
pub(super) const REGISTERS: usize = 16;

/// What a step does with its two inputs; those of one input ignore the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Negate,
    Equal,
    Differ,
    Less,
    AtMost,
    And,
    Or,
    Not,
    Min,
    Max,
    Coalesce,
    Abs,
    Ln,
    Exp,
    Sqrt,
    Round,
    IsNull,
    IsFinite,
    When,
}

/// Where a step takes an input from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Input {
    Slot(u16),
    Constant(f64),
    Register(u8),
}

/// One step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Step {
    pub(super) code: Code,
    pub(super) a: Input,
    pub(super) b: Input,
    /// Register of the result.
    pub(super) to: u8,
}

/// Steps in order, and where the result is at the end.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Program {
    pub(super) steps: Vec<Step>,
    pub(super) result: Input,
}

impl Program {
    #[inline]
    pub(super) fn run(&self, slots: &[f64]) -> f64 {
        let mut registers = [f64::NAN; REGISTERS];
        for step in &self.steps {
            let a = read(step.a, slots, &registers);
            let b = read(step.b, slots, &registers);
            registers[usize::from(step.to) % REGISTERS] = apply(step.code, a, b);
        }
        read(self.result, slots, &registers)
    }
}

#[inline]
fn read(input: Input, slots: &[f64], registers: &[f64; REGISTERS]) -> f64 {
    match input {
        Input::Slot(slot) => slots.get(usize::from(slot)).copied().unwrap_or(f64::NAN),
        Input::Constant(number) => number,
        Input::Register(register) => registers[usize::from(register) % REGISTERS],
    }
}

/// Result of a step; NaN is null.
#[inline]
#[allow(
    clippy::double_comparisons,
    reason = "a != b holds for a null too, which is neither equal nor different"
)]
pub(super) fn apply(code: Code, a: f64, b: f64) -> f64 {
    match code {
        Code::Add => a + b,
        Code::Subtract => a - b,
        Code::Multiply => a * b,
        Code::Divide if b == 0.0 => f64::NAN,
        Code::Divide => a / b,
        Code::Remainder => remainder(a, b),
        Code::Negate => -a,
        // of two numbers exactly one comparison holds, of a null none
        Code::Equal => truth(a == b, a < b || a > b),
        Code::Differ => truth(a < b || a > b, a == b),
        Code::Less => truth(a < b, a >= b),
        Code::AtMost => truth(a <= b, a > b),
        Code::And if a == 0.0 || b == 0.0 => 0.0,
        Code::And => a * b,
        Code::Or if a > 0.0 || b > 0.0 => 1.0,
        Code::Or => a + b,
        Code::Not => 1.0 - a,
        Code::Min => truth_or(a <= b, a, truth_or(b < a, b, f64::NAN)),
        Code::Max => truth_or(a >= b, a, truth_or(b > a, b, f64::NAN)),
        Code::Coalesce => truth_or(a.is_nan(), b, a),
        Code::Abs => a.abs(),
        Code::Ln if a <= 0.0 => f64::NAN,
        Code::Ln => a.ln(),
        Code::Exp => a.exp(),
        Code::Sqrt => a.sqrt(),
        Code::Round => a.round(),
        Code::IsNull => f64::from(u8::from(a.is_nan())),
        Code::IsFinite => f64::from(u8::from(a.is_finite())),
        Code::When => truth_or(a == 1.0, b, f64::NAN),
    }
}

/// What is left of a division. Most are of whole numbers, times above all, which the processor divides many times faster
/// than fractions.
#[inline]
fn remainder(a: f64, b: f64) -> f64 {
    let (whole_a, whole_b) = (a as i64, b as i64);
    let is_whole = whole_a as f64 == a && whole_b as f64 == b;
    match whole_a.checked_rem(whole_b).filter(|_| is_whole) {
        Some(rest) => rest as f64,
        None => a % b,
    }
}

#[inline]
const fn truth(is_true: bool, is_false: bool) -> f64 {
    truth_or(is_true, 1.0, truth_or(is_false, 0.0, f64::NAN))
}

#[inline]
const fn truth_or(choice: bool, a: f64, b: f64) -> f64 {
    if choice { a } else { b }
}
