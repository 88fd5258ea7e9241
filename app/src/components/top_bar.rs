//! The bar on top of every page: price, health, connection, switches.
//!
//! It stands outside the routes and may not wait for anything, so it lives from the stream's signals alone.

use leptos::prelude::*;

use super::{
    kpi::{change_24h, direction},
    panel::SimulatedBadge,
    show::Show,
    status::{Level, Shape, of_verdict},
};
use crate::{
    format,
    live::{Connection, use_live},
    theme::ThemeToggle,
};

/// The bar.
#[component]
pub fn TopBar() -> impl IntoView {
    view! {
        <header class="top-bar">
            <a class="logo" href="/" aria-label="Assay, overview">
                <svg viewBox="0 0 20 20" aria-hidden="true"><path d="M10 2L18 17H2Z"/><path class="logo-cut" d="M6.3 11.5h7.4"/></svg>
                <span>"Assay"</span>
            </a>
            <Price/>
            <HealthPill/>
            <span class="top-space"></span>
            <ConnectionBadge/>
            <PauseButton/>
            <ThemeToggle/>
        </header>
    }
}

#[component]
fn Price() -> impl IntoView {
    let live = use_live();
    let known = Memo::new(move |_| live.price.with(Option::is_some));
    let simulated = Memo::new(move |_| {
        live.price
            .with(|quote| quote.as_ref().is_some_and(|quote| quote.simulated))
    });
    let name = Memo::new(move |_| {
        live.price.with(|quote| {
            quote
                .as_ref()
                .map(|quote| format!("{} {}", quote.instrument, quote.venue))
        })
    });
    let price = Memo::new(move |_| {
        live.price.with(|quote| {
            quote.as_ref().map_or_else(
                || format::UNKNOWN.to_owned(),
                |quote| format::price(quote.quote.last),
            )
        })
    });
    let change = Memo::new(move |_| live.price.with(|quote| quote.as_ref().and_then(change_24h)));
    // two classes in turn start the same animation anew on each price
    let turns = Memo::new(move |turns: Option<&u32>| {
        price.track();
        turns.map_or(0, |turns| turns.wrapping_add(1))
    });
    let class = move || match turns.get() {
        0 => "price-now num",
        odd if odd % 2 == 1 => "price-now num tick-a",
        _ => "price-now num tick-b",
    };
    view! {
        <div class="top-price">
            <span class="price-name">{move || name.get()}</span>
            <span class=class data-testid="price-now">{move || price.get()}</span>
            <Show when=move || change.get().is_some()>
                <span class=move || format!("price-change num {}", direction(change.get())) title="Change over 24 hours">
                    {move || change.get().map(format::change)}
                </span>
            </Show>
            <Show when=move || known.get() && simulated.get()><SimulatedBadge/></Show>
        </div>
    }
}

#[component]
fn HealthPill() -> impl IntoView {
    let live = use_live();
    let level = Memo::new(move |_| {
        live.health.with(|health| {
            health
                .as_ref()
                .map_or(Level::Unknown, |health| of_verdict(&health.verdict))
        })
    });
    let word = Memo::new(move |_| {
        live.health.with(|health| {
            health.as_ref().map_or_else(
                || "not judged".to_owned(),
                |health| health.verdict.word.clone(),
            )
        })
    });
    let open = Memo::new(move |_| {
        live.health
            .with(|health| health.as_ref().map_or(0, |health| health.open_alerts))
    });
    view! {
        <a class=move || format!("pill level-{}", level.get().as_str()) href="/quality" data-testid="health-pill"
            data-level=move || level.get().as_str() title="Health of the data: open the Quality page">
            <Shape level/>
            <span class="pill-word" class:with-count=move || { open.get() > 0 }>{move || word.get()}</span>
            <Show when=move || { open.get() > 0 }>
                <span class="pill-count num">{move || format!("{} open", open.get())}</span>
            </Show>
        </a>
    }
}

#[component]
fn ConnectionBadge() -> impl IntoView {
    let live = use_live();
    let text = move || match live.connection.get() {
        Connection::Connecting => "Connecting".to_owned(),
        Connection::Live => "Live".to_owned(),
        Connection::Stale => "Stale".to_owned(),
        Connection::Paused => "Paused".to_owned(),
        Connection::Reconnecting => match live.retry_in_s.get() {
            0 => "Reconnecting".to_owned(),
            seconds => format!("Reconnecting ({seconds} s)"),
        },
    };
    let title = move || match live.connection.get() {
        Connection::Connecting => "The page is connecting to the server",
        Connection::Live => "The page updates by itself",
        Connection::Stale => "Connected, but the newest price is more than 2 minutes old",
        Connection::Paused => "Updates are stopped until you resume them",
        Connection::Reconnecting => "The connection is lost and is being tried again",
    };
    view! {
        <span class=move || format!("connection connection-{}", live.connection.get().as_str()) data-testid="connection"
            data-state=move || live.connection.get().as_str() title=title>
            <span class="dot" aria-hidden="true"></span>
            <span class="connection-text">{text}</span>
        </span>
        <span class="connection only-static" title="Without JavaScript the page shows the moment it was loaded">"Static"</span>
    }
}

#[component]
fn PauseButton() -> impl IntoView {
    let live = use_live();
    let label = move || {
        if live.paused.get() {
            "Resume updates"
        } else {
            "Pause updates"
        }
    };
    let icon = move || {
        if live.paused.get() {
            "M5 3l8 5-8 5z"
        } else {
            "M5 3v10M11 3v10"
        }
    };
    view! {
        <button class="icon-button needs-script" type="button" data-testid="pause" aria-label=label title=label
            aria-pressed=move || live.paused.get().to_string() on:click=move |_| live.paused.update(|paused| *paused = !*paused)>
            <svg viewBox="0 0 16 16" aria-hidden="true"><path d=icon/></svg>
        </button>
    }
}
