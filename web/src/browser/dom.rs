//! Focus and measures.

use std::borrow::Cow;

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, HtmlElement, HtmlInputElement, HtmlTextAreaElement, KeyboardEvent, ResizeObserver};

use super::clock;

/// Moves the focus to an element, once it is drawn, unless the person has moved it elsewhere by then: what they type
/// belongs into the field they chose.
pub fn focus_later(selector: &'static str) {
    focus_unless_moved(selector.into(), 0);
}

fn focus_unless_moved(selector: Cow<'static, str>, milliseconds: i32) {
    let before = focused();
    leptos::task::spawn_local(async move {
        clock::sleep(milliseconds).await;
        if focus_is_lost() || focused() == before {
            focus(&selector);
        }
    });
}

/// Moves the focus to the beginning of a field of the panel, once it is drawn, unless the person is in it already.
pub fn focus_start_later(selector: &'static str) {
    leptos::task::spawn_local(async move {
        clock::sleep(0).await;
        if focused().is_some_and(|element| element.closest("#compose").ok().flatten().is_some()) {
            return;
        }
        let field = document().query_selector(selector).ok().flatten();
        if let Some(area) = field.and_then(|field| field.dyn_into::<HtmlTextAreaElement>().ok()) {
            area.set_selection_range(0, 0).ok();
            area.set_scroll_top(0);
        }
        focus(selector);
    });
}

/// Moves the focus to an element when nothing else has it: what had it is hidden now.
pub fn focus_if_lost(selector: &'static str) {
    leptos::task::spawn_local(async move {
        clock::sleep(0).await;
        if focus_is_lost() {
            focus(selector);
        }
    });
}

/// Moves the focus to a row of the list, once it is drawn, unless the person has moved it elsewhere by then.
pub fn focus_row_later(index: u32) {
    focus_unless_moved(format!("#list [data-index='{index}']").into(), 30);
}

/// Whether nothing has the focus.
pub fn focus_is_lost() -> bool {
    focused().is_none_or(|element| element.tag_name() == "BODY")
}

/// Whether nothing has the focus, or a frame that lies below this sheet.
pub fn focus_is_astray(sheet: &HtmlElement) -> bool {
    let is_frame_below =
        |element: HtmlElement| element.tag_name() == "IFRAME" && !sheet.contains(Some(&element));
    focus_is_lost() || focused().is_some_and(is_frame_below)
}

/// Moves the focus to the first element a selector finds, unless it lies below an open sheet.
pub fn focus(selector: &str) -> bool {
    let find = |selector: &str| document().query_selector(selector).ok().flatten();
    let sheet = find("[aria-modal=true]");
    find(selector)
        .filter(|element| sheet.is_none_or(|sheet| sheet.contains(Some(element))))
        .and_then(|element| element.dyn_into::<HtmlElement>().ok())
        .is_some_and(|element| element.focus().is_ok())
}

/// Moves the focus to a field of the sheet that is about to be drawn.
pub fn focus_in_sheet(selector: &'static str) {
    leptos::task::spawn_local(async move {
        clock::sleep(0).await;
        focus(selector);
    });
}

/// Whether a sheet stands above the page.
pub fn is_sheet_open() -> bool {
    document().query_selector("[aria-modal=true]").ok().flatten().is_some()
}

/// Clicks an element, as a person would.
pub fn click(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        element.click();
    }
}

/// What has the focus, to give it back.
pub fn focused() -> Option<HtmlElement> {
    document().active_element().and_then(|element| element.dyn_into().ok())
}

/// The number of the list row that has the focus.
pub fn focused_index() -> Option<u32> {
    focused()?.get_attribute("data-index")?.parse().ok()
}

/// Takes the text out of an input: the field is empty afterwards.
pub fn take(input: Option<HtmlInputElement>) -> String {
    let Some(input) = input else { return String::new() };
    let value = input.value();
    input.set_value("");
    value
}

/// Calls with an element's inner height whenever it changes.
pub fn on_resize(element: &Element, act: impl Fn(u32) + 'static) {
    let watched = element.clone();
    let changed =
        Closure::<dyn FnMut()>::new(move || act(u32::try_from(watched.client_height()).unwrap_or(0)));
    if let Ok(observer) = ResizeObserver::new(changed.as_ref().unchecked_ref()) {
        observer.observe(element);
    }
    changed.forget();
}

/// How far an element is scrolled down.
pub fn scroll_top(element: &Element) -> u32 {
    u32::try_from(element.scroll_top()).unwrap_or(0)
}

/// Scrolls an element.
pub fn set_scroll_top(element: &Element, top: u32) {
    element.set_scroll_top(i32::try_from(top).unwrap_or(i32::MAX));
}

/// What can have the focus.
const FOCUSABLE: &str = "a[href], button:not([disabled]), input:not([disabled]), select, textarea, summary";

/// Tab from the last control of a dialogue goes to its first, and back.
pub fn keep_focus_inside(dialog: &Element, event: &KeyboardEvent) {
    let Ok(controls) = dialog.query_selector_all(FOCUSABLE) else { return };
    let control = |index: u32| controls.get(index).and_then(|node| node.dyn_into::<HtmlElement>().ok());
    let (Some(first), Some(last)) = (control(0), control(controls.length().saturating_sub(1))) else {
        return;
    };
    let here = focused();
    let outside =
        here.as_ref().is_none_or(|here| !dialog.contains(Some(here)) || here.is_same_node(Some(dialog)));
    let target = match event.shift_key() {
        true if outside || here.as_ref() == Some(&first) => last,
        false if here.as_ref() == Some(&last) => first,
        _ => return,
    };
    event.prevent_default();
    target.focus().ok();
}
