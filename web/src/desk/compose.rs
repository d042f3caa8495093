//! Writing: drafts are kept at every pause, recipients checked as they are named, files sealed one by one.

use std::rc::Rc;

use futures::channel::oneshot;
use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{
    AnswerWords, DiscardDraft, DraftId, DraftKind, FailureCode, LetterId, LetterView, OpenDraft, Progress,
    SaveDraft, Send, StartDraft, UndoSend,
};

use super::Desk;
use crate::browser::{clock, dom};
use crate::state::compose::{Compose, Phase, Question, Revision};
use crate::state::notices::{UNDO_SEND_SECONDS, Undo, Word};

/// A pause this long keeps the draft.
const PAUSE_MILLISECONDS: i32 = 1_000;

impl Desk {
    /// Opens the panel; a letter already being written is kept as a draft first.
    pub fn write(self, kind: DraftKind) {
        let open = self.compose.with_untracked(Option::is_some);
        if open && kind == DraftKind::New {
            dom::focus("#compose-text");
            return;
        }
        spawn_local(async move {
            self.close_compose().await;
            // Words the relay did not take are not pushed out by another letter.
            if self.compose.with_untracked(Option::is_none) {
                let mut compose = Compose::begin(kind);
                compose.answer_words = self.answer_words();
                self.waiting_files.set_value(Vec::new());
                self.compose.set(Some(compose));
                self.start_draft().await;
            }
        });
    }

    /// After a sign-in: a letter being written before goes on.
    pub(super) fn resume_compose(self) {
        if self.compose.with_untracked(Option::is_some) {
            spawn_local(self.start_draft());
        }
    }

    async fn start_draft(self) {
        let begun = self.compose.with_untracked(|compose| {
            compose.as_ref().map(|open| (open.kind.clone(), open.answer_words.clone()))
        });
        let Some((kind, words)) = begun else { return };
        let email = match &kind {
            DraftKind::Continue(email) => Some(email.clone()),
            DraftKind::New | DraftKind::Reply(_) | DraftKind::ReplyAll(_) | DraftKind::Forward(_) => None,
        };
        match self.ask(StartDraft { kind, words }).await {
            Ok(open) => {
                self.change(|compose| {
                    compose.opened(*open);
                    compose.email = email;
                });
                self.show_pictures();
                self.seal_waiting();
                self.check_recipients();
                let addressed = self
                    .compose
                    .with_untracked(|c| c.as_ref().is_some_and(|c| c.everyone().next().is_some()));
                dom::focus_start_later(if addressed { "#compose-text" } else { "#to" });
            }
            Err(failure) => self.change(|compose| {
                compose.phase = Phase::Writing;
                compose.failure = Some(failure);
            }),
        }
    }

    /// What an answer to the letter in the pane begins with, in the writer's language and on her clock.
    fn answer_words(self) -> AnswerWords {
        let words = self.settings.with_untracked(|settings| settings.lang.words());
        let head = |view: &LetterView| words.quote_head(view, self.calendar());
        AnswerWords {
            quote_head: self.reading.with_untracked(|reading| reading.view().map(head)).unwrap_or_default(),
            forward_prefix: words.letter.forward_prefix.to_owned(),
        }
    }

    /// Changes the letter being written, if there is one.
    pub fn change(self, change: impl FnOnce(&mut Compose)) {
        self.compose.update(|compose| {
            if let Some(compose) = compose {
                change(compose);
            }
        });
    }

    /// Changes the letter being written if it is still this draft: answers may come after another was begun.
    pub(super) fn change_draft(self, draft: DraftId, change: impl FnOnce(&mut Compose)) {
        if self.draft() == Some(draft) {
            self.change(change);
        }
    }

    /// Keeps the draft once the person pauses.
    pub fn save_after_pause(self, revision: Revision) {
        spawn_local(async move {
            clock::sleep(PAUSE_MILLISECONDS).await;
            let paused = self.compose.with_untracked(|compose| {
                compose.as_ref().is_some_and(|compose| compose.revision() == revision)
            });
            if paused {
                self.save().await;
            }
        });
    }

    /// Keeps the draft now, if it holds words the relay does not have.
    pub async fn save(self) {
        let Some((draft, revision, content)) = self.compose.with_untracked(unsaved) else { return };
        if self.saving.get_untracked() {
            return;
        }
        self.saving.set(true);
        let answer = self.ask(SaveDraft { draft, content }).await;
        self.saving_is_over();
        if let Err(failure) = &answer
            && failure.code == FailureCode::DraftConflict
        {
            // The next keeping makes a draft of its own beside the other device's.
            self.say_failed(failure.clone());
            self.save_after_pause(revision);
        }
        self.change_draft(draft, |compose| match answer {
            Ok(saved) => compose.saved(revision, saved),
            Err(failure) => compose.save_failure = Some(failure),
        });
        // Words typed while this was on its way.
        let newer = self.compose.with_untracked(|compose| {
            compose.as_ref().filter(|c| c.revision() != revision && c.is_unsaved()).map(Compose::revision)
        });
        if let Some(revision) = newer {
            self.save_after_pause(revision);
        }
    }

    /// Keeps everything written so far: the last words too, when a draft is on its way already.
    pub(super) async fn save_all(self) {
        if self.saving.get_untracked() {
            let (over, told) = oneshot::channel();
            self.after_saving.update_value(|waiting| waiting.push(over));
            told.await.ok();
        }
        self.save().await;
    }

    /// No draft is on its way any more: whoever waits for that goes on.
    pub(super) fn saving_is_over(self) {
        self.saving.set(false);
        self.after_saving.set_value(Vec::new());
    }

    /// Closes the panel: an empty draft goes, any other is kept.
    pub async fn close_compose(self) {
        let blank = self.compose.with_untracked(|compose| compose.as_ref().map(Compose::is_blank));
        match blank {
            None => {}
            Some(true) => self.discard().await,
            Some(false) => {
                self.save_all().await;
                let kept = self.compose.with_untracked(|c| c.as_ref().is_none_or(|c| !c.is_unsaved()));
                if kept {
                    let email = self.compose.with_untracked(|c| c.as_ref().and_then(|c| c.email.clone()));
                    self.compose.set(None);
                    self.say(Word::DraftKept, email.map(Undo::Reopen));
                    self.refresh();
                }
            }
        }
    }

    /// Throws the draft away; words come back at a word, as long as the notice stands.
    pub async fn discard(self) {
        let Some(mut compose) = self.compose.get_untracked() else { return };
        self.compose.set(None);
        if compose.is_blank() {
            return self.discard_now(compose).await;
        }
        for job in compose.stop_files() {
            self.link.cancel(job);
        }
        self.take_out_of_sight(compose.email.as_slice());
        self.say(Word::Discarded, Some(Undo::Discard(Box::new(compose))));
    }

    /// Destroys the draft for good.
    pub(super) async fn discard_now(self, compose: Compose) {
        if let Some(draft) = compose.draft
            && let Err(failure) = self.ask(DiscardDraft { draft }).await
        {
            self.say_failed(failure);
        }
        self.refresh();
    }

    /// A draft thrown away comes back.
    pub(super) fn keep_after_all(self, compose: Compose) {
        spawn_local(async move {
            self.close_compose().await;
            // Words the relay did not take are not pushed out by others.
            if self.compose.with_untracked(Option::is_some) {
                return self.say(Word::Discarded, Some(Undo::Discard(Box::new(compose))));
            }
            let begun = compose.draft.is_some();
            self.compose.set(Some(compose));
            if !begun {
                self.start_draft().await;
            }
            dom::focus_later("#compose-text");
            self.refresh();
        });
    }

    /// Sends the letter once what is typed is read, unless a file is missing; it can be taken back for a while.
    pub fn send_letter(self) {
        spawn_local(async move {
            self.read_all_typed().await;
            let lacks = self.compose.with_untracked(|c| c.as_ref().is_some_and(Compose::lacks_files));
            let obstacle = self.compose.with_untracked(|c| c.as_ref().and_then(Compose::obstacle));
            if lacks && obstacle.is_none() {
                self.change(|compose| compose.question = Some(Question::NothingAttached));
            } else {
                self.send_now();
            }
        });
    }

    /// Sends the letter as it is.
    pub fn send_now(self) {
        let Some(compose) = self.compose.get_untracked() else { return };
        if compose.phase != Phase::Writing || compose.has_files_leaving() {
            return;
        }
        let (Some(draft), None) = (compose.draft, compose.obstacle()) else {
            self.change(|open| open.failure = compose.obstacle());
            return;
        };
        spawn_local(async move {
            let tell = Rc::new(move |progress: Progress| {
                self.change(|compose| {
                    if let Phase::Sending(_, shown) = &mut compose.phase {
                        *shown = Some(progress);
                    }
                });
            });
            let call = Send { draft, content: compose.content(), undo_seconds: UNDO_SEND_SECONDS };
            let sent = self.link.send(call, Vec::new(), tell);
            let job = sent.job;
            self.change(|compose| {
                compose.wait_no_longer();
                compose.phase = Phase::Sending(Some(job), None);
            });
            match self.heed(sent.answer().await) {
                Ok((letter, _)) => {
                    self.compose.set(None);
                    self.say(Word::Sent, Some(Undo::Send(letter.letter)));
                    self.refresh();
                }
                Err(failure) => self.change(|compose| compose.stayed(failure)),
            }
        });
    }

    /// The relay answers again: a letter that waited for it leaves; any other is kept.
    pub(super) fn relay_is_back(self) {
        if self.compose.with_untracked(|c| c.as_ref().is_some_and(|c| c.waits_for_relay)) {
            self.send_letter();
        } else {
            spawn_local(self.save());
        }
    }

    pub(super) fn undo_send(self, letter: LetterId) {
        spawn_local(async move {
            match self.ask(UndoSend { letter }).await {
                Ok(open) => {
                    self.close_compose().await;
                    self.take_up(*open);
                    self.say(Word::Unsent, None);
                    self.refresh();
                }
                Err(failure) => self.say_failed(failure),
            }
        });
    }

    fn take_up(self, open: OpenDraft) {
        // Words the relay did not take keep the panel; the letter taken back waits in Drafts.
        if self.compose.with_untracked(Option::is_some) {
            return;
        }
        let mut compose = Compose::begin(DraftKind::New);
        compose.opened(open);
        self.waiting_files.set_value(Vec::new());
        self.compose.set(Some(compose));
        self.show_pictures();
        self.check_recipients();
    }

    pub(super) fn draft(self) -> Option<DraftId> {
        self.compose.with_untracked(|compose| compose.as_ref().and_then(|compose| compose.draft))
    }
}

fn unsaved(compose: &Option<Compose>) -> Option<(DraftId, Revision, sceau_protocol::DraftContent)> {
    let compose = compose.as_ref()?;
    let sending = matches!(compose.phase, Phase::Sending(..));
    if !compose.is_unsaved() || sending {
        return None;
    }
    Some((compose.draft?, compose.revision(), compose.content()))
}
