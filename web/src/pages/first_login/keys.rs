//! Step 4: keys, from a file or made here.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{Failure, Progress};
use web_sys::SubmitEvent;

use super::StepHead;
use crate::components::{Busy, FailureBox, Field, KeyFileForm};
use crate::desk::use_desk;
use crate::text::Words;

/// Lets the person import a key file or make keys.
#[component]
pub fn KeysStep(words: &'static Words) -> impl IntoView {
    view! {
        <div class="stack">
            <StepHead words number=4 title=words.first.keys_title/>
            <p>{words.first.keys_text}</p>
            <ImportForm words/>
            <MakeForm words/>
        </div>
    }
}

#[component]
fn ImportForm(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    view! {
        <KeyFileForm
            words
            title=words.first.import_title
            text=words.first.import_text
            submit=words.first.import
            attempt=move |file, secret| desk.import_keys(file, secret)
        />
    }
}

#[component]
fn MakeForm(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let name = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let failure = RwSignal::new(None::<Failure>);
    let progress = RwSignal::new(None::<Progress>);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let tell = Rc::new(move |word| progress.set(Some(word)));
            if let Err(wrong) = desk.make_keys(name.get_untracked().trim().to_owned(), tell).await {
                busy.try_set(false);
                failure.try_set(Some(wrong));
            }
        });
    };
    view! {
        <form class="card stack" autocomplete="off" on:submit=submit>
            <h2>{words.first.make_title}</h2>
            <p class="hint">{words.first.make_text}</p>
            <Field id="own-name" label=words.first.your_name value=name/>
            <FailureBox words failure/>
            <button type="submit" disabled=move || busy.get()>{words.first.make}</button>
            <Show when=move || busy.get()>
                <Busy words waiting=words.first.making progress/>
            </Show>
        </form>
    }
}
