//! Prices around strong news.
//!
//! An event is an hour (a day, where only daily prices are there) whose articles are strongly positive or negative.
//! Returns are cumulated from the close before the event, so that the band shows what came before and after.

use app::model::analysis::{EventGroupVm, EventPointVm, Mood};

use super::statistics::{band, holm, mean_p};

/// Articles that an hour (day) must have to be an event: one article alone is an opinion.
pub const MIN_ARTICLES: i64 = 2;
/// Share of the hours (days) with news that count as strong, at each end.
pub const STRONG_SHARE: f64 = 0.1;

/// How a study looks at prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Length of a step in milliseconds.
    pub step_ms: i64,
    /// Steps shown before and after.
    pub reach: i64,
}

/// Closes of consecutive steps with holes.
#[derive(Debug, Clone, Default)]
pub struct Closes {
    first: i64,
    step_ms: i64,
    logs: Vec<Option<f64>>,
}

impl Closes {
    /// Closes by the start of their step; ascending. More than `MAX` steps from the first on are left out.
    #[must_use]
    pub fn new(step_ms: i64, closes: &[(i64, f64)]) -> Self {
        /// 30 years of hours.
        const MAX: i64 = 262_800;
        let first = closes.first().map_or(0, |(at, _)| *at);
        let mut logs = Vec::new();
        for (at, close) in closes {
            let index = (at - first) / step_ms;
            if (logs.len() as i64..MAX).contains(&index) && *close > 0.0 {
                logs.resize(usize::try_from(index).unwrap_or(0), None);
                logs.push(Some(close.ln()));
            }
        }
        Self {
            first,
            step_ms,
            logs,
        }
    }

    /// Logarithm of the close of the step that begins at `at`.
    fn log(&self, at: i64) -> Option<f64> {
        let index = usize::try_from((at - self.first).div_euclid(self.step_ms.max(1))).ok()?;
        self.logs.get(index).copied().flatten()
    }

    /// True between the first and the last close.
    fn covers(&self, at: i64) -> bool {
        (self.first..self.first + self.logs.len() as i64 * self.step_ms).contains(&at)
    }

    /// Mean log return over `steps` steps, wherever both ends are there.
    #[must_use]
    pub fn mean_return(&self, steps: usize) -> Option<f64> {
        let returns: Vec<f64> = self
            .logs
            .iter()
            .zip(self.logs.iter().skip(steps))
            .filter_map(|(begin, end)| Some((*end)? - (*begin)?))
            .collect();
        band(&returns).map(|band| band.mean)
    }
}

/// Limits of strong news: the lowest mean sentiment of the strongly positive and the highest of the strongly negative
/// hours (days) among those with enough articles. `None` where there are too few of them to say.
#[must_use]
pub fn limits(moods: &[Mood]) -> Option<(f64, f64)> {
    let mut means: Vec<f64> = enough(moods).map(|mood| mood.mean).collect();
    means.sort_by(f64::total_cmp);
    let strong = (means.len() as f64 * STRONG_SHARE).floor();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a tenth of a length"
    )]
    let strong = strong as usize;
    let low = *means.get(strong.checked_sub(1)?)?;
    let high = *means.get(means.len() - strong)?;
    Some((high, low))
}

fn enough(moods: &[Mood]) -> impl Iterator<Item = &Mood> {
    moods.iter().filter(|mood| mood.articles >= MIN_ARTICLES)
}

/// The strongly positive and the strongly negative group, p-values corrected for both.
#[must_use]
pub fn study(moods: &[Mood], closes: &Closes, window: Window) -> Vec<EventGroupVm> {
    // news of other times, perhaps of another kind, must not decide what is strong here
    let moods: Vec<Mood> = moods
        .iter()
        .filter(|mood| closes.covers(mood.opened_at))
        .copied()
        .collect();
    let moods = moods.as_slice();
    let Some((high, low)) = limits(moods) else {
        return Vec::new();
    };
    let times = |wanted: &dyn Fn(&Mood) -> bool| -> Vec<i64> {
        enough(moods)
            .filter(|mood| wanted(mood))
            .map(|mood| mood.opened_at)
            .collect()
    };
    // where most news is neutral, a tenth of it may not be positive at all
    let positive = times(&|mood| mood.mean >= high && mood.mean > 0.0);
    let negative = times(&|mood| mood.mean <= low && mood.mean < 0.0);
    let mut groups = vec![
        group("strongly positive", &positive, closes, window),
        group("strongly negative", &negative, closes, window),
    ];
    let raw: Vec<f64> = groups.iter().filter_map(|group| group.p).collect();
    let mut corrected = holm(&raw).into_iter();
    for group in &mut groups {
        group.p_corrected = group.p.and_then(|_| corrected.next());
    }
    groups
}

/// One group: candidates in time order; those too close to the event before them are left out, because the same price
/// moves would count twice.
fn group(name: &str, candidates: &[i64], closes: &Closes, window: Window) -> EventGroupVm {
    let Window { step_ms, reach } = window;
    let mut paths: Vec<Path> = Vec::new();
    let (mut overlapping, mut without_prices) = (0, 0);
    let mut last: Option<i64> = None;
    for at in candidates {
        if last.is_some_and(|last| at - last < reach * step_ms) {
            overlapping += 1;
            continue;
        }
        match path(*at, closes, window) {
            Some(path) => {
                last = Some(*at);
                paths.push(path);
            }
            None => without_prices += 1,
        }
    }
    let afters: Vec<f64> = paths.iter().map(|path| path.after).collect();
    let usual = usize::try_from(reach)
        .ok()
        .and_then(|steps| closes.mean_return(steps));
    EventGroupVm {
        name: name.to_owned(),
        candidates: candidates.len() as i64,
        events: paths.len() as i64,
        overlapping,
        without_prices,
        points: points(&paths, reach),
        after: band(&afters).map(|band| band.mean),
        usual,
        p: usual.and_then(|usual| mean_p(&afters, usual)),
        p_corrected: None,
    }
}

/// Prices around one event.
struct Path {
    /// Cumulated log return from the close before the event, and absolute log return of the step; by step.
    steps: Vec<(f64, f64)>,
    /// Log return of the steps after the event's own.
    after: f64,
}

fn path(at: i64, closes: &Closes, Window { step_ms, reach }: Window) -> Option<Path> {
    let log = |offset: i64| closes.log(at + offset * step_ms);
    let base = log(-1)?;
    let steps = (-reach..=reach)
        .map(|offset| {
            let here = log(offset)?;
            Some((here - base, (here - log(offset - 1)?).abs()))
        })
        .collect::<Option<Vec<_>>>()?;
    Some(Path {
        steps,
        after: log(reach)? - log(0)?,
    })
}

fn points(paths: &[Path], reach: i64) -> Vec<EventPointVm> {
    if paths.is_empty() {
        return Vec::new();
    }
    (-reach..=reach)
        .enumerate()
        .filter_map(|(index, offset)| {
            let of = |value: fn(&(f64, f64)) -> f64| -> Vec<f64> {
                paths.iter().map(|path| value(&path.steps[index])).collect()
            };
            let returns = band(&of(|step| step.0))?;
            let moves = band(&of(|step| step.1))?;
            Some(EventPointVm {
                offset,
                n: paths.len() as i64,
                mean: returns.mean,
                low: returns.ends.map(|ends| ends.0),
                high: returns.ends.map(|ends| ends.1),
                volatility: moves.mean,
                volatility_low: moves.ends.map(|ends| ends.0.max(0.0)),
                volatility_high: moves.ends.map(|ends| ends.1),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use app::model::HOUR_MS;

    use super::*;

    const WINDOW: Window = Window {
        step_ms: HOUR_MS,
        reach: 2,
    };

    fn mood(hour: i64, mean: f64, articles: i64) -> Mood {
        Mood {
            opened_at: hour * HOUR_MS,
            articles,
            mean,
        }
    }

    /// Hours in which the price grows by 1 %, but by `extra` more in hour 10 and in hour 50.
    fn closes(extra: f64) -> Closes {
        let mut log = 0.0_f64;
        let hours: Vec<(i64, f64)> = (0..100)
            .map(|hour| {
                log += 0.01 + if hour == 10 || hour == 50 { extra } else { 0.0 };
                (hour * HOUR_MS, log.exp())
            })
            .collect();
        Closes::new(HOUR_MS, &hours)
    }

    #[test]
    fn cumulated_returns_by_hand() {
        let group = group(
            "up",
            &[10, 11, 50, 99, 500].map(|hour| hour * HOUR_MS),
            &closes(0.05),
            WINDOW,
        );
        assert_eq!(
            (
                group.candidates,
                group.events,
                group.overlapping,
                group.without_prices
            ),
            (5, 2, 1, 2)
        );
        let means: Vec<f64> = group.points.iter().map(|point| point.mean).collect();
        for (got, expected) in means.iter().zip([-0.01, 0.0, 0.06, 0.07, 0.08]) {
            assert!((got - expected).abs() < 1e-9, "{means:?}");
        }
        assert!((group.points[2].volatility - 0.06).abs() < 1e-9);
        assert!((group.after.unwrap() - 0.02).abs() < 1e-9);
        assert_eq!(group.points[0].offset, -2);
    }

    #[test]
    fn the_strong_tenth_at_each_end() {
        let moods: Vec<Mood> = (0..40)
            .map(|hour| mood(hour, hour as f64 / 40.0 - 0.5, 2))
            .chain([mood(50, 1.0, 1)])
            .collect();
        // 40 hours with enough articles: the 4 highest and the 4 lowest
        let (high, low) = limits(&moods).unwrap();
        assert!((high - (36.0 / 40.0 - 0.5)).abs() < 1e-12);
        assert!((low - (3.0 / 40.0 - 0.5)).abs() < 1e-12);
        assert_eq!(limits(&moods[..9]), None);
    }

    #[test]
    fn neutral_news_is_no_event() {
        let moods: Vec<Mood> = (0..40).map(|hour| mood(hour, 0.0, 3)).collect();
        let groups = study(&moods, &closes(0.0), WINDOW);
        assert!(
            groups
                .iter()
                .all(|group| group.candidates == 0 && group.points.is_empty())
        );
    }

    #[test]
    fn holes_in_prices_drop_the_event() {
        let hours: Vec<(i64, f64)> = (0..20)
            .filter(|hour| *hour != 12)
            .map(|hour| (hour * HOUR_MS, 100.0 + hour as f64))
            .collect();
        let closes = Closes::new(HOUR_MS, &hours);
        let dropped = group("up", &[10 * HOUR_MS], &closes, WINDOW);
        assert_eq!((dropped.events, dropped.without_prices), (0, 1));
        let kept = group("up", &[5 * HOUR_MS], &closes, WINDOW);
        assert_eq!(kept.events, 1);
        assert_eq!((kept.points[0].low, kept.p), (None, None));
    }
}
