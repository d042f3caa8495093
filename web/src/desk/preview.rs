//! Looking at attachments, and opening letters within letters.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{
    Call, Cancel, Failure, FailureCode, LetterSource, OpenPart, PartFile, PartInfo, PartKind, PreviewPart,
    Progress, SaveAll, SaveArchived, SaveSource,
};

use super::Desk;
use crate::browser::link::Sent;
use crate::browser::{dom, files};
use crate::state::letter::{Reading, Which};
use crate::state::notices::Word;
use crate::state::preview::{Looking, Packing, Seen};

impl Desk {
    /// Looks at a part: a letter is opened, anything else is shown above the letter.
    pub fn look_at(self, letter: LetterSource, index: u32, part: PartInfo) {
        if part.kind == PartKind::Letter {
            self.open_part(letter, index, part);
            return;
        }
        self.looking.set(Some(Looking::at(letter, index, part)));
        self.look_on();
    }

    /// Asks for what is to be seen, or for what comes after it.
    pub fn look_on(self) {
        let wanted = self.looking.with_untracked(|looking| {
            looking.as_ref().map(|it| (it.letter.clone(), it.index, it.next, it.charset.clone()))
        });
        let Some((letter, part, next, charset)) = wanted else { return };
        let call = PreviewPart { letter: letter.clone(), part, from: next.unwrap_or(0), charset };
        let source = letter.clone();
        let tell = move |progress: Progress| {
            self.looking_at(&source, part, |it| {
                if matches!(it.seen, Seen::Waiting(_)) {
                    it.seen = Seen::Waiting(Some(progress));
                }
            });
        };
        let sent = self.link.send(call, Vec::new(), Rc::new(tell));
        let job = sent.job;
        self.looking_at(&letter, part, |it| it.job = Some(job));
        spawn_local(async move {
            let answer = self.heed(sent.answer().await);
            self.looking_at(&letter, part, |it| match answer {
                Ok((preview, buffers)) => it.take(preview, buffers.into_iter().next()),
                Err(failure) => (it.seen, it.job) = (Seen::Failed(failure), None),
            });
        });
    }

    /// Reads the text that is looked at in another charset.
    pub fn look_in(self, charset: String) {
        self.looking.update(|looking| {
            if let Some(it) = looking {
                (it.seen, it.next, it.charset) = (Seen::Waiting(None), None, Some(charset));
            }
        });
        self.look_on();
    }

    /// Looks away; what is under way ends.
    pub fn look_away(self) {
        let job = self.looking.with_untracked(|looking| looking.as_ref().and_then(|it| it.job));
        self.looking.set(None);
        if let Some(job) = job {
            spawn_local(async move {
                self.ask(Cancel { job }).await.ok();
            });
        }
    }

    /// Changes what is looked at, if it is still that part.
    fn looking_at(
        self,
        letter: &LetterSource,
        part: u32,
        change: impl FnOnce(&mut Looking<js_sys::ArrayBuffer>),
    ) {
        self.looking.update(|looking| {
            if let Some(it) = looking.as_mut().filter(|it| it.is_at(letter, part)) {
                change(it);
            }
        });
    }

    /// Opens a letter within a letter; the one around it waits below.
    fn open_part(self, letter: LetterSource, part: u32, info: PartInfo) {
        let outer = self.reading.get_untracked();
        let which = Which::Part(info.name.clone());
        self.reading.set(Reading::Opening(which.clone(), None));
        spawn_local(async move {
            let call = OpenPart { letter: letter.clone(), part };
            let sent = self.link.send(call, Vec::new(), self.tell_opening(&which));
            match self.heed(sent.answer().await) {
                Err(failure) if failure.code == FailureCode::NotALetter => {
                    self.reading.set(outer);
                    self.looking.set(Some(Looking::at(letter, part, info)));
                    self.look_on();
                }
                answer => {
                    self.around.update_value(|around| around.push(outer));
                    self.show(which, answer.map(|(view, _)| view));
                    dom::focus("#letter-title");
                }
            }
        });
    }

    /// Goes back to the letter around the one that is shown; says whether there is one.
    pub fn leave_part(self) -> bool {
        let outer = self.around.try_update_value(Vec::pop).flatten();
        let found = outer.is_some();
        if let Some(outer) = outer {
            self.reading.set(outer);
            dom::focus_if_lost("#letter-title");
        }
        found
    }

    /// Saves one file of the ZIP that is looked at.
    pub fn save_archived(self, entry: u32) {
        let at = self.looking.with_untracked(|it| it.as_ref().map(|it| (it.letter.clone(), it.index)));
        let Some((letter, part)) = at else { return };
        spawn_local(async move {
            self.save_quietly(SaveArchived { letter, part, entry }).await;
        });
    }

    /// Saves all parts of a letter as one ZIP; one letter's at a time.
    pub fn save_all_parts(self, letter: LetterSource) {
        if self.packing.with_untracked(Option::is_some) {
            return;
        }
        let tell = move |progress| {
            self.packing.update(|packing| {
                if let Some(it) = packing {
                    it.progress = Some(progress);
                }
            });
        };
        let sent = self.link.send(SaveAll { letter: letter.clone() }, Vec::new(), Rc::new(tell));
        self.packing.set(Some(Packing { letter, job: sent.job, progress: None }));
        spawn_local(async move {
            self.save_answer(sent).await;
            self.packing.set(None);
        });
    }

    /// Ends the making of the ZIP.
    pub fn stop_packing(self) {
        if let Some(job) = self.packing.with_untracked(|packing| packing.as_ref().map(|it| it.job)) {
            self.link.cancel(job);
        }
    }

    /// Saves a letter as it arrived.
    pub fn save_source(self, letter: LetterSource) {
        spawn_local(async move {
            self.save_quietly(SaveSource { letter }).await;
        });
    }

    /// Asks for a file, saves it and says so; how far it has come is not shown.
    async fn save_quietly<C: Call<Answer = PartFile> + 'static>(self, call: C) {
        self.save_answer(self.link.send(call, Vec::new(), Rc::new(|_| {}))).await;
    }

    /// Saves the file that is asked for and says so.
    async fn save_answer<C: Call<Answer = PartFile> + 'static>(self, sent: Sent<C>) {
        let saved = self.heed(sent.answer().await).and_then(|(file, buffers)| {
            let bytes = buffers.first().ok_or(FailureCode::Internal)?;
            files::save(&file.name, &file.content_type, bytes)?;
            Ok::<_, Failure>(file.name)
        });
        match saved {
            Ok(name) => self.say(Word::Saved(name), None),
            Err(failure) => self.say_failed(failure),
        }
    }
}
