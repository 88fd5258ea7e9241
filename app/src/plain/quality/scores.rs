//! Scores: the whole with its cap and coverage, and those of layers, dimensions, datasets and venues with their history.

use leptos::prelude::*;

use super::{
    history::{self, Stretch},
    parts::{head, score_href, score_level, score_text, score_word},
};
use crate::{
    components::status::Shape,
    format,
    model::{ScoreOf, ScoreVm, ScoreboardVm},
};

/// Scores of one kind shown; the worst ones come first.
const SHOWN: usize = 12;

/// Scores of one kind, the worst first; those that are not known stand at the end.
fn of_kind(board: &ScoreboardVm, of: ScoreOf) -> Vec<&ScoreVm> {
    let mut scores: Vec<&ScoreVm> = board.scores.iter().filter(|score| score.of == of).collect();
    // layers have an order of their own
    if of != ScoreOf::Layer {
        scores.sort_by(|a, b| {
            let key = |score: &ScoreVm| score.score.unwrap_or(f64::INFINITY);
            key(a).total_cmp(&key(b)).then_with(|| a.name.cmp(&b.name))
        });
    }
    scores
}

/// `28/31 evaluated`
pub(super) fn coverage(score: &ScoreVm) -> String {
    format!(
        "{}/{} evaluated",
        format::integer(score.evaluated),
        format::integer(score.total)
    )
}

/// The score of the whole.
pub(super) fn whole(board: &ScoreboardVm, stretch: Stretch) -> AnyView {
    let body = match of_kind(board, ScoreOf::Overall).first() {
        None => view! { <p class="empty">"No score yet: nothing has been judged."</p> }.into_any(),
        Some(score) => {
            let level = score_level(score.score);
            let line = history::line("Score of the whole", &score.history, stretch, "score-line");
            view! {
                <p class=format!("score-whole level-{}", level.as_str())>
                    <Shape level/>
                    <a class="num" rel="external" href=score_href(ScoreOf::Overall, "") data-testid="score-whole">
                        {score_text(score.score)}
                    </a>
                    <span class="unit">"of 100, "{score_word(level)}</span>
                </p>
                <div class="history-box" inner_html=line></div>
                {(!score.cap.is_empty()).then(|| view! { <p class="cap" data-testid="score-cap">{upper(&score.cap)}"."</p> })}
                <p class="hint">{coverage(score)}" · "{stretch.words()}</p>
            }
            .into_any()
        }
    };
    view! {
        <section class="panel" aria-labelledby="score">
            {head("Score", "score", ().into_any())}
            {body}
        </section>
    }
    .into_any()
}

/// A sentence begins with a capital letter.
pub(super) fn upper(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Scores by layer, dimension, dataset and venue; nothing before the first was computed.
pub(super) fn all(board: &ScoreboardVm, stretch: Stretch) -> AnyView {
    let groups: Vec<AnyView> = [
        (ScoreOf::Layer, "Layers"),
        (ScoreOf::Dimension, "Dimensions"),
        (ScoreOf::Dataset, "Datasets"),
        (ScoreOf::Venue, "Venues"),
    ]
    .into_iter()
    .filter_map(|(of, name)| group(name, &of_kind(board, of), stretch))
    .collect();
    if groups.is_empty() {
        return ().into_any();
    }
    view! {
        <section class="panel" aria-labelledby="scores">
            {head("Scores", "scores", format!("{}, each opens what costs it points", stretch.words()).into_any())}
            <div class="score-groups">{groups}</div>
        </section>
    }
    .into_any()
}

fn group(name: &'static str, scores: &[&ScoreVm], stretch: Stretch) -> Option<AnyView> {
    if scores.is_empty() {
        return None;
    }
    let rows: Vec<AnyView> = scores
        .iter()
        .take(SHOWN)
        .map(|score| row(score, stretch))
        .collect();
    let more = scores.len().saturating_sub(SHOWN);
    Some(
        view! {
            <div>
                <h3>{name}</h3>
                <ul class="scores">{rows}</ul>
                {(more > 0).then(|| view! { <p class="hint">{format!("and {more} better ones")}</p> })}
            </div>
        }
        .into_any(),
    )
}

fn row(score: &ScoreVm, stretch: Stretch) -> AnyView {
    let level = score_level(score.score);
    let line = history::line(&score.name, &score.history, stretch, "spark");
    let change = history::change(&score.history, stretch).filter(|change| change.abs() >= 0.1);
    let change = change.map(|change| {
        let sign = if change > 0.0 { "+" } else { "" };
        let text = format!("{sign}{}", format::decimal(change, 1));
        view! { <span class="score-change num">{text}</span> }
    });
    let title = if score.cap.is_empty() {
        coverage(score)
    } else {
        format!("{}; {}", coverage(score), score.cap)
    };
    view! {
        <li class=format!("score level-{}", level.as_str()) data-testid="score-row" data-of=score.of.as_str()>
            <Shape level/>
            <a class="score-name" rel="external" href=score_href(score.of, &score.name) title=title>{score.name.clone()}</a>
            <span inner_html=line></span>
            {change}
            <span class="score-number num">{score_text(score.score)}<span class="sr-only">", "{score_word(level)}</span></span>
        </li>
    }
    .into_any()
}
