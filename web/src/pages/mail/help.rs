//! The keys, and the switch for them.

use leptos::prelude::*;

use super::View;
use crate::components::Dialog;
use crate::desk::use_desk;
use crate::text::Words;

/// Shows every key.
#[component]
pub fn KeyHelp(words: &'static Words, view: View) -> impl IntoView {
    let keys = &words.keys;
    let rows: [(&[&str], &str); 15] = [
        (&["c"], keys.write),
        (&["j", "k"], keys.next),
        (&["Enter"], keys.open),
        (&["r"], keys.reply),
        (&["a"], keys.reply_all),
        (&["f"], keys.forward),
        (&["e"], keys.archive),
        (&["#"], keys.delete),
        (&["u"], keys.unread),
        (&["/"], keys.search),
        (&["g i", "g s", "g d"], keys.go_to),
        (&["Ctrl Enter"], keys.send),
        (&["Esc"], keys.back),
        (&["l"], keys.lock),
        (&["?"], keys.help),
    ];
    view! {
        <Dialog title=keys.title close_name=words.account.close close=Callback::new(move |()| view.help.set(false))>
            <p class="hint">{keys.intro}</p>
            <dl class="keys">
                {rows.into_iter()
                    .map(|(keys, word)| view! {
                        <div>
                            <dt>{keys.iter().map(|key| view! { <kbd>{*key}</kbd> }).collect_view()}</dt>
                            <dd>{word}</dd>
                        </div>
                    })
                    .collect_view()}
            </dl>
            <LetterSwitch words/>
        </Dialog>
    }
}

/// Switches single-letter commands on or off.
#[component]
pub fn LetterSwitch(words: &'static Words) -> impl IntoView {
    let settings = use_desk().settings;
    view! {
        <label class="check">
            <input
                type="checkbox"
                prop:checked=move || settings.with(|settings| !settings.letters_off)
                on:change=move |event| {
                    let on = event_target_checked(&event);
                    settings.update(|settings| settings.letters_off = !on);
                }
            />
            {words.keys.switch}
        </label>
    }
}
