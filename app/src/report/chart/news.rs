//! Articles a day, and their mean sentiment below.

use leptos::prelude::AnyView;

use super::{
    super::{
        parts::{figure, key},
        plot::Plot,
        scale::{Scale, Tick, Time, ends},
        words::{count, date, plus, whole},
    },
    daily,
};
use crate::{
    format::decimal,
    model::{
        DAY_MS, WEEK_MS,
        analysis::{NewsDayVm, NewsVm},
        bucket_start,
    },
};

const COUNTS: f64 = 120.0;
const BETWEEN: f64 = 26.0;
const MOODS: f64 = 100.0;
/// More calendar days than this are summed up to weeks.
const BY_DAY: i64 = 400;

/// Articles of a day or week.
struct Bar {
    at: i64,
    /// Articles a day.
    articles: f64,
    given: Option<f64>,
    computed: Option<f64>,
}

pub(in super::super) fn view(news: &NewsVm) -> Option<AnyView> {
    let (first, last) = (news.days.first()?, news.days.last()?);
    let span = (last.opened_at - first.opened_at) / DAY_MS + 1;
    let step = if span > BY_DAY { WEEK_MS } else { DAY_MS };
    let bars = bars(&news.days, step);
    let time = Time::new(
        bucket_start(first.opened_at, step),
        bucket_start(last.opened_at, step) + step,
    );
    let (_, most) = ends(bars.iter().map(|bar| bar.articles));
    let counts = Scale::linear(0.0, most.max(1.0) * 1.05, COUNTS);
    let busiest = news.days.iter().max_by_key(|day| day.articles)?;
    let title = format!(
        "{} on {}; the busiest, {}, had {}",
        count(
            news.days.iter().map(|day| day.articles).sum(),
            "article",
            "articles"
        ),
        count(whole(news.days.len()), "day", "days"),
        date(busiest.opened_at),
        busiest.articles
    );
    let per = if step == WEEK_MS {
        "Articles a day, mean of each week"
    } else {
        "Articles a day"
    };
    let height = COUNTS + BETWEEN + MOODS;
    let mut plot =
        Plot::new(&title, &format!("{title}. {}", news.verdict), per, height).across("Day (UTC)");
    plot.rows(&counts.ticks(3, decimal));
    plot.columns(&time.ticks());
    let width = time.length(step) * 0.85;
    plot.bars(
        "bar",
        bars.iter()
            .map(|bar| [time.at(bar.at), width, COUNTS, counts.at(bar.articles)]),
    );

    // the lower half stands below the upper: its places are moved down
    let top = COUNTS + BETWEEN;
    let (low, high) = ends(
        bars.iter()
            .flat_map(|bar| [bar.given, bar.computed])
            .flatten(),
    );
    let reach = low.abs().max(high.abs()).max(0.1) * 1.05;
    let moods = Scale::linear(-reach, reach, MOODS);
    let mut keys = vec![key("bar", "Articles")];
    if low.is_finite() {
        plot.text_left(top - 10.0, "Mean sentiment, −1 to 1");
        let ticks: Vec<Tick> = moods
            .ticks(4, plus)
            .into_iter()
            .map(|tick| Tick {
                at: tick.at + top,
                ..tick
            })
            .collect();
        plot.rows(&ticks);
        let zero = top + moods.at(0.0);
        plot.line("zero", (0.0, zero), (super::super::scale::WIDTH, zero));
        for (class, words, value) in [
            (
                "line given",
                "Sentiment the files give",
                (|bar| bar.given) as fn(&Bar) -> Option<f64>,
            ),
            ("line computed", "Sentiment computed (VADER)", |bar| {
                bar.computed
            }),
        ] {
            if bars.iter().any(|bar| value(bar).is_some()) {
                keys.push(key(class, words));
            }
            // a hole of a week is no hole between weeks
            let middle = bars.iter().map(|bar| (bar.at + step / 2, value(bar)));
            let pieces = if step == WEEK_MS {
                super::super::thin::pieces(middle, 3 * WEEK_MS)
                    .into_iter()
                    .map(|piece| {
                        piece
                            .into_iter()
                            .map(|(at, value)| (time.at(at), moods.at(value)))
                            .collect()
                    })
                    .collect()
            } else {
                daily(middle, time, moods)
            };
            for mut piece in pieces {
                for point in &mut piece {
                    point.1 += top;
                }
                plot.curve(class, &piece);
            }
        }
    }
    let caption = format!(
        "{} with articles between {} and {}; counts include repeats, sentiment leaves them out{}.",
        count(whole(news.days.len()), "day", "days"),
        date(first.opened_at),
        date(last.opened_at),
        if step == WEEK_MS {
            "; each bar and point is a week"
        } else {
            ""
        }
    );
    Some(figure(title, keys, plot, caption))
}

fn bars(days: &[NewsDayVm], step: i64) -> Vec<Bar> {
    days.chunk_by(|a, b| bucket_start(a.opened_at, step) == bucket_start(b.opened_at, step))
        .filter_map(|group| {
            let first = group.first()?;
            let articles: i64 = group.iter().map(|day| day.articles).sum();
            Some(Bar {
                at: bucket_start(first.opened_at, step),
                articles: articles as f64 / (step / DAY_MS) as f64,
                given: mean(group, |day| day.sentiment_given),
                computed: mean(group, |day| day.sentiment_computed),
            })
        })
        .collect()
}

/// Mean of a group of days, each weighed by the articles that are no repeats.
fn mean(days: &[NewsDayVm], value: fn(&NewsDayVm) -> Option<f64>) -> Option<f64> {
    let (mut sum, mut weight) = (0.0, 0.0);
    for day in days {
        if let Some(value) = value(day) {
            let articles = (day.articles - day.duplicates).max(1) as f64;
            sum += value * articles;
            weight += articles;
        }
    }
    (weight > 0.0).then(|| sum / weight)
}
