//! A newer build of the page: it is told, and loaded once what is being written is kept.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Desk;
use crate::browser::{clock, page};
use crate::state::account::Session;
use crate::state::compose::Compose;
use crate::state::notices::{Undo, Word};

/// A page left open looks this often; it also looks when the relay answers again, which is when builds change.
const LOOK_MILLISECONDS: i32 = 3_600_000;

impl Desk {
    /// Looks for a newer build for as long as the page is open.
    pub(super) fn watch_build(self) {
        spawn_local(async move {
            loop {
                clock::sleep(LOOK_MILLISECONDS).await;
                self.look_for_build().await;
            }
        });
    }

    /// Looks whether the relay serves another build than this one.
    pub(super) async fn look_for_build(self) {
        if !self.outdated.get_value() && page::is_outdated().await {
            self.outdated.set_value(true);
            self.tell_of_build();
        }
    }

    /// Says that a newer build is there, to whoever has a mailbox open.
    pub(super) fn tell_of_build(self) {
        if self.outdated.get_value() && matches!(self.session.get_untracked(), Session::Open(_)) {
            self.say(Word::NewBuild, Some(Undo::Reload));
        }
    }

    /// Loads the newer build, unless there are words the relay did not take.
    pub(super) async fn reload(self) {
        self.save_all().await;
        let failure = self.compose.with_untracked(|compose| {
            compose.as_ref().filter(|compose| compose.is_unsaved()).map(Compose::why_unsaved)
        });
        match failure {
            Some(failure) => {
                self.say_failed(failure);
                self.tell_of_build();
            }
            None => {
                self.put_away().await;
                page::reload();
            }
        }
    }
}
