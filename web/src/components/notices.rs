//! The notices at the foot of the page.

use leptos::prelude::*;

use super::{Icon, IconButton, Sign};
use crate::state::notices::{Notice, NoticeId, Notices, Undo, Word};
use crate::text::{Calendar, Words, fill};

/// Shows the notices, and has each read out once.
#[component]
pub fn NoticeList(
    words: &'static Words,
    calendar: Calendar,
    notices: RwSignal<Notices>,
    undo: Callback<NoticeId>,
    dismiss: Callback<NoticeId>,
) -> impl IntoView {
    let spoken = Memo::new(move |_| {
        notices.with(|notices| {
            notices.shown().last().map(|notice| sentence(words, calendar, &notice.word)).unwrap_or_default()
        })
    });
    let ids =
        move || notices.with(|notices| notices.shown().iter().map(|notice| notice.id).collect::<Vec<_>>());
    view! {
        <p class="hidden-words" role="status" aria-live="polite">{move || spoken.get()}</p>
        <section class="notices" aria-label=words.notice.title>
            <For each=ids key=|id| *id let:id>
                <NoticeBar words calendar notice=notice_of(notices, id) undo dismiss/>
            </For>
        </section>
    }
}

fn notice_of(notices: RwSignal<Notices>, id: NoticeId) -> Memo<Option<Notice>> {
    Memo::new(move |_| notices.with(|notices| notices.shown().iter().find(|notice| notice.id == id).cloned()))
}

#[component]
fn NoticeBar(
    words: &'static Words,
    calendar: Calendar,
    notice: Memo<Option<Notice>>,
    undo: Callback<NoticeId>,
    dismiss: Callback<NoticeId>,
) -> impl IntoView {
    let Some(first) = notice.get_untracked() else { return ().into_any() };
    let id = first.id;
    let failed = matches!(first.word, Word::Failed(_) | Word::WrongClock(_));
    let seconds = move || notice.with(|notice| notice.as_ref().map_or(0, |notice| notice.seconds_left));
    let label = move || match &first.undo {
        Some(Undo::Send(_)) => fill(words.notice.undo_seconds, &[("n", &seconds().to_string())]),
        Some(Undo::Reload) => words.notice.reload.to_owned(),
        Some(Undo::Reopen(_)) => words.writing.reopen.to_owned(),
        Some(
            Undo::Move(..) | Undo::Destroy(_) | Undo::Discard(_) | Undo::Quote(..) | Undo::FoldQuote(..),
        )
        | None => words.notice.undo.to_owned(),
    };
    let has_undo =
        notice.with_untracked(|notice| notice.as_ref().is_some_and(|notice| notice.undo.is_some()));
    view! {
        <div class="notice" class:loud=failed>
            {failed.then(|| view! { <Icon sign=Sign::Warning/> })}
            <span class="notice-word">{sentence(words, calendar, &first.word)}</span>
            {has_undo.then(|| view! {
                <button type="button" class="link" on:click=move |_| undo.run(id)>{label}</button>
            })}
            <IconButton sign=Sign::Close name=words.notice.dismiss press=move || dismiss.run(id)/>
        </div>
    }
    .into_any()
}

fn sentence(words: &'static Words, calendar: Calendar, word: &Word) -> String {
    use sceau_protocol::MailboxRole;
    let notice = &words.notice;
    match word {
        Word::Sent => notice.sent.to_owned(),
        Word::Unsent => notice.unsent.to_owned(),
        Word::Moved(MailboxRole::Inbox) => notice.moved_inbox.to_owned(),
        Word::Moved(MailboxRole::Archive) => notice.moved_archive.to_owned(),
        Word::Moved(MailboxRole::Trash) => notice.moved_trash.to_owned(),
        Word::Moved(MailboxRole::Drafts | MailboxRole::Sent) => notice.moved_other.to_owned(),
        Word::Destroyed => notice.destroyed.to_owned(),
        Word::Discarded => notice.discarded.to_owned(),
        Word::QuoteRemoved => words.writing.quote_removed.to_owned(),
        Word::QuoteShown => words.writing.quote_shown.to_owned(),
        Word::Saved(name) => fill(notice.saved, &[("name", name)]),
        Word::Copied => notice.copied.to_owned(),
        Word::NotPrinted => notice.not_printed.to_owned(),
        Word::DraftKept => notice.draft_kept.to_owned(),
        Word::PassPhraseChanged => notice.pass_phrase_changed.to_owned(),
        Word::LastSignIn(last) => words.last_sign_in(last, calendar),
        Word::WrongClock(minutes) => fill(words.account.clock_wrong, &[("minutes", &minutes.to_string())]),
        Word::NewBuild => notice.new_build.to_owned(),
        Word::Failed(failure) => words.failure(failure),
    }
}
