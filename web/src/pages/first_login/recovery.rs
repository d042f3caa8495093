//! Step 2: the recovery code, on paper.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::StepHead;
use crate::components::RecoveryCode;
use crate::desk::use_desk;
use crate::text::Words;

/// Shows the recovery code once.
#[component]
pub fn RecoveryStep(words: &'static Words, code: String, address: String) -> impl IntoView {
    let desk = use_desk();
    let go_on = Callback::new(move |()| spawn_local(desk.code_is_kept()));
    view! {
        <div class="stack">
            <StepHead words number=2 title=words.first.code_title/>
            <RecoveryCode words code address text=words.first.code_text go_on/>
        </div>
    }
}
