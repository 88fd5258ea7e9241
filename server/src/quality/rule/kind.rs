//! Kinds of rules, and which settings and limits each takes. Reading, `--help`-like messages and the form of the page all
//! come from this one table.

use super::{Action, Limits, Rule, Setting};

/// What a setting holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// A number.
    Number,
    /// A time span: `"2m"`, `"28d"`; kept in milliseconds.
    Duration,
    /// A word or a query.
    Text,
    /// An expression over the columns of a row.
    Expression,
    /// Words.
    Texts,
    /// `true` or `false`.
    Flag,
}

/// A setting of a kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SettingDef {
    /// Name in the file.
    pub name: &'static str,
    /// What it holds.
    pub takes: Takes,
    /// What it is when it is left out, as TOML; `None`: it must be given.
    pub default: Option<&'static str>,
    /// What it means.
    pub words: &'static str,
}

/// A limit of a kind: the number that a severity's table gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitDef {
    /// Name in the file. The first of a kind can be written without its name: `warn = 5`.
    pub name: &'static str,
    /// Number or duration.
    pub takes: Takes,
    /// What it means.
    pub words: &'static str,
}

const fn set(
    name: &'static str,
    takes: Takes,
    default: Option<&'static str>,
    words: &'static str,
) -> SettingDef {
    SettingDef {
        name,
        takes,
        default,
        words,
    }
}

const fn lim(name: &'static str, words: &'static str) -> LimitDef {
    LimitDef {
        name,
        takes: Takes::Number,
        words,
    }
}

const fn span(name: &'static str, words: &'static str) -> LimitDef {
    LimitDef {
        name,
        takes: Takes::Duration,
        words,
    }
}

macro_rules! kinds {
    ($($(#[$meta:meta])* $name:ident = $word:literal {
        settings: [$($setting:expr),* $(,)?],
        limits: [$($limit:expr),* $(,)?] $(,)?
    })*) => {
        /// How a rule judges.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Kind { $($(#[$meta])* $name,)* }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its word in the files.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// The kind of that word.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$name),)* _ => None }
            }

            /// The settings it takes.
            #[must_use]
            pub const fn settings(self) -> &'static [SettingDef] {
                match self { $(Self::$name => const { &[$($setting),*] },)* }
            }

            /// The limits it takes; none: its findings have the severity of the rule.
            #[must_use]
            pub const fn limits(self) -> &'static [LimitDef] {
                match self { $(Self::$name => const { &[$($limit),*] },)* }
            }
        }
    };
}

use Takes::{Duration, Expression, Flag, Number, Text, Texts};

kinds! {
    /// A row must make an expression true.
    Row = "row" {
        settings: [
            set("expr", Expression, None, "what every row must make true"),
            set("within", Duration, Some("\"5m\""), "counted over this time, for trades, quotes and books"),
        ],
        limits: [],
    }
    /// A number computed of each row, and of the row before it, must stay within limits.
    Value = "value" {
        settings: [
            set("value", Expression, None, "the number, of the row's columns and prev.COLUMN of the row before"),
            set("label", Text, Some("\"value\""), "what the number is, in the evidence"),
            set("unit", Text, Some("\"\""), "\"%\": a share, shown in per cent"),
        ],
        limits: [lim("above", "largest value that holds"), lim("below", "smallest value that holds")],
    }
    /// The share of rows that break something, counted by the parser or another part, must stay small.
    Share = "share" {
        settings: [set("within", Duration, Some("\"1m\""), "counted over this time; a file is counted as a whole")],
        limits: [lim("above", "largest share that holds, 0 to 1")],
    }
    /// A count of events must stay small.
    Count = "count" {
        settings: [set("within", Duration, Some("\"0s\""), "counted over this time; 0 for in a row")],
        limits: [
            lim("from", "count from which it is broken"),
            span("lasting", "or a time that it lasts"),
        ],
    }
    /// Steps of a series are missing.
    Gap = "gap" {
        settings: [],
        limits: [
            lim("missing", "missing candles in a row from which it is broken"),
            lim("filled", "the same where the source leaves out no minute"),
            lim("coarse", "the same for steps above a minute"),
        ],
    }
    /// Numbers of a source must follow one another.
    Sequence = "sequence" {
        settings: [set("within", Duration, Some("\"5m\""), "counted over this time")],
        limits: [lim("missing", "missing numbers from which it is broken")],
    }
    /// Equal values in a row.
    Stale = "stale" {
        settings: [
            set("field", Text, Some("\"close\""), "the column"),
            set("unless_all", Flag, Some("false"), "true: not broken while a reference venue stands still too"),
            set("moved_bps", Number, Some("20"), "how far the reference venue must have moved, basis points"),
        ],
        limits: [lim("run", "equal values in a row from which it is broken")],
    }
    /// Rows in a row that are alike.
    Streak = "streak" {
        settings: [set("expr", Expression, None, "what is true of rows that should not follow one another for long")],
        limits: [lim("run", "such rows in a row from which it is broken")],
    }
    /// A jump that the next candle takes back (quality reference, section 2).
    SpikeReversal = "spike_reversal" {
        settings: [
            set("field", Text, Some("\"close\""), "the column"),
            set("window", Number, Some("60"), "returns in the baseline, never the tested one"),
            set("min", Number, Some("20"), "fewer are no baseline"),
            set("scale_floor", Number, Some("0.0002"), "smallest scale, as a return"),
            set("reversal", Number, Some("0.7"), "share of the jump that must be taken back"),
        ],
        limits: [lim("k", "multiples of the robust scale"), lim("floor", "smallest jump, as a return")],
    }
    /// Distance from the median of the values before, in robust standard deviations.
    RobustZ = "robust_z" {
        settings: [
            set("value", Expression, None, "the number that is judged"),
            set("label", Text, Some("\"value\""), "what the number is, in the evidence"),
            set("window", Number, Some("60"), "values in the baseline, never the tested one"),
            set("min", Number, Some("20"), "fewer are no baseline"),
            set("scale_floor", Number, Some("0"), "smallest scale, in units of the value"),
        ],
        limits: [lim("k", "multiples of the robust scale")],
    }
    /// Prices far from the median of the last closes.
    Level = "level" {
        settings: [
            set("window", Number, Some("60"), "closes in the baseline"),
            set("min", Number, Some("20"), "fewer are no baseline"),
            set("reach", Number, Some("120"), "steps after which a close says nothing any more"),
            set("max_step", Duration, Some("\"1m\""), "longest step of candles it holds for"),
        ],
        limits: [lim("off", "largest distance from the median, as a share")],
    }
    /// A metric of whole buckets against the same hours of the days before.
    Seasonal = "seasonal" {
        settings: [
            set("metric", Expression, None, "aggregate of a bucket: ln(sum(volume) + 0.01)"),
            set("bucket", Duration, Some("\"1h\""), "length of a bucket"),
            set("season", Text, Some("\"hour_of_day\""), "hour_of_day or hour_of_week"),
            set("history", Duration, Some("\"28d\""), "length of the baseline"),
            set("scale_floor", Number, Some("0.05"), "smallest scale, in units of the metric"),
        ],
        limits: [
            lim("k", "multiples of the robust scale"),
            lim("low_windows", "buckets in a row that must be low before it counts"),
        ],
    }
    /// A column must lie between two numbers.
    Range = "range" {
        settings: [set("field", Text, None, "the column")],
        limits: [lim("min", "smallest value that holds"), lim("max", "largest value that holds")],
    }
    /// Age of the newest data by its own time.
    Freshness = "freshness" {
        settings: [set("gaps", Number, Some("0"), "multiple of its own longest usual pause that the age may always reach")],
        limits: [span("age", "age from which it is broken"), lim("intervals", "poll intervals on top")],
    }
    /// Time since anything was heard.
    Silence = "silence" {
        settings: [],
        limits: [span("age", "silence from which it is broken"), lim("intervals", "poll intervals on top")],
    }
    /// A time between two things, such as receipt and event.
    Delay = "delay" {
        settings: [
            set("within", Duration, Some("\"15m\""), "median over this time"),
            set("min", Number, Some("30"), "fewer have no median"),
        ],
        limits: [
            span("above", "largest delay that holds"),
            span("ahead", "furthest that the source's clock may be ahead of ours"),
            span("future", "furthest that a single event may lie in the future"),
        ],
    }
    /// Rows that come after newer ones.
    Late = "late" {
        settings: [
            set("within", Duration, Some("\"5m\""), "counted over this time"),
            set("by", Duration, Some("\"2s\""), "a row is late from here on, behind the newest one"),
        ],
        limits: [lim("above", "largest share of late rows that holds, 0 to 1")],
    }
    /// Trades far outside of the best bid and ask.
    Outside = "outside" {
        settings: [
            set("within", Duration, Some("\"1m\""), "counted over this time"),
            set("floor_bps", Number, Some("5"), "a trade may always be so far outside, basis points; else one spread"),
            set("quote_age", Duration, Some("\"5s\""), "older quotes say nothing"),
        ],
        limits: [lim("above", "largest share of such trades that holds, 0 to 1")],
    }
    /// A figure against the median of its own past.
    Ratio = "ratio" {
        settings: [
            set("within", Duration, Some("\"1h\""), "length of the past"),
            set("min", Number, Some("60"), "fewer values are no past"),
            set("lasting", Duration, Some("\"10s\""), "it must last so long"),
        ],
        limits: [lim("above", "largest multiple of the median that holds"), lim("below", "smallest multiple that holds")],
    }
    /// Rows per time.
    Volume = "volume" {
        settings: [set("within", Duration, Some("\"1h\""), "counted over this time")],
        limits: [
            lim("below", "share of the usual count that must be there"),
            lim("filled", "the same where the source leaves out no minute"),
            lim("above", "multiple of it"),
        ],
    }
    /// Distribution of a file or day against those before.
    Drift = "drift" {
        settings: [
            set("method", Text, Some("\"psi\""), "psi, or ks for Kolmogorov-Smirnov's effect size"),
            set("history", Duration, Some("\"28d\""), "length of the reference"),
        ],
        limits: [lim("above", "largest distance that holds"), lim("quantile", "or this quantile of its own distances, where that is larger")],
    }
    /// A file is written like the one before it.
    Schema = "schema" {
        settings: [],
        limits: [lim("changes", "changes from which it is broken")],
    }
    /// Rows of the same key.
    Duplicate = "duplicate" {
        settings: [
            set("conflicting", Flag, Some("false"), "true: only those with other values"),
            set("within", Duration, Some("\"5m\""), "counted over this time; a file is counted as a whole"),
        ],
        limits: [lim("from", "rows from which it is broken"), lim("share", "or this share of the rows")],
    }
    /// Live against batch.
    Reconcile = "reconcile" {
        settings: [
            set("price_bps", Number, Some("1"), "closes may be so far apart, basis points"),
            set("volume_share", Number, Some("0.001"), "volumes may be so far apart, as a share"),
        ],
        limits: [lim("matched", "smallest share of minutes that agree")],
    }
    /// One venue against others.
    CrossVenue = "cross_venue" {
        settings: [
            set("window", Number, Some("60"), "common minutes in the baseline"),
            set("in_a_row", Number, Some("3"), "candles in a row that must be off"),
            set("min_volume", Number, Some("0"), "both venues must trade so much in the window, base currency"),
        ],
        limits: [lim("bps", "distance in basis points")],
    }
    /// A coarse bar against the finer ones.
    Rollup = "rollup" {
        settings: [set("volume_share", Number, Some("1e-9"), "volumes may be so far apart, as a share")],
        limits: [],
    }
    /// A query that must give no rows; it can only read and is stopped when it takes too long.
    Sql = "sql" {
        settings: [
            set("query", Text, None, "one select; each row is a finding"),
            set("timeout", Duration, Some("\"5s\""), "longest run"),
            set("every", Duration, Some("\"10m\""), "how often it is asked"),
        ],
        limits: [lim("rows", "rows from which it is broken")],
    }
    /// Judged by a part of Assay that finds it anyway; the file says how bad it is.
    Native = "native" {
        settings: [set("exclude", Texts, Some("[]"), "venues it does not hold for")],
        limits: [],
    }
}

impl Kind {
    /// The limits of a rule in few words: `5 / 15 / 60`, or with their names where there are several.
    pub(super) fn limit_words(self, rule: &Rule) -> String {
        if rule.limits.is_empty() {
            return match rule.settings.get("expr") {
                Some(Setting::Text(expr)) => expr.clone(),
                _ => "none may break it".to_owned(),
            };
        }
        let of_name = |def: &LimitDef| -> Option<(&'static str, String)> {
            let numbers: Vec<String> = rule
                .limits
                .iter()
                .filter_map(|(_, limits)| Some(def.words_of(*limits.get(def.name)?)))
                .collect();
            (!numbers.is_empty()).then(|| (def.name, numbers.join(" / ")))
        };
        let found: Vec<_> = self.limits().iter().filter_map(of_name).collect();
        match &found[..] {
            [(_, only)] => only.clone(),
            _ => joined(found.into_iter()),
        }
    }

    /// True if it judges the candles of a series in time order, whatever its rule is called.
    #[must_use]
    pub const fn judges_candles(self) -> bool {
        matches!(
            self,
            Self::Row
                | Self::Streak
                | Self::Value
                | Self::Range
                | Self::Stale
                | Self::Gap
                | Self::RobustZ
                | Self::Level
                | Self::SpikeReversal
        )
    }

    /// Why a rule of this kind over these rows has no use for a setting, if that is so.
    #[must_use]
    pub fn needs_not(self, setting: &str, dataset: &str) -> Option<&'static str> {
        match (self, setting, dataset) {
            (Self::Row, "within", "candle") => {
                Some("candles are judged one by one and counted by landing: leave it out")
            }
            (Self::Row, "within", "article") => {
                Some("a file or an answer of articles is counted as a whole: leave it out")
            }
            _ => None,
        }
    }

    /// Why rules of this kind over these rows cannot do what an action says, if that is so.
    #[must_use]
    pub fn cannot(self, action: Action, dataset: &str) -> Option<&'static str> {
        match (self, action, dataset) {
            (Self::Row, Action::Resync, _) => Some("a row is not asked for again: write \"log\""),
            (Self::Row, Action::Flag, "trade" | "quote" | "book") => {
                Some("only candles and articles are marked: write \"log\"")
            }
            (Self::Row, Action::Quarantine | Action::Block, "trade" | "quote" | "book") => {
                Some("only candles and articles are set apart by rules of your own: write \"log\"")
            }
            _ => None,
        }
    }

    /// The limits of one severity in few words.
    #[must_use]
    pub fn words_of(self, limits: &Limits) -> String {
        let of_name = |def: &LimitDef| Some((def.name, def.words_of(*limits.get(def.name)?)));
        let mut found = self.limits().iter().filter_map(of_name);
        match (found.next(), limits.len()) {
            (Some((_, only)), 1) => only,
            (first, _) => joined(first.into_iter().chain(found)),
        }
    }
}

impl LimitDef {
    fn words_of(&self, limit: f64) -> String {
        match self.takes {
            Takes::Duration => app::model::format_age(limit as i64),
            _ => limit.to_string(),
        }
    }
}

fn joined(found: impl Iterator<Item = (&'static str, String)>) -> String {
    found
        .map(|(name, words)| format!("{name} {words}"))
        .collect::<Vec<_>>()
        .join(", ")
}
