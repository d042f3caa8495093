//! The correspondents proposed below a field.

use leptos::prelude::*;
use sceau_protocol::Completion;

use super::recipients::Typing;
use crate::desk::use_desk;
use crate::text::Words;

/// The proposals, to be walked with the arrows or pointed at.
#[component]
pub fn Suggestions(words: &'static Words, id: String, typing: Typing) -> impl IntoView {
    let option_id = id.clone();
    let options = move || {
        let id = option_id.clone();
        typing
            .proposed
            .get()
            .into_iter()
            .enumerate()
            .map(move |(index, proposal)| {
                view! { <Suggestion words id=format!("{id}-{index}") index proposal typing/> }
            })
            .collect_view()
    };
    view! {
        <ul
            id=id
            class="suggestions"
            role="listbox"
            aria-label=words.compose.suggestions
            hidden=move || typing.proposed.with(Vec::is_empty)
        >
            {options}
        </ul>
    }
}

#[component]
fn Suggestion(
    words: &'static Words,
    id: String,
    index: usize,
    proposal: Completion,
    typing: Typing,
) -> impl IntoView {
    let desk = use_desk();
    let person = proposal.person.clone();
    let reached = move || (typing.at.get() == Some(index)).to_string();
    let origin = if proposal.known { words.compose.known } else { words.compose.from_directory };
    view! {
        <li
            id=id
            role="option"
            aria-selected=reached
            on:mousedown=move |event| {
                // Before the field loses the focus, which would take what is typed.
                event.prevent_default();
                typing.take(desk, person.clone());
            }
        >
            <span class="suggestion-name">{proposal.person.name.clone()}</span>
            <span class="small">{proposal.person.address.clone()}</span>
            <span class="small origin">{origin}</span>
        </li>
    }
}
