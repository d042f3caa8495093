//! Recipients: proposed, read as typed, checked as they are named.

use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{AcceptRecipient, CheckRecipients, Complete, Completion, Person, ReadRecipients};

use super::Desk;
use crate::browser::dom;
use crate::state::compose::{Compose, Line};

impl Desk {
    /// Suggestions for what is typed into a recipient line.
    pub async fn complete(self, text: String) -> Vec<Completion> {
        self.ask(Complete { text }).await.unwrap_or_default()
    }

    /// Names recipients.
    pub fn add_recipients(self, line: Line, people: Vec<Person>) {
        self.change(|compose| compose.add(line, people));
        self.check_recipients();
    }

    /// Takes a changed certificate, after the person has checked with its holder.
    pub fn accept_recipient(self, address: String) {
        spawn_local(async move {
            match self.ask(AcceptRecipient { address }).await {
                Ok(known) => {
                    self.change(|compose| compose.checked(&known));
                    dom::focus_if_lost("#compose-text");
                }
                Err(failure) => self.say_failed(failure),
            }
        });
    }

    pub(super) fn check_recipients(self) {
        let addresses = self.compose.with_untracked(|compose| compose.as_ref().map(Compose::unchecked));
        let addresses = addresses.unwrap_or_default();
        if addresses.is_empty() {
            return;
        }
        spawn_local(async move {
            if let Ok(known) = self.ask(CheckRecipients { addresses }).await {
                self.change(|compose| compose.checked(&known));
            }
        });
    }

    /// Reads what is typed into a line: people are named, what is wrong stays with its reason.
    pub async fn read_typed(self, line: Line) {
        let typed =
            self.compose.try_update(|compose| compose.as_mut().map(|compose| compose.take_typed(line)));
        let Some(typed) = typed.flatten().filter(|typed| !typed.is_empty()) else { return };
        let draft = self.draft();
        let read = self.ask(ReadRecipients { typed: typed.clone() }).await;
        // Another letter may be there by now; its lines are its own. One that was just begun gets its draft meanwhile, and one
        // whose worker stopped loses it.
        if draft.zip(self.draft()).is_some_and(|(before, now)| before != now) {
            return;
        }
        match read {
            Ok(entries) => {
                self.change(|compose| compose.read(line, entries));
                self.check_recipients();
            }
            Err(failure) => {
                self.change(|compose| compose.set_typed(line, typed));
                self.say_failed(failure);
            }
        }
    }

    pub(super) async fn read_all_typed(self) {
        for line in Line::ALL {
            self.read_typed(line).await;
        }
    }
}
