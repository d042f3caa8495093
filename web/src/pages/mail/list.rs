//! The list: only the rows in sight are drawn.

use std::ops::Range;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{DraftKind, MailboxRole};
use web_sys::KeyboardEvent;

use super::View;
use super::row::ListRow;
use crate::browser::{clock, dom};
use crate::components::{Icon, IconButton, Sign};
use crate::desk::{Desk, use_desk};
use crate::state::connection::Connection;
use crate::state::list_layout::ListLayout;
use crate::text::{Words, fill};

/// A search begins when typing pauses this long.
const SEARCH_MILLISECONDS: i32 = 250;

/// The list pane.
#[component]
pub fn ListPane(words: &'static Words, view: View) -> impl IntoView {
    let desk = use_desk();
    let title = move || {
        desk.mail.with(|mail| match mail.current() {
            Some(folder) => {
                folder.role.map_or_else(|| folder.name.clone(), |role| words.role(role).to_owned())
            }
            None => words.folder.inbox.to_owned(),
        })
    };
    view! {
        <section class="list-pane" aria-labelledby="list-title">
            <header class="list-head">
                <span class="no-column">
                    <IconButton sign=Sign::Menu name=words.list.folders press=move || view.folders.set(true)/>
                </span>
                <h1 id="list-title">{title}</h1>
                <button
                    type="button"
                    class="primary no-column"
                    aria-label=words.list.write
                    on:click=move |_| desk.write(DraftKind::New)
                >
                    <Icon sign=Sign::Pen/>
                    <span class="wide-word">{words.list.write}</span>
                </button>
            </header>
            <SearchField words/>
            <Scroller words/>
            <StatusLine words/>
        </section>
    }
}

#[component]
fn SearchField(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let typed = RwSignal::new(String::new());
    let folder = Memo::new(move |_| desk.place.with(|place| place.folder.clone()));
    Effect::new(move |_| {
        folder.track();
        typed.set(desk.mail.with_untracked(|mail| mail.search().to_owned()));
    });
    let changed = move |event| {
        let words = event_target_value(&event);
        typed.set(words.clone());
        spawn_local(async move {
            clock::sleep(SEARCH_MILLISECONDS).await;
            if typed.try_get_untracked().as_ref() == Some(&words) {
                desk.search(words);
            }
        });
    };
    let clear = move || {
        typed.set(String::new());
        desk.search(String::new());
        dom::focus("#search");
    };
    let pressed = move |event: KeyboardEvent| {
        match event.key().as_str() {
            "Escape" if typed.with_untracked(|typed| !typed.is_empty()) => clear(),
            "Escape" | "ArrowDown" => desk.reveal.set(Some(0)),
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <search class="search">
            <Icon sign=Sign::Search/>
            <input
                id="search"
                type="text"
                inputmode="search"
                autocomplete="off"
                spellcheck="false"
                aria-label=words.list.search
                aria-keyshortcuts="/"
                placeholder=words.list.search_hint
                prop:value=move || typed.get()
                on:input=changed
                on:keydown=pressed
            />
            <Show when=move || typed.with(|typed| !typed.is_empty())>
                <IconButton sign=Sign::Close name=words.list.clear_search press=clear/>
            </Show>
        </search>
    }
}

/// What the view of the list sees.
#[derive(Clone, Copy)]
struct Sight {
    scroll: RwSignal<u32>,
    height: RwSignal<u32>,
    layout: Memo<ListLayout>,
}

impl Sight {
    fn rows(self) -> Range<u32> {
        self.layout.with(|layout| layout.visible(self.scroll.get(), self.height.get()))
    }
}

#[component]
fn Scroller(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let frame = NodeRef::<html::Div>::new();
    let sight = Sight {
        scroll: RwSignal::new(0),
        height: RwSignal::new(800),
        layout: Memo::new(move |_| desk.mail.with(|mail| mail.layout().clone())),
    };
    watch(desk, sight, frame);
    let rows = Memo::new(move |_| sight.rows());
    view! {
        <div
            class="scroller"
            node_ref=frame
            on:scroll=move |_| {
                if let Some(frame) = frame.get_untracked() {
                    sight.scroll.set(dom::scroll_top(&frame));
                }
            }
        >
            <EmptyList words/>
            <ol id="list" class="rows" style:height=move || sight.layout.with(|l| format!("{}px", l.height()))>
                <For each=move || rows.get() key=|index| *index let:index>
                    <ListRow words index/>
                </For>
            </ol>
        </div>
    }
}

/// Keeps the rows in sight fetched, the view steady, and brings rows into sight that are asked for.
fn watch(desk: Desk, sight: Sight, frame: NodeRef<html::Div>) {
    Effect::new(move |_| {
        if let Some(frame) = frame.get() {
            dom::on_resize(&frame, move |height| {
                sight.height.try_set(height);
            });
        }
    });
    let question = Memo::new(move |_| desk.mail.with(|mail| (mail.version(), mail.current().is_some())));
    Effect::new(move |_| {
        question.track();
        desk.fetch_rows(sight.rows());
    });
    let folder = Memo::new(move |_| desk.place.with(|place| place.folder.clone()));
    Effect::new(move |_| {
        folder.track();
        if let Some(frame) = frame.get_untracked() {
            dom::set_scroll_top(&frame, 0);
        }
    });
    Effect::new(move |before: Option<ListLayout>| {
        let layout = sight.layout.get();
        if let (Some(before), Some(frame)) = (before, frame.get_untracked()) {
            let scroll = dom::scroll_top(&frame);
            let drift = if scroll == 0 { 0 } else { layout.drift(&before, scroll) };
            if drift > 0 {
                dom::set_scroll_top(&frame, scroll.saturating_add(drift));
            }
        }
        layout
    });
    Effect::new(move |_| {
        let (Some(row), Some(frame)) = (desk.reveal.get(), frame.get_untracked()) else { return };
        let (top, bottom) =
            sight.layout.with_untracked(|layout| (layout.top_of(row), layout.top_of(row + 1)));
        let (scroll, height) = (dom::scroll_top(&frame), sight.height.get_untracked());
        if top < scroll {
            dom::set_scroll_top(&frame, top);
        } else if bottom > scroll.saturating_add(height) {
            dom::set_scroll_top(&frame, bottom.saturating_sub(height));
        }
        dom::focus_row_later(row);
    });
}

#[component]
fn EmptyList(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let sentence = Memo::new(move |_| {
        desk.mail.with(|mail| match mail.total() {
            None => Some(words.list.loading.to_owned()),
            Some(0) if !mail.search().is_empty() => {
                Some(fill(words.list.nothing_found, &[("words", mail.search())]))
            }
            Some(0) if mail.role() == Some(MailboxRole::Inbox) => Some(words.list.empty_inbox.to_owned()),
            Some(0) => Some(words.list.empty_folder.to_owned()),
            Some(_) => None,
        })
    });
    move || sentence.get().map(|sentence| view! { <p class="empty">{sentence}</p> })
}

#[component]
fn StatusLine(words: &'static Words) -> impl IntoView {
    let desk = use_desk();
    let calendar = desk.calendar();
    let line = move || match desk.connection.get() {
        Connection::Unknown => words.account.connecting.to_owned(),
        Connection::UpToDate(at) => {
            fill(words.account.up_to_date, &[("time", &words.clock(calendar.civil(at)))])
        }
        Connection::Offline(since) => {
            fill(words.account.offline_since, &[("time", &words.clock(calendar.civil(since)))])
        }
    };
    let count = move || match (desk.indexing.get(), desk.mail.with(|mail| mail.total())) {
        (Some((done, total)), _) => {
            fill(words.account.indexed, &[("done", &words.number(done)), ("total", &words.number(total))])
        }
        (None, Some(1)) => words.list.count_one.to_owned(),
        (None, Some(total)) => fill(words.list.count, &[("n", &words.number(total.into()))]),
        (None, None) => String::new(),
    };
    let offline = move || matches!(desk.connection.get(), Connection::Offline(_));
    view! {
        <footer class="status" class:loud=offline>
            <span>{line}</span>
            <span class="hidden-words" role="status">{move || offline().then(line)}</span>
            <span>{count}</span>
        </footer>
    }
}
