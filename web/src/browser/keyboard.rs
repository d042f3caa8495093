//! Key presses.

use leptos::prelude::{document, window_event_listener_untyped};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent, KeyboardEventInit};

use crate::state::keys::Press;

/// Calls with every key pressed anywhere; the press is stopped when `act` took it.
pub fn on_press(act: impl Fn(Press<'_>) -> bool + 'static) {
    let handle = window_event_listener_untyped("keydown", move |event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
        if event.default_prevented() || event.is_composing() {
            return;
        }
        let focus = document().active_element();
        let key = event.key();
        let press = Press {
            key: &key,
            control: event.ctrl_key() || event.meta_key(),
            alt: event.alt_key(),
            typing: focus.as_ref().is_some_and(is_typed_into),
            on_control: focus.as_ref().is_some_and(is_control),
        };
        if act(press) {
            event.prevent_default();
        }
    });
    leptos::prelude::on_cleanup(move || handle.remove());
}

/// A key that was pressed within a frame, as if it had been pressed here.
pub fn replay(key: &str) {
    let press = KeyboardEventInit::new();
    press.set_key(key);
    press.set_bubbles(true);
    press.set_cancelable(true);
    if let Ok(event) = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &press) {
        document().dispatch_event(&event).ok();
    }
}

fn is_typed_into(element: &Element) -> bool {
    match element.tag_name().as_str() {
        "INPUT" => !matches!(
            element.get_attribute("type").as_deref(),
            Some("checkbox" | "radio" | "button" | "file")
        ),
        "TEXTAREA" | "SELECT" => true,
        _ => element.dyn_ref::<HtmlElement>().is_some_and(HtmlElement::is_content_editable),
    }
}

fn is_control(element: &Element) -> bool {
    matches!(element.tag_name().as_str(), "BUTTON" | "A" | "SUMMARY" | "SELECT" | "INPUT" | "TEXTAREA")
}
