//! Folders, lists and what is done to letters in them.

use std::ops::Range;

use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{Destroy, EmailId, Failure, List, MailboxRole, Mailboxes, MarkSeen, Move, ReadNew};

use super::Desk;
use crate::browser::{clock, page};
use crate::state::mailbox::PAGE_ROWS;
use crate::state::notices::{Undo, Word};
use crate::state::place::{Folder, Place};

/// Until new rows are painted, before anything else is begun.
const PAINTING_MILLISECONDS: i32 = 50;

impl Desk {
    /// Goes to a place; the address bar tells the rest of the page.
    pub fn go(self, place: &Place) {
        page::go(&place.fragment());
        if self.place.with_untracked(|here| here != place) {
            self.place.set(place.clone());
            self.arrive();
        }
    }

    /// The address bar changed.
    pub fn moved(self) {
        let place = Place::from_fragment(&page::fragment());
        if self.place.with_untracked(|here| *here != place) {
            self.place.set(place);
            self.arrive();
        }
    }

    /// Shows the folder and the letter of the present place.
    pub(super) fn arrive(self) {
        let place = self.place.get_untracked();
        let same_folder = self.mail.with_untracked(|mail| mail.shows(&place.folder));
        if !same_folder {
            self.mail.update(|mail| {
                mail.show(place.folder, String::new());
            });
        }
        match place.letter {
            Some(email) => self.open_letter(email),
            None => self.close_letter(),
        }
    }

    /// Lists only letters that hold these words.
    pub fn search(self, words: String) {
        let folder = self.place.with_untracked(|place| place.folder.clone());
        self.mail.update(|mail| {
            mail.show(folder, words.trim().to_owned());
        });
    }

    /// Fetches the folders and their counts.
    pub(super) fn load_folders(self) {
        spawn_local(async move {
            match self.ask(Mailboxes {}).await {
                Ok(folders) => {
                    self.mail.update(|mail| mail.set_folders(folders));
                    self.synced();
                }
                Err(failure) => self.say_failed(failure),
            }
        });
    }

    /// Something changed at the relay: counts and the rows in sight are asked for again.
    pub fn refresh(self) {
        if self.mail.with_untracked(|mail| mail.folders().is_empty()) {
            return;
        }
        self.mail.update(|mail| mail.mark_stale());
        self.load_folders();
    }

    /// Fetches the rows in sight that are missing.
    pub fn fetch_rows(self, seen: Range<u32>) {
        let Some(mailbox) = self.mail.with_untracked(|mail| mail.current().map(|folder| folder.id.clone()))
        else {
            return;
        };
        let wanted = self.mail.try_update_untracked(|mail| mail.take_wanted(seen)).unwrap_or_default();
        let (version, words) = self.mail.with_untracked(|mail| (mail.version(), mail.search().to_owned()));
        for offset in wanted {
            let search = (!words.is_empty()).then(|| words.clone());
            let list = List { mailbox: mailbox.clone(), search, offset, limit: PAGE_ROWS };
            spawn_local(async move {
                match self.ask(list).await {
                    Ok(page) => {
                        let calendar = self.calendar();
                        self.mail.update(|mail| {
                            mail.receive(version, page, |at| calendar.civil(at).day_number);
                        });
                        self.synced();
                        clock::sleep(PAINTING_MILLISECONDS).await;
                        self.ask(ReadNew {}).await.ok();
                    }
                    Err(failure) => {
                        self.mail.update_untracked(|mail| mail.give_back(version, offset));
                        self.say_failed(failure);
                    }
                }
            });
        }
    }

    /// Moves letters to the folder with a role; they can be moved back.
    pub fn move_letters(self, emails: Vec<EmailId>, role: MailboxRole) {
        let from = self.mail.with_untracked(|mail| mail.role());
        if emails.is_empty() || from == Some(role) {
            return;
        }
        self.take_out_of_sight(&emails);
        spawn_local(async move {
            match self.ask(Move { emails: emails.clone(), role }).await {
                Ok(()) => self.say(Word::Moved(role), from.map(|from| Undo::Move(emails, from))),
                Err(failure) => self.put_back(failure),
            }
        });
    }

    /// Destroys letters once the way back is over.
    pub fn destroy_letters(self, emails: Vec<EmailId>) {
        if !emails.is_empty() {
            self.take_out_of_sight(&emails);
            self.say(Word::Destroyed, Some(Undo::Destroy(emails)));
        }
    }

    pub(super) async fn destroy_now(self, emails: Vec<EmailId>) {
        if let Err(failure) = self.ask(Destroy { emails }).await {
            self.put_back(failure);
        }
    }

    /// Marks a letter read or unread.
    pub fn mark_seen(self, email: EmailId, seen: bool) {
        self.mail.update(|mail| mail.set_seen(&email, seen));
        spawn_local(async move {
            if let Err(failure) = self.ask(MarkSeen { emails: vec![email], seen }).await {
                self.put_back(failure);
            }
        });
    }

    /// Opens the letter `step` rows further; drafts are only pointed at.
    pub fn step(self, step: i32) -> Option<u32> {
        let here = self.place.get_untracked();
        let next = self.mail.with_untracked(|mail| {
            let (index, email) = mail.neighbour(here.letter.as_ref(), step)?;
            Some((index, email.clone(), mail.row(index).is_some_and(|row| row.draft)))
        });
        let (index, email, draft) = next?;
        if !draft {
            self.go(&here.with_letter(Some(email)));
        }
        Some(index)
    }

    /// Leaves the letter; the list gets the focus back at its row.
    pub fn back_to_list(self) {
        let email = self.reading.with_untracked(|reading| reading.email().cloned());
        let row = email.and_then(|email| self.mail.with_untracked(|mail| mail.position_of(&email)));
        self.close_letter();
        let folder = self.place.with_untracked(|place| place.with_letter(None));
        self.go(&folder);
        self.reveal.set(row);
    }

    /// Goes to a folder everybody has.
    pub fn go_to_role(self, role: MailboxRole) {
        self.go(&Place::folder(Folder::Role(role)));
    }

    pub(super) fn take_out_of_sight(self, emails: &[EmailId]) {
        let here = self.place.get_untracked();
        let first =
            self.mail.with_untracked(|mail| emails.iter().filter_map(|email| mail.position_of(email)).min());
        self.mail.update(|mail| mail.remove(emails));
        // The focus goes to the row that came up, or to the last one.
        let last = self.mail.with_untracked(|mail| mail.total().unwrap_or(0).checked_sub(1));
        self.reveal.set(first.zip(last).map(|(first, last)| first.min(last)));
        if here.letter.as_ref().is_some_and(|letter| emails.contains(letter)) {
            page::replace(&here.with_letter(None).fragment());
            self.place.set(here.with_letter(None));
            self.close_letter();
        }
    }

    /// An act failed: what was taken out of sight comes back.
    fn put_back(self, failure: Failure) {
        self.say_failed(failure);
        self.refresh();
    }

    fn synced(self) {
        let now = (self.calendar().now)();
        self.connection.update(|line| line.synced(now));
    }
}
