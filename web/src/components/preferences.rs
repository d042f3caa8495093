//! Language and appearance.

use leptos::prelude::*;

use crate::state::settings::{Settings, Theme};
use crate::text::{Lang, Words};

/// Lets the person choose language and appearance.
#[component]
pub fn PreferencesForm(words: &'static Words, settings: RwSignal<Settings>) -> impl IntoView {
    let lang = move |event| {
        if let Some(lang) = Lang::from_code(&event_target_value(&event)) {
            settings.update(|settings| settings.lang = lang);
        }
    };
    let theme = move |event| {
        let theme = match event_target_value(&event).as_str() {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            _ => Theme::Machine,
        };
        settings.update(|settings| settings.theme = theme);
    };
    let is = move |theme: Theme| move || settings.with(|settings| settings.theme == theme);
    view! {
        <div class="preferences">
            <label>
                <span>{words.settings.language}</span>
                <select autocomplete="off" on:change=lang>
                    <option value="fr" lang="fr" selected=words.lang == Lang::Fr>"Français"</option>
                    <option value="en" lang="en" selected=words.lang == Lang::En>"English"</option>
                </select>
            </label>
            <label>
                <span>{words.settings.theme}</span>
                <select autocomplete="off" on:change=theme>
                    <option value="machine" selected=is(Theme::Machine)>{words.settings.theme_machine}</option>
                    <option value="light" selected=is(Theme::Light)>{words.settings.theme_light}</option>
                    <option value="dark" selected=is(Theme::Dark)>{words.settings.theme_dark}</option>
                </select>
            </label>
        </div>
    }
}
