//! What is asked about the letter being written, above the page.

use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::Failure;
use web_sys::SubmitEvent;

use super::with;
use crate::browser::dom;
use crate::components::{Dialog, FailureBox};
use crate::desk::use_desk;
use crate::state::compose::{Compose, Question};
use crate::text::Words;

/// Longest signature, in characters: a dozen lines.
const SIGNATURE_CHARACTERS: u32 = 1000;

/// The question that stands, or the signature.
#[component]
pub fn ComposeDialogs(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let question = Memo::new(move |_| with(desk, |compose| compose.question));
    view! {
        {move || question.get().map(|question| view! { <QuestionDialog words question/> })}
        <Show when=move || desk.signing.get()><SignatureDialog words/></Show>
    }
}

#[component]
fn QuestionDialog(words: &'static Words, question: Question) -> impl IntoView {
    let desk = use_desk();
    let close = move || desk.change(|compose| compose.question = None);
    let writing = &words.writing;
    let (title, text, first, second) = match question {
        Question::NothingAttached => {
            (writing.missing_title, writing.missing_text, writing.missing_attach, writing.missing_send)
        }
        Question::LoseFormat => (writing.lose_title, writing.lose_text, writing.lose, writing.keep_format),
    };
    let answer = move |yes: bool| {
        close();
        match (question, yes) {
            (Question::NothingAttached, true) => dom::click("#attach"),
            (Question::NothingAttached, false) => desk.send_now(),
            (Question::LoseFormat, true) => desk.change(Compose::unformat),
            (Question::LoseFormat, false) => {}
        }
    };
    view! {
        <Dialog title=title close_name=words.account.close close=Callback::new(move |()| close())>
            <div class="stack">
                <p>{text}</p>
                <div class="row">
                    <button type="button" class="primary" on:click=move |_| answer(true)>{first}</button>
                    <button type="button" on:click=move |_| answer(false)>{second}</button>
                </div>
            </div>
        </Dialog>
    }
}

/// The account's signature.
#[component]
fn SignatureDialog(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let text = RwSignal::new(String::new());
    let ready = RwSignal::new(false);
    let failure = RwSignal::new(None::<Failure>);
    let close = move || desk.signing.set(false);
    spawn_local(async move {
        match desk.signature().await {
            Ok(kept) => {
                text.try_set(kept);
                ready.try_set(true);
                dom::focus_in_sheet("#signature-text");
            }
            Err(wrong) => drop(failure.try_set(Some(wrong))),
        }
    });
    let keep = move |event: SubmitEvent| {
        event.prevent_default();
        spawn_local(async move {
            match desk.keep_signature(text.get_untracked()).await {
                Ok(()) => close(),
                Err(wrong) => drop(failure.try_set(Some(wrong))),
            }
        });
    };
    view! {
        <Dialog title=words.writing.signature close_name=words.account.close close=Callback::new(move |()| close())>
            <form class="stack" autocomplete="off" on:submit=keep>
                <div class="field">
                    <label for="signature-text">{words.writing.signature_text}</label>
                    <textarea
                        id="signature-text"
                        rows="4"
                        maxlength=SIGNATURE_CHARACTERS
                        autocomplete="off"
                        spellcheck="false"
                        aria-describedby="signature-hint"
                        disabled=move || !ready.get()
                        prop:value=move || text.get()
                        on:input=move |event| text.set(event_target_value(&event))
                    ></textarea>
                    <p class="hint" id="signature-hint">{words.writing.signature_hint}</p>
                </div>
                <FailureBox words failure/>
                <button type="submit" class="primary" disabled=move || !ready.get()>
                    {words.writing.signature_keep}
                </button>
            </form>
        </Dialog>
    }
}
