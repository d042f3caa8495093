//! What stands below the words: signature and quote, while it is folded away.

use leptos::prelude::*;

use super::with;
use crate::desk::use_desk;
use crate::state::compose::Compose;
use crate::text::Words;

/// Signature and quote.
#[component]
pub fn Below(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let writing = &words.writing;
    let signature = move || with(desk, |compose| compose.signature.text.clone());
    let on = move || with(desk, |compose| compose.signature.on);
    let unquoted = move || with(desk, |compose| compose.quote.text.is_empty());
    let change =
        move || if signature().is_empty() { writing.signature_add } else { writing.signature_change };
    let swap =
        move || with(desk, |c| if c.is_quote_short() { writing.quote_whole } else { writing.quote_short });
    view! {
        <div class="below">
            <div class="below-row">
                <label class="check" hidden=move || signature().is_empty()>
                    <input
                        id="sign"
                        type="checkbox"
                        aria-label=writing.sign
                        prop:checked=on
                        on:change=move |event| desk.change(|compose| compose.sign(event_target_checked(&event)))
                    />
                    <span class="signature" class:off=move || !on()>{signature}</span>
                </label>
                <button type="button" class="link small" on:click=move |_| desk.signing.set(true)>{change}</button>
            </div>
            <div class="below-row" hidden=unquoted>
                <button type="button" class="quote-show" on:click=move |_| desk.unfold_quote()>
                    {writing.quote_show}
                </button>
                <button
                    type="button"
                    class="link small"
                    hidden=move || with(desk, |compose| compose.quote.whole.is_none())
                    on:click=move |_| desk.change(Compose::swap_quote)
                >
                    {swap}
                </button>
                <button type="button" class="link small" on:click=move |_| desk.remove_quote()>
                    {writing.quote_remove}
                </button>
            </div>
        </div>
    }
}
