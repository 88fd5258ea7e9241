//! One score opened: what cost it points, dearest first, down to the rows.

use leptos::prelude::*;

use super::{
    alert::evidence,
    history::{self, Stretch},
    parts::{check_link, head, score_level, score_text, score_word},
    scores::{coverage, upper},
    tabs::{Tab, document},
};
use crate::{
    components::status::{Shape, of_check},
    format, links,
    model::{AlertDetailVm, ScoreCostVm, ScoreDetailVm, ScoreOf},
    plain::{parts::status, shell::Frame},
};

/// The page; `alerts` are those of the dearest costs, with their evidence.
#[must_use]
pub fn score(frame: Frame, vm: ScoreDetailVm, alerts: Vec<AlertDetailVm>) -> String {
    let name = match (vm.score.of, vm.score.name.as_str()) {
        (ScoreOf::Overall, _) => "The whole".to_owned(),
        (_, name) => name.to_owned(),
    };
    let title = format!("Score of {name}");
    let now = frame.start.server_now;
    let page_title = title.clone();
    document(frame, Tab::Health, &page_title, move || {
        view! {
            <header class="page-head">
                <p class="crumbs"><a href="/quality">"Health"</a></p>
                <h1>{title}</h1>
            </header>
            {summary(&vm, now)}
            <section class="panel" aria-labelledby="costs">
                {head("What costs points", "costs", "dearest first, before caps".into_any())}
                {costs(&vm.costs, &alerts)}
            </section>
        }
        .into_any()
    })
}

fn summary(vm: &ScoreDetailVm, now: i64) -> AnyView {
    let score = &vm.score;
    let level = score_level(score.score);
    let kind = match score.of {
        ScoreOf::Overall => "the lowest of all layers",
        ScoreOf::Layer => "layer: the lowest of its datasets",
        ScoreOf::Dimension => "dimension",
        ScoreOf::Dataset => "dataset",
        ScoreOf::Venue => "venue",
        ScoreOf::Check => "check",
    };
    let lines: Vec<AnyView> = [false, true]
        .into_iter()
        .map(|is_week| {
            let stretch = Stretch { to: now, is_week };
            let line = history::line(
                "Score",
                &score.history,
                stretch,
                "score-line score-line-tall",
            );
            if line.is_empty() {
                return ().into_any();
            }
            view! {
                <figure>
                    <figcaption class="hint">{upper(stretch.words())}", 0 to 100"</figcaption>
                    <div class="history-box" inner_html=line></div>
                </figure>
            }
            .into_any()
        })
        .collect();
    view! {
        <section class="panel" aria-label="Score" data-testid="score-detail">
            <p class=format!("score-whole level-{}", level.as_str())>
                <Shape level/>
                <span class="num">{score_text(score.score)}</span>
                <span class="unit">"of 100, "{score_word(level)}" · "{kind}</span>
            </p>
            {(!score.cap.is_empty()).then(|| view! { <p class="cap">{upper(&score.cap)}"."</p> })}
            <p class="hint">{coverage(score)}". What was not evaluated counts nothing."</p>
            <div class="history-pair">{lines}</div>
        </section>
    }
    .into_any()
}

fn costs(costs: &[ScoreCostVm], alerts: &[AlertDetailVm]) -> AnyView {
    if costs.is_empty() {
        return view! { <p class="empty empty-good">"Nothing: every check that was evaluated passes."</p> }.into_any();
    }
    let rows: Vec<AnyView> = costs.iter().map(|one| cost(one, alerts)).collect();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="What costs points">
            <table class="fold">
                <thead>
                    <tr>
                        <th scope="col">"Result"</th>
                        <th scope="col">"Check"</th>
                        <th scope="col" class="number">"Points"</th>
                        <th scope="col" class="number">"Weight"</th>
                        <th scope="col" class="number">"Failed / tested"</th>
                        <th scope="col">"Alert and rows"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn cost(cost: &ScoreCostVm, alerts: &[AlertDetailVm]) -> AnyView {
    let alert = cost.alert_id.map(|id| {
        let detail = alerts.iter().find(|detail| detail.alert.id == id);
        let words = detail.map_or_else(
            || format!("Alert {id}"),
            |detail| detail.alert.summary.clone(),
        );
        view! {
            <a href=links::alert(id) data-testid="cost-alert">{words}</a>
            {detail.map(|detail| view! {
                <details class="more">
                    <summary>"Rows that show it"</summary>
                    {evidence(&detail.evidence_columns, &detail.evidence_rows, "evidence")}
                </details>
            })}
        }
    });
    view! {
        <tr data-testid="cost-row" data-check=cost.check_id.clone() data-entity=cost.entity.clone()>
            <td class="fold-head">{status(of_check(cost.state))}</td>
            <td class="wide">{check_link(&cost.check_id)}<p class="cell-note mono">{cost.entity.clone()}</p></td>
            <td class="number num" data-label="Points">{format!("−{}", format::decimal(cost.points, 1))}</td>
            <td class="number num" data-label="Weight">{format::plain(cost.weight)}</td>
            <td class="number num" data-label="Failed / tested">{format::integer(cost.failed)}" / "{format::integer(cost.tested)}</td>
            <td class="wide">{alert}</td>
        </tr>
    }
    .into_any()
}
