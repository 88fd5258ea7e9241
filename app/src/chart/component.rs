//! stub
use leptos::prelude::*;
/// stub
#[component]
pub fn Chart() -> impl IntoView {}
/// stub
#[derive(Debug)]
pub struct ChartControl;
