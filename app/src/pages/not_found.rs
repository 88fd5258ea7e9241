//! There is no such page.

use leptos::prelude::*;
use leptos_meta::Title;

/// Says so and leads on.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <Title text="Not found"/>
        <section class="panel prose" data-testid="not-found">
            <h1>"There is no such page"</h1>
            <p>"The address may be mistyped, or the page has moved."</p>
            <p><a class="button" href="/">"Go to the Overview"</a></p>
        </section>
    }
}
