//! `trade.candle_match`: the candle that a venue gives of a minute against the one that its trades make.

use app::model::{Candle, Evidence, Outcome, Pipeline, format_utc_short};

use super::rule::{Rule, state_of};

/// Prices are the same decimals, so that their floats differ at most in the last digits; what the rule allows comes on
/// top.
const PRICE_SHARE: f64 = 1e-9;
/// Smallest volume that counts, base currency.
const TINY: f64 = 1e-8;

/// A minute that was compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// The minute.
    pub minute_at: i64,
    /// What differs, in words; `None`: nothing does.
    pub differs: Option<String>,
    /// More was traded, says the venue: trades are missing here.
    pub lacks: bool,
}

/// Compares the venue's candle with `(open, high, low, close, volume)` of the minute's trades, `None` without any.
#[must_use]
pub fn compare(rule: &Rule, venue: &Candle, own: Option<(f64, f64, f64, f64, f64)>) -> Compared {
    // sums: some venues round each trade, some leave out tiny ones
    let most = rule.number("volume_share") * venue.volume + TINY;
    let price_share = PRICE_SHARE + rule.number("price_bps") / 10_000.0;
    let lacks = venue.volume - own.map_or(0.0, |own| own.4) > most;
    let differs = match own {
        None if venue.volume > TINY => Some(format!(
            "no trade is known, the venue has a volume of {}",
            venue.volume
        )),
        None => None,
        Some((open, high, low, close, volume)) => {
            let prices = [
                ("open", open, venue.open),
                ("high", high, venue.high),
                ("low", low, venue.low),
                ("close", close, venue.close),
            ];
            let price = prices
                .into_iter()
                .find(|(_, own, venue)| (own - venue).abs() > price_share * venue.abs());
            let words = |(what, own, venue): (&str, f64, f64)| {
                format!("{what} of the trades {own}, of the venue {venue}")
            };
            price.map(words).or_else(|| {
                let off = (volume - venue.volume).abs();
                (off > most).then(|| words(("volume", volume, venue.volume)))
            })
        }
    };
    Compared {
        minute_at: venue.opened_at,
        differs,
        lacks,
    }
}

/// The result over some minutes.
#[must_use]
pub fn candle_match(rule: &Rule, entity: &str, compared: &[Compared]) -> Outcome {
    let rows: Vec<Vec<String>> = compared
        .iter()
        .filter_map(|minute| {
            let differs = minute.differs.clone()?;
            Some(vec![format_utc_short(minute.minute_at), differs])
        })
        .collect();
    let tested = compared.len() as i64;
    let pass = rule.passed(
        entity,
        Pipeline::Live,
        tested,
        format!("{tested} minutes compared, none differs"),
    );
    let Some(first) = rows.first() else {
        return pass;
    };
    let matched = 1.0 - rows.len() as f64 / tested as f64;
    Outcome {
        state: state_of(rule.below("matched", matched)),
        failed: rows.len() as i64,
        value: Some(matched),
        summary: format!(
            "{} of {tested} minutes differ: {} {}",
            rows.len(),
            first[0],
            first[1]
        ),
        evidence: Evidence {
            columns: vec!["minute".to_owned(), "difference".to_owned()],
            rows: rows.into_iter().take(20).collect(),
            ..Evidence::default()
        },
        ..pass
    }
}

#[cfg(test)]
mod tests {
    use app::model::CheckState;

    use super::*;
    use crate::quality::rule::RuleBook;

    fn rule() -> Rule {
        let book = RuleBook::shipped();
        book.get("trade.candle_match").expect("shipped").clone()
    }

    fn compare(venue: &Candle, own: Option<(f64, f64, f64, f64, f64)>) -> Compared {
        super::compare(&rule(), venue, own)
    }

    fn candle(close: f64, volume: f64) -> Candle {
        Candle {
            opened_at: 60_000,
            open: 100.0,
            high: 110.0,
            low: 90.0,
            close,
            volume,
            quote_volume: None,
            trades: None,
            is_final: true,
            flags: 0,
        }
    }

    #[test]
    fn prices_must_be_the_same_and_volumes_nearly() {
        let own = Some((100.0, 110.0, 90.0, 105.0, 2.0));
        assert_eq!(compare(&candle(105.0, 2.001), own).differs, None);
        assert_eq!(compare(&candle(105.0 + 1e-8, 2.0), own).differs, None);
        assert!(compare(&candle(105.01, 2.0), own).differs.is_some());
        assert!(compare(&candle(105.0, 2.003), own).differs.is_some());
        assert!(compare(&candle(105.0, 2.0), None).differs.is_some());
        assert_eq!(compare(&candle(105.0, 0.0), None).differs, None);
        let lacks = |volume: f64, own| compare(&candle(105.0, volume), own).lacks;
        assert!(lacks(2.003, own) && lacks(1.0, None));
        assert!(!lacks(1.9, own) && !lacks(2.0, own) && !lacks(0.0, None));
    }

    #[test]
    fn one_minute_that_differs_is_an_error() {
        let good = compare(&candle(105.0, 0.0), None);
        let bad = compare(&candle(105.0, 1.0), None);
        assert_eq!(
            candle_match(&rule(), "e", std::slice::from_ref(&good)).state,
            CheckState::Pass
        );
        let outcome = candle_match(&rule(), "e", &[good, bad]);
        assert_eq!((outcome.state, outcome.failed), (CheckState::Error, 1));
    }
}
