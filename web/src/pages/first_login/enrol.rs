//! Step 1: the code of the enrolment letter, and a pass phrase.

use std::rc::Rc;

use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{Failure, Progress, Secret};
use web_sys::SubmitEvent;

use super::StepHead;
use crate::browser::dom;
use crate::components::{Busy, FailureBox, Field, SecretField};
use crate::desk::use_desk;
use crate::text::Words;

/// Asks for address, code and a new pass phrase, twice.
#[component]
pub fn EnrolForm(words: &'static Words, address: RwSignal<String>, leave: Callback<()>) -> impl IntoView {
    let desk = use_desk();
    let code = RwSignal::new(String::new());
    let (first, again) = (NodeRef::<Input>::new(), NodeRef::<Input>::new());
    let busy = RwSignal::new(false);
    let differs = RwSignal::new(false);
    let failure = RwSignal::new(None::<Failure>);
    let progress = RwSignal::new(None::<Progress>);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let (phrase, repeated) =
            (Secret::new(dom::take(first.get_untracked())), Secret::new(dom::take(again.get_untracked())));
        differs.set(phrase.expose() != repeated.expose());
        if differs.get_untracked() {
            dom::focus("#new-phrase");
            return;
        }
        busy.set(true);
        failure.set(None);
        spawn_local(async move {
            let tell = Rc::new(move |word| progress.set(Some(word)));
            let (address, code) = (address.get_untracked(), code.get_untracked());
            let answer = desk.enrol(address.trim().to_owned(), code.trim().to_owned(), phrase, tell).await;
            if let Err(wrong) = answer {
                busy.try_set(false);
                progress.try_set(None);
                failure.try_set(Some(wrong));
            }
        });
    };
    dom::focus_later(if address.with_untracked(String::is_empty) { "#address" } else { "#code" });
    view! {
        <form class="stack" autocomplete="off" on:submit=submit>
            <StepHead words number=1 title=words.first.title/>
            <p>{words.first.intro}</p>
            <FailureBox words failure/>
            <Field id="address" label=words.sign_in.address kind="email" value=address/>
            <Field id="code" label=words.first.code value=code hint=words.first.code_hint/>
            <SecretField id="new-phrase" label=words.first.new_pass_phrase field=first hint=words.first.pass_phrase_hint/>
            <SecretField id="again" label=words.first.again field=again/>
            <p role="alert" class="wrong">{move || differs.get().then_some(words.first.differs)}</p>
            <button type="submit" class="primary" disabled=move || busy.get()>{words.first.enrol}</button>
            <Show when=move || busy.get()>
                <Busy words waiting=words.first.enrolling progress/>
            </Show>
            <button type="button" class="link" on:click=move |_| leave.run(())>{words.sign_in.have_account}</button>
        </form>
    }
}
