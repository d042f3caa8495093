//! A sheet above the page: Esc closes it, the focus stays inside and goes back where it was.

use leptos::prelude::*;
use leptos::{ev, html};
use web_sys::KeyboardEvent;

use super::{IconButton, Sign};
use crate::browser::dom;

/// A dialogue with a title. Without `close` only what is inside leads on.
#[component]
pub fn Dialog(
    #[prop(into)] title: String,
    #[prop(default = "dialog")] class: &'static str,
    close_name: &'static str,
    #[prop(optional)] close: Option<Callback<()>>,
    children: Children,
) -> impl IntoView {
    let before = StoredValue::new_local(dom::focused());
    on_cleanup(move || {
        if let Some(element) = before.try_with_value(Clone::clone).flatten() {
            element.focus().ok();
        }
    });
    let leave = move || {
        if let Some(close) = close {
            close.run(());
        }
    };
    let sheet = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if let Some(sheet) = sheet.get() {
            sheet.focus().ok();
        }
    });
    let pressed = move |event: KeyboardEvent| match event.key().as_str() {
        "Escape" => {
            event.prevent_default();
            event.stop_propagation();
            leave();
        }
        "Tab" => {
            if let Some(sheet) = sheet.get_untracked() {
                dom::keep_focus_inside(&sheet, &event);
            }
        }
        _ => {}
    };
    // A button that was pressed and may not be pressed again loses the focus, and a letter's frame may keep it whose link was
    // followed; the keys stay those of the sheet.
    let astray = window_event_listener(ev::keydown, move |event| {
        if let Some(sheet) = sheet.get_untracked().filter(|sheet| dom::focus_is_astray(sheet)) {
            sheet.focus().ok();
            pressed(event);
        }
    });
    on_cleanup(move || astray.remove());
    let heading = title.clone();
    view! {
        <div class="veil" on:click=move |_| leave()></div>
        <div
            class=class
            role="dialog"
            aria-modal="true"
            aria-label=title
            tabindex="-1"
            node_ref=sheet
            on:keydown=pressed
        >
            <div class="dialog-head">
                <h2>{heading}</h2>
                {close.map(|_| view! { <IconButton sign=Sign::Close name=close_name press=leave/> })}
            </div>
            {children()}
        </div>
    }
}
