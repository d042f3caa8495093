//! The seal line: what was found, in words, and why, a click away.

use leptos::prelude::*;
use sceau_protocol::{LetterView, Trust};

use super::details::Details;
use crate::components::{Icon, SealMark, Sign};
use crate::desk::use_desk;
use crate::text::{Words, fill};

/// The verdict on a letter: quiet when all is well, loud in proportion otherwise.
#[component]
pub fn Verdict(words: &'static Words, view: LetterView) -> impl IntoView {
    let shown = RwSignal::new(false);
    let seal = words.seal(view.trust);
    let who = view.confirmed_name.clone().unwrap_or_else(|| "?".to_owned());
    let loudness = match view.trust {
        Trust::SealedSigned => "quiet",
        Trust::Signed | Trust::Gateway => "plain",
        Trust::SealedUnverified | Trust::Clear => "raised",
        Trust::Broken => "loud",
    };
    let toggle_word = move || if shown.get() { words.seal.less } else { words.seal.more };
    let warnings = view.warnings.clone();
    let panel = StoredValue::new(view.clone());
    view! {
        <section class="verdict" data-trust=format!("{:?}", view.trust) data-loudness=loudness>
            <div class="seal-line">
                <SealMark trust=view.trust/>
                <p>
                    <strong>{seal.state}</strong>
                    " "
                    <span>{fill(seal.sentence, &[("who", &who)])}</span>
                    " "
                    <button
                        type="button"
                        class="link"
                        aria-expanded=move || shown.get().to_string()
                        on:click=move |_| shown.update(|shown| *shown = !*shown)
                    >
                        {toggle_word}
                    </button>
                </p>
            </div>
            <Show when=move || shown.get()>
                <Explanation words view=panel.get_value() explanation=seal.explanation/>
            </Show>
            {(!warnings.is_empty()).then(|| view! {
                <ul class="warnings" aria-label=words.seal.warnings>
                    {warnings.into_iter().map(|warning| view! {
                        <li><Icon sign=Sign::Warning/>{words.reason(warning)}</li>
                    }).collect_view()}
                </ul>
            })}
        </section>
    }
}

#[component]
fn Explanation(words: &'static Words, view: LetterView, explanation: &'static str) -> impl IntoView {
    let desk = use_desk();
    let date = words.exact_date(desk.calendar().civil(view.judged_at));
    let judged =
        fill(words.letter.judged_at, &[("date", &date), ("source", words.time_source(view.time_source))]);
    let address = view.confirmed_address.as_ref();
    let address = address.map(|address| fill(words.seal.confirmed_address, &[("address", address)]));
    view! {
        <div class="explanation">
            <p>{explanation}</p>
            {(!view.reasons.is_empty()).then(|| view! {
                <h2>{words.seal.reasons}</h2>
                <ul class="reasons">
                    {view.reasons.iter().map(|reason| view! { <li>{words.reason(*reason)}</li> }).collect_view()}
                </ul>
            })}
            {address.map(|address| view! { <p>{address}</p> })}
            <p>{judged}</p>
            <Details words view/>
        </div>
    }
}
