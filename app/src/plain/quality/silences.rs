//! Silences: what keeps notices back. Alerts are recorded all the same.

use leptos::prelude::*;

use super::{
    notices::{self, ChannelVm},
    parts::{act, head, hidden, only_operators},
    tabs::{Tab, document},
};
use crate::{
    components::status::Level,
    format,
    model::{NoticeVm, SilenceVm, batch::Standing},
    plain::{
        parts::{status, when},
        shell::Frame,
    },
};

/// Address of the part.
const HERE: &str = "/quality/silences";

/// What the page shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SilencesVm {
    /// Silences, those of the calendar among them.
    pub silences: Vec<SilenceVm>,
    /// Channels of the configuration.
    pub channels: Vec<ChannelVm>,
    /// Newest notices.
    pub notices: Vec<NoticeVm>,
}

/// The page, for a reader of this standing.
#[must_use]
pub fn silences(frame: Frame, vm: SilencesVm, reader: Standing) -> String {
    let now = frame.start.server_now;
    document(frame, Tab::Silences, "Silences", move || {
        let note = "notices are kept back, alerts are recorded and scores are capped all the same"
            .into_any();
        let form = match reader {
            Standing::Operator => add(),
            other => only_operators(other, "silence checks", HERE),
        };
        view! {
            <h1 class="sr-only">"Silences and notices"</h1>
            <section class="panel" aria-labelledby="silences">
                {head("Silences", "silences", note)}
                {table(&vm.silences, reader, now)}
            </section>
            <section class="panel" aria-labelledby="add">
                {head("New silence", "add", ().into_any())}
                {form}
            </section>
            <div class="grid">
                {notices::channels(&vm.channels, reader)}
                <section class="panel span-2" aria-labelledby="notices">
                    {head("Newest notices", "notices", "UTC".into_any())}
                    {notices::list(&vm.notices, "Nothing has been told yet.")}
                </section>
            </div>
        }
        .into_any()
    })
}

/// Whether it holds.
fn state(silence: &SilenceVm, now: i64) -> (Level, &'static str) {
    let is_over = silence.ended_at.is_some() || silence.ends_at.is_some_and(|end| end <= now);
    if is_over {
        (Level::NoData, "Ended")
    } else if silence.starts_at > now {
        (Level::Info, "Planned")
    } else {
        (Level::Warn, "Holds")
    }
}

fn table(silences: &[SilenceVm], reader: Standing, now: i64) -> AnyView {
    if silences.is_empty() {
        return view! { <p class="empty empty-good">"No silence: every notice is sent."</p> }
            .into_any();
    }
    let rows: Vec<AnyView> = silences.iter().map(|one| row(one, reader, now)).collect();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Silences">
            <table class="fold">
                <thead>
                    <tr>
                        <th scope="col">"State"</th>
                        <th scope="col">"Check"</th>
                        <th scope="col">"Where"</th>
                        <th scope="col">"Reason"</th>
                        <th scope="col">"From, UTC"</th>
                        <th scope="col">"Until, UTC"</th>
                        <th scope="col" class="number">"Mutes now"</th>
                        <th scope="col"><span class="sr-only">"End it"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(silence: &SilenceVm, reader: Standing, now: i64) -> AnyView {
    let state = state(silence, now);
    let until = match silence.ended_at.or(silence.ends_at) {
        None => "until resolved".into_any(),
        at => when(at),
    };
    let by = if silence.id == 0 {
        "calendar".to_owned()
    } else {
        silence.actor.clone()
    };
    let can_end = reader == Standing::Operator && silence.id != 0 && state.1 != "Ended";
    let end = can_end.then(|| {
        let about = format!("{} at {}", silence.check_id, silence.entity);
        act(
            format!("/api/v1/silences/{}/end", silence.id),
            HERE,
            "End",
            &about,
        )
    });
    view! {
        <tr data-testid="silence-row" data-silence-id=silence.id.to_string()>
            <td class="fold-head">{status(state)}</td>
            <td data-label="Check"><span class="mono">{silence.check_id.clone()}</span></td>
            <td data-label="Where"><span class="mono">{silence.entity.clone()}</span></td>
            <td class="wide">{silence.reason.clone()}<p class="cell-note">"by "{by}</p></td>
            <td data-label="From">{when(Some(silence.starts_at))}</td>
            <td data-label="Until">{until}</td>
            <td class="number num" data-label="Mutes now">{format::integer(silence.muted)}</td>
            <td class="number">{end}</td>
        </tr>
    }
    .into_any()
}

fn add() -> AnyView {
    view! {
        <form method="post" action="/api/v1/silences" class="fields" data-testid="silence-form">
            {hidden(&[("back", HERE)])}
            <label class="field"><span>"Check, * for any part"</span>
                <input name="check" required maxlength="100" placeholder="feed.*"/></label>
            <label class="field"><span>"Where, * for any part"</span>
                <input name="entity" required maxlength="400" placeholder="BTC-USD/kraken/*"/></label>
            <label class="field"><span>"Reason"</span>
                <input name="reason" required maxlength="400" placeholder="planned maintenance"/></label>
            <label class="field"><span>"For"</span>
                <select name="for">
                    <option value="1h">"1 hour"</option>
                    <option value="4h">"4 hours"</option>
                    <option value="24h">"24 hours"</option>
                    <option value="7d">"7 days"</option>
                </select>
            </label>
            <button class="button button-main">"Silence"</button>
            <button class="button" name="until_resolved" value="true">"Silence until resolved"</button>
        </form>
    }
    .into_any()
}
