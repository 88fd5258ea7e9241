//! The fault desk: what can be made to go wrong at the simulator, as one plain form.

use leptos::prelude::*;

use super::head;
use crate::{
    components::status::Level,
    model::{
        batch::Standing,
        pipeline::{DeskVm, FaultVm},
    },
    plain::{
        SignIn,
        parts::{ago, status},
    },
};

/// How long a fault lasts unless something else is asked for, in seconds.
const USUAL_S: u32 = 30;
/// Longest a fault may last.
const LONGEST_S: u32 = 86_400;

/// What stands above the form.
pub(super) fn note(standing: Standing) -> AnyView {
    let body = match standing {
        Standing::Operator => view! {
            <p class="hint">
                "The prices come from the simulator. Switch a fault on and see "
                <a href="/quality?state=open">"what the checks say"</a> "."
            </p>
        }
        .into_any(),
        Standing::MustSignIn => view! {
            <p class="hint">"Operators may switch faults of the simulator."</p>
            <SignIn back="/pipeline".to_owned()/>
        }
        .into_any(),
        Standing::Elsewhere => view! {
            <p class="empty">
                "Faults are only switched from the machine itself, since no operator token is configured."
            </p>
        }
        .into_any(),
    };
    view! { {head("Fault desk", "faults", "of the built-in simulator".to_owned())} {body} }
        .into_any()
}

/// Where and how long; they hold for every button of the list.
pub(super) fn fields(desk: &DeskVm) -> AnyView {
    let venues = (!desk.venues.is_empty()).then(|| {
        let options: Vec<AnyView> = desk
            .venues
            .iter()
            .map(|venue| view! { <option value=venue.clone()>{venue.clone()}</option> }.into_any())
            .collect();
        view! {
            <label class="field">
                <span>"At"</span>
                <select name="venue" data-testid="fault-venue"><option value="">"all venues"</option>{options}</select>
            </label>
        }
    });
    view! {
        <div class="fields">
            {venues}
            <label class="field">
                <span>"Seconds; empty: until switched off"</span>
                <input type="number" name="seconds" min="1" max=LONGEST_S.to_string() value=USUAL_S.to_string()
                    data-testid="fault-seconds"/>
            </label>
        </div>
    }
    .into_any()
}

/// Every fault with its button.
pub(super) fn faults(desk: &DeskVm, now: i64) -> AnyView {
    let rows: Vec<AnyView> = desk.faults.iter().map(|fault| row(fault, now)).collect();
    view! { <ul class="faults">{rows}</ul> }.into_any()
}

fn row(fault: &FaultVm, now: i64) -> AnyView {
    let place = fault.venue.as_deref().map(|venue| format!("at {venue}"));
    let value = fault.venue.as_ref().map_or_else(
        || fault.name.clone(),
        |venue| format!("{} {venue}", fault.name),
    );
    let words = fault.name.replace('_', " ");
    let label = |verb: &str| match &place {
        Some(place) => format!("Switch {verb} {words} {place}"),
        None => format!("Switch {verb} {words}"),
    };
    let button = if fault.on {
        view! { <button class="button" name="off" value=value aria-label=label("off")>"Switch off"</button> }.into_any()
    } else {
        view! { <button class="button" name="on" value=value aria-label=label("on")>"Switch on"</button> }.into_any()
    };
    // a moment that goes on in the browser
    let until = fault.seconds_left.filter(|_| fault.on).map(|seconds| {
        let at = now + seconds.min(u64::from(LONGEST_S)).cast_signed() * 1_000;
        view! { " " <span class="cell-note num">"off " {ago(Some(at), now)}</span> }
    });
    view! {
        <li class="fault" data-testid="fault" data-fault=fault.name.clone() data-venue=fault.venue.clone() data-on=fault.on.to_string()>
            <div>
                <p>
                    <span class="cell-title">{words.clone()}</span>
                    {place.map(|place| format!(" {place}"))}
                    {fault.on.then(|| view! { " " {status((Level::Warn, "On"))} })}
                    {until}
                </p>
                {fault.venue.is_none().then(|| view! { <p class="cell-note">{fault.description.clone()}</p> })}
            </div>
            {button}
        </li>
    }
    .into_any()
}
