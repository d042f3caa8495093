//! The charset a text was read in, and the choice of another.

use leptos::prelude::*;
use sceau_protocol::{CharsetOrigin, CharsetView};

use crate::desk::use_desk;
use crate::text::{Words, fill};

/// What French senders write in, the usual first: IANA names, and names that people know.
const OFFERED: [(&str, &str); 8] = [
    ("utf-8", "UTF-8"),
    ("windows-1252", "Windows (1252)"),
    ("ibm850", "DOS (CP850)"),
    ("iso-8859-15", "ISO 8859-15"),
    ("macintosh", "Mac OS Roman"),
    ("iso-8859-2", "ISO 8859-2"),
    ("windows-1250", "Windows (1250)"),
    ("utf-16le", "UTF-16"),
];

/// The line below a letter's head; quiet where the letter itself says its charset.
#[component]
pub fn CharsetLine(words: &'static Words, found: CharsetView) -> impl IntoView {
    let desk = use_desk();
    let sentence = match found.origin {
        CharsetOrigin::Declared => words.charset.declared,
        CharsetOrigin::Guessed => words.charset.guessed,
        CharsetOrigin::Chosen => words.charset.chosen,
    };
    let automatic = (found.origin == CharsetOrigin::Chosen).then_some(words.charset.automatic);
    let choose = Callback::new(move |charset| desk.choose_charset(charset));
    view! {
        <p class="charset-line small">
            <span>{fill(sentence, &[("name", known_name(&found.name))])}</span>
            <CharsetChoice words charset=found.name automatic choose/>
        </p>
    }
}

fn known_name(charset: &str) -> &str {
    OFFERED.iter().find(|(label, _)| *label == charset).map_or(charset, |(_, name)| *name)
}

/// The choice itself. `automatic` offers to go back to what the letter says.
#[component]
pub fn CharsetChoice(
    words: &'static Words,
    charset: String,
    automatic: Option<&'static str>,
    choose: Callback<Option<String>>,
) -> impl IntoView {
    const AUTOMATIC: &str = "";
    let is_offered = OFFERED.iter().any(|(label, _)| *label == charset);
    let own = (!is_offered).then(|| (charset.clone(), charset.clone()));
    let current = charset.clone();
    view! {
        <label class="charset-choice">
            <span>{words.charset.label}</span>
            <select
                autocomplete="off"
                prop:value=charset
                on:change=move |event| {
                    let chosen = event_target_value(&event);
                    choose.run((chosen != AUTOMATIC).then_some(chosen));
                }
            >
                {automatic.map(|word| view! { <option value=AUTOMATIC>{word}</option> })}
                {own.map(|(label, name)| view! { <option value=label selected=true>{name}</option> })}
                {OFFERED.into_iter().map(|(label, name)| view! {
                    <option value=label selected=label == current>{name}</option>
                }).collect_view()}
            </select>
        </label>
    }
}
