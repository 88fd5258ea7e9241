//! The median of the venues that are fresh and healthy; pure.

use app::model::{ConsensusVm, VenuePriceVm, format_age};

use crate::{pipeline::live::board::Standing, quality::deviation::median};

/// A price older than this is not used.
pub const FRESH_MS: i64 = 10_000;

/// What the venues agree on; the primary venue is left to the caller.
#[must_use]
pub fn agree(instrument: &str, venues: &[(String, Standing)], now_ms: i64) -> ConsensusVm {
    let mut rows: Vec<VenuePriceVm> = venues
        .iter()
        .map(|(venue, standing)| row(venue, standing, now_ms))
        .collect();
    let used: Vec<f64> = rows
        .iter()
        .filter(|row| row.used)
        .map(|row| row.price)
        .collect();
    let price = median(&used);
    let mut spread_bps = 0.0;
    if let Some(price) = price {
        for row in rows.iter_mut().filter(|row| row.received_at > 0) {
            row.deviation_bps = (row.price / price - 1.0) * 10_000.0;
        }
        let (low, high) = used.iter().fold((price, price), |(low, high), price| {
            (f64::min(low, *price), f64::max(high, *price))
        });
        spread_bps = (high - low) / price * 10_000.0;
    }
    ConsensusVm {
        instrument: instrument.to_owned(),
        simulated: venues.iter().any(|(_, standing)| standing.simulated),
        observed_at: now_ms,
        price,
        spread_bps,
        primary: None,
        venues: rows,
    }
}

fn row(venue: &str, standing: &Standing, now_ms: i64) -> VenuePriceVm {
    let told = standing.price(FRESH_MS, now_ms);
    let reason = match (told, &standing.blocked, &standing.bookless) {
        (None, None, _) => "no price yet".to_owned(),
        (_, Some(reason), _) => format!("blocked: {reason}"),
        (Some((_, at)), ..) if now_ms - at > FRESH_MS => {
            format!("silent for {}", format_age(now_ms - at))
        }
        (_, _, Some((reason, _))) => format!("its book cannot be trusted: {reason}"),
        _ => String::new(),
    };
    let (price, received_at) = told.unwrap_or((0.0, 0));
    VenuePriceVm {
        venue: venue.to_owned(),
        price,
        deviation_bps: 0.0,
        used: reason.is_empty() && price > 0.0,
        received_at,
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_790_000_040_000;

    fn standing(price: f64, at: i64) -> Standing {
        Standing {
            mid: Some((price, at)),
            ..Standing::default()
        }
    }

    #[test]
    fn only_fresh_and_healthy_venues_count() {
        let blocked = Standing {
            blocked: Some("HTTP 451".to_owned()),
            ..standing(500.0, NOW)
        };
        let bookless = Standing {
            bookless: Some(("checksum".to_owned(), NOW)),
            ..standing(600.0, NOW)
        };
        let traded = Standing {
            last: Some((101.0, NOW - 100)),
            ..standing(90.0, NOW - 20_000)
        };
        let venues = [
            ("a".to_owned(), standing(100.0, NOW)),
            ("b".to_owned(), traded),
            ("c".to_owned(), standing(103.0, NOW - FRESH_MS)),
            ("d".to_owned(), standing(400.0, NOW - FRESH_MS - 1)),
            ("e".to_owned(), blocked),
            ("f".to_owned(), bookless),
            ("g".to_owned(), Standing::default()),
        ];
        let vm = agree("BTC-USD", &venues, NOW);
        assert_eq!(vm.price, Some(101.0));
        let used: Vec<&str> = vm
            .venues
            .iter()
            .filter(|row| row.used)
            .map(|row| row.venue.as_str())
            .collect();
        assert_eq!(used, ["a", "b", "c"]);
        assert!((vm.spread_bps - 3.0 / 101.0 * 10_000.0).abs() < 1e-9);
        assert!((vm.venues[0].deviation_bps + 1.0 / 101.0 * 10_000.0).abs() < 1e-9);
        assert!(vm.venues[3..].iter().all(|row| !row.reason.is_empty()));
        assert_eq!(agree("BTC-USD", &venues[3..], NOW).price, None);
    }
}
