//! What stands below the words: signature and quote, while it is folded away.

use leptos::prelude::*;

use super::with;
use crate::components::{Icon, IconButton, Sign};
use crate::desk::use_desk;
use crate::state::compose::Compose;
use crate::text::Words;

/// Signature and quote.
#[component]
pub fn Below(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let quoted = Memo::new(move |_| with(desk, |compose| !compose.quote.text.is_empty()));
    view! {
        <div class="below">
            <SignatureRow words/>
            <Show when=move || quoted.get()><QuoteRow words/></Show>
        </div>
    }
}

#[component]
fn SignatureRow(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let text = Memo::new(move |_| with(desk, |compose| compose.signature.text.clone()));
    let on = Memo::new(move |_| with(desk, |compose| compose.signature.on));
    let change = move || desk.signing.set(true);
    let row = move |text: String| {
        if text.trim().is_empty() {
            return view! {
                <button type="button" class="link small" on:click=move |_| change()>
                    {words.writing.signature_add}
                </button>
            }
            .into_any();
        }
        view! {
            <label class="check">
                <input
                    id="sign"
                    type="checkbox"
                    aria-label=words.writing.sign
                    prop:checked=move || on.get()
                    on:change=move |event| desk.change(|compose| compose.sign(event_target_checked(&event)))
                />
                <span class="signature" class:off=move || !on.get()>{text}</span>
            </label>
            <IconButton sign=Sign::Pen name=words.writing.signature_change press=change/>
        }
        .into_any()
    };
    view! { <div class="below-row">{move || row(text.get())}</div> }
}

#[component]
fn QuoteRow(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let swap = Memo::new(move |_| {
        with(desk, |compose| {
            let word =
                if compose.is_quote_short() { words.writing.quote_whole } else { words.writing.quote_short };
            compose.quote.whole.is_some().then_some(word)
        })
    });
    view! {
        <div class="below-row quote-row">
            <button type="button" class="quote-show" on:click=move |_| desk.unfold_quote()>
                <span aria-hidden="true">"…"</span>
                {words.writing.quote_show}
            </button>
            {move || swap.get().map(|word| view! {
                <button type="button" class="link small" on:click=move |_| desk.change(Compose::swap_quote)>{word}</button>
            })}
            <button type="button" class="link small quote-remove" on:click=move |_| desk.remove_quote()>
                <Icon sign=Sign::Close/>
                {words.writing.quote_remove}
            </button>
        </div>
    }
}
