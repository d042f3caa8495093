//! `Email/set` (RFC 8621 §4.6): keywords and Mailboxes change, Emails are destroyed. The relay composes nothing.

use std::collections::BTreeSet;

use sceau_api::{SetError, SetErrorType, email::EmailSet, method::PatchObject, push::ObjectType};
use serde_json::{Map, Value};

use super::{insert, is_keyword};
use crate::{
    fail_point::fail_point,
    fault::Fault,
    jmap::{
        Call, Outcome, Refusal, row_id,
        standard::{SetDone, set_size, state_must_be},
    },
    limits,
    mailbox::{self, tally::Tally},
    store::{
        Tx,
        change::{self, What},
        sql::{self, OptionalExtension as _, params},
    },
    watch::access::Action,
};

/// `Email/set`.
pub(crate) fn set(call: &Call<'_>) -> Outcome {
    let request: EmailSet = call.arguments()?;
    call.limit(set_size(&request), limits::OBJECTS_IN_SET)?;
    call.write(|tx| {
        let account = call.account();
        let old_state = state_must_be(tx, account, &ObjectType::Email, request.if_in_state.as_ref())?;
        let mut done = SetDone::default();
        for (creation_id, email) in request.create.iter().flatten() {
            done.create(creation_id, Err(cannot_compose(email)));
        }
        let destroy: Vec<_> = request.destroy.iter().flatten().collect();
        for (id, patch) in request.update.iter().flatten() {
            let outcome = match destroy.contains(&id) {
                true => Err(SetError::new(SetErrorType::WillDestroy)),
                false => update(tx, call, id.as_str(), patch)?,
            };
            done.update(id.as_str(), outcome);
        }
        for id in destroy {
            done.destroy(id.as_str(), destroy_one(tx, account, id.as_str())?);
        }
        if let Some(ids) = done.destroyed() {
            call.trace(tx, Action::EmailDestroy, &ids, "done")?;
        }
        let new_state = change::state(tx, account, &ObjectType::Email)?;
        done.answer(call, old_state, new_state)
    })
}

/// Creating an Email means composing it from parts, in clear: not here.
fn cannot_compose(email: &Map<String, Value>) -> SetError {
    let allowed = ["mailboxIds", "keywords", "receivedAt"];
    let names: Vec<&str> = email.keys().map(String::as_str).filter(|name| !allowed.contains(name)).collect();
    let names = if names.is_empty() { vec!["bodyStructure"] } else { names };
    SetError::invalid_properties(&names)
        .describe("The relay composes no message. Seal it, upload it, and use Email/import or Letter/send.")
}

/// Destroys one Email of the account.
pub(crate) fn destroy_one(tx: &Tx<'_>, account: i64, id: &str) -> Result<Result<(), SetError>, Fault> {
    let Some(email) = find(tx, account, id)? else { return Ok(Err(SetError::new(SetErrorType::NotFound))) };
    insert::remove(tx, account, email)?;
    fail_point!("email.destroyed");
    Ok(Ok(()))
}

/// The row of an Email of the account.
pub(crate) fn find(tx: &Tx<'_>, account: i64, id: &str) -> sql::Result<Option<i64>> {
    let Some(row) = row_id('e', id) else { return Ok(None) };
    tx.prepare_cached("SELECT id FROM email WHERE id = ? AND account = ?")?
        .query_row([row, account], |row| row.get(0))
        .optional()
}

/// Applies a patch to one Email (RFC 8620 §5.3).
pub(crate) fn update(
    tx: &Tx<'_>,
    call: &Call<'_>,
    id: &str,
    patch: &PatchObject,
) -> Result<Result<(), SetError>, Refusal> {
    let account = call.account();
    let Some(email) = find(tx, account, id)? else { return Ok(Err(SetError::new(SetErrorType::NotFound))) };
    let before = Tags::read(tx, email)?;
    let mut after = before.clone();
    if let Err(error) = after.patch(call, patch) {
        return Ok(Err(error));
    }
    if let Err(error) = after.check(tx, account)? {
        return Ok(Err(error));
    }
    if after != before {
        before.replace(tx, account, email, &after)?;
    }
    Ok(Ok(()))
}

/// What a client may change of an Email.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Tags {
    keywords: BTreeSet<String>,
    mailboxes: BTreeSet<String>,
}

impl Tags {
    fn read(tx: &Tx<'_>, email: i64) -> sql::Result<Self> {
        let column = |sql: &str| -> sql::Result<BTreeSet<String>> {
            tx.prepare_cached(sql)?.query_map([email], |row| row.get(0))?.collect()
        };
        Ok(Self {
            keywords: column("SELECT keyword FROM email_keyword WHERE email = ?")?,
            mailboxes: column("SELECT 'm' || mailbox FROM email_mailbox WHERE email = ?")?,
        })
    }

    fn patch(&mut self, call: &Call<'_>, patch: &PatchObject) -> Result<(), SetError> {
        for whole in ["keywords", "mailboxIds"] {
            let below =
                patch.keys().any(|path| path.strip_prefix(whole).is_some_and(|rest| rest.starts_with('/')));
            if patch.contains_key(whole) && below {
                return Err(SetError::new(SetErrorType::InvalidPatch));
            }
        }
        for (path, value) in patch {
            let (property, member) = match path.split_once('/') {
                // Below a member there is nothing.
                Some((_, member)) if member.contains('/') => {
                    return Err(SetError::new(SetErrorType::InvalidPatch));
                }
                Some((property, member)) => (property, Some(member.replace("~1", "/").replace("~0", "~"))),
                None => (path.as_str(), None),
            };
            let set = match property {
                "keywords" => &mut self.keywords,
                "mailboxIds" => &mut self.mailboxes,
                _ => return Err(SetError::invalid_properties(&[path])),
            };
            let wrong = || SetError::invalid_properties(&[path]);
            let name = |name: &str| match property {
                "keywords" => Some(name.to_lowercase()),
                _ => call.resolve_id(name),
            };
            match (member, value) {
                (Some(member), Value::Bool(true)) => drop(set.insert(name(&member).ok_or_else(wrong)?)),
                (Some(member), Value::Null) => drop(set.remove(&name(&member).ok_or_else(wrong)?)),
                (None, Value::Object(members)) => *set = whole_set(members, name).ok_or_else(wrong)?,
                _ => return Err(wrong()),
            }
        }
        Ok(())
    }

    fn check(&self, tx: &Tx<'_>, account: i64) -> sql::Result<Result<(), SetError>> {
        if self.keywords.len() > limits::KEYWORDS {
            return Ok(Err(SetError::new(SetErrorType::TooManyKeywords)));
        }
        if !self.keywords.iter().all(|keyword| is_keyword(keyword)) {
            return Ok(Err(SetError::invalid_properties(&["keywords"])));
        }
        for id in &self.mailboxes {
            if mailbox::find(tx, account, id)?.is_none() {
                return Ok(Err(SetError::invalid_properties(&["mailboxIds"])));
            }
        }
        // RFC 8621 §4.1.1: an Email is in one Mailbox at least.
        let nowhere = self.mailboxes.is_empty();
        Ok(if nowhere { Err(SetError::invalid_properties(&["mailboxIds"])) } else { Ok(()) })
    }

    fn replace(&self, tx: &Tx<'_>, account: i64, email: i64, after: &Self) -> Result<(), Fault> {
        let thread: i64 = tx.query_row("SELECT thread FROM email WHERE id = ?", [email], |row| row.get(0))?;
        let tally = Tally::before(tx, thread)?;
        for gone in self.keywords.difference(&after.keywords) {
            tx.execute("DELETE FROM email_keyword WHERE email = ? AND keyword = ?", params![email, gone])?;
        }
        for new in after.keywords.difference(&self.keywords) {
            tx.execute("INSERT INTO email_keyword (email, keyword) VALUES (?, ?)", params![email, new])?;
        }
        for gone in self.mailboxes.difference(&after.mailboxes) {
            let mailbox = row_id('m', gone);
            tx.execute("DELETE FROM email_mailbox WHERE email = ? AND mailbox = ?", params![email, mailbox])?;
        }
        for new in after.mailboxes.difference(&self.mailboxes) {
            let mailbox = row_id('m', new);
            tx.execute(
                "INSERT INTO email_mailbox (email, mailbox, received_at) SELECT id, ?, received_at FROM email WHERE id = ?",
                params![mailbox, email],
            )?;
        }
        change::record(tx, account, &ObjectType::Email, email, What::Updated)?;
        tally.settle(tx, account)
    }
}

fn whole_set(
    members: &Map<String, Value>,
    name: impl Fn(&str) -> Option<String>,
) -> Option<BTreeSet<String>> {
    members.iter().map(|(key, value)| (*value == Value::Bool(true)).then(|| name(key)).flatten()).collect()
}
