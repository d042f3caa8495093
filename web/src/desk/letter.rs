//! Opening letters and saving what is in them.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{
    EmailId, Failure, FailureCode, LetterSource, LetterView, Open, OpenFile, OpenFileWithKey, PartInfo,
    Progress, SavePart, Secret,
};

use super::Desk;
use crate::browser::{dom, files};
use crate::state::jobs::OnProgress;
use crate::state::letter::{Reading, Which};
use crate::state::notices::Word;

impl Desk {
    /// Opens and judges a letter of the account, unless the pane is about it already.
    pub fn open_letter(self, email: EmailId) {
        if self.reading.with_untracked(|reading| reading.email() == Some(&email)) {
            return;
        }
        let which = Which::Email(email.clone());
        self.forget_around();
        self.reading.set(Reading::Opening(which.clone(), None));
        spawn_local(async move {
            let sent = self.link.send(Open { email: email.clone() }, Vec::new(), self.tell_opening(&which));
            let answer = self.heed(sent.answer().await).map(|(view, _)| view);
            let opened = answer.is_ok();
            self.show(which, answer);
            let unread = self.mail.with_untracked(|mail| mail.row_of(&email).is_none_or(|row| row.unread));
            if opened && unread {
                self.mark_seen(email, true);
            }
        });
    }

    /// Tries a letter again that could not be opened.
    pub fn retry_letter(self) {
        if let Some(email) = self.reading.with_untracked(|reading| reading.email().cloned()) {
            self.reading.set(Reading::Nothing);
            self.open_letter(email);
        }
    }

    /// Empties the reading pane.
    pub fn close_letter(self) {
        self.file.set_value(None);
        self.forget_around();
        self.reading.set(Reading::Nothing);
    }

    /// Opens and judges a letter from a file.
    pub fn open_file(self, file: web_sys::File) {
        let which = Which::File(file.name());
        self.file.set_value(Some(file.clone()));
        self.forget_around();
        self.reading.set(Reading::Opening(which.clone(), None));
        spawn_local(async move {
            let answer = self.open_file_plainly(&file, &which).await;
            self.show(which, answer);
        });
    }

    /// Opens the file in the pane with a key that is used for it only.
    pub async fn open_file_with_key(self, key: web_sys::File, secret: Secret) -> Result<(), Failure> {
        let Some(file) = self.file.get_value() else { return Err(FailureCode::Gone.into()) };
        let buffers = vec![files::read(&file).await?, files::read(&key).await?];
        let which = Which::File(file.name());
        let call = OpenFileWithKey { name: file.name(), secret };
        let sent = self.link.send(call, buffers, Rc::new(|_| {}));
        let (view, _) = self.heed(sent.answer().await)?;
        self.reading.set(Reading::Shown(which, view));
        Ok(())
    }

    /// Saves one part under its own name and type.
    pub async fn save_part(self, letter: LetterSource, index: u32, part: PartInfo) {
        let saved = self.fetch_part(letter, index).await;
        match saved {
            Ok(()) => self.say(Word::Saved(part.name), None),
            Err(failure) => self.say_failed(failure),
        }
    }

    async fn fetch_part(self, letter: LetterSource, part: u32) -> Result<(), Failure> {
        let sent = self.link.send(SavePart { letter, part }, Vec::new(), Rc::new(|_| {}));
        let (file, buffers) = self.heed(sent.answer().await)?;
        let bytes = buffers.first().ok_or(FailureCode::Internal)?;
        Ok(files::save(&file.name, &file.content_type, bytes)?)
    }

    async fn open_file_plainly(
        self,
        file: &web_sys::File,
        which: &Which,
    ) -> Result<Box<LetterView>, Failure> {
        let buffers = vec![files::read(file).await?];
        let sent = self.link.send(OpenFile { name: file.name() }, buffers, self.tell_opening(which));
        self.heed(sent.answer().await).map(|(view, _)| view)
    }

    /// Another letter is shown: what stood around the last one, or above it, is gone.
    fn forget_around(self) {
        self.around.set_value(Vec::new());
        self.doubted.set(None);
        self.look_away();
    }

    /// Shows an answer, unless the person has gone on to another letter.
    pub(super) fn show(self, which: Which, answer: Result<Box<LetterView>, Failure>) {
        if self.reading.with_untracked(|reading| reading.waits_for(&which)) {
            self.reading.set(match answer {
                Ok(view) => Reading::Shown(which, view),
                Err(failure) => Reading::Failed(which, failure),
            });
            dom::focus_if_lost("#letter-title");
        }
    }

    pub(super) fn tell_opening(self, which: &Which) -> OnProgress {
        let which = which.clone();
        Rc::new(move |progress: Progress| {
            if self.reading.with_untracked(|reading| reading.waits_for(&which)) {
                self.reading.set(Reading::Opening(which.clone(), Some(progress)));
            }
        })
    }
}
