//! "Open with another key": a key file for this letter only.

use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{Failure, Secret};
use web_sys::SubmitEvent;

use crate::browser::dom;
use crate::components::{FailureBox, FileField, SecretField, Sign};
use crate::desk::use_desk;
use crate::text::Words;

/// Asks for a key file and its pass phrase; neither outlives the attempt.
#[component]
pub fn OtherKeyForm(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let key = RwSignal::new_local(None::<web_sys::File>);
    let secret = NodeRef::<Input>::new();
    let failure = RwSignal::new(None::<Failure>);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(chosen) = key.get_untracked() else { return };
        let typed = Secret::new(dom::take(secret.get_untracked()));
        failure.set(None);
        spawn_local(async move {
            if let Err(wrong) = desk.open_file_with_key(chosen, typed).await {
                failure.try_set(Some(wrong));
            }
        });
    };
    view! {
        <form class="card stack" autocomplete="off" on:submit=submit>
            <h2>{words.letter.other_key_title}</h2>
            <p class="hint">{words.letter.other_key_text}</p>
            <div class="row">
                <FileField
                    id="other-key"
                    label=words.letter.choose_key
                    accept=".p12,.pfx"
                    sign=Sign::Key
                    choose=move |chosen| key.set(chosen.into_iter().next())
                />
                <span>{move || key.get().map(|file| file.name())}</span>
            </div>
            <SecretField id="other-key-phrase" label=words.letter.key_phrase field=secret/>
            <FailureBox words failure/>
            <button type="submit" class="primary" disabled=move || key.with(Option::is_none)>
                {words.letter.open_with}
            </button>
        </form>
    }
}
