//! A failure: what happened, what was not lost, what to do; a code for support in small.

use leptos::prelude::*;
use sceau_protocol::Failure;

use super::{Icon, Sign};
use crate::text::{Words, fill};

/// Shows a failure when there is one, and has it read out.
#[component]
pub fn FailureBox(
    words: &'static Words,
    #[prop(into)] failure: Signal<Option<Failure>>,
    #[prop(optional)] lead: Option<&'static str>,
) -> impl IntoView {
    view! {
        <div role="alert">
            {move || failure.get().map(|failure| {
                let code = support_code(&failure);
                view! {
                    <div class="failure">
                        <Icon sign=Sign::Warning/>
                        <div>
                            <p>{lead.map(|lead| view! { <strong>{lead}" "</strong> })}{words.failure(&failure)}</p>
                            <p class="small">{fill(words.account.support_code, &[("code", &code)])}</p>
                        </div>
                    </div>
                }
            })}
        </div>
    }
}

/// What support needs: the fact's name, and the relay's operation number if it gave one.
fn support_code(failure: &Failure) -> String {
    match &failure.operation {
        Some(operation) => format!("{:?} · {operation}", failure.code),
        None => format!("{:?}", failure.code),
    }
}
