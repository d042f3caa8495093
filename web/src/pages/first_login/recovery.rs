//! Step 2: the recovery code, on paper.

use leptos::prelude::*;

use super::StepHead;
use crate::browser::page;
use crate::components::{Icon, Sign};
use crate::desk::use_desk;
use crate::text::Words;

/// Shows the recovery code once.
#[component]
pub fn RecoveryStep(words: &'static Words, code: String, address: String) -> impl IntoView {
    let desk = use_desk();
    let kept = RwSignal::new(false);
    view! {
        <div class="stack printed">
            <StepHead words number=2 title=words.first.code_title/>
            <p>{words.first.code_text}</p>
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
                on:click=move |_| desk.code_is_kept()
            >
                {words.first.go_on}
            </button>
        </div>
    }
}
