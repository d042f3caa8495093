//! Saying what was done, and undoing it.

use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{DraftKind, Failure, FailureCode, Move};

use super::Desk;
use crate::browser::clock;
use crate::state::account::Session;
use crate::state::notices::{Notice, NoticeId, Undo, Word};

impl Desk {
    /// Says something at the foot of the page.
    pub fn say(self, word: Word, undo: Option<Undo>) {
        let silent = self.notices.with_untracked(|notices| notices.is_empty());
        self.notices.update(|notices| {
            notices.say(word, undo);
        });
        if silent {
            self.count_down();
        }
    }

    /// Says that something failed; what the person did themselves, and what locks the page, is told elsewhere.
    pub fn say_failed(self, failure: Failure) {
        let told_elsewhere = [FailureCode::Cancelled, FailureCode::WorkerStopped, FailureCode::SessionEnded];
        let locked = matches!(self.session.get_untracked(), Session::Locked(_));
        let word = Word::Failed(failure.clone());
        let said =
            self.notices.with_untracked(|notices| notices.shown().iter().any(|shown| shown.word == word));
        if !locked && !said && !told_elsewhere.contains(&failure.code) {
            self.say(word, None);
        }
    }

    /// Takes a notice away.
    pub fn dismiss(self, id: NoticeId) {
        let taken = self.notices.try_update(|notices| notices.take(id)).flatten();
        self.carry_out(taken.into_iter().collect());
    }

    /// Goes back on what a notice says.
    pub fn undo(self, id: NoticeId) {
        let Some(notice) = self.notices.try_update(|notices| notices.take(id)).flatten() else { return };
        match notice.undo {
            Some(Undo::Send(letter)) => self.undo_send(letter),
            Some(Undo::Move(emails, role)) => spawn_local(async move {
                match self.ask(Move { emails, role }).await {
                    Ok(()) => self.refresh(),
                    Err(failure) => self.say_failed(failure),
                }
            }),
            Some(Undo::Destroy(_)) => self.refresh(),
            Some(Undo::Reopen(email)) => self.write(DraftKind::Continue(email)),
            Some(Undo::Discard(compose)) => self.keep_after_all(*compose),
            Some(Undo::Quote(draft, quote)) => self.change_draft(draft, |compose| {
                compose.change_quote(quote);
            }),
            Some(Undo::FoldQuote(draft, quote)) => {
                self.change_draft(draft, |compose| compose.fold_quote(quote));
            }
            Some(Undo::Reload) => spawn_local(self.reload()),
            None => {}
        }
    }

    /// Before the keys go: letters whose way back is still open are destroyed now.
    pub(super) fn carry_out_destructions(self) {
        let shown = self.notices.try_update(std::mem::take);
        self.carry_out(shown.map(|notices| notices.shown().to_vec()).unwrap_or_default());
    }

    fn count_down(self) {
        spawn_local(async move {
            while self.notices.with_untracked(|notices| !notices.is_empty()) {
                clock::sleep(1000).await;
                let over = self.notices.try_update(|notices| notices.tick()).unwrap_or_default();
                self.carry_out(over);
            }
        });
    }

    fn carry_out(self, over: Vec<Notice>) {
        for notice in over {
            match notice.undo {
                Some(Undo::Destroy(emails)) => spawn_local(self.destroy_now(emails)),
                Some(Undo::Discard(compose)) => spawn_local(self.discard_now(*compose)),
                _ => {}
            }
        }
    }
}
