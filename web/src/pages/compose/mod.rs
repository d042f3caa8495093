//! The panel a letter is written in: at the right, the whole page when widened or on a phone.

mod below;
mod dialogs;
mod enclosures;
mod foot;
mod recipients;
mod suggestions;
mod text;
mod tools;

use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{Failure, FailureCode, RecipientClass};
use web_sys::ClipboardEvent;

use crate::browser::{dom, files};
use crate::components::{FailureBox, Icon, IconButton, Sign};
use crate::desk::{Desk, use_desk};
use crate::state::compose::{Check, Compose, Leftover, Line, Phase};
use crate::text::{Words, fill};

use below::Below;
pub use dialogs::ComposeDialogs;
use enclosures::Enclosures;
use foot::ComposeFoot;
use recipients::RecipientLine;
use text::LetterText;

/// The panel; drawn only while a letter is being written.
#[component]
pub fn ComposePanel(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let wide = RwSignal::new(false);
    let before = StoredValue::new_local(dom::focused());
    on_cleanup(move || {
        if let Some(element) = before.try_with_value(Clone::clone).flatten() {
            element.focus().ok();
        }
    });
    save_at_pauses(desk);
    let sending = Memo::new(move |_| with(desk, |compose| matches!(compose.phase, Phase::Sending(..))));
    // Files that nothing took before: pictures of the screen, files copied in a folder.
    let pasted = move |event: ClipboardEvent| {
        let brought = event.clipboard_data().map(|data| files::brought(&data)).unwrap_or_default();
        if !event.default_prevented() && !brought.is_empty() {
            event.prevent_default();
            desk.attach_pasted(brought);
        }
    };
    view! {
        <section
            id="compose"
            class="compose"
            class:wide=move || wide.get()
            aria-label=words.compose.title
            on:paste=pasted
        >
            <header class="compose-head">
                <h2>{words.compose.title}</h2>
                <SavedWord words/>
                <span class="gap"></span>
                <WidenButton words wide/>
                <IconButton
                    sign=Sign::Close
                    name=words.compose.close_keep
                    key="Esc"
                    press=move || spawn_local(desk.close_compose())
                />
            </header>
            <fieldset class="compose-body" disabled=move || sending.get()>
                <RecipientLines words/>
                <SubjectLine words/>
                <LetterText words/>
                <Below words/>
                <Enclosures words/>
            </fieldset>
            <FailureBox
                words
                lead=words.failure.send_failed
                failure=Signal::derive(move || with(desk, |compose| {
                    compose.failure.clone().filter(|_| !compose.waits_for_relay)
                }))
            />
            <WaitingWord words/>
            <ComposeFoot words sending/>
        </section>
    }
}

/// Reads the letter being written; its default when the panel is about to close.
fn with<T: Default>(desk: Desk, read: impl FnOnce(&Compose) -> T) -> T {
    desk.compose.with(|compose| compose.as_ref().map(read).unwrap_or_default())
}

fn save_at_pauses(desk: Desk) {
    let revision = Memo::new(move |_| {
        desk.compose.with(|compose| {
            compose.as_ref().filter(|c| c.is_unsaved() && c.draft.is_some()).map(Compose::revision)
        })
    });
    Effect::new(move |_| {
        if let Some(revision) = revision.get() {
            desk.save_after_pause(revision);
        }
    });
}

#[component]
fn WidenButton(words: &'static Words, wide: RwSignal<bool>) -> impl IntoView {
    move || {
        let (sign, name) =
            if wide.get() { (Sign::Narrow, words.compose.narrow) } else { (Sign::Wide, words.compose.widen) };
        view! {
            <span class="widen">
                <IconButton sign name=name press=move || wide.update(|wide| *wide = !*wide)/>
            </span>
        }
    }
}

#[component]
fn SavedWord(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let word = move || {
        if desk.saving.get() {
            return words.compose.saving.to_owned();
        }
        with(desk, |compose| match (&compose.save_failure, compose.is_unsaved(), compose.saved_at) {
            (Some(_), true, _) => words.failure.save_failed.to_owned(),
            (_, true, _) => words.compose.not_saved.to_owned(),
            (_, false, Some(at)) => {
                let time = words.clock(desk.calendar().civil(at));
                fill(words.compose.saved_at, &[("time", &time)])
            }
            (_, false, None) => String::new(),
        })
    };
    let failed = move || with(desk, |compose| compose.save_failure.is_some());
    view! { <span class="small saved-word" class:wrong=failed>{word}</span> }
}

#[component]
fn RecipientLines(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let asked = RwSignal::new(false);
    let copies = Memo::new(move |_| {
        asked.get() || with(desk, |c| !c.chips(Line::Cc).is_empty() || !c.chips(Line::Bcc).is_empty())
    });
    let classes = Memo::new(move |_| {
        with(desk, |compose| {
            let is = |class| compose.everyone().any(|chip| chip.check == Check::Sealable(class));
            is(RecipientClass::Default) && is(RecipientClass::Compat)
        })
    });
    let bcc = Memo::new(move |_| with(desk, |compose| !compose.chips(Line::Bcc).is_empty()));
    view! {
        <div class="lines">
            <div class="first-line">
                <RecipientLine words line=Line::To id="to" label=words.compose.to/>
                <Show when=move || !copies.get()>
                    <button type="button" class="link small" on:click=move |_| asked.set(true)>
                        {words.compose.add_copies}
                    </button>
                </Show>
            </div>
            <Show when=move || copies.get()>
                <RecipientLine words line=Line::Cc id="cc" label=words.compose.cc/>
                <RecipientLine words line=Line::Bcc id="bcc" label=words.compose.bcc/>
            </Show>
            <Obstacles words/>
            <Show when=move || bcc.get()><p class="hint">{words.compose.bcc_hint}</p></Show>
            <Show when=move || classes.get()><p class="hint">{words.compose.several_classes}</p></Show>
        </div>
    }
}

/// Recipients the letter cannot be sealed for, each with the reason, and what was typed that is nobody; a changed certificate can
/// be taken after a check. Below all lines: what appears here moves none of them under a pointer that is about to press.
#[component]
fn Obstacles(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let found = Memo::new(move |_| with(desk, Compose::obstacles));
    let row = move |failure: Failure| {
        let sentence = words.failure(&failure);
        let changed = failure.about.filter(|_| failure.code == FailureCode::RecipientChanged);
        view! {
            <li>
                <Icon sign=Sign::Warning/>
                <span>{sentence}</span>
                {changed.map(|address| view! {
                    <button type="button" on:click=move |_| desk.accept_recipient(address.clone())>
                        {words.compose.accept_changed}
                    </button>
                })}
            </li>
        }
    };
    let wrong = move || {
        with(desk, |compose| {
            let sentence = |left: &Leftover| words.wrong_address(&left.typed, left.wrong);
            compose.leftovers.iter().map(sentence).collect::<Vec<_>>()
        })
    };
    let wrong_row = |sentence| view! { <li><Icon sign=Sign::Warning/><span>{sentence}</span></li> };
    view! {
        <div id="obstacles" class="obstacles" role="status">
            <ul>
                {move || found.get().into_iter().map(row).collect_view()}
                {move || wrong().into_iter().map(wrong_row).collect_view()}
            </ul>
        </div>
    }
}

#[component]
fn SubjectLine(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    view! {
        <div class="line">
            <label for="subject">{words.compose.subject}</label>
            <input
                id="subject"
                type="text"
                autocomplete="off"
                spellcheck="false"
                prop:value=move || with(desk, |compose| compose.subject().to_owned())
                on:input=move |event| desk.change(|compose| compose.set_subject(event_target_value(&event)))
            />
        </div>
    }
}

/// A letter the relay did not take goes by itself when the relay answers: said, and stopped if the person likes.
#[component]
fn WaitingWord(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let waits = Memo::new(move |_| with(desk, |compose| compose.waits_for_relay));
    view! {
        <div role="alert">
            <Show when=move || waits.get()>
                <div class="failure waiting">
                    <Icon sign=Sign::Warning/>
                    <p>{words.compose.waits}</p>
                    <button type="button" on:click=move |_| desk.change(|compose| compose.wait_no_longer())>
                        {words.compose.wait_no_longer}
                    </button>
                </div>
            </Show>
        </div>
    }
}
