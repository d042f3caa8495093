//! The window: address, title, leaving, hiding, printing.

use leptos::prelude::{document, window};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BeforeUnloadEvent, VisibilityState};

use crate::state::settings::Theme;
use crate::text::Lang;

/// The origin the page came from: the relay.
pub fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// `?backend=` in the address.
pub fn wanted_backend() -> Option<String> {
    let query = window().location().search().ok()?;
    let pairs = query.trim_start_matches('?').split('&');
    pairs
        .filter_map(|pair| pair.split_once('='))
        .find(|(name, _)| *name == "backend")
        .map(|(_, v)| v.to_owned())
}

#[wasm_bindgen]
extern "C" {
    /// `boot.js` knows the files of this build.
    #[wasm_bindgen(js_namespace = sceau, js_name = isOutdated, catch)]
    async fn outdated() -> Result<JsValue, JsValue>;
}

/// Whether the relay serves another build than the one that runs here; a relay that does not answer says nothing.
pub async fn is_outdated() -> bool {
    outdated().await.is_ok_and(|answer| answer.is_truthy())
}

/// Loads the page anew.
pub fn reload() {
    window().location().reload().ok();
}

/// The fragment of the address.
pub fn fragment() -> String {
    window().location().hash().unwrap_or_default()
}

/// Goes to another place; the browser's back button leads here again.
pub fn go(fragment: &str) {
    if fragment != self::fragment() {
        window().location().set_hash(fragment).ok();
    }
}

/// Changes the address without a step in the history.
pub fn replace(fragment: &str) {
    if let Ok(history) = window().history() {
        history.replace_state_with_url(&JsValue::NULL, "", Some(fragment)).ok();
    }
}

/// The browser's own language, if it is one of ours.
pub fn language() -> Lang {
    let languages = window().navigator().languages();
    languages.iter().filter_map(|code| Lang::from_code(&code.as_string()?)).next().unwrap_or_default()
}

/// Tells the browser, style sheets and screen readers about language and theme.
pub fn dress(lang: Lang, theme: Theme) {
    if let Some(root) = document().document_element() {
        root.set_attribute("lang", lang.code()).ok();
        root.set_attribute("data-theme", theme.code()).ok();
    }
}

/// Whether the page is hidden now.
pub fn is_hidden() -> bool {
    document().visibility_state() == VisibilityState::Hidden
}

/// Asks "really leave?" while `unsaved` says so.
pub fn warn_before_leaving(unsaved: impl Fn() -> bool + 'static) {
    let ask = Closure::<dyn FnMut(BeforeUnloadEvent)>::new(move |event: BeforeUnloadEvent| {
        if unsaved() {
            event.prevent_default();
            event.set_return_value("…");
        }
    });
    window().add_event_listener_with_callback("beforeunload", ask.as_ref().unchecked_ref()).ok();
    ask.forget();
}

/// Calls when the page becomes hidden.
pub fn on_hide(act: impl Fn() + 'static) {
    let hidden = Closure::<dyn FnMut()>::new(move || {
        if is_hidden() {
            act();
        }
    });
    document().add_event_listener_with_callback("visibilitychange", hidden.as_ref().unchecked_ref()).ok();
    hidden.forget();
}

/// Opens an address beside this page. The other page learns neither where it was opened nor by whom.
pub fn open_elsewhere(address: &str) {
    window().open_with_url_and_target_and_features(address, "_blank", "noopener,noreferrer").ok();
}

/// Puts a text on the clipboard; says whether the browser took it.
pub async fn copy(text: &str) -> bool {
    let written = window().navigator().clipboard().write_text(text);
    wasm_bindgen_futures::JsFuture::from(written).await.is_ok()
}

/// Opens the browser's print dialogue.
pub fn print() {
    window().print().ok();
}
