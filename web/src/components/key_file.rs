//! A key file and its pass phrase: neither outlives the attempt.

use std::future::Future;

use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{Failure, Secret};
use web_sys::{File, SubmitEvent};

use super::{FailureBox, FileField, SecretField, Sign};
use crate::browser::dom;
use crate::text::Words;

/// Asks for a `.p12` and its pass phrase, and hands both to `attempt`; a failure is shown in the form.
#[component]
pub fn KeyFileForm<A, F>(
    words: &'static Words,
    title: &'static str,
    text: &'static str,
    submit: &'static str,
    attempt: A,
) -> impl IntoView
where
    A: Fn(File, Secret) -> F + 'static,
    F: Future<Output = Result<(), Failure>> + 'static,
{
    let file = RwSignal::new_local(None::<File>);
    let secret = NodeRef::<Input>::new();
    let busy = RwSignal::new(false);
    let failure = RwSignal::new(None::<Failure>);
    let pressed = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(chosen) = file.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        let answer = attempt(chosen, Secret::new(dom::take(secret.get_untracked())));
        failure.set(None);
        busy.set(true);
        spawn_local(async move {
            let answer = answer.await;
            busy.try_set(false);
            if let Err(wrong) = answer {
                failure.try_set(Some(wrong));
            }
        });
    };
    view! {
        <form class="card stack" autocomplete="off" on:submit=pressed>
            <h2>{title}</h2>
            <p class="hint">{text}</p>
            <div class="row">
                <FileField
                    id="key-file"
                    label=words.key_file.choose
                    accept=".p12,.pfx"
                    sign=Sign::Key
                    choose=move |chosen| file.set(chosen.into_iter().next())
                />
                <span class="file-name">{move || file.get().map(|file| file.name())}</span>
            </div>
            <SecretField
                id="key-phrase"
                label=words.key_file.phrase
                field=secret
                hint=words.key_file.phrase_hint
                required=false
            />
            <FailureBox words failure/>
            <button type="submit" class="primary" disabled=move || busy.get() || file.with(Option::is_none)>
                {submit}
            </button>
        </form>
    }
}
