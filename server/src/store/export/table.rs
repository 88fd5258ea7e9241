//! The tables that can be taken out, and their columns.

/// Type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number.
    Integer,
    /// Milliseconds since the epoch, UTC.
    Time,
    /// A number.
    Real,
    /// Text.
    Text,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A whole number or a time.
    Integer(i64),
    /// A number.
    Real(f64),
    /// Text.
    Text(String),
}

/// A column of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Name in the header.
    pub name: &'static str,
    /// Type.
    pub kind: Kind,
    pub(super) expression: &'static str,
}

/// A table that can be taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// `candle`, `quote`, …
    pub dataset: &'static str,
    /// `silver`, `gold`, or `engine` for what Assay says of the data.
    pub layer: &'static str,
    /// Columns in order.
    pub columns: &'static [Column],
    pub(super) from: &'static str,
    pub(super) order: &'static str,
    // conditions of the filters, `?` for the value; none: the table has no such thing
    pub(super) instrument: Option<&'static str>,
    pub(super) venue: Option<&'static str>,
    pub(super) step: Option<&'static str>,
    pub(super) after: Option<&'static str>,
    pub(super) before: Option<&'static str>,
}

impl Table {
    /// True if rows belong to an instrument.
    #[must_use]
    pub const fn has_instrument(&self) -> bool {
        self.instrument.is_some()
    }

    /// True if rows belong to a venue.
    #[must_use]
    pub const fn has_venue(&self) -> bool {
        self.venue.is_some()
    }

    /// True if rows have a step.
    #[must_use]
    pub const fn has_step(&self) -> bool {
        self.step.is_some()
    }
}

const fn integer(name: &'static str, expression: &'static str) -> Column {
    Column {
        name,
        kind: Kind::Integer,
        expression,
    }
}

const fn time(name: &'static str, expression: &'static str) -> Column {
    Column {
        name,
        kind: Kind::Time,
        expression,
    }
}

const fn real(name: &'static str, expression: &'static str) -> Column {
    Column {
        name,
        kind: Kind::Real,
        expression,
    }
}

const fn text(name: &'static str, expression: &'static str) -> Column {
    Column {
        name,
        kind: Kind::Text,
        expression,
    }
}

const INSTRUMENT: Column = text("instrument", "i.symbol");
const VENUE: Column = text("venue", "v.name");

// the ids, not the joined names: so the key of the table is used
const OF_INSTRUMENT: Option<&str> =
    Some("t.instrument_id = (select id from instrument where symbol = ?)");
const OF_VENUE: Option<&str> = Some("t.venue_id = (select id from venue where name = ?)");

/// Every table, by dataset, then layer.
pub const TABLES: &[Table] = &[
    Table {
        dataset: "candle",
        layer: "silver",
        // names that a candle file has: what is taken out can be taken in again
        columns: &[
            INSTRUMENT,
            VENUE,
            text("pipeline", "t.pipeline"),
            integer("step_ms", "t.step_ms"),
            time("opened_at", "t.opened_at"),
            real("open", "t.open"),
            real("high", "t.high"),
            real("low", "t.low"),
            real("close", "t.close"),
            real("volume", "t.volume"),
            real("quote_volume", "t.quote_volume"),
            integer("trades", "t.trades"),
            integer("is_final", "t.is_final"),
            integer("flags", "t.flags"),
        ],
        from: "silver_candle t join instrument i on i.id = t.instrument_id join venue v on v.id = t.venue_id",
        order: "t.instrument_id, t.venue_id, t.pipeline, t.step_ms, t.opened_at",
        instrument: OF_INSTRUMENT,
        venue: OF_VENUE,
        step: Some("t.step_ms = ?"),
        after: Some("t.opened_at >= ?"),
        before: Some("t.opened_at < ?"),
    },
    Table {
        dataset: "candle",
        layer: "gold",
        columns: &[
            INSTRUMENT,
            VENUE,
            integer("step_ms", "t.step_ms"),
            time("opened_at", "t.opened_at"),
            real("open", "t.open"),
            real("high", "t.high"),
            real("low", "t.low"),
            real("close", "t.close"),
            real("volume", "t.volume"),
            real("vwap", "t.vwap"),
            integer("trades", "t.trades"),
            integer("expected", "t.expected"),
            integer("observed", "t.observed"),
            integer("flagged", "t.flagged"),
            integer("worst", "t.worst"),
            real("sma_20", "t.sma_20"),
            real("sma_50", "t.sma_50"),
            real("sma_200", "t.sma_200"),
            real("volatility_20", "t.volatility_20"),
            real("return_1", "t.return_1"),
            real("realised_variance", "t.realised_variance"),
        ],
        from: "gold_candle t join instrument i on i.id = t.instrument_id join venue v on v.id = t.venue_id",
        order: "t.instrument_id, t.venue_id, t.step_ms, t.opened_at",
        instrument: OF_INSTRUMENT,
        venue: OF_VENUE,
        step: Some("t.step_ms = ?"),
        after: Some("t.opened_at >= ?"),
        before: Some("t.opened_at < ?"),
    },
    Table {
        dataset: "difference",
        layer: "gold",
        columns: &[
            INSTRUMENT,
            VENUE,
            time("opened_at", "t.opened_at"),
            text("kind", "t.kind"),
            real("live_close", "t.live_close"),
            real("live_volume", "t.live_volume"),
            real("batch_close", "t.batch_close"),
            real("batch_volume", "t.batch_volume"),
            real("price_bps", "t.price_bps"),
            real("volume_share", "t.volume_share"),
        ],
        from: "reconcile_minute t join instrument i on i.id = t.instrument_id join venue v on v.id = t.venue_id",
        order: "t.instrument_id, t.venue_id, t.opened_at, t.kind",
        instrument: OF_INSTRUMENT,
        venue: OF_VENUE,
        step: None,
        after: Some("t.opened_at >= ?"),
        before: Some("t.opened_at < ?"),
    },
    Table {
        dataset: "quote",
        layer: "silver",
        columns: &[
            INSTRUMENT,
            VENUE,
            text("pipeline", "t.pipeline"),
            time("observed_at", "t.observed_at"),
            time("received_at", "t.received_at"),
            real("last", "t.last"),
            real("bid", "t.bid"),
            real("ask", "t.ask"),
            real("open_24h", "t.open_24h"),
            real("high_24h", "t.high_24h"),
            real("low_24h", "t.low_24h"),
            real("volume_24h", "t.volume_24h"),
            real("quote_volume_24h", "t.quote_volume_24h"),
        ],
        from: "silver_quote t join instrument i on i.id = t.instrument_id join venue v on v.id = t.venue_id",
        order: "t.instrument_id, t.venue_id, t.pipeline, t.observed_at",
        instrument: OF_INSTRUMENT,
        venue: OF_VENUE,
        step: None,
        after: Some("t.observed_at >= ?"),
        before: Some("t.observed_at < ?"),
    },
    Table {
        dataset: "book",
        layer: "silver",
        columns: &[
            INSTRUMENT,
            VENUE,
            text("pipeline", "t.pipeline"),
            time("observed_at", "t.observed_at"),
            time("received_at", "t.received_at"),
            real("best_bid", "t.best_bid"),
            real("best_ask", "t.best_ask"),
            real("spread_bps", "t.spread_bps"),
            real("bid_depth_10bps", "t.bid_depth_10bps"),
            real("ask_depth_10bps", "t.ask_depth_10bps"),
            real("bid_depth_50bps", "t.bid_depth_50bps"),
            real("ask_depth_50bps", "t.ask_depth_50bps"),
            real("imbalance", "t.imbalance"),
            real("buy_cost_bps", "t.buy_cost_bps"),
            real("sell_cost_bps", "t.sell_cost_bps"),
            text("levels", "cast(t.levels as text)"),
        ],
        from: "silver_book t join instrument i on i.id = t.instrument_id join venue v on v.id = t.venue_id",
        order: "t.instrument_id, t.venue_id, t.pipeline, t.observed_at",
        instrument: OF_INSTRUMENT,
        venue: OF_VENUE,
        step: None,
        after: Some("t.observed_at >= ?"),
        before: Some("t.observed_at < ?"),
    },
    Table {
        dataset: "article",
        layer: "silver",
        columns: &[
            time("published_at", "t.published_at"),
            integer("id", "t.id"),
            text("source", "t.source"),
            text("title", "t.title"),
            text("summary", "t.summary"),
            text("url", "t.url"),
            text("subject", "t.subject"),
            real("sentiment_given", "t.sentiment_given"),
            text("sentiment_class", "t.sentiment_class"),
            real("sentiment_computed", "t.sentiment_computed"),
            integer("duplicate_of", "t.duplicate_of"),
            integer("date_only", "t.date_only"),
        ],
        from: "silver_article t",
        order: "t.instrument_id, t.published_at, t.id",
        instrument: None,
        venue: None,
        step: None,
        after: Some("t.published_at >= ?"),
        before: Some("t.published_at < ?"),
    },
    Table {
        dataset: "article",
        layer: "gold",
        columns: &[
            time("opened_at", "t.opened_at"),
            text("source", "t.source"),
            integer("articles", "t.articles"),
            integer("duplicates", "t.duplicates"),
            real("given_sum", "t.given_sum"),
            integer("given_count", "t.given_count"),
            real("computed_sum", "t.computed_sum"),
            integer("computed_count", "t.computed_count"),
            integer("positive", "t.positive"),
            integer("neutral", "t.neutral"),
            integer("negative", "t.negative"),
        ],
        from: "gold_news_day t",
        order: "t.instrument_id, t.opened_at, t.source",
        instrument: None,
        venue: None,
        step: None,
        after: Some("t.opened_at >= ?"),
        before: Some("t.opened_at < ?"),
    },
    Table {
        dataset: "quarantine",
        layer: "silver",
        columns: &[
            integer("id", "t.id"),
            text("instrument", "l.instrument"),
            text("venue", "l.venue"),
            text("origin", "l.origin"),
            integer("landing_id", "t.landing_id"),
            integer("line_no", "t.line_no"),
            text("dataset", "t.dataset"),
            text("raw", "t.raw"),
            text("rules", "t.rules"),
            text("reason", "t.reason"),
            time("seen_at", "t.seen_at"),
            text("state", "t.state"),
        ],
        from: "quarantine t join bronze_landing l on l.id = t.landing_id",
        order: "t.id",
        instrument: Some("l.instrument = ?"),
        venue: Some("l.venue = ?"),
        step: None,
        after: Some("t.seen_at >= ?"),
        before: Some("t.seen_at < ?"),
    },
    Table {
        dataset: "alert",
        layer: "engine",
        columns: &[
            integer("id", "t.id"),
            text("check_id", "t.check_id"),
            text("entity", "t.entity"),
            text("severity", "t.severity"),
            text("state", "t.state"),
            text("summary", "t.summary"),
            text("threshold", "t.threshold"),
            text("evidence", "t.evidence"),
            time("opened_at", "t.opened_at"),
            time("updated_at", "t.updated_at"),
            time("resolved_at", "t.resolved_at"),
            integer("count", "t.count"),
        ],
        from: "alert t",
        order: "t.id",
        // an entity is instrument/venue/what
        instrument: Some("t.entity like ? || '/%'"),
        venue: Some("t.entity like '%/' || ? || '/%'"),
        step: None,
        after: Some("t.opened_at >= ?"),
        before: Some("t.opened_at < ?"),
    },
    Table {
        dataset: "check",
        layer: "engine",
        columns: &[
            integer("id", "t.id"),
            text("check_id", "t.check_id"),
            text("entity", "t.entity"),
            text("pipeline", "t.pipeline"),
            text("layer", "t.layer"),
            integer("landing_id", "t.landing_id"),
            time("evaluated_at", "t.evaluated_at"),
            text("state", "t.state"),
            integer("tested", "t.tested"),
            integer("failed", "t.failed"),
            real("value", "t.value"),
            text("threshold", "t.threshold"),
            text("summary", "t.summary"),
            text("evidence", "t.evidence"),
        ],
        from: "check_result t",
        order: "t.id",
        instrument: Some("t.entity like ? || '/%'"),
        venue: Some("t.entity like '%/' || ? || '/%'"),
        step: None,
        after: Some("t.evaluated_at >= ?"),
        before: Some("t.evaluated_at < ?"),
    },
];
