//! The mailbox: folders, list, letter; the panel one writes in; the keys.

mod account;
mod attachments;
mod charset;
mod details;
mod drawn;
mod folders;
mod formatted;
mod help;
mod keyboard;
mod letter;
mod list;
mod pass_phrase;
mod preview;
mod printed;
mod reading;
mod report;
mod row;
mod verdict;

use leptos::prelude::*;
use web_sys::DragEvent;

use super::{ComposeDialogs, ComposePanel};
use crate::browser::{dom, files};
use crate::components::{Icon, NoticeList, Sign};
use crate::desk::{Desk, use_desk};
use crate::state::account::OpenMailbox;
use crate::text::Words;

use account::AccountDialog;
use folders::Folders;
use help::KeyHelp;
use list::ListPane;
use pass_phrase::PassPhraseDialog;
use preview::PreviewSheet;
use reading::ReadingPane;

/// What is open above the mailbox.
#[derive(Clone, Copy)]
pub(crate) struct View {
    /// The drawer of folders, where there is no column for them.
    folders: RwSignal<bool>,
    /// Account and settings.
    account: RwSignal<bool>,
    /// A new pass phrase.
    pass_phrase: RwSignal<bool>,
    /// The keys.
    help: RwSignal<bool>,
}

/// The page of an open mailbox.
#[component]
pub fn MailPage(words: &'static Words, open: OpenMailbox) -> impl IntoView {
    let desk = use_desk();
    let view = View {
        folders: RwSignal::new(false),
        account: RwSignal::new(false),
        pass_phrase: RwSignal::new(open.forgot_pass_phrase),
        help: RwSignal::new(false),
    };
    let open = StoredValue::new(open);
    keyboard::listen(desk, view);
    let pane = move || {
        let reading = desk.reading.with(|reading| reading.which().is_some());
        if reading { "letter" } else { "list" }
    };
    view! {
        <DropZone words>
            <div class="desk" data-pane=pane>
                <SkipLinks words/>
                <Folders words view open=open.get_value()/>
                <ListPane words view/>
                <ReadingPane words open=open.get_value()/>
                <Show when=move || desk.compose.with(Option::is_some)>
                    <ComposePanel words/>
                </Show>
            </div>
        </DropZone>
        <PreviewSheet words/>
        <Show when=move || view.account.get()>
            <AccountDialog words view open=open.get_value()/>
        </Show>
        <Show when=move || view.pass_phrase.get()>
            <PassPhraseDialog words view open=open.get_value()/>
        </Show>
        <ComposeDialogs words/>
        <Show when=move || view.help.get()>
            <KeyHelp words view/>
        </Show>
        <NoticeList
            words
            calendar=desk.calendar()
            notices=desk.notices
            undo=Callback::new(move |id| desk.undo(id))
            dismiss=Callback::new(move |id| desk.dismiss(id))
        />
    }
}

#[component]
fn SkipLinks(words: &'static Words) -> impl IntoView {
    view! {
        <div class="skip">
            <button type="button" on:click=move |_| { dom::focus("#list a"); }>{words.account.skip_to_list}</button>
            <button type="button" on:click=move |_| { dom::focus("#letter-title"); }>
                {words.account.skip_to_letter}
            </button>
        </div>
    }
}

/// Files dropped anywhere: joined to the letter being written, else opened as a letter.
#[component]
fn DropZone(words: &'static Words, children: Children) -> impl IntoView {
    let desk = use_desk();
    let over = RwSignal::new(false);
    let drag = move |event: DragEvent| {
        if files::carries_files(&event) {
            event.prevent_default();
            over.set(true);
        }
    };
    let dropped = move |event: DragEvent| {
        if files::carries_files(&event) {
            event.prevent_default();
            over.set(false);
            take_files(desk, files::dropped(&event));
        }
    };
    let label = move || {
        if desk.compose.with(Option::is_some) { words.compose.drop_here } else { words.list.drop_file }
    };
    view! {
        <div
            class="drop-zone"
            on:dragover=drag
            on:dragleave=move |event| {
                if event.related_target().is_none() {
                    over.set(false);
                }
            }
            on:drop=dropped
        >
            {children()}
            <Show when=move || over.get()>
                <div class="drop-sign"><Icon sign=Sign::Inbox/>{label}</div>
            </Show>
        </div>
    }
}

fn take_files(desk: Desk, dropped: Vec<web_sys::File>) {
    if desk.compose.with_untracked(Option::is_some) {
        desk.attach(dropped);
    } else if let Some(file) = dropped.into_iter().next() {
        desk.open_file(file);
    }
}
