//! A new pass phrase.

use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{ChangePassPhrase, Failure, Secret};
use web_sys::SubmitEvent;

use super::View;
use crate::browser::dom;
use crate::components::{Dialog, FailureBox, SecretField};
use crate::desk::use_desk;
use crate::state::notices::Word;
use crate::text::Words;

/// Asks for the present pass phrase and a new one, twice.
#[component]
pub fn PassPhraseDialog(words: &'static Words, view: View) -> impl IntoView {
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
            match desk.ask(ChangePassPhrase { current, new }).await {
                Ok(()) => {
                    desk.say(Word::PassPhraseChanged, None);
                    view.pass_phrase.set(false);
                }
                Err(wrong) => {
                    busy.try_set(false);
                    failure.try_set(Some(wrong));
                }
            }
        });
    };
    let close = Callback::new(move |()| view.pass_phrase.set(false));
    view! {
        <Dialog title=words.account.change_pass_phrase close_name=words.account.close close=close>
            <form class="stack" autocomplete="off" on:submit=submit>
                <SecretField id="current-phrase" label=words.account.current_pass_phrase field=current/>
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
            </form>
        </Dialog>
    }
}
