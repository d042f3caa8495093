//! Step 4: keys, from a file or made here.

use std::rc::Rc;

use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{Failure, Progress, Secret};
use web_sys::SubmitEvent;

use super::StepHead;
use crate::browser::{dom, files};
use crate::components::{Busy, FailureBox, Field, FileField, SecretField, Sign};
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
    let file = RwSignal::new_local(None::<web_sys::File>);
    let secret = NodeRef::<Input>::new();
    let failure = RwSignal::new(None::<Failure>);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(chosen) = file.get_untracked() else { return };
        let typed = Secret::new(dom::take(secret.get_untracked()));
        failure.set(None);
        spawn_local(async move {
            let answer = match files::read(&chosen).await {
                Ok(bytes) => desk.import_keys(bytes, typed).await,
                Err(code) => Err(code.into()),
            };
            if let Err(wrong) = answer {
                failure.try_set(Some(wrong));
            }
        });
    };
    view! {
        <form class="card stack" autocomplete="off" on:submit=submit>
            <h2>{words.first.import_title}</h2>
            <p class="hint">{words.first.import_text}</p>
            <div class="row">
                <FileField
                    id="key-file"
                    label=words.first.choose_key_file
                    accept=".p12,.pfx"
                    sign=Sign::Key
                    choose=move |chosen| file.set(chosen.into_iter().next())
                />
                <span>{move || file.get().map(|file| file.name())}</span>
            </div>
            <SecretField id="key-phrase" label=words.first.key_file_phrase field=secret/>
            <FailureBox words failure/>
            <button type="submit" class="primary" disabled=move || file.with(Option::is_none)>
                {words.first.import}
            </button>
        </form>
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
