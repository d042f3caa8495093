//! Step 5: two requests out, two certificates in.

use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{CertificateRequests, Failure};

use super::StepHead;
use crate::browser::files;
use crate::components::{FailureBox, FileField, Icon, Sign};
use crate::desk::{Desk, use_desk};
use crate::text::Words;

/// Hands the requests out and takes the authority's answer.
#[component]
pub fn CertificatesStep(words: &'static Words, requests: CertificateRequests) -> impl IntoView {
    let desk = use_desk();
    let failure = RwSignal::new(None::<Failure>);
    let chosen = move |chosen: Vec<web_sys::File>| {
        failure.set(None);
        spawn_local(async move {
            if let Err(wrong) = install(desk, chosen).await {
                failure.try_set(Some(wrong));
            }
        });
    };
    view! {
        <div class="stack">
            <StepHead words number=5 title=words.first.requests_title/>
            <p>{words.first.requests_text}</p>
            <div class="row">
                <Download name="sceau-signature.csr" label=words.first.download_signing text=requests.signing/>
                <Download name="sceau-chiffrement.csr" label=words.first.download_encryption text=requests.encryption/>
            </div>
            <section class="card stack">
                <h2>{words.first.answer_title}</h2>
                <FailureBox words failure/>
                <FileField
                    id="certificates"
                    label=words.first.choose_certificates
                    accept=".pem,.crt,.cer,.der,.p7b,.p7c"
                    several=true
                    choose=chosen
                />
            </section>
        </div>
    }
}

#[component]
fn Download(name: &'static str, label: &'static str, text: String) -> impl IntoView {
    let save = move |_| {
        files::save_text(name, &text).ok();
    };
    view! {
        <button type="button" on:click=save>
            <Icon sign=Sign::Save/>
            {label}
        </button>
    }
}

async fn install(desk: Desk, chosen: Vec<web_sys::File>) -> Result<(), Failure> {
    let mut buffers = Vec::with_capacity(chosen.len());
    for file in &chosen {
        buffers.push(files::read(file).await?);
    }
    desk.install_certificates(buffers).await
}
