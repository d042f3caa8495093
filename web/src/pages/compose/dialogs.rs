//! What is asked about the letter being written, above the page.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::with;
use crate::browser::dom;
use crate::components::Dialog;
use crate::desk::{Desk, use_desk};
use crate::state::compose::{Compose, Question};
use crate::text::Words;

/// Longest signature, in characters: a dozen lines.
const SIGNATURE_CHARACTERS: u32 = 1000;

/// The question that stands, or the signature.
#[component]
pub fn ComposeDialogs(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let question = Memo::new(move |_| with(desk, |compose| compose.question));
    move || {
        let asked = question.get().map(|question| sheet(words, of_question(desk, words, question)));
        asked.or_else(|| desk.signing.get().then(|| sheet(words, of_signature(desk, words))))
    }
}

/// What a sheet asks.
pub(super) struct Ask {
    pub(super) title: &'static str,
    pub(super) text: &'static str,
    pub(super) field: Option<AskedField>,
    /// What the buttons say; the first is the main one.
    pub(super) buttons: [Option<&'static str>; 2],
    /// The button that was pressed; none closes the sheet.
    pub(super) answer: Callback<Option<usize>>,
}

/// A field in it.
#[derive(Clone, Copy)]
pub(super) struct AskedField {
    pub(super) label: &'static str,
    /// One line is answered by Enter.
    pub(super) rows: u32,
    pub(super) value: RwSignal<String>,
    /// What is wrong with what was typed.
    pub(super) wrong: RwSignal<String>,
}

/// One sheet for all that is asked: what differs are words.
pub(super) fn sheet(words: &'static Words, ask: Ask) -> AnyView {
    let answer = ask.answer;
    let button = move |(place, name): (usize, Option<&'static str>)| {
        name.map(|name| view! {
            <button type="button" class:primary=place == 0 on:click=move |_| answer.run(Some(place))>{name}</button>
        })
    };
    let field = move |field: AskedField| {
        view! {
            <div class="field">
                <label for="asked">{field.label}</label>
                <textarea
                    id="asked"
                    rows=field.rows
                    maxlength=SIGNATURE_CHARACTERS
                    autocomplete="off"
                    spellcheck="false"
                    prop:value=move || field.value.get()
                    on:input=move |event| field.value.set(event_target_value(&event))
                    on:keydown=move |event| {
                        if field.rows == 1 && event.key() == "Enter" {
                            event.prevent_default();
                            answer.run(Some(0));
                        }
                    }
                ></textarea>
                <p role="alert" class="wrong">{move || field.wrong.get()}</p>
            </div>
        }
    };
    dom::focus_in_sheet("#asked");
    view! {
        <Dialog title=ask.title close_name=words.account.close close=Callback::new(move |()| answer.run(None))>
            <div class="stack">
                <p>{ask.text}</p>
                {ask.field.map(field)}
                <div class="row">{ask.buttons.into_iter().enumerate().map(button).collect_view()}</div>
            </div>
        </Dialog>
    }
    .into_any()
}

fn of_question(desk: Desk, words: &'static Words, question: Question) -> Ask {
    let writing = &words.writing;
    let (title, text, first, second) = match question {
        Question::NothingAttached => {
            (writing.missing_title, writing.missing_text, writing.missing_attach, writing.missing_send)
        }
        Question::LoseFormat => (writing.lose_title, writing.lose_text, writing.lose, writing.keep_format),
    };
    let answer = Callback::new(move |pressed| {
        desk.change(|compose| compose.question = None);
        match (question, pressed) {
            (Question::NothingAttached, Some(0)) => dom::click("#attach"),
            (Question::NothingAttached, Some(_)) => desk.send_now(),
            (Question::LoseFormat, Some(0)) => desk.change(Compose::unformat),
            _ => {}
        }
    });
    Ask { title, text, field: None, buttons: [Some(first), Some(second)], answer }
}

fn of_signature(desk: Desk, words: &'static Words) -> Ask {
    let (value, wrong) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    // What is kept comes first; then a change is kept, and the sheet closes.
    let ask = move |change: Option<String>| {
        spawn_local(async move {
            let changed = change.is_some();
            match desk.signature(change).await {
                Ok(_) if changed => desk.signing.set(false),
                Ok(kept) if value.try_with_untracked(String::is_empty) == Some(true) => value.set(kept),
                // What was typed meanwhile stays.
                Ok(_) => {}
                Err(failure) => drop(wrong.try_set(words.failure(&failure))),
            }
        });
    };
    ask(None);
    let answer = Callback::new(move |pressed: Option<usize>| match pressed {
        Some(_) => ask(Some(value.get_untracked())),
        None => desk.signing.set(false),
    });
    let field = AskedField { label: words.writing.signature_text, rows: 4, value, wrong };
    Ask {
        title: words.writing.signature,
        text: words.writing.signature_hint,
        field: Some(field),
        buttons: [Some(words.writing.signature_keep), None],
        answer,
    }
}
