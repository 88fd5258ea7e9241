//! Scores: how good the data is, from 0 to 100 (quality reference, section 6). Pure.
//!
//! A check gives `p`, the share of what it tested that is right, as the mean over what it judged. A dataset scores
//! `100 · Σ w·p / Σ w` with a weight by the severity of the rule and never by the number of rows: a dead feed counts
//! beside a million good rows. Open alerts cap it, whoever has acknowledged or silenced them. A layer is as good as its
//! worst dataset, the whole as its worst layer.

mod cell;
mod part;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use app::model::{ScoreCostVm, ScoreOf};

pub use self::cell::{Judged, Standing, severity_of, weight};
use self::{
    cell::{Cell, Place},
    part::{Part, Sum},
};
use super::rule::RuleBook;

/// The layers, in the order of the data's way.
const LAYERS: [&str; 3] = ["bronze", "silver", "gold"];
/// The dimensions, as the quality reference lists them.
const DIMENSIONS: [&str; 6] = [
    "completeness",
    "validity",
    "uniqueness",
    "consistency",
    "timeliness",
    "accuracy",
];

/// One score.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// What kind of thing it is of.
    pub of: ScoreOf,
    /// Which; empty for the whole.
    pub name: String,
    /// 0 to 100, with two decimals; `None` while nothing could be judged.
    pub score: Option<f64>,
    /// Why it is not higher; empty if nothing caps it.
    pub cap: String,
    /// Checks that judged something, counted for each thing that they judge.
    pub evaluated: i64,
    /// Checks that there are, counted the same way.
    pub total: i64,
}

/// What all scores are made of.
#[derive(Debug, Clone, Default)]
pub struct Scores {
    cells: Vec<Cell>,
    caps: Vec<(Place, Standing)>,
    /// Rules that have judged nothing yet.
    idle: Vec<Place>,
}

impl Scores {
    /// Of the newest results and the open alerts. Results of rules that are switched off do not count.
    #[must_use]
    pub fn new(book: &RuleBook, judged: Vec<Judged>, open: Vec<Standing>) -> Self {
        let is_off = |id: &str| book.get(id).is_some_and(|rule| !rule.enabled);
        let cells: Vec<Cell> = judged
            .into_iter()
            .filter(|judged| !is_off(&judged.check_id))
            .map(|judged| Cell::new(book, judged))
            .collect();
        let caps = open
            .into_iter()
            .filter(|alert| !is_off(&alert.check_id))
            .map(|alert| {
                let known = cells.iter().find(|cell| cell.is_of(&alert));
                let layer = known.map_or("", |cell| cell.place.layer.as_str());
                let place = Place::of(book, &alert.check_id, &alert.entity, layer);
                (place, alert)
            })
            .collect();
        let seen: BTreeSet<&str> = cells.iter().map(|cell| cell.place.check.as_str()).collect();
        let idle = book
            .iter()
            .filter(|rule| rule.enabled && !seen.contains(rule.id))
            .map(|rule| Place::of(book, rule.id, "", rule.layer))
            .collect();
        Self { cells, caps, idle }
    }

    /// Every score but those of checks: the whole first, then layers, dimensions, datasets and venues.
    #[must_use]
    pub fn main(&self) -> Vec<Score> {
        [
            ScoreOf::Overall,
            ScoreOf::Layer,
            ScoreOf::Dimension,
            ScoreOf::Dataset,
            ScoreOf::Venue,
        ]
        .into_iter()
        .flat_map(|of| self.each(of))
        .collect()
    }

    /// Every score, those of checks last.
    #[must_use]
    pub fn all(&self) -> Vec<Score> {
        let mut all = self.main();
        all.extend(self.each(ScoreOf::Check));
        all
    }

    fn each(&self, of: ScoreOf) -> Vec<Score> {
        let names = self.names(of);
        names.iter().map(|name| self.one(of, name)).collect()
    }

    /// True if there is such a thing to score.
    #[must_use]
    pub fn has(&self, of: ScoreOf, name: &str) -> bool {
        self.names(of).iter().any(|known| known == name)
    }

    /// One score; of something unknown it has nothing evaluated of nothing.
    #[must_use]
    pub fn one(&self, of: ScoreOf, name: &str) -> Score {
        let places = |part: Part<'_>| {
            let cells = self.cells.iter().filter(|cell| part.holds(&cell.place));
            let (mut evaluated, mut total) = (0, 0);
            for cell in cells {
                total += 1;
                evaluated += i64::from(cell.is_evaluated());
            }
            total += self.idle.iter().filter(|place| part.holds(place)).count() as i64;
            (evaluated, total)
        };
        let part = Part::of(of, name);
        let (evaluated, total) = places(part);
        let (score, cap) = self
            .lowest(of, name)
            .map_or((None, String::new()), |(_, sum)| sum.capped());
        Score {
            of,
            name: name.to_owned(),
            score,
            cap,
            evaluated,
            total,
        }
    }

    /// What costs a score points before caps, dearest first. A layer's points are those of its worst dataset, those of
    /// the whole of its worst layer.
    #[must_use]
    pub fn costs(&self, of: ScoreOf, name: &str) -> Vec<ScoreCostVm> {
        let Some((part, sum)) = self.lowest(of, name) else {
            return Vec::new();
        };
        let mut costs: Vec<ScoreCostVm> = self
            .cells
            .iter()
            .filter(|cell| part.holds(&cell.place))
            .filter_map(|cell| {
                let points = sum.points(cell);
                let alert = self.caps.iter().find(|(_, alert)| cell.is_of(alert));
                (points > 0.0 || alert.is_some()).then(|| ScoreCostVm {
                    check_id: cell.place.check.clone(),
                    entity: cell.entity.clone(),
                    state: cell.state,
                    tested: cell.tested,
                    failed: cell.failed,
                    weight: cell.weight,
                    points,
                    alert_id: alert.map(|(_, alert)| alert.id),
                })
            })
            .collect();
        costs.sort_by(|a, b| {
            (b.points.total_cmp(&a.points))
                .then_with(|| b.weight.total_cmp(&a.weight))
                .then_with(|| (&a.check_id, &a.entity).cmp(&(&b.check_id, &b.entity)))
        });
        costs
    }

    /// The part whose sum is the score: of a layer its lowest dataset, of the whole its lowest layer.
    fn lowest<'a>(&'a self, of: ScoreOf, name: &'a str) -> Option<(Part<'a>, Sum)> {
        let parts: Vec<Part<'a>> = match of {
            ScoreOf::Overall => LAYERS
                .into_iter()
                .flat_map(|layer| self.of_layer(layer))
                .collect(),
            ScoreOf::Layer => self.of_layer(name),
            of => vec![Part::of(of, name)],
        };
        parts
            .into_iter()
            .filter_map(|part| Some((part, self.sum(part)?)))
            .min_by(|(_, a), (_, b)| a.value().total_cmp(&b.value()))
    }

    /// The datasets that have something in a layer.
    fn of_layer<'a>(&'a self, layer: &'a str) -> Vec<Part<'a>> {
        let datasets: BTreeSet<&str> = self
            .cells
            .iter()
            .filter(|cell| cell.place.layer == layer)
            .map(|cell| cell.place.dataset.as_str())
            .collect();
        datasets
            .into_iter()
            .map(|dataset| Part {
                layer: Some(layer),
                dataset: Some(dataset),
                ..Part::default()
            })
            .collect()
    }

    fn sum(&self, part: Part<'_>) -> Option<Sum> {
        let mut sum = Sum::default();
        for cell in self.cells.iter().filter(|cell| part.holds(&cell.place)) {
            sum.add(cell);
        }
        for (_, alert) in self.caps.iter().filter(|(place, _)| part.holds(place)) {
            sum.cap(alert);
        }
        sum.is_judged().then_some(sum)
    }

    fn names(&self, of: ScoreOf) -> Vec<String> {
        let fixed = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let pick = |place: &Place| match of {
            ScoreOf::Dataset => place.dataset.clone(),
            ScoreOf::Venue => place.venue.clone(),
            _ => place.check.clone(),
        };
        match of {
            ScoreOf::Overall => vec![String::new()],
            ScoreOf::Layer => fixed(&LAYERS),
            ScoreOf::Dimension => fixed(&DIMENSIONS),
            ScoreOf::Dataset | ScoreOf::Venue | ScoreOf::Check => {
                let cells = self.cells.iter().map(|cell| &cell.place);
                let names: BTreeSet<String> = cells.chain(&self.idle).map(pick).collect();
                names.into_iter().filter(|name| !name.is_empty()).collect()
            }
        }
    }
}
