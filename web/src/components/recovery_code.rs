//! The recovery code, shown once, to be kept on paper.

use leptos::prelude::*;

use super::{Icon, Sign};
use crate::browser::page;
use crate::text::Words;

/// The code as it is printed, and the way on once the person has it on paper.
#[component]
pub fn RecoveryCode(
    words: &'static Words,
    code: String,
    address: String,
    text: &'static str,
    go_on: Callback<()>,
) -> impl IntoView {
    let kept = RwSignal::new(false);
    view! {
        <p>{text}</p>
        <p class="code-paper">
            <span class="small">{address}</span>
            <code>{code}</code>
        </p>
        <button type="button" class="no-print" on:click=move |_| page::print()>
            <Icon sign=Sign::File/>
            {words.first.print}
        </button>
        <label class="check no-print">
            <input type="checkbox" on:change=move |event| kept.set(event_target_checked(&event))/>
            {words.first.kept}
        </label>
        <button
            type="button"
            class="primary no-print"
            disabled=move || !kept.get()
            on:click=move |_| go_on.run(())
        >
            {words.first.go_on}
        </button>
    }
}
