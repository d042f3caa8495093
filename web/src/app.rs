//! The application: provides the desk, and shows the page that fits who sits at it.

use leptos::prelude::*;

use crate::browser::{files, page, preferences};
use crate::desk::{Desk, use_desk};
use crate::pages::{ElsewherePage, FirstLoginPage, MailPage, SignInPage};
use crate::state::account::Session;
use crate::state::compose::Compose;

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let desk = Desk::open();
    provide_context(desk);
    Effect::new(move |_| {
        let settings = desk.settings.get();
        page::dress(settings.lang, settings.theme);
        preferences::write(settings);
    });
    page::warn_before_leaving(move || {
        desk.compose.with_untracked(|compose| compose.as_ref().is_some_and(Compose::is_unsaved))
    });
    files::refuse_stray_drops();
    page::on_hide(move || leptos::task::spawn_local(desk.save()));
    let moved = window_event_listener(leptos::ev::hashchange, move |_| {
        if matches!(desk.session.get_untracked(), Session::Open(_)) {
            desk.moved();
        }
    });
    on_cleanup(move || moved.remove());
    view! { <Pages/> }
}

/// The page for whoever is at the desk; drawn anew when that or the language changes.
#[component]
fn Pages() -> impl IntoView {
    let desk = use_desk();
    let lang = Memo::new(move |_| desk.settings.with(|settings| settings.lang));
    let session = Memo::new(move |_| desk.session.get());
    move || {
        let words = lang.get().words();
        match session.get() {
            Session::Locked(locked) => view! { <SignInPage words locked/> }.into_any(),
            Session::Elsewhere(_) => view! { <ElsewherePage words/> }.into_any(),
            Session::SettingUp(set_up) => view! { <FirstLoginPage words set_up/> }.into_any(),
            Session::Open(open) => view! { <MailPage words open/> }.into_any(),
        }
    }
}
