//! The quiet page around a form: signing in, first log-in.

use leptos::prelude::*;
use sceau_protocol::Trust;

use super::SealMark;
use crate::text::Words;

/// A sheet in the middle of the page, the name of the house above, preferences below.
#[component]
pub fn Frame(words: &'static Words, children: Children, foot: AnyView) -> impl IntoView {
    view! {
        <div class="frame">
            <header class="frame-head">
                <SealMark trust=Trust::SealedSigned/>
                <span class="brand">"Sceau"</span>
                <span class="tagline">{words.sign_in.tagline}</span>
            </header>
            <main class="sheet">{children()}</main>
            <footer class="frame-foot">{foot}</footer>
        </div>
    }
}
