//! What the words, the checks and the colours mean: HTML of the server.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;

use crate::{
    api::get_about,
    components::panel::{LoadError, Skeleton},
    json,
    live::use_live,
};

/// The page.
#[component]
pub fn AboutPage() -> impl IntoView {
    let live = use_live();
    let data = json::resource(move || live.reload.get(), |_| get_about());
    view! {
        <Title text="About"/>
        <Transition fallback=Skeleton>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(text) => Either::Left(view! { <article class="prose" inner_html=text></article> }),
                    Err(error) => Either::Right(view! { <LoadError message=error.to_string() here="/about"/> }),
                }
            })}
        </Transition>
    }
}
