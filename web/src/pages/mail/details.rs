//! The technical details of a letter: layers, certificates, digests. Complete, and copyable as text.

use leptos::prelude::*;
use sceau_protocol::{CertificateView, CharsetView, LayerInfo, LetterView, PartInfo, UnixSeconds};

use crate::desk::{Desk, use_desk};
use crate::text::{Words, fill, plain_name};

/// A heading and what stands below it, one fact a line.
struct Group {
    heading: Option<&'static str>,
    entries: Vec<Vec<String>>,
}

/// The details, folded.
#[component]
pub fn Details(words: &'static Words, view: LetterView) -> impl IntoView {
    let desk = use_desk();
    let groups = groups(words, desk, &view);
    let whole = as_text(&groups);
    let source = view.source.clone();
    view! {
        <details>
            <summary>{words.letter.technical}</summary>
            {view.layers.is_empty().then(|| view! { <p>{words.letter.no_layers}</p> })}
            {groups.into_iter().map(|group| view! {
                {group.heading.map(|heading| view! { <h2>{heading}</h2> })}
                <ul class="mono">
                    {group.entries.into_iter().map(|lines| view! {
                        <li>{lines.into_iter().map(|line| view! { <div>{line}</div> }).collect_view()}</li>
                    }).collect_view()}
                </ul>
            }).collect_view()}
            <p class="details-foot">
                <button type="button" class="link" on:click=move |_| desk.copy(whole.clone())>
                    {words.formatted.copy_details}
                </button>
                <button type="button" class="link" on:click=move |_| desk.save_source(source.clone())>
                    {words.formatted.source}
                </button>
            </p>
        </details>
    }
}

fn groups(words: &'static Words, desk: Desk, view: &LetterView) -> Vec<Group> {
    let date = |at: UnixSeconds| words.exact_date(desk.calendar().civil(at));
    let layers = view.layers.iter().map(|info| layer(words, info, &date)).collect();
    let path = view.path.iter().map(|found| certificate(words, found, &date)).collect();
    let parts = view.parts.iter().map(|part| file(words, part)).collect();
    let charset = view.charset.iter().map(|found| vec![charset(found)]).collect();
    [
        Group { heading: None, entries: layers },
        Group { heading: Some(words.formatted.path), entries: path },
        Group { heading: Some(words.letter.attachments), entries: parts },
        Group { heading: None, entries: charset },
    ]
    .into_iter()
    .filter(|group| !group.entries.is_empty())
    .collect()
}

fn layer(words: &Words, info: &LayerInfo, date: &impl Fn(UnixSeconds) -> String) -> Vec<String> {
    let mut lines = vec![info.summary.clone()];
    lines.extend(info.signer.as_ref().map(|who| fill(words.letter.signer, &[("who", who)])));
    lines.extend((!info.emails.is_empty()).then(|| info.emails.join(", ")));
    lines.extend(info.signed_at.map(|at| fill(words.formatted.signing_time, &[("date", &date(at))])));
    lines.extend(info.content_sha256.as_ref().map(|hash| digest(words, hash)));
    lines
}

fn certificate(words: &Words, found: &CertificateView, date: &impl Fn(UnixSeconds) -> String) -> Vec<String> {
    let valid = [("from", date(found.not_before)), ("until", date(found.not_after))];
    let valid: Vec<_> = valid.iter().map(|(name, value)| (*name, value.as_str())).collect();
    vec![
        format!("{} ({})", found.subject, found.serial),
        fill(words.formatted.valid, &valid),
        digest(words, &found.sha256),
    ]
}

fn file(words: &Words, part: &PartInfo) -> Vec<String> {
    vec![
        format!("{} · {} · {}", plain_name(&part.name), part.content_type, words.size(part.size)),
        digest(words, &part.sha256),
    ]
}

fn charset(found: &CharsetView) -> String {
    format!("charset={}", found.name)
}

fn digest(words: &Words, hash: &str) -> String {
    format!("{} {hash}", words.letter.sha256)
}

fn as_text(groups: &[Group]) -> String {
    let mut text = String::new();
    for group in groups {
        for line in group.heading.iter().copied().chain(group.entries.iter().flatten().map(String::as_str)) {
            text.push_str(line);
            text.push('\n');
        }
        text.push('\n');
    }
    text
}
