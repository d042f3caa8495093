//! The attachments of a letter: what each is by its content, how large, and what its name hides.

use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{LetterSource, PartInfo, PartKind};

use crate::components::{Busy, Icon, IconButton, Sign};
use crate::desk::use_desk;
use crate::text::{Words, fill, plain_name};

/// The list. With `inside`, images that stand in the letter's HTML are left out.
#[component]
pub fn Attachments(
    words: &'static Words,
    source: LetterSource,
    parts: Vec<PartInfo>,
    inside: bool,
) -> impl IntoView {
    let desk = use_desk();
    let parts: Vec<_> = (0u32..).zip(parts).filter(|(_, part)| !(inside && part.is_inside)).collect();
    let several = parts.len() > 1;
    let total: u64 = parts.iter().map(|(_, part)| part.size).sum();
    let count = u64::try_from(parts.len()).unwrap_or(u64::MAX);
    let heading = fill(words.preview.count, &[("n", &words.number(count)), ("size", &words.size(total))]);
    let all = source.clone();
    let this = StoredValue::new(source.clone());
    let packing = move || {
        desk.packing.with(|packing| packing.as_ref().is_some_and(|it| this.with_value(|at| it.letter == *at)))
    };
    let progress = Signal::derive(move || desk.packing.with(|packing| packing.as_ref()?.progress));
    (!parts.is_empty()).then(|| view! {
        <section class="attachments" aria-label=words.letter.attachments>
            {several.then(|| view! {
                <p class="attachments-head">
                    <span class="small">{heading}</span>
                    <button
                        type="button"
                        class="link small"
                        on:click=move |_| desk.save_all_parts(all.clone())
                    >
                        {words.preview.save_all}
                    </button>
                </p>
                <Show when=packing>
                    <div class="sending">
                        <Busy words waiting=words.preview.waiting progress/>
                        <button type="button" on:click=move |_| desk.stop_packing()>{words.account.cancel}</button>
                    </div>
                </Show>
            })}
            <ul>
                {parts.into_iter().map(|(index, part)| view! {
                    <Attachment words source=source.clone() index part/>
                }).collect_view()}
            </ul>
        </section>
    })
}

#[component]
fn Attachment(words: &'static Words, source: LetterSource, index: u32, part: PartInfo) -> impl IntoView {
    let desk = use_desk();
    let name = plain_name(&part.name);
    let save_name = fill(words.letter.save, &[("name", &name)]);
    let look_word =
        if part.kind == PartKind::Letter { words.preview.open_letter } else { words.preview.look };
    let look_name = fill(look_word, &[("name", &name)]);
    let facts = format!("{} · {}", words.part_kind(part.kind), words.size(part.size));
    let caution = part.caution.map(|caution| words.caution(caution));
    let can_look = can_be_seen(part.kind);
    let (looked, saved) = (part.clone(), part);
    let (look_source, save_source) = (source.clone(), source);
    let save = move || {
        let (source, part) = (save_source.clone(), saved.clone());
        spawn_local(desk.save_part(source, index, part));
    };
    let tile = view! {
        <Icon sign=sign(looked.kind)/>
        <span class="attachment-name"><bdi>{name}</bdi></span>
        <span class="small">{facts}</span>
    };
    view! {
        <li class="attachment">
            {if can_look {
                view! {
                    <button
                        type="button"
                        class="attachment-tile"
                        title=look_name.clone()
                        on:click=move |_| desk.look_at(look_source.clone(), index, looked.clone())
                    >
                        <span class="hidden-words">{look_word.replace("{name}", "")}</span>
                        {tile}
                    </button>
                }.into_any()
            } else {
                view! { <div class="attachment-tile">{tile}</div> }.into_any()
            }}
            <IconButton sign=Sign::Save name=save_name press=save/>
            {caution.map(|word| view! { <p class="caution small"><Icon sign=Sign::Warning/>{word}</p> })}
        </li>
    }
}

/// Whether there is anything to see of such a file.
fn can_be_seen(kind: PartKind) -> bool {
    match kind {
        PartKind::Pdf
        | PartKind::Image
        | PartKind::Letter
        | PartKind::Archive
        | PartKind::Table
        | PartKind::Xml
        | PartKind::Hprim
        | PartKind::Calendar
        | PartKind::Text
        | PartKind::Html => true,
        PartKind::OtherImage | PartKind::Office | PartKind::Media | PartKind::Program | PartKind::Other => {
            false
        }
    }
}

fn sign(kind: PartKind) -> Sign {
    match kind {
        PartKind::Letter => Sign::Unread,
        PartKind::Archive => Sign::Folder,
        PartKind::Program => Sign::Warning,
        _ => Sign::File,
    }
}
