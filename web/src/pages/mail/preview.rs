//! An attachment, looked at above the letter.

use js_sys::ArrayBuffer;
use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{ArchiveEntry, ArchiveView, PartInfo, PartKind};

use super::charset::CharsetChoice;
use super::drawn::DrawnFile;
use crate::components::{Busy, Dialog, FailureBox, Icon, IconButton, Sign};
use crate::desk::use_desk;
use crate::state::preview::{Looking, Seen};
use crate::text::{Words, fill, plain_name};

/// What can be the same while the rest of it changes.
#[derive(Clone, PartialEq)]
struct Face {
    letter: sceau_protocol::LetterSource,
    index: u32,
    part: PartInfo,
}

/// The sheet, while something is looked at.
#[component]
pub fn PreviewSheet(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let face = Memo::new(move |_| {
        desk.looking.with(|looking| {
            looking.as_ref().map(|it| Face {
                letter: it.letter.clone(),
                index: it.index,
                part: it.part.clone(),
            })
        })
    });
    move || face.get().map(|face| view! { <Sheet words face/> })
}

#[component]
fn Sheet(words: &'static Words, face: Face) -> impl IntoView {
    let desk = use_desk();
    let name = plain_name(&face.part.name);
    let facts = format!("{} · {}", words.part_kind(face.part.kind), words.size(face.part.size));
    let caution = face.part.caution.map(|caution| words.caution(caution));
    let kind = face.part.kind;
    let save = move |_| {
        let Face { letter, index, part } = face.clone();
        spawn_local(desk.save_part(letter, index, part));
    };
    view! {
        <Dialog
            title=name
            class="dialog preview"
            close_name=words.account.close
            close=Callback::new(move |()| desk.look_away())
        >
            <div class="preview-bar">
                <span class="small">{facts}</span>
                <CharsetOfFile words/>
                <button type="button" on:click=save><Icon sign=Sign::Save/>{fill(words.letter.save, &[])}</button>
            </div>
            {caution.map(|word| view! { <p class="caution"><Icon sign=Sign::Warning/>{word}</p> })}
            <div class="preview-body" tabindex="0" role="region" aria-label=words.preview.content>
                <SeenPart words kind/>
                <More words/>
            </div>
        </Dialog>
    }
}

fn looking<T: Send + Sync + PartialEq + Clone + 'static>(
    read: impl Fn(&Looking<ArrayBuffer>) -> Option<T> + Send + Sync + 'static,
) -> Memo<Option<T>> {
    let desk = use_desk();
    Memo::new(move |_| desk.looking.with(|looking| looking.as_ref().and_then(&read)))
}

#[component]
fn CharsetOfFile(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let is_text = looking(|it| matches!(it.seen, Seen::Text(_) | Seen::Table(_)).then_some(()));
    let charset = looking(|it| it.charset.clone());
    move || {
        let charset = charset.get().filter(|_| is_text.get().is_some())?;
        Some(view! {
            <CharsetChoice words charset automatic=None choose=Callback::new(move |chosen: Option<String>| {
                if let Some(charset) = chosen {
                    desk.look_in(charset);
                }
            })/>
        })
    }
}

/// What kind of thing is seen; the things themselves change below it.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Waiting,
    Text,
    Table,
    Framed,
    Archive,
    Nothing,
    Failed,
}

#[component]
fn SeenPart(words: &'static Words, kind: PartKind) -> impl IntoView {
    let desk = use_desk();
    let seen = looking(|it| {
        Some(match it.seen {
            Seen::Waiting(_) => Kind::Waiting,
            Seen::Text(_) => Kind::Text,
            Seen::Table(_) => Kind::Table,
            Seen::Framed(_) => Kind::Framed,
            Seen::Archive(_) => Kind::Archive,
            Seen::Nothing => Kind::Nothing,
            Seen::Failed(_) => Kind::Failed,
        })
    });
    move || match seen.get()? {
        Kind::Waiting => {
            let progress =
                looking(|it| if let Seen::Waiting(progress) = &it.seen { *progress } else { None });
            Some(view! { <Busy words waiting=words.preview.waiting progress=Signal::derive(move || progress.get())/> }.into_any())
        }
        Kind::Text => Some(view! { <TextPieces mono=is_mono(kind)/> }.into_any()),
        Kind::Table => Some(view! { <Table words/> }.into_any()),
        Kind::Archive => {
            let view =
                looking(|it| if let Seen::Archive(view) = &it.seen { Some(view.clone()) } else { None });
            view.get_untracked().map(|view| view! { <Archive words view/> }.into_any())
        }
        Kind::Framed => {
            let bytes = desk.looking.with_untracked(|looking| match looking.as_ref().map(|it| &it.seen) {
                Some(Seen::Framed(bytes)) => Some(bytes.clone()),
                _ => None,
            });
            bytes.map(|bytes| view! { <DrawnFile words bytes/> }.into_any())
        }
        Kind::Nothing => Some(view! { <p class="hint">{words.preview.nothing}</p> }.into_any()),
        Kind::Failed => {
            let failure = desk.looking.with_untracked(|looking| match looking.as_ref().map(|it| &it.seen) {
                Some(Seen::Failed(failure)) => Some(failure.clone()),
                _ => None,
            });
            Some(view! { <FailureBox words failure=Signal::stored(failure)/> }.into_any())
        }
    }
}

/// What stands in columns is read in letters of one width.
fn is_mono(kind: PartKind) -> bool {
    matches!(kind, PartKind::Hprim | PartKind::Xml | PartKind::Text | PartKind::Html | PartKind::Calendar)
}

#[component]
fn TextPieces(mono: bool) -> impl IntoView {
    let count = looking(|it| if let Seen::Text(pieces) = &it.seen { Some(pieces.len()) } else { None });
    let desk = use_desk();
    let piece = move |place: usize| {
        desk.looking.with_untracked(|looking| match looking.as_ref().map(|it| &it.seen) {
            Some(Seen::Text(pieces)) => pieces.get(place).cloned(),
            _ => None,
        })
    };
    view! {
        <div class="preview-text" class:mono=mono>
            <For each=move || 0..count.get().unwrap_or(0) key=|place| *place let(place)>
                <pre>{piece(place)}</pre>
            </For>
        </div>
    }
}

#[component]
fn Table(words: &'static Words) -> impl IntoView {
    let rows = looking(|it| if let Seen::Table(rows) = &it.seen { Some(rows.clone()) } else { None });
    let cells = |row: Vec<String>| row.into_iter().map(|value| view! { <td>{value}</td> }).collect_view();
    view! {
        <table class="preview-table" aria-label=words.preview.table>
            <tbody>
                {move || rows.get().unwrap_or_default().into_iter().map(|row| view! { <tr>{cells(row)}</tr> }).collect_view()}
            </tbody>
        </table>
    }
}

#[component]
fn Archive(words: &'static Words, view: ArchiveView) -> impl IntoView {
    let empty = view.entries.is_empty();
    view! {
        {empty.then(|| view! { <p class="hint">{words.preview.empty_archive}</p> })}
        <ul class="archive">
            {view.entries.into_iter().map(|entry| view! { <Entry words entry/> }).collect_view()}
        </ul>
        {view.has_more.then(|| view! { <p class="hint">{words.preview.more_entries}</p> })}
    }
}

#[component]
fn Entry(words: &'static Words, entry: ArchiveEntry) -> impl IntoView {
    let desk = use_desk();
    let name = plain_name(&entry.name);
    let save_name = fill(words.letter.save, &[("name", &name)]);
    let sign = if entry.is_folder { Sign::Folder } else { Sign::File };
    let can_save = !entry.is_folder && entry.obstacle.is_none();
    let size = (!entry.is_folder).then(|| words.size(entry.size));
    view! {
        <li>
            <Icon sign/>
            <span class="attachment-name"><bdi>{name}</bdi></span>
            <span class="small">{size}</span>
            {can_save.then(|| view! {
                <IconButton sign=Sign::Save name=save_name press=move || desk.save_archived(entry.index)/>
            })}
            {entry.obstacle.map(|obstacle| view! { <span class="small entry-note">{words.archive_obstacle(obstacle)}</span> })}
            {entry.misleads.then(|| view! { <span class="small entry-note">{words.preview.misleads}</span> })}
        </li>
    }
}

#[component]
fn More(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let rest = looking(|it| it.next.map(|next| (next, it.part.size, it.job.is_some())));
    move || {
        rest.get().map(|(next, size, busy)| view! {
            <p class="preview-more">
                <button type="button" disabled=busy on:click=move |_| desk.look_on()>{words.preview.more}</button>
                <span class="small">
                    {fill(words.preview.seen_of, &[("seen", &words.size(next)), ("size", &words.size(size))])}
                </span>
            </p>
        })
    }
}
