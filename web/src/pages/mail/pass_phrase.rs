//! A new pass phrase, and the recovery code that comes with it.

use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{ChangePassPhrase, Failure, Progress, Secret};
use web_sys::SubmitEvent;

use super::View;
use crate::browser::dom;
use crate::components::{Busy, Dialog, FailureBox, RecoveryCode, SecretField};
use crate::desk::use_desk;
use crate::state::account::OpenMailbox;
use crate::state::notices::Word;
use crate::text::Words;

/// Asks for a new pass phrase, then shows the new recovery code until it is on paper.
#[component]
pub fn PassPhraseDialog(words: &'static Words, view: View, open: OpenMailbox) -> impl IntoView {
    let desk = use_desk();
    let code = RwSignal::new(None::<String>);
    let close = Callback::new(move |()| view.pass_phrase.set(false));
    let (address, forgotten) = (StoredValue::new(open.address().to_owned()), open.forgot_pass_phrase);
    let done = Callback::new(move |()| {
        desk.say(Word::PassPhraseChanged, None);
        view.pass_phrase.set(false);
    });
    move || {
        match code.get() {
        Some(code) => view! {
            <Dialog title=words.first.code_title close_name=words.account.close>
                <div class="stack">
                    <RecoveryCode words code address=address.get_value() text=words.account.new_code_text go_on=done/>
                </div>
            </Dialog>
        }
        .into_any(),
        None => view! {
            <Dialog title=words.account.change_pass_phrase close_name=words.account.close close=close>
                <PassPhraseForm words forgotten code/>
            </Dialog>
        }
        .into_any(),
    }
    }
}

/// The present pass phrase, unless it is forgotten, and a new one, twice.
#[component]
fn PassPhraseForm(words: &'static Words, forgotten: bool, code: RwSignal<Option<String>>) -> impl IntoView {
    let desk = use_desk();
    let [current, new, again] = [(); 3].map(|()| NodeRef::<Input>::new());
    let busy = RwSignal::new(false);
    let differs = RwSignal::new(false);
    let failure = RwSignal::new(None::<Failure>);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let [current, new, again] =
            [current, new, again].map(|field| Secret::new(dom::take(field.get_untracked())));
        failure.set(None);
        differs.set(new.expose() != again.expose());
        if differs.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let current = (!forgotten).then_some(current);
            match desk.ask(ChangePassPhrase { current, new }).await {
                Ok(made) => code.set(Some(made.recovery_code)),
                Err(wrong) => {
                    failure.try_set(Some(wrong));
                    dom::focus_if_lost(if forgotten { "#new-phrase" } else { "#current-phrase" });
                }
            }
            busy.try_set(false);
        });
    };
    view! {
        <form class="stack" autocomplete="off" on:submit=submit>
            <p>{if forgotten { words.account.forgotten_text } else { words.account.change_text }}</p>
            {(!forgotten).then(|| view! {
                <SecretField id="current-phrase" label=words.account.current_pass_phrase field=current/>
            })}
            <SecretField
                id="new-phrase"
                label=words.account.new_pass_phrase
                field=new
                hint=words.first.pass_phrase_hint
            />
            <SecretField id="again" label=words.first.again field=again/>
            <p role="alert" class="wrong">{move || differs.get().then_some(words.first.differs)}</p>
            <FailureBox words failure/>
            <button type="submit" class="primary" disabled=move || busy.get()>
                {words.account.change_pass_phrase}
            </button>
            <Show when=move || busy.get()>
                <Busy words waiting=words.first.enrolling progress=RwSignal::new(None::<Progress>)/>
            </Show>
        </form>
    }
}
