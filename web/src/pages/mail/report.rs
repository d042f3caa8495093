//! What a report says of another letter.

use leptos::prelude::*;
use sceau_protocol::{ReportView, ReportedRecipient, Trust};

use crate::desk::use_desk;
use crate::text::{Words, fill};

/// Per recipient what became of the letter, why, and what the other machine answered.
#[component]
pub fn Report(words: &'static Words, report: ReportView, trust: Trust) -> impl IntoView {
    let title = match &report.subject {
        Some(subject) => fill(words.report.title_of, &[("subject", subject)]),
        None => words.report.title.to_owned(),
    };
    let vouched = matches!(trust, Trust::SealedSigned | Trust::Signed);
    view! {
        <section class="deliveries report" aria-labelledby="report-title">
            <h2 id="report-title">{title}</h2>
            {(!vouched).then(|| view! { <p class="hint">{words.report.unvouched}</p> })}
            <ul>
                {report.recipients.into_iter().map(|found| view! { <Recipient words found/> }).collect_view()}
            </ul>
            {report.has_more.then(|| view! { <p class="hint">{words.report.more}</p> })}
        </section>
    }
}

#[component]
fn Recipient(words: &'static Words, found: ReportedRecipient) -> impl IntoView {
    let desk = use_desk();
    let retried = found.retried_until.map(|date| {
        let date = words.exact_date(desk.calendar().civil(date));
        fill(words.report.retried_until, &[("date", &date)])
    });
    view! {
        <li data-outcome=format!("{:?}", found.outcome)>
            <bdi>{found.address}</bdi>
            <span class="delivery-state">{words.reported(found.outcome)}</span>
            {found.reason.map(|reason| view! { <p>{words.reported_reason(reason)}</p> })}
            {retried.map(|retried| view! { <p>{retried}</p> })}
            {found.said.map(|said| view! {
                <details>
                    <summary>{words.report.said}</summary>
                    <bdi class="said">{said}</bdi>
                </details>
            })}
        </li>
    }
}
