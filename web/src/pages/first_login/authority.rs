//! Step 3: the authority's fingerprint, compared by the person.

use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{Failure, ProposedAuthority};

use super::StepHead;
use crate::components::{FailureBox, Icon, Sign};
use crate::desk::use_desk;
use crate::text::{Words, fill};

/// Shows what the relay proposes; nothing is trusted before the person says that it is the same.
#[component]
pub fn AuthorityStep(words: &'static Words, proposed: Vec<ProposedAuthority>) -> impl IntoView {
    let empty = proposed.is_empty();
    view! {
        <div class="stack">
            <StepHead words number=3 title=words.first.authority_title/>
            <p>{words.first.authority_text}</p>
            {empty.then(|| view! { <p class="failure"><Icon sign=Sign::Warning/>{words.first.no_authority}</p> })}
            {proposed.into_iter().map(|authority| view! { <Proposal words authority/> }).collect_view()}
        </div>
    }
}

#[component]
fn Proposal(words: &'static Words, authority: ProposedAuthority) -> impl IntoView {
    let desk = use_desk();
    let failure = RwSignal::new(None::<Failure>);
    let different = RwSignal::new(false);
    let domains = fill(words.first.speaks_for, &[("domains", &authority.domains.join(", "))]);
    let groups = authority.fingerprint.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let (id, fingerprint) = (authority.id.clone(), authority.fingerprint.clone());
    let same = move |_| {
        let (id, fingerprint) = (id.clone(), fingerprint.clone());
        spawn_local(async move {
            if let Err(wrong) = desk.pin(id, fingerprint).await {
                failure.try_set(Some(wrong));
            }
        });
    };
    view! {
        <section class="card">
            <h2>{authority.name}</h2>
            <p class="hint">{domains}</p>
            <p class="small">{words.first.fingerprint}</p>
            <ol class="fingerprint">{groups.into_iter().map(|group| view! { <li>{group}</li> }).collect_view()}</ol>
            <FailureBox words failure/>
            <div class="row">
                <button type="button" class="primary" disabled=move || different.get() on:click=same>
                    {words.first.same}
                </button>
                <button type="button" on:click=move |_| different.set(true)>{words.first.not_same}</button>
            </div>
            <div role="alert">
                {move || different.get().then(|| view! {
                    <p class="failure"><Icon sign=Sign::Warning/>{words.first.not_same_text}</p>
                })}
            </div>
        </section>
    }
}
