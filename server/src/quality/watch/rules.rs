//! The rules over candles, made ready once for all candles of a landing.

use std::sync::{Arc, Mutex, PoisonError};

use app::model::{Candle, Severity, flag};

use super::{
    bounds::Bounds,
    row::{Beside, OWN, SLOTS, fill, growth, own, shown, slot_of, words},
};
use crate::quality::{
    columns::columns_of,
    expr::{BLOCK, Expr, Scratch},
    rule::{Action, Kind, Rule, RuleBook},
};

/// Longest window, in candles.
const MAX_WINDOW: f64 = 1440.0;

/// The rules of a book over candles.
///
/// Hard rules look at one candle alone and set it apart before anything else sees it; watched ones look at candles in time
/// order.
#[derive(Debug)]
pub struct CandleRules {
    hard: Vec<Compiled>,
    /// Those that set candles apart come first.
    pub(super) watched: Vec<Compiled>,
    /// How many of them do.
    pub(super) apart: usize,
    reach: usize,
}

/// A rule made ready.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) rule: Rule,
    pub(super) judge: Judge,
    /// Bit of its findings; 0 if they are only counted.
    pub(super) flag: i64,
    /// Columns shown of a finding.
    pub(super) shown: Vec<(String, usize)>,
}

/// How a rule judges a candle.
#[derive(Debug)]
pub(super) enum Judge {
    /// An expression must not be false.
    Row(Expr),
    /// An expression must not be true for long.
    Streak(Expr, Bounds),
    /// A number must stay within limits.
    Value {
        value: Expr,
        above: Bounds,
        below: Bounds,
    },
    /// The same of a column.
    Range {
        slot: usize,
        max: Bounds,
        min: Bounds,
    },
    /// A column must not stay the same for long.
    Stale(usize, Bounds),
    /// Candles must not be missing.
    Gap {
        sparse: Bounds,
        filled: Bounds,
        coarse: Bounds,
    },
    /// A number must be near those before it.
    RobustZ {
        value: Expr,
        window: usize,
        min: usize,
        floor: f64,
        k: Bounds,
    },
    /// Prices must be near the closes before.
    Level {
        window: usize,
        min: usize,
        reach: i64,
        max_step_ms: i64,
        off: Bounds,
    },
    /// A column must not jump and come back.
    Spike {
        slot: usize,
        window: usize,
        min: usize,
        scale_floor: f64,
        reversal: f64,
        /// Severity, multiple of the scale and smallest jump, the mildest first.
        limits: Vec<(Severity, f64, f64)>,
    },
    /// It cannot be evaluated.
    Broken(String),
}

impl CandleRules {
    /// The same, shared. Those of the book asked for last are kept: a live series asks with every answer.
    #[must_use]
    pub fn of(book: &Arc<RuleBook>) -> Arc<Self> {
        static LAST: Mutex<Option<(Arc<RuleBook>, Arc<CandleRules>)>> = Mutex::new(None);
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

    /// The candle rules of a book.
    #[must_use]
    pub fn new(book: &RuleBook) -> Self {
        let (mut hard, mut watched) = (Vec::new(), Vec::new());
        for rule in book.of("candle") {
            let Some(judge) = judge_of(rule) else {
                continue;
            };
            let compiled = Compiled {
                flag: flag_of(rule),
                shown: shown(judge.reads()),
                rule: rule.clone(),
                judge,
            };
            if compiled.is_hard() {
                hard.push(compiled);
            } else {
                watched.push(compiled);
            }
        }
        watched.sort_by_key(|compiled| !compiled.sets_apart());
        Self {
            apart: watched.iter().filter(|rule| rule.sets_apart()).count(),
            reach: watched.iter().map(Compiled::reach).max().unwrap_or(0),
            hard,
            watched,
        }
    }

    /// Candles before one that its judgement depends on.
    #[must_use]
    pub const fn reach(&self) -> usize {
        self.reach
    }

    /// Those of many rows that break a hard rule: their places, ascending, and what [`CandleRules::broken`] says of each.
    #[must_use]
    pub fn broken_among<T>(
        &self,
        rows: &[T],
        candle: impl Fn(&T) -> &Candle,
        step_ms: i64,
        received_at: i64,
    ) -> Vec<(usize, Vec<(&'static str, String)>)> {
        let beside = alone(step_ms, received_at);
        let mut columns = vec![[f64::NAN; BLOCK]; OWN];
        let (mut scratch, mut values) = (Scratch::default(), [f64::NAN; BLOCK]);
        let mut broken = Vec::new();
        for (block, rows) in rows.chunks(BLOCK).enumerate() {
            let mut suspects = [false; BLOCK];
            for ((at, row), suspect) in rows.iter().enumerate().zip(&mut suspects) {
                let candle = candle(row);
                for (column, value) in columns.iter_mut().zip(own(candle, &beside)) {
                    column[at] = value;
                }
                *suspect = !is_finite(candle);
            }
            for rule in &self.hard {
                if let Judge::Row(expr) = &rule.judge {
                    expr.eval_block(&columns, &mut scratch, &mut values);
                    for (suspect, value) in suspects.iter_mut().zip(&values) {
                        *suspect |= *value == 0.0;
                    }
                }
            }
            for ((at, row), _) in rows.iter().enumerate().zip(suspects).filter(|(_, is)| *is) {
                let why = self.broken(candle(row), step_ms, received_at);
                broken.push((block * BLOCK + at, why));
            }
        }
        broken
    }

    /// Every hard rule the candle breaks with the reason, empty for a sound one. `received_at` is the receipt of its
    /// landing, in milliseconds.
    #[must_use]
    pub fn broken(
        &self,
        candle: &Candle,
        step_ms: i64,
        received_at: i64,
    ) -> Vec<(&'static str, String)> {
        let mut broken = Vec::new();
        if !is_finite(candle) {
            // no rule may let in what cannot be stored
            let reason = "a price or the volume is no finite number".to_owned();
            broken.push(("candle.contract", reason));
        }
        let mut slots = [f64::NAN; SLOTS];
        fill(&mut slots, candle, &alone(step_ms, received_at));
        for rule in &self.hard {
            if let Judge::Row(expr) = &rule.judge
                && expr.eval(&slots) == 0.0
            {
                broken.push((rule.rule.id, rule.reason(&slots)));
            }
        }
        broken
    }
}

fn is_finite(candle: &Candle) -> bool {
    (candle.open + candle.high + candle.low + candle.close + candle.volume).is_finite()
}

/// What is known of a candle that is looked at alone.
fn alone(step_ms: i64, received_at: i64) -> Beside {
    Beside {
        step_ms,
        growth: growth(step_ms),
        missing: f64::NAN,
        received_at: received_at as f64,
    }
}

impl Compiled {
    pub(super) const fn sets_apart(&self) -> bool {
        // what is found a candle later, or between candles, has no row left to set apart
        !matches!(self.judge, Judge::Gap { .. } | Judge::Spike { .. })
            && sets_apart(self.rule.action)
    }

    /// True for a rule that needs no other candle.
    fn is_hard(&self) -> bool {
        let missing = slot_of("missing");
        matches!(&self.judge, Judge::Row(expr)
            if self.sets_apart()
                && expr.columns().iter().all(|slot| *slot < OWN && Some(*slot) != missing))
    }

    fn reach(&self) -> usize {
        match &self.judge {
            Judge::Level { window, .. } => *window,
            // a value may need the candle before its own
            Judge::RobustZ { window, .. } => window + 1,
            // the first return needs a candle more, and so does the jump that is taken back
            Judge::Spike { window, .. } => window + 2,
            Judge::Stale(_, run) | Judge::Streak(_, run) => {
                run.largest().clamp(1.0, MAX_WINDOW) as usize
            }
            _ => 1,
        }
    }

    /// Why a candle is set apart.
    pub(super) fn reason(&self, slots: &[f64]) -> String {
        if let Judge::Level { window, off, .. } = &self.judge {
            let share = off.smallest() * 100.0;
            return format!(
                "the price is more than {share} % away from the median of the last {window} closes"
            );
        }
        let values: Vec<String> = self
            .judge
            .reads()
            .iter()
            .filter_map(|slot| {
                let name = columns_of("candle").get(*slot)?;
                Some(format!("{name} {}", words(*slot, *slots.get(*slot)?)))
            })
            .collect();
        format!("broken: {}; {}", self.rule.title, values.join(", "))
    }
}

impl Judge {
    /// Slots it reads.
    pub(super) fn reads(&self) -> &[usize] {
        match self {
            Self::Row(expr) | Self::Streak(expr, _) => expr.columns(),
            Self::Value { value, .. } | Self::RobustZ { value, .. } => value.columns(),
            Self::Range { slot, .. } | Self::Stale(slot, _) | Self::Spike { slot, .. } => {
                std::slice::from_ref(slot)
            }
            Self::Gap { .. } | Self::Level { .. } | Self::Broken(_) => &[],
        }
    }
}

/// True for actions after which a row is no candle.
#[must_use]
pub const fn sets_apart(action: Action) -> bool {
    matches!(action, Action::Quarantine | Action::Block)
}

/// How a rule judges; `None` if it does not judge candles one by one.
fn judge_of(rule: &Rule) -> Option<Judge> {
    let candle = columns_of("candle");
    let expr = |name: &str| Expr::compile(rule.text_of(name), candle);
    let bounds = |name: &str| Bounds::of(rule, name);
    let window = rule.number("window").clamp(1.0, MAX_WINDOW) as usize;
    let min = rule.number("min").clamp(1.0, MAX_WINDOW) as usize;
    let field = || {
        slot_of(rule.text_of("field"))
            .ok_or_else(|| format!("there is no column {:?}", rule.text_of("field")))
    };
    let judge = match rule.kind {
        Kind::Row => condition(expr("expr")).map(Judge::Row),
        Kind::Streak => condition(expr("expr")).map(|expr| Judge::Streak(expr, bounds("run"))),
        Kind::Value => number(expr("value")).map(|value| Judge::Value {
            value,
            above: bounds("above"),
            below: bounds("below"),
        }),
        Kind::Range => field().map(|slot| Judge::Range {
            slot,
            max: bounds("max"),
            min: bounds("min"),
        }),
        Kind::Stale => field().map(|slot| Judge::Stale(slot, bounds("run"))),
        Kind::Gap => Ok(Judge::Gap {
            sparse: bounds("missing"),
            filled: bounds("filled").or(bounds("missing")),
            coarse: bounds("coarse").or(bounds("missing")),
        }),
        Kind::RobustZ => number(expr("value")).map(|value| Judge::RobustZ {
            value,
            window,
            min,
            floor: rule.number("scale_floor"),
            k: bounds("k"),
        }),
        Kind::Level => Ok(Judge::Level {
            window,
            min,
            reach: rule.number("reach") as i64,
            max_step_ms: rule.number("max_step") as i64,
            off: bounds("off"),
        }),
        Kind::SpikeReversal => field().map(|slot| Judge::Spike {
            slot,
            window,
            min,
            scale_floor: rule.number("scale_floor"),
            reversal: rule.number("reversal"),
            limits: rule
                .limits
                .iter()
                .map(|(severity, limits)| {
                    let limit = |name| limits.get(name).copied().unwrap_or(0.0);
                    (*severity, limit("k"), limit("floor"))
                })
                .collect(),
        }),
        _ => return None,
    };
    Some(judge.unwrap_or_else(Judge::Broken))
}

fn condition(expr: Result<Expr, crate::quality::expr::ExprError>) -> Result<Expr, String> {
    match expr {
        Ok(expr) if expr.is_condition() => Ok(expr),
        Ok(_) => Err("its expression gives a number, not true or false".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn number(expr: Result<Expr, crate::quality::expr::ExprError>) -> Result<Expr, String> {
    match expr {
        Ok(expr) if !expr.is_condition() => Ok(expr),
        Ok(_) => Err("its expression gives true or false, not a number".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Bit of a rule's findings.
fn flag_of(rule: &Rule) -> i64 {
    if rule.action == Action::Log {
        return 0;
    }
    match rule.id {
        "candle.extreme_move" => flag::EXTREME_MOVE,
        "candle.gap" => 0,
        "candle.open_jump" => flag::OPEN_JUMP,
        "candle.range" => flag::RANGE,
        "candle.spike_reversal" => flag::SPIKE,
        "candle.stale_close" => flag::STALE,
        "candle.zero_volume_flat" => flag::ZERO_VOLUME_MOVED,
        _ => flag::OTHER,
    }
}
