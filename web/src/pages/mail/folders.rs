//! The folders: a column where there is room, a drawer elsewhere.

use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{DraftKind, Mailbox, MailboxRole, Trust};

use super::View;
use crate::components::{Icon, IconButton, SealMark, Sign};
use crate::desk::use_desk;
use crate::state::account::OpenMailbox;
use crate::state::place::{Folder, Place};
use crate::text::{Words, fill};

/// The column or drawer.
#[component]
pub fn Folders(words: &'static Words, view: View, open: OpenMailbox) -> impl IntoView {
    let desk = use_desk();
    let folders = Memo::new(move |_| desk.mail.with(|mail| mail.folders().to_vec()));
    view! {
        <Show when=move || view.folders.get()>
            <div class="veil folders-veil" on:click=move |_| view.folders.set(false)></div>
        </Show>
        <header class="folders" class:drawn=move || view.folders.get()>
            <div class="brand-line">
                <SealMark trust=Trust::SealedSigned/>
                <span class="brand">"Sceau"</span>
            </div>
            <button
                type="button"
                class="primary"
                aria-keyshortcuts="c"
                on:click=move |_| {
                    view.folders.set(false);
                    desk.write(DraftKind::New);
                }
            >
                <Icon sign=Sign::Pen/>
                {words.list.write}
            </button>
            <nav aria-label=words.folder.title>
                <ul>
                    {move || folders.get().into_iter()
                        .map(|folder| view! { <li><FolderLink words folder view/></li> })
                        .collect_view()}
                </ul>
            </nav>
            <OpenFileLink words view/>
            <div class="whoami">
                <button
                    type="button"
                    class="quiet account-button"
                    aria-label=format!("{} · {}", words.account.menu, open.shown_name())
                    aria-haspopup="dialog"
                    on:click=move |_| view.account.set(true)
                >
                    <Icon sign=Sign::Person/>
                    <span>{open.shown_name().to_owned()}</span>
                </button>
                <IconButton
                    sign=Sign::Lock
                    name=words.account.lock
                    key="l"
                    press=move || spawn_local(desk.lock())
                />
            </div>
        </header>
    }
}

#[component]
fn FolderLink(words: &'static Words, folder: Mailbox, view: View) -> impl IntoView {
    let desk = use_desk();
    let place = match folder.role {
        Some(role) => Place::folder(Folder::Role(role)),
        None => Place::folder(Folder::Own(folder.id.clone())),
    };
    let name = folder.role.map_or_else(|| folder.name.clone(), |role| words.role(role).to_owned());
    let href = place.fragment();
    let current = move || desk.place.with(|here| here.folder == place.folder).then_some("page");
    // Drafts are counted in all: an unread draft means nothing.
    let count = if folder.role == Some(MailboxRole::Drafts) { folder.total } else { folder.unread };
    let counted = matches!(folder.role, Some(MailboxRole::Inbox | MailboxRole::Drafts) | None) && count > 0;
    let spoken = if folder.role == Some(MailboxRole::Drafts) {
        String::new()
    } else {
        fill(words.folder.unread_count, &[("n", &count.to_string())])
    };
    view! {
        <a class="folder" href=href aria-current=current on:click=move |_| view.folders.set(false)>
            <Icon sign=sign(folder.role)/>
            <span class="folder-name">{name}</span>
            {counted.then(|| view! {
                <span class="count" title=spoken.clone()>
                    {count}
                    <span class="hidden-words">{spoken.clone()}</span>
                </span>
            })}
        </a>
    }
}

#[component]
fn OpenFileLink(words: &'static Words, view: View) -> impl IntoView {
    let desk = use_desk();
    let choose = move |chosen: Vec<web_sys::File>| {
        view.folders.set(false);
        if let Some(file) = chosen.into_iter().next() {
            desk.open_file(file);
        }
    };
    view! {
        <crate::components::FileField
            id="open-file"
            label=words.list.open_file
            accept=".eml,.p7m,.p7s,.pem,.der,.cms,message/rfc822,application/pkcs7-mime"
            choose=choose
        />
    }
}

fn sign(role: Option<MailboxRole>) -> Sign {
    match role {
        Some(MailboxRole::Inbox) => Sign::Inbox,
        Some(MailboxRole::Drafts) => Sign::Draft,
        Some(MailboxRole::Sent) => Sign::Send,
        Some(MailboxRole::Archive) => Sign::Archive,
        Some(MailboxRole::Trash) => Sign::Trash,
        None => Sign::Folder,
    }
}
