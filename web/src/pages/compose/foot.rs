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
    let weight = Memo::new(move |_| with(desk, Compose::weight));
    let too_heavy =
        Memo::new(move |_| with(desk, |compose| compose.most_octets.filter(|_| compose.is_too_heavy())));
    let sentence = move || {
        let (files, letter) = weight.get();
        let (files_size, letter_size) = (words.size(files), words.size(letter));
        let told = files > 0 || too_heavy.get().is_some();
        told.then(|| fill(words.writing.weight, &[("files", &files_size), ("letter", &letter_size)]))
    };
    let warning =
        move || too_heavy.get().map(|most| fill(words.writing.too_heavy, &[("most", &words.size(most))]));
    view! {
        <p class="hint weight">{sentence}</p>
        <p class="weight wrong" role="alert">{warning}</p>
    }
}

/// Formatting or plain text.
#[component]
fn FormatSwitch(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let on = Memo::new(move |_| with(desk, |compose| compose.rich().is_some()));
    let press = move |_| {
        if on.get_untracked() {
            desk.change(Compose::ask_to_unformat);
        } else {
            desk.change(Compose::format);
        }
        dom::focus_later("#compose-text");
    };
    view! {
        <button
            type="button"
            class="quiet format-switch"
            aria-pressed=move || on.get().to_string()
            on:click=press
        >
            <Icon sign=Sign::Format/>
            {words.writing.format}
        </button>
    }
}
