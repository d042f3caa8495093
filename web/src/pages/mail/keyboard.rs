//! The keys of the mailbox.

use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{DraftKind, LetterSource, MailboxRole};

use super::View;
use crate::browser::{dom, keyboard};
use crate::desk::Desk;
use crate::state::keys::{Command, Keyboard};

/// Listens to keys while the mailbox is open.
pub(super) fn listen(desk: Desk, view: View) {
    let keys = StoredValue::new(Keyboard::default());
    keyboard::on_press(move |press| {
        if dom::is_sheet_open()
            || view.help.get_untracked()
            || view.account.get_untracked()
            || view.pass_phrase.get_untracked()
        {
            return false;
        }
        let letters = !desk.settings.with_untracked(|settings| settings.letters_off);
        let command = keys.try_update_value(|keys| {
            keys.letters = letters;
            keys.press(press)
        });
        command.flatten().is_some_and(|command| obey(desk, view, command))
    });
}

/// Does what a key asks for; says whether there was anything to do.
fn obey(desk: Desk, view: View, command: Command) -> bool {
    let writing = desk.compose.with_untracked(Option::is_some);
    match command {
        Command::Write => desk.write(DraftKind::New),
        Command::Next => step(desk, 1),
        Command::Previous => step(desk, -1),
        Command::Open => return false,
        Command::Reply => return answer(desk, DraftKind::Reply),
        Command::ReplyAll => return answer(desk, DraftKind::ReplyAll),
        Command::Forward => return answer(desk, DraftKind::Forward),
        Command::Archive => return file_away(desk, MailboxRole::Archive),
        Command::Delete => return file_away(desk, MailboxRole::Trash),
        Command::Unread => return unread(desk),
        Command::Search => return dom::focus("#search"),
        Command::GoTo(role) => desk.go_to_role(role),
        Command::Help => view.help.set(true),
        Command::Send if writing => desk.send_letter(),
        Command::Send => return false,
        Command::Back => return back(desk, view),
        Command::Lock => spawn_local(desk.lock()),
    }
    true
}

/// With a letter open the next one is opened; otherwise the focus moves down the list.
fn step(desk: Desk, step: i32) {
    let reading = desk.place.with_untracked(|place| place.letter.is_some());
    if reading {
        if let Some(index) = desk.step(step) {
            desk.reveal.set(Some(index));
        }
        return;
    }
    let total = desk.mail.with_untracked(|mail| mail.total()).unwrap_or(0);
    let next = match dom::focused_index() {
        Some(here) => here.saturating_add_signed(step).min(total.saturating_sub(1)),
        None => 0,
    };
    desk.reveal.set((total > 0).then_some(next));
}

fn answer(desk: Desk, kind: fn(LetterSource) -> DraftKind) -> bool {
    let source = desk.reading.with_untracked(|reading| reading.view().map(|view| view.source.clone()));
    source.map(|source| desk.write(kind(source))).is_some()
}

fn file_away(desk: Desk, role: MailboxRole) -> bool {
    let Some(email) = desk.reading.with_untracked(|reading| reading.email().cloned()) else { return false };
    let in_trash = desk.mail.with_untracked(|mail| mail.role() == Some(MailboxRole::Trash));
    if role == MailboxRole::Trash && in_trash {
        desk.destroy_letters(vec![email]);
    } else {
        desk.move_letters(vec![email], role);
    }
    true
}

fn unread(desk: Desk) -> bool {
    let email = desk.reading.with_untracked(|reading| reading.email().cloned());
    email.map(|email| desk.mark_seen(email, false)).is_some()
}

fn back(desk: Desk, view: View) -> bool {
    if desk.compose.with_untracked(Option::is_some) {
        spawn_local(desk.close_compose());
    } else if view.folders.get_untracked() {
        view.folders.set(false);
    } else if desk.leave_part() {
        return true;
    } else if desk.reading.with_untracked(|reading| reading.which().is_some()) {
        desk.back_to_list();
    } else {
        return false;
    }
    true
}
