//! The Market page.

use leptos::prelude::*;
use leptos_meta::Title;

/// One series as a full chart.
#[component]
pub fn MarketPage() -> impl IntoView {
    view! {
        <Title text="Market"/>
        <h1>"Market"</h1>
    }
}
