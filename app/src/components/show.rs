//! A part of a view that is there only at times.

use leptos::{children::ViewFn, either::Either, prelude::*};

/// Like that of Leptos, whose code is in the browser's once for each use.
#[component]
pub fn Show(
    /// What is shown.
    children: ChildrenFn,
    /// Whether it is shown.
    #[prop(into)]
    when: Signal<bool>,
    /// What is shown instead.
    #[prop(optional, into)]
    fallback: ViewFn,
) -> impl IntoView {
    let when = Memo::new(move |_| when.get());
    move || {
        if when.get() {
            Either::Left(children())
        } else {
            Either::Right(fallback.run())
        }
    }
}
