//! One row of the list.

use leptos::prelude::*;
use sceau_protocol::{DraftKind, Row, RowContent, RowSummary, Trust};
use web_sys::MouseEvent;

use crate::components::{Icon, SealMark, Sign};
use crate::desk::{Desk, use_desk};
use crate::text::{Words, fill};

/// The row with this number; it follows what is known of it.
#[component]
pub fn ListRow(words: &'static Words, index: u32) -> impl IntoView {
    let desk = use_desk();
    // Reading a letter changes its mark only: the link stays, and keeps the focus.
    let unread =
        Memo::new(move |_| desk.mail.with(|mail| mail.row(index).is_some_and(|r| r.unread && !r.draft)));
    let row = Memo::new(move |_| {
        desk.mail.with(|mail| mail.row(index).map(|row| Row { unread: false, ..row.clone() }))
    });
    let top = move || desk.mail.with(|mail| format!("{}px", mail.layout().top_of(index)));
    let total = move || desk.mail.with(|mail| mail.total().unwrap_or(0).to_string());
    let heading = Memo::new(move |_| {
        let headed = desk.mail.with(|mail| mail.layout().has_heading(index));
        let calendar = desk.calendar();
        row.with(|row| {
            row.as_ref()
                .filter(|_| headed)
                .map(|row| words.day_heading(calendar.civil(row.date), calendar.today()))
        })
    });
    view! {
        <li style:top=top aria-posinset=(index + 1).to_string() aria-setsize=total>
            {move || heading.get().map(|heading| view! { <h2 class="day">{heading}</h2> })}
            {move || match row.get() {
                Some(row) => view! { <KnownRow words row index unread/> }.into_any(),
                None => view! { <div class="letter-row waiting"><span></span><span></span></div> }.into_any(),
            }}
        </li>
    }
}

#[component]
fn KnownRow(words: &'static Words, row: Row, index: u32, unread: Memo<bool>) -> impl IntoView {
    let desk = use_desk();
    let calendar = desk.calendar();
    let date = words.short_date(calendar.civil(row.date), calendar.today());
    let exact = words.exact_date(calendar.civil(row.date));
    let here = desk.place.get_untracked();
    let href = here.with_letter(Some(row.email.clone())).fragment();
    let email = row.email.clone();
    let current = move || desk.reading.with(|reading| reading.email() == Some(&email)).then_some("true");
    view! {
        <a
            class="letter-row"
            class:unread=move || unread.get()
            href=href
            data-index=index.to_string()
            aria-current=current
            on:click=open(desk, &row)
        >
            <span class="dot">
                {move || unread.get().then(|| view! { <span class="hidden-words">{words.list.unread}</span> })}
            </span>
            {content(words, &row)}
            <time class="when" title=exact>{date}</time>
        </a>
    }
}

/// A draft goes on in the panel; a letter is opened by the address its link leads to.
fn open(desk: Desk, row: &Row) -> impl Fn(MouseEvent) + use<> {
    let draft = row.draft.then(|| row.email.clone());
    move |event| {
        if let Some(email) = &draft {
            event.prevent_default();
            desk.write(DraftKind::Continue(email.clone()));
        }
    }
}

fn content(words: &'static Words, row: &Row) -> AnyView {
    match &row.content {
        RowContent::Known(summary) => {
            view! { <Summary words summary=summary.clone() answered=row.answered draft=row.draft/> }
                .into_any()
        }
        RowContent::Pending => view! { <span class="who soft">{words.list.pending}</span> }.into_any(),
        RowContent::Unreadable => view! { <span class="who soft">{words.list.unreadable}</span> }.into_any(),
    }
}

#[component]
fn Summary(words: &'static Words, summary: RowSummary, answered: bool, draft: bool) -> impl IntoView {
    let subject =
        if summary.subject.is_empty() { words.list.no_subject.to_owned() } else { summary.subject.clone() };
    let clip = match summary.attachments {
        0 => None,
        1 => Some(words.list.attachments_one.to_owned()),
        n => Some(fill(words.list.attachments, &[("n", &n.to_string())])),
    };
    let mark = summary.trust.filter(|trust| *trust != Trust::SealedSigned);
    view! {
        <span class="who">
            {draft.then(|| view! { <span class="tag">{words.list.draft}</span> })}
            {summary.who}
        </span>
        <span class="about">
            {answered.then(|| view! {
                <span class="answered" title=words.list.answered>
                    <Icon sign=Sign::Reply/>
                    <span class="hidden-words">{words.list.answered}</span>
                </span>
            })}
            <span class="subject">{subject}</span>
            " "
            <span class="first-words">{summary.first_words}</span>
        </span>
        <span class="marks">
            {clip.map(|clip| view! {
                <span class="clip" title=clip.clone()>
                    <Icon sign=Sign::Clip/>
                    <span aria-hidden="true">{summary.attachments}</span>
                    <span class="hidden-words">{clip.clone()}</span>
                </span>
            })}
            {mark.map(|trust| view! {
                <span title=words.seal(trust).state><SealMark trust name=words.seal(trust).state/></span>
            })}
        </span>
    }
}
