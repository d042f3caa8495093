//! Where Emails come from. Every letter of a history is unlike all others, so its blob says who made it.

use std::collections::{BTreeMap, BTreeSet};

use sceau_crash::client::at;

use super::sending::{self, Sending};
use super::tags::Tags;
use crate::record::{Account, Answer, History, NEVER, Record};

/// What makes one Email.
pub(super) struct Source<'h> {
    pub(super) blob: &'h str,
    /// Its id, where somebody was told.
    pub(super) id: Option<&'h str>,
    pub(super) begin: u64,
    pub(super) end: u64,
    /// How it looks at first.
    pub(super) tags: Tags,
}

/// Which Emails were ever seen with which letter.
pub(super) struct Arrivals<'h>(BTreeMap<(&'h str, &'h str), BTreeSet<&'h str>>);

impl<'h> Arrivals<'h> {
    /// Of all accounts.
    pub(super) fn read(history: &'h History) -> Self {
        let mut seen: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
        for record in history.records.iter().filter(|record| record.method == "Email/get") {
            let list = record.done().and_then(|answer| at(answer, "/list").as_array());
            for email in list.into_iter().flatten() {
                if let (Some(id), Some(blob)) = (at(email, "/id").as_str(), at(email, "/blobId").as_str()) {
                    seen.entry((&record.account, blob)).or_default().insert(id);
                }
            }
        }
        Self(seen)
    }

    /// How many Emails an account ever had with a letter.
    pub(super) fn count(&self, account: &str, blob: &str) -> usize {
        self.0.get(&(account, blob)).map_or(0, BTreeSet::len)
    }
}

/// All that makes Emails in an account.
pub(super) fn all<'h>(history: &'h History, account: &'h Account) -> Vec<Source<'h>> {
    let imports = history.records.iter().filter(|record| record.account == account.id);
    let mut sources: Vec<Source<'h>> = imports.filter_map(import).collect();
    for sending in sending::all(history).iter().filter(|sending| sending.is_possible()) {
        sources.extend(sent_copy(history, account, sending));
        if sending.recipients.contains(&account.address.as_str()) {
            let (begin, end) = (sending.begin(), sending.arrived());
            let tags = role(history, account, "inbox").map(|inbox| Tags::within(inbox, &[]));
            let source = |tags| Source { blob: sending.blob, id: None, begin, end, tags };
            sources.extend(tags.map(source));
        }
    }
    sources
}

fn import(record: &Record) -> Option<Source<'_>> {
    if record.method != "Email/import" || !record.may_have_effect() {
        return None;
    }
    let email = at(&record.arguments, "/emails/x");
    let id = record.done().and_then(|answer| at(answer, "/created/x/id").as_str());
    let is_possible = id.is_some() || record.answer == Answer::Nothing;
    let (begin, end, tags) = (record.begin, record.end, Tags::read(email));
    let blob = at(email, "/blobId").as_str()?;
    is_possible.then_some(Source { blob, id, begin, end, tags })
}

fn sent_copy<'h>(history: &'h History, account: &'h Account, sending: &Sending<'h>) -> Option<Source<'h>> {
    let (id, blob) = sending.sent_copy().filter(|_| sending.account == account.id)?;
    let end = sending.id().map_or(NEVER, |(_, end)| end);
    let tags = Tags::within(role(history, account, "sent")?, &["$seen"]);
    Some(Source { blob, id, begin: sending.begin(), end, tags })
}

/// The Mailbox of an account with a role, as anybody saw it.
fn role<'h>(history: &'h History, account: &Account, role: &str) -> Option<&'h str> {
    let looks = history
        .records
        .iter()
        .filter(|record| record.account == account.id && record.method == "Mailbox/get");
    let mut mailboxes = looks.filter_map(|record| at(record.done()?, "/list").as_array()).flatten();
    mailboxes.find(|mailbox| at(mailbox, "/role") == role).and_then(|mailbox| at(mailbox, "/id").as_str())
}
