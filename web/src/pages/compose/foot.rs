//! The foot of the panel: what the letter weighs, and what can be done with it.

use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::Progress;

use super::with;
use crate::browser::dom;
use crate::components::{Busy, FileField, Icon, Sign};
use crate::desk::use_desk;
use crate::state::compose::{Compose, Phase};
use crate::text::{Words, fill};

/// What is being sent, what it weighs, and the buttons.
#[component]
pub fn ComposeFoot(words: &'static Words, sending: Memo<bool>) -> impl IntoView {
    let desk = use_desk();
    let starting = Memo::new(move |_| with(desk, |compose| compose.phase == Phase::Starting));
    let leaving = Memo::new(move |_| with(desk, Compose::has_files_leaving));
    let progress = Signal::derive(move || {
        with(desk, |compose| match &compose.phase {
            Phase::Sending(_, progress) => *progress,
            Phase::Starting | Phase::Writing => None::<Progress>,
        })
    });
    let stop = move |_| {
        let job = desk.compose.with_untracked(|compose| match compose.as_ref().map(|open| &open.phase) {
            Some(Phase::Sending(job, _)) => *job,
            _ => None,
        });
        if let Some(job) = job {
            desk.link.cancel(job);
        }
    };
    view! {
        <Show when=move || sending.get()>
            <div class="sending">
                <Busy words waiting=words.compose.sending progress/>
                <button type="button" on:click=stop>{words.account.cancel}</button>
            </div>
        </Show>
        <Weight words/>
        <Show when=move || leaving.get()><p class="hint leaving-hint">{words.compose.files_leaving}</p></Show>
        <footer class="compose-foot">
            <button
                type="button"
                class="primary"
                aria-keyshortcuts="Control+Enter"
                title="Ctrl+Enter"
                disabled=move || sending.get() || starting.get() || leaving.get()
                on:click=move |_| desk.send_letter()
            >
                <Icon sign=Sign::Send/>
                {words.compose.send}
            </button>
            <FileField
                id="attach"
                label=words.compose.attach
                several=true
                sign=Sign::Clip
                choose=move |files| desk.attach(files)
            />
            <FormatSwitch words/>
            <span class="gap"></span>
            <button
                type="button"
                class="quiet"
                disabled=move || sending.get()
                on:click=move |_| spawn_local(desk.discard())
            >
                <Icon sign=Sign::Trash/>
                {words.compose.discard}
            </button>
        </footer>
    }
}

/// What the files and the letter weigh, as long as there are files; loud when the relay will not take it.
#[component]
fn Weight(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let heavy = move || with(desk, Compose::is_too_heavy);
    let sentence = move || {
        let (weight, most) = with(desk, |compose| (compose.weight(), compose.most_octets.unwrap_or(0)));
        let sizes = [weight.0, weight.1, most].map(|octets| words.size(octets));
        let values = [("files", &*sizes[0]), ("letter", &*sizes[1]), ("most", &*sizes[2])];
        let mut said = String::new();
        if weight.0 > 0 {
            said = fill(words.writing.weight, &values);
        }
        if heavy() {
            said.push(' ');
            said.push_str(&fill(words.writing.too_heavy, &values));
        }
        said
    };
    view! { <p class="hint weight" class:wrong=heavy role="status">{sentence}</p> }
}

/// Formatting or plain text.
#[component]
fn FormatSwitch(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let on = move || with(desk, |compose| compose.rich().is_some());
    let press = move |_| {
        desk.change(
            |compose| if compose.rich().is_some() { compose.ask_to_unformat() } else { compose.format() },
        );
        // A question that is asked first has the focus, and gives it back.
        if with(desk, |compose| compose.question.is_none()) {
            dom::focus_later("#compose-text");
        }
    };
    view! {
        <button type="button" class="quiet format-switch" aria-pressed=move || on().to_string() on:click=press>
            <Icon sign=Sign::Format/>
            {words.writing.format}
        </button>
    }
}
