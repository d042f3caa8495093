//! Account and settings.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::View;
use super::help::LetterSwitch;
use crate::browser::{page, preferences};
use crate::components::{Dialog, Icon, PreferencesForm, Sign};
use crate::desk::use_desk;
use crate::state::account::OpenMailbox;
use crate::text::{Calendar, Words, fill};

/// Who is signed in, since when the machine was strange, and the preferences.
#[component]
pub fn AccountDialog(words: &'static Words, view: View, open: OpenMailbox) -> impl IntoView {
    let desk = use_desk();
    let close = Callback::new(move |()| view.account.set(false));
    let sign = move |_| {
        view.account.set(false);
        desk.signing.set(true);
    };
    let help = move |_| {
        view.account.set(false);
        view.help.set(true);
    };
    let change = move |_| {
        view.account.set(false);
        view.pass_phrase.set(true);
    };
    view! {
        <Dialog title=words.account.menu close_name=words.account.close close=close>
            <div class="stack">
                <div>
                    <p><strong>{open.shown_name().to_owned()}</strong></p>
                    <p class="small">{open.address().to_owned()}</p>
                </div>
                <div class="facts">
                    {facts(words, desk.calendar(), &open).into_iter().map(|fact| view! { <p>{fact}</p> }).collect_view()}
                </div>
                <PreferencesForm words settings=desk.settings/>
                <LetterSwitch words/>
                <BackendSwitch words/>
                <div class="row">
                    <button type="button" on:click=change><Icon sign=Sign::Key/>{words.account.change_pass_phrase}</button>
                    <button type="button" on:click=help><Icon sign=Sign::Help/>{words.keys.title}</button>
                    <button type="button" on:click=sign><Icon sign=Sign::Pen/>{words.writing.signature}</button>
                    <button type="button" on:click=move |_| spawn_local(desk.lock())>
                        <Icon sign=Sign::Lock/>
                        {words.account.lock}
                    </button>
                </div>
            </div>
        </Dialog>
    }
}

/// Whether the browser's own cryptography is used. What the address asks for cannot be chosen here.
#[component]
fn BackendSwitch(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let asked_for = page::wanted_backend().is_some();
    let by_browser = move || !desk.settings.with(|settings| settings.rust_only);
    view! {
        <label class="check">
            <input
                type="checkbox"
                disabled=asked_for
                prop:checked=by_browser
                on:change=move |event| {
                    let rust_only = !event_target_checked(&event);
                    desk.settings.update(|settings| settings.rust_only = rust_only);
                    preferences::write(desk.settings.get_untracked());
                    desk.choose_backend();
                }
            />
            <span>{words.settings.by_browser}<span class="hint">{words.settings.by_browser_hint}</span></span>
        </label>
    }
}

fn facts(words: &'static Words, calendar: Calendar, open: &OpenMailbox) -> Vec<String> {
    let mut facts = Vec::new();
    if let Some(minutes) = open.wrong_clock_minutes() {
        facts.push(fill(words.account.clock_wrong, &[("minutes", &minutes.to_string())]));
    }
    facts.push(match &open.last_sign_in {
        Some(last) => words.last_sign_in(last, calendar),
        None => words.account.no_sign_in_before.to_owned(),
    });
    if let Some(ends) = open.certificate_ends {
        let date = words.plain_day(calendar.civil(ends));
        facts.push(fill(words.account.certificate_ends, &[("date", &date)]));
    }
    facts
}
