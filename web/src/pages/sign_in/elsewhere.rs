//! The mailbox is open in another tab: leave it there, or take it over.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::dom;
use crate::components::{Busy, Frame, PreferencesForm};
use crate::desk::use_desk;
use crate::text::Words;

/// Asks which tab shall have the mailbox.
#[component]
pub fn ElsewherePage(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let busy = RwSignal::new(false);
    let take = move |_| {
        busy.set(true);
        spawn_local(desk.take_over());
    };
    let foot = view! { <PreferencesForm words settings=desk.settings/> }.into_any();
    dom::focus_later("#take-over");
    view! {
        <Frame words foot>
            <div class="stack">
                <h1>{words.elsewhere.title}</h1>
                <p>{words.elsewhere.text}</p>
                <div class="row">
                    <button id="take-over" type="button" class="primary" disabled=move || busy.get() on:click=take>
                        {words.elsewhere.take_over}
                    </button>
                    <button type="button" disabled=move || busy.get() on:click=move |_| spawn_local(desk.lock())>
                        {words.elsewhere.leave}
                    </button>
                </div>
                <Show when=move || busy.get()>
                    <Busy words waiting=words.elsewhere.waiting progress=Signal::stored(None)/>
                </Show>
            </div>
        </Frame>
    }
}
