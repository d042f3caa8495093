//! The files of the letter being written, its quote and its signature.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{
    AttachFile, DraftId, Failure, Progress, Quote, ReadAttachment, RemoveAttachment, Signature,
};

use super::Desk;
use crate::browser::{editor, files};
use crate::state::compose::{EnclosureState, FileNumber};
use crate::state::notices::{Undo, Word};

/// A file that was chosen, as it is listed.
pub(super) struct Chosen {
    number: FileNumber,
    file: web_sys::File,
    name: String,
    inline: bool,
}

impl Desk {
    /// Attaches files, one after the other.
    pub fn attach(self, chosen: Vec<web_sys::File>) {
        spawn_local(async move {
            for file in chosen {
                let name = file.name();
                self.attach_one(file, name).await;
            }
        });
    }

    /// Attaches what was pasted.
    pub fn attach_pasted(self, pasted: Vec<web_sys::File>) {
        spawn_local(async move {
            for file in pasted {
                let name = self.name_pasted(&file);
                self.attach_one(file, name).await;
            }
        });
    }

    /// Begins to attach an image that is to stand in the text; the number names it there.
    pub fn attach_picture(self, picture: web_sys::File) -> Option<(FileNumber, String)> {
        let (name, address) = (self.name_pasted(&picture), files::address(&picture)?);
        let number = self.list_file(&picture, &name, Some(address))?;
        let shown = name.clone();
        spawn_local(self.seal_or_wait(Chosen { number, file: picture, name, inline: true }));
        Some((number, shown))
    }

    async fn attach_one(self, file: web_sys::File, name: String) {
        let Some(number) = self.list_file(&file, &name, None) else { return };
        self.seal_or_wait(Chosen { number, file, name, inline: false }).await;
    }

    fn list_file(self, file: &web_sys::File, name: &str, picture: Option<String>) -> Option<FileNumber> {
        let size = files::size(file);
        let numbered = self.compose.try_update(|compose| {
            compose.as_mut().map(|compose| compose.file_leaves(name.to_owned(), size, picture))
        });
        numbered.flatten()
    }

    /// Seals a file into the draft; one chosen before there is a draft waits for it.
    async fn seal_or_wait(self, chosen: Chosen) {
        match self.draft() {
            Some(draft) => self.seal_one(draft, chosen).await,
            None => self.waiting_files.update_value(|waiting| waiting.push(chosen)),
        }
    }

    /// Seals the files that waited for the draft, but for those taken out meanwhile.
    pub(super) fn seal_waiting(self) {
        let Some(draft) = self.draft() else { return };
        let waiting = self.waiting_files.try_update_value(std::mem::take).unwrap_or_default();
        spawn_local(async move {
            for chosen in waiting {
                let still = self.compose.with_untracked(|compose| {
                    compose.as_ref().is_some_and(|compose| compose.is_waiting(chosen.number))
                });
                if still && self.draft() == Some(draft) {
                    self.seal_one(draft, chosen).await;
                }
            }
        });
    }

    async fn seal_one(self, draft: DraftId, chosen: Chosen) {
        let number = chosen.number;
        let state = match self.seal_file(draft, chosen).await {
            Ok(state) => state,
            Err(failure) => EnclosureState::Failed(failure),
        };
        self.change_draft(draft, |compose| compose.set_file(number, state));
    }

    /// A picture from the clipboard has no name of its own: day and time tell it from the next.
    fn name_pasted(self, file: &web_sys::File) -> String {
        let name = file.name();
        let Some(ending) = name.strip_prefix(files::UNNAMED).filter(|ending| !ending.contains(' ')) else {
            return name;
        };
        let words = self.settings.with_untracked(|settings| settings.lang.words());
        let now = (self.calendar().now)();
        let at = self.calendar().civil(now);
        let second = now.rem_euclid(60);
        format!(
            "{} {}-{:02}-{:02} {:02}.{:02}.{second:02}{ending}",
            words.writing.capture, at.year, at.month, at.day, at.hour, at.minute
        )
    }

    /// Fetches the images of the text that this page cannot show yet.
    pub(super) fn show_pictures(self) {
        let (draft, wanted) = self.compose.with_untracked(|compose| {
            let Some(compose) = compose else { return (None, Vec::new()) };
            let wanted = compose.travelling().filter(|file| file.inline && file.picture.is_none());
            (compose.draft, wanted.map(|file| (file.number, file.state.clone())).collect())
        });
        let Some(draft) = draft else { return };
        spawn_local(async move {
            for (number, state) in wanted {
                let EnclosureState::There(attachment) = state else { continue };
                let sent = self.link.send(ReadAttachment { draft, attachment }, Vec::new(), Rc::new(|_| {}));
                let Ok((file, buffers)) = self.heed(sent.answer().await) else { continue };
                if let Some(address) =
                    buffers.first().and_then(|bytes| files::address_of(&file.content_type, bytes))
                {
                    editor::show_picture(number.0, &address);
                    self.change_draft(draft, |compose| compose.set_picture(number, address));
                }
            }
        });
    }

    async fn seal_file(self, draft: DraftId, chosen: Chosen) -> Result<EnclosureState, Failure> {
        let Chosen { number, file, name, inline } = chosen;
        let bytes = files::read(&file).await?;
        let call = AttachFile { draft, name, content_type: file.type_(), inline };
        let job = Rc::new(std::cell::Cell::new(None));
        let told = Rc::clone(&job);
        let tell = Rc::new(move |progress: Progress| {
            let state = EnclosureState::Leaving(told.get(), Some(progress));
            self.change_draft(draft, |compose| compose.set_progress(number, state));
        });
        let sent = self.link.send(call, vec![bytes], tell);
        job.set(Some(sent.job));
        let state = EnclosureState::Leaving(Some(sent.job), None);
        self.change_draft(draft, |compose| compose.set_progress(number, state));
        let (attached, _) = self.heed(sent.answer().await)?;
        Ok(EnclosureState::There(attached.attachment))
    }

    /// Takes a file out, or stops it on its way.
    pub fn drop_file(self, number: FileNumber) {
        let found = self.compose.with_untracked(|compose| {
            let files = compose.as_ref().map(|compose| compose.enclosures.iter());
            files
                .and_then(|mut files| files.find(|file| file.number == number).map(|file| file.state.clone()))
        });
        self.change(|compose| compose.drop_file(number));
        match (found, self.draft()) {
            (Some(EnclosureState::Leaving(Some(job), _)), _) => self.link.cancel(job),
            (Some(EnclosureState::There(attachment)), Some(draft)) => spawn_local(async move {
                if let Err(failure) = self.ask(RemoveAttachment { draft, attachment }).await {
                    self.say_failed(failure);
                }
            }),
            _ => {}
        }
    }

    /// Puts the quote into the text.
    pub fn unfold_quote(self) {
        let Some(draft) = self.draft() else { return };
        let quote = self.compose.try_update(|compose| compose.as_mut().map(|compose| compose.unfold_quote()));
        if let Some(quote) = quote.flatten() {
            self.say(Word::QuoteShown, Some(Undo::FoldQuote(draft, quote)));
        }
    }

    /// Takes the quote out.
    pub fn remove_quote(self) {
        let Some(draft) = self.draft() else { return };
        let taken = |compose: &mut Option<crate::state::compose::Compose>| {
            compose.as_mut().map(|compose| compose.change_quote(Quote::default()))
        };
        if let Some(quote) = self.compose.try_update(taken).flatten() {
            self.say(Word::QuoteRemoved, Some(Undo::Quote(draft, quote)));
        }
    }

    /// The account's signature; a change is that of the letter being written too.
    pub async fn signature(self, change: Option<String>) -> Result<String, Failure> {
        let changed = change.is_some();
        let text = self.ask(Signature { change }).await?;
        if changed {
            self.change(|compose| compose.set_signature(text.clone()));
        }
        Ok(text)
    }
}
