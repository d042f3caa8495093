//! The first log-in: code and pass phrase, recovery code, authority, keys, certificates.

mod authority;
mod certificates;
mod enrol;
mod keys;
mod recovery;

use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::AccountStage;

use crate::components::{Frame, PreferencesForm};
use crate::desk::use_desk;
use crate::state::account::SetUp;
use crate::text::{Words, fill};

use authority::AuthorityStep;
use certificates::CertificatesStep;
pub use enrol::EnrolForm;
use keys::KeysStep;
use recovery::RecoveryStep;

/// Steps in all, the enrolment form being the first.
const STEPS: u32 = 5;

/// The page of an account whose set-up is not finished.
#[component]
pub fn FirstLoginPage(words: &'static Words, set_up: SetUp) -> impl IntoView {
    let desk = use_desk();
    let later = move |_| spawn_local(desk.lock());
    let foot = view! {
        <button type="button" class="link" on:click=later>{words.first.sign_out}</button>
        <PreferencesForm words settings=desk.settings/>
    }
    .into_any();
    view! { <Frame words foot>{step(words, set_up)}</Frame> }
}

fn step(words: &'static Words, set_up: SetUp) -> AnyView {
    if let Some(code) = set_up.recovery_code() {
        let (code, address) = (code.to_owned(), set_up.address().to_owned());
        return view! { <RecoveryStep words code address/> }.into_any();
    }
    match set_up.stage().clone() {
        AccountStage::NeedsAuthority(proposed) => view! { <AuthorityStep words proposed/> }.into_any(),
        AccountStage::NeedsKeys => view! { <KeysStep words/> }.into_any(),
        AccountStage::AwaitsCertificates(requests) => view! { <CertificatesStep words requests/> }.into_any(),
        // A finished account leads to the mailbox, see `SetUp::advance`.
        AccountStage::Ready => ().into_any(),
    }
}

/// The heading of a step: its number, and what it is about.
#[component]
fn StepHead(words: &'static Words, number: u32, title: &'static str) -> impl IntoView {
    let step = fill(words.first.step, &[("n", &number.to_string()), ("total", &STEPS.to_string())]);
    view! {
        <p class="step">{step}</p>
        <h1 tabindex="-1">{title}</h1>
    }
}
