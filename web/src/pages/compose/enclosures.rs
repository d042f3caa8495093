//! The files of the letter being written.

use leptos::prelude::*;
use sceau_protocol::Progress;

use super::with;
use crate::components::{Busy, Icon, IconButton, Sign};
use crate::desk::use_desk;
use crate::state::compose::{EnclosureState, FileNumber};
use crate::text::{Words, fill};

/// The files, each with how far it has come.
#[component]
pub fn Enclosures(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let numbers =
        Memo::new(move |_| with(desk, |compose| compose.listed().map(|f| f.number).collect::<Vec<_>>()));
    view! {
        <ul class="enclosures" aria-label=words.letter.attachments>
            <For each=move || numbers.get() key=|number| *number let:number>
                <EnclosureRow words number/>
            </For>
        </ul>
    }
}

#[component]
fn EnclosureRow(words: &'static Words, number: FileNumber) -> impl IntoView {
    let desk = use_desk();
    let file = Memo::new(move |_| {
        with(desk, |compose| compose.enclosures.iter().find(|file| file.number == number).cloned())
    });
    let Some(first) = file.get_untracked() else { return ().into_any() };
    let leaving =
        Memo::new(move |_| file.with(|file| file.as_ref().is_some_and(|file| file.state.is_leaving())));
    let progress = Signal::derive(move || {
        file.with(|file| match file.as_ref().map(|file| &file.state) {
            Some(EnclosureState::Leaving(_, progress)) => *progress,
            _ => None::<Progress>,
        })
    });
    let failure = Memo::new(move |_| {
        file.with(|file| match file.as_ref().map(|file| &file.state) {
            Some(EnclosureState::Failed(failure)) => Some(words.failure(failure)),
            _ => None,
        })
    });
    let name = first.name.clone();
    let remove_name = Signal::derive(move || {
        let sentence = if leaving.get() { words.compose.stop_file } else { words.compose.remove_file };
        fill(sentence, &[("name", &name)])
    });
    view! {
        <li class="enclosure">
            <Icon sign=Sign::File/>
            <span class="attachment-name">{first.name}</span>
            <span class="small">{words.size(first.size)}</span>
            <IconButton sign=Sign::Close name=remove_name press=move || desk.drop_file(number)/>
            <Show when=move || leaving.get()><Busy words waiting=words.stage.sealing progress/></Show>
            {move || failure.get().map(|failure| view! { <p class="wrong small">{failure}</p> })}
        </li>
    }
    .into_any()
}
