//! Writing.
use crate::text::Words;
use leptos::prelude::*;
#[component]
pub fn ComposePanel(words: &'static Words) -> impl IntoView {
    let _ = words;
}
