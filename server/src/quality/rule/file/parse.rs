//! From the text of a rule file to its rules.

use std::collections::BTreeMap;

use app::model::Severity;
use toml::de::{DeTable, DeValue};

use super::{
    RuleError,
    fields::{Fields, Problem, did_you_mean, errors},
    limits::{LEVELS, limits_of, one},
    splice::place_of,
    value::{
        expect_duration, expect_flag, expect_names, expect_number, expect_setting, expect_text,
        expect_word,
    },
};
use crate::quality::{
    alert::Patience,
    columns::columns_of,
    expr::{Aggregate, Expr},
    rule::{Action, Kind, Limits, Promise, Rule, Setting, intern, kind::Takes},
};

/// Rules of one file at most.
const MAX_RULES: usize = 200;
/// Rows of evidence kept, at most.
const MAX_SAMPLES: f64 = 100.0;
const LAYERS: [&str; 3] = ["bronze", "silver", "gold"];
const DIMENSIONS: [&str; 6] = [
    "completeness",
    "validity",
    "uniqueness",
    "consistency",
    "timeliness",
    "accuracy",
];
const ACTIONS: [(&str, Action); 5] = [
    ("log", Action::Log),
    ("flag", Action::Flag),
    ("quarantine", Action::Quarantine),
    ("resync", Action::Resync),
    ("block", Action::Block),
];

/// What every rule of a file has, unless it says otherwise.
#[derive(Clone)]
struct Defaults {
    owner: String,
    patience: Patience,
    samples: usize,
}

/// Which rule is read.
#[derive(Clone, Copy)]
struct Place<'d> {
    id: &'static str,
    /// Where its name stands.
    at: usize,
    layer: &'static str,
    dataset: &'d str,
}

/// Whether an expression can be evaluated over rows of that dataset.
fn compiles(kind: Kind, text: &str, dataset: &str) -> Result<(), String> {
    let columns = columns_of(dataset);
    if kind == Kind::Seasonal {
        return Aggregate::compile(text, columns)
            .map(drop)
            .map_err(|error| error.to_string());
    }
    let expr = Expr::compile(text, columns).map_err(|error| error.to_string())?;
    match kind {
        Kind::Row | Kind::Streak if !expr.is_condition() => {
            Err("a condition is needed, such as `volume > 0`; this gives a number".to_owned())
        }
        Kind::Value | Kind::RobustZ if expr.is_condition() => {
            Err("a number is needed; this gives true or false".to_owned())
        }
        _ => Ok(()),
    }
}

/// Where problems are gathered, and the place that is read.
struct Reading<'p> {
    problems: &'p mut Vec<Problem>,
}

impl Reading<'_> {
    /// Takes a key and reads its value; a value that cannot be read is a problem.
    fn take<'i, 't, T>(
        &mut self,
        fields: &mut Fields<'i, 't>,
        name: &'static str,
        read: impl FnOnce(&'t DeValue<'i>) -> Result<T, String>,
    ) -> Option<T> {
        let (at, value) = fields.take(name)?;
        match read(value) {
            Ok(value) => Some(value),
            Err(message) => {
                self.problems.push((at, format!("{name}: {message}")));
                None
            }
        }
    }
}

/// The rules of a file called `name`, such as `candle.toml`.
///
/// # Errors
/// Everything that is wrong in it, with its line.
pub fn parse(name: &str, text: &str) -> Result<Vec<Rule>, Vec<RuleError>> {
    let stem = name.strip_suffix(".toml").unwrap_or(name);
    let document = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        errors(name, text, vec![(at, error.message().to_owned())])
    })?;
    let mut problems = Vec::new();
    let mut fields = Fields::new(document.get_ref());
    let mut reading = Reading {
        problems: &mut problems,
    };
    let dataset = reading.take(&mut fields, "dataset", |value| expect_text(value));
    if dataset.is_none() {
        reading
            .problems
            .push((0, "the file must begin with dataset = \"…\"".to_owned()));
    }
    let layer = reading
        .take(&mut fields, "layer", |value| expect_word(value, &LAYERS))
        .unwrap_or("silver");
    let mut defaults = Defaults {
        owner: String::new(),
        patience: Patience::default(),
        samples: 20,
    };
    if let Some((at, value)) = fields.take("defaults") {
        match value {
            DeValue::Table(table) => {
                let mut inner = Fields::new(table);
                defaults = reading.defaults(&mut inner, &defaults);
                inner.end("defaults", reading.problems);
            }
            _ => reading
                .problems
                .push((at, "defaults is a table: { owner = \"…\" }".to_owned())),
        }
    }
    let mut rules = Vec::new();
    match fields.take("check") {
        Some((_, DeValue::Table(checks))) => {
            for (key, value) in checks.iter().take(MAX_RULES) {
                let at = key.span().start;
                let DeValue::Table(table) = value.get_ref() else {
                    reading.problems.push((at, "a check is a table".to_owned()));
                    continue;
                };
                let short: &str = key.get_ref();
                if !is_name(short) {
                    let message = format!("the name {short:?} may hold a-z, 0-9 and _ only");
                    reading.problems.push((at, message));
                    continue;
                }
                let id = intern(&format!("{stem}.{short}"));
                let own = place_of(text, short).map_or("", |place| &text[place]);
                let place = Place {
                    id,
                    at,
                    layer,
                    dataset: dataset.unwrap_or(stem),
                };
                let rule = reading.rule(Fields::new(table), place, &defaults);
                rules.extend(rule.map(|rule| Rule {
                    dataset: intern(dataset.unwrap_or(stem)),
                    text: own.to_owned(),
                    file: name.to_owned(),
                    ..rule
                }));
            }
        }
        Some((at, _)) => reading
            .problems
            .push((at, "checks are written [check.NAME]".to_owned())),
        None => {}
    }
    fields.end("the file", &mut problems);
    if problems.is_empty() {
        Ok(rules)
    } else {
        Err(errors(name, text, problems))
    }
}

fn expect_action(value: &DeValue<'_>) -> Result<Action, String> {
    let words = ACTIONS.map(|(word, _)| word);
    let word = expect_word(value, &words)?;
    let action = ACTIONS.iter().find(|(name, _)| *name == word);
    action
        .map(|(_, action)| *action)
        .ok_or_else(|| format!("{word:?} is no action"))
}

fn is_name(name: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=64).contains(&name.len()) && name.bytes().all(sound)
}

impl Reading<'_> {
    fn defaults(&mut self, fields: &mut Fields<'_, '_>, given: &Defaults) -> Defaults {
        let text = |value| expect_text(value).map(str::to_owned);
        // the only one there is: nothing tested is never a pass
        let _ = self.take(fields, "on_empty", |value| {
            expect_word(value, &["not_evaluated"])
        });
        Defaults {
            owner: self
                .take(fields, "owner", text)
                .unwrap_or_else(|| given.owner.clone()),
            patience: Patience {
                for_ms: self
                    .take(fields, "for", expect_duration)
                    .unwrap_or(given.patience.for_ms),
                keep_firing_ms: self
                    .take(fields, "keep_firing", expect_duration)
                    .unwrap_or(given.patience.keep_firing_ms),
            },
            samples: self
                .take(fields, "samples", expect_number)
                .map_or(given.samples, |n| n.clamp(1.0, MAX_SAMPLES) as usize),
        }
    }

    fn rule(
        &mut self,
        mut fields: Fields<'_, '_>,
        place: Place<'_>,
        defaults: &Defaults,
    ) -> Option<Rule> {
        let Place { id, at, layer, .. } = place;
        let kind = self.kind(&mut fields, at)?;
        let own = self.defaults(&mut fields, defaults);
        let text = |this: &mut Self, fields: &mut Fields<'_, '_>, name| {
            this.take(fields, name, |value| expect_text(value).map(str::to_owned))
                .unwrap_or_default()
        };
        let title = text(self, &mut fields, "title");
        if title.is_empty() {
            self.problems
                .push((at, format!("{id} has no title: write what it demands")));
        }
        let description = text(self, &mut fields, "description");
        let advice = text(self, &mut fields, "advice");
        let runbook = text(self, &mut fields, "runbook");
        let layer = self
            .take(&mut fields, "layer", |value| expect_word(value, &LAYERS))
            .unwrap_or(layer);
        let dimension = self.take(&mut fields, "dimension", |value| {
            expect_word(value, &DIMENSIONS)
        });
        if dimension.is_none() {
            let message = format!(
                "{id} has no dimension: write one of {}",
                DIMENSIONS.join(", ")
            );
            self.problems.push((at, message));
        }
        let action = self.take(&mut fields, "action", |value| {
            let action = expect_action(value)?;
            kind.cannot(action, place.dataset)
                .map_or(Ok(action), |reason| Err(reason.to_owned()))
        });
        let severities = LEVELS.map(|(word, _)| word);
        let severity = self.take(&mut fields, "severity", |value| {
            expect_word(value, &severities)
        });
        let severity = severity.and_then(Severity::parse);
        let limits = limits_of(&mut fields, kind, self.problems);
        let clear = match fields.take("clear") {
            Some((at, value)) => one(value, kind, at, "clear", self.problems),
            None => Limits::new(),
        };
        if limits.is_empty() && severity.is_none() {
            let message = format!("{id} needs severity, or limits: warn, error or critical");
            self.problems.push((at, message));
        }
        let enabled = self
            .take(&mut fields, "enabled", expect_flag)
            .unwrap_or(true);
        let inhibited_by = self
            .take(&mut fields, "inhibited_by", expect_names)
            .unwrap_or_default();
        let backtest = fields
            .take("backtest")
            .and_then(|(at, value)| self.promise(at, value));
        let settings = self.settings(&mut fields, kind, place);
        let worst = limits.last().map(|(severity, _)| *severity);
        let whose = format!("{id} of kind {:?}", kind.as_str());
        fields.end(&whose, self.problems);
        Some(Rule {
            id,
            dataset: "",
            layer,
            dimension: dimension.unwrap_or_default(),
            title: intern(&title),
            description,
            advice,
            runbook,
            owner: own.owner,
            enabled,
            kind,
            settings,
            severity: severity.or(worst).unwrap_or(Severity::Warn),
            limits,
            clear,
            action: action.unwrap_or(Action::Log),
            patience: own.patience,
            samples: own.samples,
            inhibited_by,
            backtest,
            text: String::new(),
            file: String::new(),
            is_own: false,
        })
    }

    fn kind(&mut self, fields: &mut Fields<'_, '_>, at: usize) -> Option<Kind> {
        let Some((at, value)) = fields.take("rule") else {
            let kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
            let message = format!("no rule = \"…\": write one of {}", kinds.join(", "));
            self.problems.push((at, message));
            return None;
        };
        let found = expect_text(value).and_then(|word| {
            Kind::parse(word).ok_or_else(|| {
                let kinds = Kind::ALL.iter().map(|kind| kind.as_str());
                let hint = did_you_mean(word, kinds.clone());
                let known = kinds.collect::<Vec<_>>().join(", ");
                format!("{word:?} is no kind of rule{hint} (known are {known})")
            })
        });
        found
            .map_err(|message| self.problems.push((at, message)))
            .ok()
    }

    fn settings(
        &mut self,
        fields: &mut Fields<'_, '_>,
        kind: Kind,
        place: Place<'_>,
    ) -> BTreeMap<&'static str, Setting> {
        let mut settings = BTreeMap::new();
        for def in kind.settings() {
            let before = self.problems.len();
            let unneeded = kind.needs_not(def.name, place.dataset);
            let given = self.take(fields, def.name, |value| {
                if let Some(reason) = unneeded {
                    return Err(reason.to_owned());
                }
                let setting = expect_setting(value, def.takes)?;
                if let (Takes::Expression, Setting::Text(text)) = (def.takes, &setting) {
                    compiles(kind, text, place.dataset)?;
                }
                Ok(setting)
            });
            let default = || {
                let default = def.default.filter(|_| unneeded.is_none())?;
                let default = DeValue::parse(default).ok()?;
                expect_setting(default.get_ref(), def.takes).ok()
            };
            match given.or_else(default) {
                Some(setting) => {
                    settings.insert(def.name, setting);
                }
                None if def.default.is_none() && self.problems.len() == before => {
                    let message = format!("{} needs {}: {}", place.id, def.name, def.words);
                    self.problems.push((place.at, message));
                }
                None => {}
            }
        }
        settings
    }

    fn promise(&mut self, at: usize, value: &DeValue<'_>) -> Option<Promise> {
        let DeValue::Table(table) = value else {
            self.problems.push((
                at,
                "backtest is a table: { max_alerts_per_day = 0.5 }".to_owned(),
            ));
            return None;
        };
        let mut fields = Fields::new(table);
        let most = self.take(&mut fields, "max_alerts_per_day", expect_number);
        let mut min_recall = BTreeMap::new();
        if let Some((at, value)) = fields.take("min_recall") {
            match value {
                DeValue::Table(recalls) => {
                    for (fault, value) in recalls {
                        match expect_number(value.get_ref()) {
                            Ok(share) if (0.0..=1.0).contains(&share) => {
                                min_recall.insert(fault.get_ref().to_string(), share);
                            }
                            _ => self.problems.push((
                                fault.span().start,
                                "a recall is a share from 0 to 1".to_owned(),
                            )),
                        }
                    }
                }
                _ => self
                    .problems
                    .push((at, "min_recall is a table: { gap = 1.0 }".to_owned())),
            }
        }
        fields.end("backtest", self.problems);
        if most.is_none() {
            self.problems
                .push((at, "backtest needs max_alerts_per_day".to_owned()));
        }
        Some(Promise {
            max_alerts_per_day: most?,
            min_recall,
        })
    }
}
