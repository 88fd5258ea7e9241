//! Every check: what it demands, where it looks, what to do when it fails. Limits: `watch` and `feed`.

/// What a check is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckDef {
    /// Stable name: `candle.ohlc`.
    pub id: &'static str,
    /// What the rule demands.
    pub title: &'static str,
    /// `bronze`, `silver` or `gold`.
    pub layer: &'static str,
    /// completeness, validity, uniqueness, consistency, timeliness or accuracy.
    pub dimension: &'static str,
    /// The limit, in few words: warn / error / critical where there are several.
    pub limit: &'static str,
    /// What to do about a finding.
    pub advice: &'static str,
}

const fn check(
    id: &'static str,
    layer: &'static str,
    dimension: &'static str,
    title: &'static str,
    limit: &'static str,
    advice: &'static str,
) -> CheckDef {
    CheckDef {
        id,
        title,
        layer,
        dimension,
        limit,
        advice,
    }
}

/// Every check there is, sorted by id.
pub const CATALOG: &[CheckDef] = &[
    check(
        "article.contract",
        "bronze",
        "validity",
        "every record has its columns",
        "1 % of the records",
        "Look at the quarantined records; a lost quote can fuse several articles.",
    ),
    check(
        "article.dup",
        "silver",
        "uniqueness",
        "at most 20 % of the articles repeat another one",
        "20 % of the records",
        "Duplicates are linked, not deleted; a high share means that files overlap.",
    ),
    check(
        "article.encoding",
        "silver",
        "validity",
        "texts are free of escapes, mojibake and replacement characters",
        "none",
        "Nothing to do: texts are mended as far as that is certain, and counted; bronze keeps them as they were.",
    ),
    check(
        "article.placeholder",
        "silver",
        "accuracy",
        "headlines are written, not made up with a running number",
        "0 articles",
        "The articles look fabricated: do not draw conclusions from them.",
    ),
    check(
        "article.required",
        "silver",
        "completeness",
        "every article has a title, and a source or URL",
        "1 % / 5 % of the records",
        "Ask the publisher for the missing fields.",
    ),
    check(
        "article.sentiment",
        "silver",
        "validity",
        "a sentiment that is given can be read and lies between -1 and 1",
        "1 % of the records",
        "The articles are kept without it; look at how the file writes sentiments.",
    ),
    check(
        "article.time",
        "silver",
        "validity",
        "every publication date can be read without guessing",
        "0 records",
        "Quarantined dates are unreadable, ambiguous, in the future or before 2009.",
    ),
    check(
        "article.url",
        "silver",
        "validity",
        "addresses are web addresses and not doubled",
        "none",
        "Nothing to do: doubled addresses are mended, others are left out, and both are counted.",
    ),
    check(
        "book.contract",
        "bronze",
        "validity",
        "every order book answer can be read",
        "0 answers",
        "The raw answer is in bronze; the venue may have changed its format.",
    ),
    check(
        "book.crossed",
        "silver",
        "consistency",
        "the best bid is not above the best ask",
        "bid ≤ ask",
        "The book is not used while it is crossed; wait for the venue or switch to another.",
    ),
    check(
        "book.levels",
        "silver",
        "validity",
        "levels are sorted, positive and unique",
        "0 levels",
        "The book is not used; look at the raw answer in bronze.",
    ),
    check(
        "candle.contract",
        "bronze",
        "validity",
        "every row has its columns, and numbers in them",
        "0.1 % / 1 % of the rows",
        "Look at the quarantined rows.",
    ),
    check(
        "candle.date_disagrees",
        "bronze",
        "consistency",
        "a date beside the Unix time says the same time",
        "0 rows",
        "Unix time is taken. Somebody converted the dates with another time zone: do not join on them.",
    ),
    check(
        "candle.dup_conflict",
        "silver",
        "uniqueness",
        "no two rows give different values for the same time",
        "0 rows",
        "None of the versions is taken; find out which is right and ingest a corrected file.",
    ),
    check(
        "candle.dup_same",
        "silver",
        "uniqueness",
        "rows are not repeated",
        "none",
        "Nothing to do: repeated rows are dropped and counted.",
    ),
    check(
        "candle.extreme_move",
        "silver",
        "accuracy",
        "no close moves more than 3 % (warn) or 5 % (error) in a minute, ten times that at most in a longer step",
        "3 % / 5 % a minute, × √time",
        "Compare with another venue: a true move is there too.",
    ),
    check(
        "candle.gap",
        "silver",
        "completeness",
        "no run of missing candles: warn from 5, error from 15, critical from 60",
        "5 / 15 / 60 candles",
        "Fill the gap from another source of the venue; some venues leave out minutes without trades.",
    ),
    check(
        "candle.no_price",
        "bronze",
        "completeness",
        "every row with a time has prices",
        "none",
        "Nothing to do: such rows are how a source writes a gap; they are dropped and counted.",
    ),
    check(
        "candle.ohlc",
        "silver",
        "validity",
        "high and low enclose open and close, and prices are positive",
        "0 rows",
        "The rows are in quarantine; a wrong column order breaks most of them at once.",
    ),
    check(
        "candle.open_jump",
        "silver",
        "consistency",
        "a candle opens within 0.5 % of the close before it, longer steps within ten times that",
        "0.5 % a minute, × √time",
        "A jump without a gap points to lost trades or a splice of two sources.",
    ),
    check(
        "candle.order",
        "bronze",
        "consistency",
        "rows come in time order",
        "0 breaks",
        "Rows are sorted before use; frequent breaks point to a concatenated file.",
    ),
    check(
        "candle.price_sanity",
        "silver",
        "accuracy",
        "prices lie within 30 % of the median of the last 60 closes",
        "30 %",
        "The rows are in quarantine; compare with another venue.",
    ),
    check(
        "candle.range",
        "silver",
        "accuracy",
        "high and low of a minute are at most 2.5 % (warn) or 5 % (error) apart, of longer steps ten times that",
        "2.5 % / 5 % a minute, × √time",
        "Look for a single bad trade inside the candle.",
    ),
    check(
        "candle.restated",
        "silver",
        "consistency",
        "a final candle is not changed by a later landing",
        "0 candles",
        "Both versions are kept; the later one is used.",
    ),
    check(
        "candle.spike_reversal",
        "silver",
        "accuracy",
        "no close jumps and comes back in the next candle",
        "8 S and 0.5 % / 10 S and 1 % a minute, × √time",
        "The candle is flagged; compare with another venue.",
    ),
    check(
        "candle.stale_close",
        "silver",
        "timeliness",
        "at most 14 equal closes in a row: warn from 15, error from 20",
        "15 / 20 closes",
        "Check whether the source repeats its last price instead of trading.",
    ),
    check(
        "candle.synthetic",
        "bronze",
        "accuracy",
        "prices are traded, not computed",
        "12 decimals everywhere, and twice off the market",
        "Keep such files out of any analysis, or ingest them with --venue sample.",
    ),
    check(
        "candle.trades_agree",
        "gold",
        "consistency",
        "the venue's candle of a minute is the one that its trades make",
        "prices to the digit, volume 0.1 %",
        "Trades are missing or doubled, or the venue's candle is wrong: look for a gap that was not noticed.",
    ),
    check(
        "candle.ts_aligned",
        "silver",
        "validity",
        "times are multiples of the step",
        "0 rows",
        "The rows are in quarantine; times are never rounded silently.",
    ),
    check(
        "candle.ts_unit",
        "silver",
        "validity",
        "times lie between 2009-01-03 and their receipt",
        "0 rows",
        "The rows are in quarantine; the unit of the time column may be damaged.",
    ),
    check(
        "candle.volume_price",
        "silver",
        "validity",
        "volumes are not negative",
        "0 rows",
        "The rows are in quarantine.",
    ),
    check(
        "candle.zero_volume_flat",
        "silver",
        "consistency",
        "a candle without volume does not move",
        "0 candles",
        "The candle is flagged: a price moved although nothing was traded.",
    ),
    check(
        "dataset.completeness",
        "gold",
        "completeness",
        "the candles of the months that a file touches are there",
        "90 % / 85 % of the candles",
        "Ingest the missing months from another file or venue; some venues leave out minutes without trades.",
    ),
    check(
        "dataset.distribution_drift",
        "silver",
        "accuracy",
        "returns, volumes and sentiment are distributed as in the file before",
        "PSI 0.1 noted / 0.25 warn",
        "A market may have changed; a venue that fills gaps or rounds its numbers looks the same.",
    ),
    check(
        "dataset.schema_drift",
        "bronze",
        "consistency",
        "a file is written like the one before it of the same series",
        "same format, separator and columns",
        "Make sure that the publisher's columns still mean the same.",
    ),
    check(
        "dq.rows_conserved",
        "silver",
        "completeness",
        "rows read = accepted + deduplicated + quarantined",
        "0 rows",
        "This is a fault of Assay itself: replay the landing and report it.",
    ),
    check(
        "feed.contract",
        "bronze",
        "validity",
        "every answer of the venue can be read",
        "0 answers",
        "The raw answer is in bronze; the venue may have changed its format.",
    ),
    check(
        "feed.freshness",
        "silver",
        "timeliness",
        "the venue's own time moves on",
        "by interval",
        "The venue answers, but with old figures: use another venue until it recovers.",
    ),
    check(
        "feed.http",
        "bronze",
        "timeliness",
        "the venue answers requests",
        "1 / 3 failed rounds",
        "Requests are repeated with growing pauses; a block by the venue lasts longer.",
    ),
    check(
        "feed.silence",
        "bronze",
        "timeliness",
        "the venue is heard from in time",
        "by interval",
        "Check the network and the venue's status page; the feed goes on by itself.",
    ),
    check(
        "feed.stream",
        "bronze",
        "timeliness",
        "the stream stands and brings data",
        "15 / 60 s",
        "It is opened again with growing pauses, and polls go on meanwhile; look at the source's last error.",
    ),
    check(
        "quote.contract",
        "bronze",
        "validity",
        "every quote can be read",
        "0 answers",
        "The raw answer is in bronze; the venue may have changed its format.",
    ),
    check(
        "quote.stale_price",
        "silver",
        "timeliness",
        "the last price changes: warn from 10 equal quotes, error from 20",
        "10 / 20 equal quotes",
        "Compare with another venue: the price may be frozen.",
    ),
    check(
        "trade.contract",
        "bronze",
        "validity",
        "every trade can be read, with a price, a size and a time that can be",
        "0 trades",
        "The raw frame is in bronze; the venue may have changed its format.",
    ),
    check(
        "venue.deviation",
        "gold",
        "accuracy",
        "a venue's price lies near those of the others: warn from 20, error from 50 basis points for a minute",
        "20 / 50 basis points for 60 s",
        "The venue's price is off the market: do not trade on it, and see whether its feed is stuck.",
    ),
];

/// The definition of a check.
#[must_use]
pub fn definition(id: &str) -> Option<&'static CheckDef> {
    CATALOG
        .binary_search_by(|check| check.id.cmp(id))
        .ok()
        .map(|index| &CATALOG[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalog_is_sorted_and_unique() {
        assert!(CATALOG.windows(2).all(|pair| pair[0].id < pair[1].id));
        assert!(
            CATALOG
                .iter()
                .all(|check| definition(check.id) == Some(check))
        );
    }
}
