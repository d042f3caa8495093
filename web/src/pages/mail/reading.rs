//! The reading pane in all its states.

use leptos::prelude::*;
use sceau_protocol::{FailureCode, Trust};

use super::letter::LetterArticle;
use crate::components::{Busy, FailureBox, IconButton, KeyFileForm, SealMark, Sign};
use crate::desk::use_desk;
use crate::state::account::OpenMailbox;
use crate::state::letter::{Reading, Which};
use crate::text::Words;

/// The pane: empty, opening, failed or with a letter.
#[component]
pub fn ReadingPane(words: &'static Words, open: OpenMailbox) -> impl IntoView {
    let desk = use_desk();
    let reading = Memo::new(move |_| desk.reading.get());
    let content = move || match reading.get() {
        Reading::Nothing => view! { <NothingChosen words/> }.into_any(),
        Reading::Opening(..) => view! { <OpeningLetter words/> }.into_any(),
        Reading::Failed(which, failure) => {
            view! { <FailedLetter words which code=failure.code failure=Some(failure)/> }.into_any()
        }
        Reading::Shown(which, view) => {
            let own = open.address().to_owned();
            view! { <LetterArticle words which view=*view own/> }.into_any()
        }
    };
    view! { <main class="letter-pane">{content}</main> }
}

#[component]
fn NothingChosen(words: &'static Words) -> impl IntoView {
    view! {
        <div class="nothing">
            <SealMark trust=Trust::SealedUnverified/>
            <p>{words.letter.nothing_chosen}</p>
            <p class="hint">{words.letter.nothing_hint}</p>
        </div>
    }
}

#[component]
fn OpeningLetter(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let progress = Signal::derive(move || {
        desk.reading.with(|reading| match reading {
            Reading::Opening(_, progress) => *progress,
            Reading::Nothing | Reading::Shown(..) | Reading::Failed(..) => None,
        })
    });
    view! {
        <BackBar words/>
        <div class="nothing">
            <Busy words waiting=words.letter.opening progress/>
        </div>
    }
}

#[component]
fn FailedLetter(
    words: &'static Words,
    which: Which,
    code: FailureCode,
    failure: Option<sceau_protocol::Failure>,
) -> impl IntoView {
    let desk = use_desk();
    let another_key_may_help = matches!(code, FailureCode::NotForThisKey | FailureCode::CannotOpen);
    let from_file = matches!(which, Which::File(_));
    view! {
        <BackBar words/>
        <div class="failed-letter stack">
            <h1 id="letter-title" tabindex="-1">{words.letter.failed_title}</h1>
            <FailureBox words failure=Signal::stored(failure)/>
            {(from_file && another_key_may_help).then(|| view! {
                <KeyFileForm
                    words
                    title=words.letter.other_key_title
                    text=words.letter.other_key_text
                    submit=words.letter.open_with
                    attempt=move |key, secret| desk.open_file_with_key(key, secret)
                />
            })}
            {(!from_file).then(|| view! {
                <div class="row">
                    <button type="button" on:click=move |_| desk.retry_letter()>{words.letter.retry}</button>
                </div>
            })}
        </div>
    }
}

/// The way back, while there is no letter with a bar of its own.
#[component]
fn BackBar(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    view! {
        <div class="toolbar">
            <IconButton
                sign=Sign::Back
                name=words.letter.back
                key="Esc"
                press=move || desk.back_to_list()
            />
        </div>
    }
}
