//! `rec.live_vs_batch`: the same minutes as the live and the batch pipeline have them. Pure.

use std::collections::BTreeMap;

use app::{
    format::percent,
    model::{
        Cover, DAY_MS, Difference, DifferenceVm, Evidence, MinuteSide, Outcome, Pipeline,
        ReconcileDayVm, bucket_start, format_utc_short,
    },
};

use super::{
    daily::day_name,
    rule::{Rule, state_of},
};

/// Smallest volume that counts, base currency: below it lie rounding and minutes without trades.
const TINY: f64 = 1e-8;

/// What a comparison found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Compared {
    /// Instrument and venue.
    of: (String, String),
    /// Days with anything compared, ascending.
    pub days: Vec<ReconcileDayVm>,
    /// Minutes that differ, ascending.
    pub differences: Vec<DifferenceVm>,
}

impl Compared {
    /// Adds final candles that were changed later: `(before, now)`.
    pub fn add_restated(&mut self, restated: &[(MinuteSide, MinuteSide)]) {
        let days = self.days.drain(..).map(|day| (day.day_at, day)).collect();
        let mut days = Days(&self.of, days);
        for (before, now) in restated {
            days.at(now.opened_at).restated += 1;
            let found = of_both(&self.of, Difference::Restated, *before, *now);
            self.differences.push(found);
        }
        self.differences.sort_by_key(|minute| minute.opened_at);
        self.days = days.1.into_values().collect();
    }
}

struct Days<'a>(&'a (String, String), BTreeMap<i64, ReconcileDayVm>);

impl Days<'_> {
    fn at(&mut self, at: i64) -> &mut ReconcileDayVm {
        let day_at = bucket_start(at, DAY_MS);
        let (instrument, venue) = self.0;
        self.1.entry(day_at).or_insert_with(|| ReconcileDayVm {
            instrument: instrument.clone(),
            venue: venue.clone(),
            day_at,
            compared: 0,
            matched: 0,
            price: 0,
            volume: 0,
            missing_live: 0,
            missing_batch: 0,
            restated: 0,
        })
    }
}

/// Compares final candles of both pipelines of an instrument and venue, each ascending. A minute without trades may be
/// left out by either.
#[must_use]
pub fn compare(
    rule: &Rule,
    (instrument, venue): (&str, &str),
    (live, live_cover): (&[MinuteSide], &Cover),
    (batch, batch_cover): (&[MinuteSide], &Cover),
) -> Compared {
    let of = (instrument.to_owned(), venue.to_owned());
    let mut days = Days(&of, BTreeMap::new());
    let mut differences = Vec::new();
    let (mut l, mut b) = (live.iter().peekable(), batch.iter().peekable());
    while let Some(at) = [l.peek(), b.peek()]
        .into_iter()
        .flatten()
        .map(|side| side.opened_at)
        .min()
    {
        let live = l.next_if(|side| side.opened_at == at).copied();
        let batch = b.next_if(|side| side.opened_at == at).copied();
        let difference = match (live, batch) {
            (Some(live), Some(batch)) => {
                kind_of(rule, live, batch).map(|kind| of_both(&of, kind, live, batch))
            }
            (None, Some(batch)) if live_cover.has(at) => (batch.volume > TINY).then(|| {
                let batch_values = Some((batch.close, batch.volume));
                of_one(&of, at, Difference::MissingLive, (None, batch_values))
            }),
            (Some(live), None) if batch_cover.has(at) => (live.volume > TINY).then(|| {
                let live_values = Some((live.close, live.volume));
                of_one(&of, at, Difference::MissingBatch, (live_values, None))
            }),
            _ => continue,
        };
        let day = days.at(at);
        day.compared += 1;
        match difference.as_ref().map(|found| found.kind) {
            None => day.matched += 1,
            Some(Difference::Price) => day.price += 1,
            Some(Difference::Volume) => day.volume += 1,
            Some(Difference::MissingLive) => day.missing_live += 1,
            Some(Difference::MissingBatch) => day.missing_batch += 1,
            Some(Difference::Restated) => day.restated += 1,
        }
        differences.extend(difference);
    }
    let days = days.1.into_values().collect();
    Compared {
        of,
        days,
        differences,
    }
}

fn kind_of(rule: &Rule, live: MinuteSide, batch: MinuteSide) -> Option<Difference> {
    let most = rule.number("volume_share") * batch.volume.abs() + TINY;
    if price_bps(live.close, batch.close) > rule.number("price_bps") {
        Some(Difference::Price)
    } else if (live.volume - batch.volume).abs() > most {
        Some(Difference::Volume)
    } else {
        None
    }
}

type Values = Option<(f64, f64)>;

fn of_one(
    (instrument, venue): &(String, String),
    opened_at: i64,
    kind: Difference,
    (live, batch): (Values, Values),
) -> DifferenceVm {
    DifferenceVm {
        instrument: instrument.clone(),
        venue: venue.clone(),
        opened_at,
        kind,
        live,
        batch,
        price_bps: None,
        volume_share: None,
    }
}

fn of_both(
    of: &(String, String),
    kind: Difference,
    live: MinuteSide,
    batch: MinuteSide,
) -> DifferenceVm {
    let values = |side: MinuteSide| Some((side.close, side.volume));
    DifferenceVm {
        price_bps: Some(price_bps(live.close, batch.close)),
        volume_share: Some((live.volume - batch.volume).abs() / batch.volume.abs().max(TINY)),
        ..of_one(of, batch.opened_at, kind, (values(live), values(batch)))
    }
}

fn price_bps(a: f64, b: f64) -> f64 {
    ((a / b).ln().abs() * 10_000.0).min(1e9)
}

/// The result over some days; the worst day counts. `differences` are the first ones, for the evidence.
#[must_use]
pub fn live_vs_batch(
    rule: &Rule,
    entity: &str,
    pipeline: Pipeline,
    days: &[ReconcileDayVm],
    differences: &[DifferenceVm],
) -> Outcome {
    let compared: i64 = days.iter().map(|day| day.compared).sum();
    let matched: i64 = days.iter().map(|day| day.matched).sum();
    let worst = days
        .iter()
        .filter(|day| day.compared > 0)
        .map(|day| (day.matched as f64 / day.compared as f64, day))
        .min_by(|a, b| a.0.total_cmp(&b.0));
    let pass = rule.passed(
        entity,
        pipeline,
        compared,
        "no minute is covered by both pipelines".to_owned(),
    );
    let Some((rate, day)) = worst else {
        return pass;
    };
    let sum = |count: fn(&ReconcileDayVm) -> i64| days.iter().map(count).sum::<i64>();
    let summary = if matched == compared {
        format!("{compared} minutes compared, all agree")
    } else {
        format!(
            "{} of {compared} minutes differ: price {}, volume {}, missing live {}, missing batch {}; worst day {} {}",
            compared - matched,
            sum(|day| day.price),
            sum(|day| day.volume),
            sum(|day| day.missing_live),
            sum(|day| day.missing_batch),
            day_name(day.day_at),
            percent(rate)
        )
    };
    Outcome {
        state: state_of(rule.below("matched", rate)),
        failed: compared - matched,
        value: Some(rate),
        summary,
        evidence: evidence(rule, differences),
        ..pass
    }
}

fn evidence(rule: &Rule, differences: &[DifferenceVm]) -> Evidence {
    let differing = || {
        differences
            .iter()
            .filter(|minute| minute.kind != Difference::Restated)
    };
    let (Some(first), Some(last)) = (differing().next(), differing().next_back()) else {
        return Evidence::default();
    };
    let cell = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| value.to_string());
    let rows = differing()
        .take(rule.samples.max(1))
        .map(|minute| {
            vec![
                format_utc_short(minute.opened_at),
                minute.kind.as_str().replace('_', " "),
                cell(minute.live.map(|live| live.0)),
                cell(minute.batch.map(|batch| batch.0)),
                cell(minute.live.map(|live| live.1)),
                cell(minute.batch.map(|batch| batch.1)),
            ]
        })
        .collect();
    Evidence {
        columns: [
            "minute",
            "difference",
            "close live",
            "close batch",
            "volume live",
            "volume batch",
        ]
        .map(str::to_owned)
        .to_vec(),
        rows,
        range: Some((first.opened_at, last.opened_at)),
        ..Evidence::default()
    }
}

#[cfg(test)]
mod tests {
    use app::model::{CheckState, MINUTE_MS};

    use super::*;
    use crate::quality::rule::RuleBook;

    const DAY: i64 = 20_000 * DAY_MS;

    fn side(minute: i64) -> MinuteSide {
        MinuteSide {
            opened_at: DAY + minute * MINUTE_MS,
            close: 10_000.0 + minute as f64,
            volume: 2.0,
        }
    }

    fn minutes(from: i64, to: i64) -> Cover {
        Cover {
            there: vec![(DAY + from * MINUTE_MS, DAY + to * MINUTE_MS)],
            away: Vec::new(),
        }
    }

    fn compared(live: &[MinuteSide], batch: &[MinuteSide]) -> Compared {
        let book = RuleBook::shipped();
        let rule = book.get("rec.live_vs_batch").unwrap();
        let whole = minutes(0, 1440);
        compare(rule, ("BTC-USD", "kraken"), (live, &whole), (batch, &whole))
    }

    fn judged(found: &Compared) -> Outcome {
        let book = RuleBook::shipped();
        let rule = book.get("rec.live_vs_batch").unwrap();
        live_vs_batch(rule, "e", Pipeline::Live, &found.days, &found.differences)
    }

    #[test]
    fn the_same_minutes_agree_and_every_difference_is_found() {
        let batch: Vec<MinuteSide> = (0..1440).map(side).collect();
        let same = compared(&batch, &batch);
        assert_eq!((same.days[0].compared, same.days[0].matched), (1440, 1440));
        assert_eq!(judged(&same).state, CheckState::Pass);

        let mut live = batch.clone();
        live[10].close *= 1.0002;
        live[11].close *= 1.00005;
        live[20].volume *= 0.99;
        live[21].volume *= 1.0005;
        live.remove(30);
        let mut batch = batch;
        batch.remove(40);
        let found = compared(&live, &batch);
        let kinds: Vec<(i64, Difference)> = found
            .differences
            .iter()
            .map(|minute| ((minute.opened_at - DAY) / MINUTE_MS, minute.kind))
            .collect();
        assert_eq!(
            kinds,
            [
                (10, Difference::Price),
                (20, Difference::Volume),
                (30, Difference::MissingLive),
                (40, Difference::MissingBatch)
            ]
        );
        let day = &found.days[0];
        assert_eq!((day.compared, day.matched), (1440, 1436));
        let outcome = judged(&found);
        assert_eq!((outcome.state, outcome.failed), (CheckState::Warn, 4));
        assert_eq!(outcome.evidence.rows[2][1], "missing live");
        assert!((found.differences[0].price_bps.unwrap() - 2.0).abs() < 0.01);
    }

    #[test]
    fn a_minute_is_only_missing_where_its_pipeline_covers_the_time() {
        let book = RuleBook::shipped();
        let rule = book.get("rec.live_vs_batch").unwrap();
        let of = ("BTC-USD", "kraken");
        let batch: Vec<MinuteSide> = (0..100).map(side).collect();
        let live: Vec<MinuteSide> = (50..120).filter(|minute| *minute != 60).map(side).collect();
        let cover = minutes(50, 120);
        let found = compare(rule, of, (&live, &cover), (&batch, &minutes(0, 100)));
        assert_eq!(found.days[0].compared, 50);
        assert_eq!(found.days[0].missing_live, 1);
        let away = Cover {
            away: vec![(side(55).opened_at, side(65).opened_at)],
            ..cover
        };
        let found = compare(rule, of, (&live, &away), (&batch, &minutes(0, 100)));
        assert_eq!((found.days[0].compared, found.days[0].matched), (49, 49));
        let mut quiet = batch.clone();
        quiet[60].volume = 0.0;
        let found = compare(
            rule,
            of,
            (&live, &minutes(50, 120)),
            (&quiet, &minutes(0, 100)),
        );
        assert_eq!(found.days[0].missing_live, 0, "nothing was traded");
        let nothing = compare(
            rule,
            of,
            (&live, &minutes(50, 120)),
            (&[], &Cover::default()),
        );
        assert_eq!(judged(&nothing).state, CheckState::NotEvaluated);
    }

    #[test]
    fn restated_candles_are_listed_but_do_not_lower_the_match_rate() {
        let batch: Vec<MinuteSide> = (0..10).map(side).collect();
        let mut found = compared(&batch, &batch);
        let before = MinuteSide {
            close: 9_000.0,
            ..side(5)
        };
        let yesterday = MinuteSide {
            opened_at: DAY - MINUTE_MS,
            ..side(0)
        };
        found.add_restated(&[(before, side(5)), (yesterday, yesterday)]);
        let days: Vec<(i64, i64, i64)> = found
            .days
            .iter()
            .map(|day| (day.day_at, day.compared, day.restated))
            .collect();
        assert_eq!(days, [(DAY - DAY_MS, 0, 1), (DAY, 10, 1)]);
        assert_eq!(found.differences[1].live, Some((9_000.0, 2.0)));
        assert_eq!(judged(&found).state, CheckState::Pass);
    }
}
