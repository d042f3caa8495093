//! Signing in, and the way to the first log-in.

mod elsewhere;

use std::rc::Rc;

use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{Failure, Progress, Secret, WayIn};
use web_sys::SubmitEvent;

use super::first_login::EnrolForm;
use crate::browser::dom;
use crate::components::{Busy, FailureBox, Field, Frame, PreferencesForm, SecretField};
use crate::desk::use_desk;
use crate::state::account::{LockedMailbox, Why};
use crate::text::Words;

pub use elsewhere::ElsewherePage;

/// What the sheet asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    PassPhrase,
    RecoveryCode,
    Enrolment,
}

/// The page of somebody who is not signed in.
#[component]
pub fn SignInPage(words: &'static Words, locked: LockedMailbox) -> impl IntoView {
    let desk = use_desk();
    let form = RwSignal::new(Form::PassPhrase);
    let address = RwSignal::new(locked.address.clone());
    let failure = RwSignal::new(match locked.why {
        Some(Why::Failed(code)) => Some(Failure::of(code)),
        Some(Why::TakenOver) | None => None,
    });
    let taken_over = locked.why == Some(Why::TakenOver);
    // A failure says by itself that words were kept.
    let words_kept = failure.with_untracked(Option::is_none) && desk.compose.with_untracked(Option::is_some);
    let foot = view! { <PreferencesForm words settings=desk.settings/> }.into_any();
    view! {
        <Frame words foot>
            {taken_over.then(|| view! {
                <p class="aside" role="status">
                    {words.elsewhere.taken_over}
                    {(!words_kept).then(|| format!(" {}", words.elsewhere.drafts))}
                </p>
            })}
            {words_kept.then(|| view! { <p class="aside">{words.sign_in.words_kept}</p> })}
            {move || match form.get() {
                Form::Enrolment => view! {
                    <EnrolForm words address leave=Callback::new(move |()| form.set(Form::PassPhrase))/>
                }
                .into_any(),
                Form::PassPhrase => {
                    view! { <SignInForm words address failure form way=WayIn::PassPhrase/> }.into_any()
                }
                Form::RecoveryCode => {
                    view! { <SignInForm words address failure form way=WayIn::RecoveryCode/> }.into_any()
                }
            }}
        </Frame>
    }
}

#[component]
fn SignInForm(
    words: &'static Words,
    address: RwSignal<String>,
    failure: RwSignal<Option<Failure>>,
    form: RwSignal<Form>,
    way: WayIn,
) -> impl IntoView {
    let desk = use_desk();
    let secret = NodeRef::<Input>::new();
    let busy = RwSignal::new(false);
    let progress = RwSignal::new(None::<Progress>);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let typed = Secret::new(dom::take(secret.get_untracked()));
        busy.set(true);
        failure.set(None);
        spawn_local(async move {
            let tell = Rc::new(move |word| progress.set(Some(word)));
            let answer = desk.sign_in(address.get_untracked().trim().to_owned(), typed, way, tell).await;
            if let Err(wrong) = answer {
                busy.try_set(false);
                progress.try_set(None);
                failure.try_set(Some(wrong));
                dom::focus("#secret");
            }
        });
    };
    let secret_label = match way {
        WayIn::PassPhrase => words.sign_in.pass_phrase,
        WayIn::RecoveryCode => words.sign_in.recovery_code,
    };
    dom::focus_later(if address.with_untracked(String::is_empty) { "#address" } else { "#secret" });
    view! {
        <form class="stack" autocomplete="off" on:submit=submit>
            <h1>{words.sign_in.title}</h1>
            <FailureBox words failure/>
            <Field id="address" label=words.sign_in.address kind="email" value=address/>
            <SecretField id="secret" label=secret_label field=secret/>
            <button type="submit" class="primary" disabled=move || busy.get()>{words.sign_in.enter}</button>
            <Show when=move || busy.get()>
                <Busy words waiting=words.sign_in.entering progress/>
            </Show>
            <OtherWays words form way/>
            <p class="hint">{words.sign_in.welcome}" "{words.sign_in.nothing_left}</p>
        </form>
    }
}

#[component]
fn OtherWays(words: &'static Words, form: RwSignal<Form>, way: WayIn) -> impl IntoView {
    let (other, label) = match way {
        WayIn::PassPhrase => (Form::RecoveryCode, words.sign_in.forgotten),
        WayIn::RecoveryCode => (Form::PassPhrase, words.sign_in.with_pass_phrase),
    };
    view! {
        <div class="ways">
            <button type="button" class="link" on:click=move |_| form.set(other)>{label}</button>
            <button type="button" class="link" on:click=move |_| form.set(Form::Enrolment)>
                {words.sign_in.first_time}
            </button>
        </div>
    }
}
