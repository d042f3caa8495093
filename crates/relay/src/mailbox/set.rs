//! `Mailbox/set` (RFC 8621 §2.5).

use sceau_api::{
    SetError, SetErrorType,
    mailbox::{MailboxCreate, MailboxSet, Role},
    method::PatchObject,
    push::ObjectType,
};
use serde_json::{Map, Value, json};

use super::{
    find,
    tally::{self, Tally},
};
use crate::{
    email::insert,
    fault::Fault,
    jmap::{
        Call, Outcome,
        standard::{SetDone, set_size, state_must_be},
    },
    limits,
    store::{
        Tx,
        change::{self, What},
        sql::{self, OptionalExtension as _, params},
    },
    watch::access::Action,
};

type Done<T> = Result<Result<T, SetError>, Fault>;

/// `Mailbox/set`.
pub(crate) fn set(call: &Call<'_>) -> Outcome {
    let request: MailboxSet = call.arguments()?;
    call.limit(set_size(&request), limits::OBJECTS_IN_SET)?;
    call.write(|tx| {
        let account = call.account();
        let old_state = state_must_be(tx, account, &ObjectType::Mailbox, request.if_in_state.as_ref())?;
        let mut done = SetDone::default();
        create_all(tx, call, &request, &mut done)?;
        let destroy: Vec<_> = request.destroy.iter().flatten().collect();
        for (id, patch) in request.update.iter().flatten() {
            let outcome = match destroy.contains(&id) {
                true => Err(SetError::new(SetErrorType::WillDestroy)),
                false => update(tx, call, id.as_str(), patch)?,
            };
            done.update(id.as_str(), outcome);
        }
        let with_emails = request.on_destroy_remove_emails == Some(true);
        for id in destroy {
            done.destroy(id.as_str(), destroy_one(tx, account, id.as_str(), with_emails)?);
        }
        if let Some(ids) = done.destroyed() {
            call.trace(
                tx,
                Action::MailboxDestroy,
                &ids,
                if with_emails { "done, with letters" } else { "done" },
            )?;
        }
        let new_state = change::state(tx, account, &ObjectType::Mailbox)?;
        done.answer(call, old_state, new_state)
    })
}

/// Creates them in an order in which each parent comes before its children, as far as there is one.
fn create_all(tx: &Tx<'_>, call: &Call<'_>, request: &MailboxSet, done: &mut SetDone) -> Result<(), Fault> {
    let mut waiting: Vec<(&String, &MailboxCreate)> = request.create.iter().flatten().collect();
    loop {
        let ready = waiting.iter().position(|(_, create)| {
            let parent = create.parent_id.as_ref().and_then(|parent| parent.0.strip_prefix('#'));
            parent.is_none_or(|parent| !waiting.iter().any(|(creation_id, _)| *creation_id == parent))
        });
        // What is left waits for itself: its parents are refused like any unknown one.
        let Some(next) = ready.or(if waiting.is_empty() { None } else { Some(0) }) else { return Ok(()) };
        let (creation_id, create) = waiting.remove(next);
        let outcome = create_one(tx, call, create)?;
        if let Ok(record) = &outcome
            && let Some(id) = record.get("id").and_then(Value::as_str)
        {
            call.remember(creation_id, id);
        }
        done.create(creation_id, outcome);
    }
}

fn create_one(tx: &Tx<'_>, call: &Call<'_>, create: &MailboxCreate) -> Done<Map<String, Value>> {
    let account = call.account();
    if !create.more.is_empty() {
        let names: Vec<&str> = create.more.keys().map(String::as_str).collect();
        return Ok(Err(SetError::invalid_properties(&names)));
    }
    let count: i64 =
        tx.query_row("SELECT count(*) FROM mailbox WHERE account = ?", [account], |row| row.get(0))?;
    if count.unsigned_abs() >= limits::MAILBOXES {
        return Ok(Err(SetError::new(SetErrorType::OverQuota)));
    }
    let mut wanted = Mutable { name: create.name.clone(), parent: None, ..Mutable::default() };
    if let Some(id) = &create.parent_id {
        wanted.parent = call.resolve_id(id.as_str()).map(|id| find(tx, account, &id)).transpose()?.flatten();
        if wanted.parent.is_none() {
            return Ok(Err(SetError::invalid_properties(&["parentId"])));
        }
    }
    wanted.role = create.role.as_ref().map(|role| role.as_str().to_owned());
    wanted.sort_order = i64::try_from(create.sort_order.unwrap_or(10)).unwrap_or(i64::MAX);
    wanted.subscribed = create.is_subscribed.unwrap_or(true);
    if let Err(error) = wanted.check(tx, account, None)? {
        return Ok(Err(error));
    }
    let row: i64 = tx.query_row(
        "INSERT INTO mailbox (account, name, parent, role, sort_order, subscribed) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
        params![account, wanted.name, wanted.parent, wanted.role, wanted.sort_order, wanted.subscribed],
        |row| row.get(0),
    )?;
    change::record(tx, account, &ObjectType::Mailbox, row, What::Created)?;
    let record = json!({
        "id": format!("m{row}"), "totalEmails": 0, "unreadEmails": 0, "totalThreads": 0, "unreadThreads": 0,
        "sortOrder": wanted.sort_order, "isSubscribed": wanted.subscribed,
        "myRights": sceau_api::mailbox::MailboxRights::default(),
    });
    Ok(Ok(record.as_object().cloned().unwrap_or_default()))
}

fn update(tx: &Tx<'_>, call: &Call<'_>, id: &str, patch: &PatchObject) -> Done<()> {
    let account = call.account();
    let id = call.resolve_id(id);
    let row = id.map(|id| find(tx, account, &id)).transpose()?.flatten();
    let Some(row) = row else { return Ok(Err(SetError::new(SetErrorType::NotFound))) };
    let mut wanted = Mutable::read(tx, row)?;
    let before = wanted.role.clone();
    for (name, value) in patch {
        if !wanted.apply(tx, call, name, value)? {
            return Ok(Err(SetError::invalid_properties(&[name])));
        }
    }
    if let Err(error) = wanted.check(tx, account, Some(row))? {
        return Ok(Err(error));
    }
    tx.execute(
        "UPDATE mailbox SET name = ?, parent = ?, role = ?, sort_order = ?, subscribed = ? WHERE id = ?",
        params![wanted.name, wanted.parent, wanted.role, wanted.sort_order, wanted.subscribed, row],
    )?;
    change::record(tx, account, &ObjectType::Mailbox, row, What::Updated)?;
    let is_trash = |role: &Option<String>| role.as_deref() == Some("trash");
    if is_trash(&before) != is_trash(&wanted.role) {
        tally::anew(tx, account)?;
    }
    Ok(Ok(()))
}

fn destroy_one(tx: &Tx<'_>, account: i64, id: &str, with_emails: bool) -> Done<()> {
    let Some(row) = find(tx, account, id)? else { return Ok(Err(SetError::new(SetErrorType::NotFound))) };
    if is_needed(Mutable::read(tx, row)?.role.as_deref()) {
        return Ok(Err(SetError::new(SetErrorType::Forbidden).describe("Delivery needs this Mailbox.")));
    }
    let has = |sql: &str| -> sql::Result<bool> { tx.query_row(sql, [row], |row| row.get(0)) };
    if has("SELECT EXISTS (SELECT 1 FROM mailbox WHERE parent = ?)")? {
        return Ok(Err(SetError::new(SetErrorType::MailboxHasChild)));
    }
    if has("SELECT EXISTS (SELECT 1 FROM email_mailbox WHERE mailbox = ?)")? {
        if !with_emails {
            return Ok(Err(SetError::new(SetErrorType::MailboxHasEmail)));
        }
        empty(tx, account, row)?;
    }
    tx.execute("DELETE FROM mailbox WHERE id = ?", [row])?;
    change::record(tx, account, &ObjectType::Mailbox, row, What::Destroyed)?;
    Ok(Ok(()))
}

/// `onDestroyRemoveEmails`: an Email that is nowhere else is destroyed.
fn empty(tx: &Tx<'_>, account: i64, mailbox: i64) -> Result<(), Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT id, thread, (SELECT count(*) FROM email_mailbox AS o WHERE o.email = id) FROM email
         JOIN email_mailbox ON email = id WHERE mailbox = ?",
    )?;
    let rows = statement.query_map([mailbox], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    for (email, thread, places) in rows.collect::<Result<Vec<(i64, i64, i64)>, _>>()? {
        if places <= 1 {
            insert::remove(tx, account, email)?;
            continue;
        }
        let tally = Tally::before(tx, thread)?;
        tx.execute("DELETE FROM email_mailbox WHERE email = ? AND mailbox = ?", [email, mailbox])?;
        change::record(tx, account, &ObjectType::Email, email, What::Updated)?;
        tally.settle(tx, account)?;
    }
    Ok(())
}

/// Those of IANA's names of mailbox attributes (RFC 8457 §6) that the relay makes no Mailbox for.
const OTHER_ROLES: [&str; 7] = ["all", "flagged", "important", "junk", "memos", "scheduled", "snoozed"];

fn is_needed(role: Option<&str>) -> bool {
    matches!(role, Some("inbox" | "sent" | "drafts"))
}

/// What a client may set of a Mailbox.
#[derive(Debug, Clone, Default)]
struct Mutable {
    name: String,
    parent: Option<i64>,
    role: Option<String>,
    sort_order: i64,
    subscribed: bool,
}

impl Mutable {
    fn read(tx: &Tx<'_>, row: i64) -> sql::Result<Self> {
        tx.query_row(
            "SELECT name, parent, role, sort_order, subscribed FROM mailbox WHERE id = ?",
            [row],
            |row| {
                Ok(Self {
                    name: row.get(0)?,
                    parent: row.get(1)?,
                    role: row.get(2)?,
                    sort_order: row.get(3)?,
                    subscribed: row.get(4)?,
                })
            },
        )
    }

    /// Sets one property; false when the value is not one it can have.
    fn apply(&mut self, tx: &Tx<'_>, call: &Call<'_>, name: &str, value: &Value) -> Result<bool, Fault> {
        match (name, value) {
            ("name", Value::String(text)) => self.name.clone_from(text),
            ("parentId", Value::Null) => self.parent = None,
            ("parentId", Value::String(id)) => {
                let id = call.resolve_id(id);
                self.parent = id.map(|id| find(tx, call.account(), &id)).transpose()?.flatten();
                return Ok(self.parent.is_some());
            }
            ("role", Value::Null) if !is_needed(self.role.as_deref()) => self.role = None,
            ("role", Value::String(role)) if self.role.as_ref() == Some(role) => {}
            ("role", Value::String(role)) if !is_needed(self.role.as_deref()) => {
                self.role = Some(role.clone())
            }
            ("sortOrder", Value::Number(number)) => {
                match number.as_i64().filter(|n| (0..1 << 31).contains(n)) {
                    Some(order) => self.sort_order = order,
                    None => return Ok(false),
                }
            }
            ("isSubscribed", Value::Bool(subscribed)) => self.subscribed = *subscribed,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn check(&self, tx: &Tx<'_>, account: i64, own: Option<i64>) -> Done<()> {
        let name = &self.name;
        if name.trim().is_empty()
            || name.len() > limits::MAILBOX_NAME_BYTES
            || name.chars().any(char::is_control)
        {
            return Ok(Err(SetError::invalid_properties(&["name"])));
        }
        // RFC 8621 §2: no two siblings of one name, no two Mailboxes of one role.
        let sibling: Option<i64> = tx
            .query_row(
                "SELECT id FROM mailbox WHERE account = ? AND parent IS NOT DISTINCT FROM ? AND name = ? AND id IS DISTINCT FROM ?",
                params![account, self.parent, name, own],
                |row| row.get(0),
            )
            .optional()?;
        if let Some(existing) = sibling {
            let error = SetError::invalid_properties(&["name"]).with("existingId", format!("m{existing}"));
            return Ok(Err(error));
        }
        let known = self.role.as_deref().map(Role::from);
        let taken: bool = tx.query_row(
            "SELECT EXISTS (SELECT 1 FROM mailbox WHERE account = ? AND role = ? AND id IS DISTINCT FROM ?)",
            params![account, self.role, own],
            |row| row.get(0),
        )?;
        let is_none = |role: &Role| matches!(role, Role::Other(name) if !OTHER_ROLES.contains(&&**name));
        if taken || known.as_ref().is_some_and(is_none) {
            return Ok(Err(SetError::invalid_properties(&["role"])));
        }
        let sound = depth_is_sound(tx, self.parent, own)?;
        Ok(if sound { Ok(()) } else { Err(SetError::invalid_properties(&["parentId"])) })
    }
}

/// Not its own ancestor, and not too deep.
fn depth_is_sound(tx: &Tx<'_>, parent: Option<i64>, own: Option<i64>) -> sql::Result<bool> {
    let (mut above, mut depth) = (parent, 1);
    while let Some(mailbox) = above {
        depth += 1;
        if Some(mailbox) == own || depth > limits::MAILBOX_DEPTH {
            return Ok(false);
        }
        above = tx.query_row("SELECT parent FROM mailbox WHERE id = ?", [mailbox], |row| row.get(0))?;
    }
    Ok(true)
}
