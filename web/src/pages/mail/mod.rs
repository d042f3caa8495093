//! The mailbox.
use crate::state::account::OpenMailbox;
use crate::text::Words;
use leptos::prelude::*;
#[component]
pub fn MailPage(words: &'static Words, open: OpenMailbox) -> impl IntoView {
    let _ = words;
    view! { <p>{open.address().to_owned()}</p> }
}
