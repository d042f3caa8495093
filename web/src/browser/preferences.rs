//! The one thing kept in the browser: language, theme and whether letters are commands. It names nobody.

use leptos::prelude::window;

use super::page;
use crate::state::settings::Settings;

const KEY: &str = "sceau-preferences";

/// What was kept, else what the machine says.
pub fn read() -> Settings {
    let storage = window().local_storage().ok().flatten();
    let kept = storage.and_then(|storage| storage.get_item(KEY).ok().flatten()).unwrap_or_default();
    Settings::parse(&kept, page::language())
}

/// Keeps them; a browser that refuses forgets them, and nothing else happens.
pub fn write(settings: Settings) {
    if let Ok(Some(storage)) = window().local_storage() {
        storage.set_item(KEY, &settings.print()).ok();
    }
}

/// The backend asked for: in the address, else in the preferences.
pub fn backend() -> Option<String> {
    page::wanted_backend().or_else(|| read().backend().map(str::to_owned))
}
