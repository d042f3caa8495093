//! `Mailbox/get` (RFC 8621 §2.1).

use sceau_api::{
    MailboxId,
    mailbox::{Mailbox, MailboxGet, MailboxRights, Role},
    push::ObjectType,
};
use serde_json::{Value, json};

use crate::{
    fault::Fault,
    jmap::{
        Call, Outcome, answer,
        standard::{check_properties, pick},
    },
    limits,
    store::{Tx, change},
};

const PROPERTIES: [&str; 11] = [
    "id",
    "name",
    "parentId",
    "role",
    "sortOrder",
    "totalEmails",
    "unreadEmails",
    "totalThreads",
    "unreadThreads",
    "myRights",
    "isSubscribed",
];

const MAILBOXES: &str =
    "SELECT id, name, parent, role, sort_order, subscribed, total_emails, unread_emails, total_threads,
        unread_threads
    FROM mailbox WHERE account = ? ORDER BY sort_order, name, id";

/// `Mailbox/get`.
pub(crate) fn get(call: &Call<'_>) -> Outcome {
    let request: MailboxGet = call.arguments()?;
    check_properties(request.properties.as_deref(), &PROPERTIES)?;
    if let Some(ids) = &request.ids {
        call.limit(ids.len(), limits::OBJECTS_IN_GET)?;
    }
    call.read(|tx| {
        let all = all(tx, call.account())?;
        let not_found: Vec<&MailboxId> =
            request.ids.iter().flatten().filter(|id| !all.iter().any(|mailbox| mailbox.id == **id)).collect();
        let wanted = |mailbox: &&Mailbox| request.ids.as_ref().is_none_or(|ids| ids.contains(&mailbox.id));
        let shape = |mailbox| answer(mailbox).map(|value| pick(value, request.properties.as_deref()));
        let list = all.iter().filter(wanted).map(shape).collect::<Result<Vec<Value>, _>>()?;
        let state = change::state(tx, call.account(), &ObjectType::Mailbox)?;
        answer(&json!({"accountId": request.account_id, "state": state, "list": list, "notFound": not_found}))
    })
}

/// All Mailboxes of an account, with their counts.
pub(crate) fn all(tx: &Tx<'_>, account: i64) -> Result<Vec<Mailbox>, Fault> {
    let mut statement = tx.prepare_cached(MAILBOXES)?;
    let mut rows = statement.query([account])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let count = |column: usize| -> Result<u64, Fault> {
            u64::try_from(row.get::<i64>(column)?).map_err(|_| Fault::Damaged("a count"))
        };
        let role: Option<Role> = row.get::<Option<String>>(3)?.map(|role| Role::from(role.as_str()));
        // Delivery needs these three; they can be renamed, not destroyed.
        let keep = matches!(role, Some(Role::Inbox | Role::Sent | Role::Drafts));
        all.push(Mailbox {
            id: MailboxId(format!("m{}", row.get::<i64>(0)?)),
            name: row.get(1)?,
            parent_id: row.get::<Option<i64>>(2)?.map(|parent| MailboxId(format!("m{parent}"))),
            role,
            sort_order: count(4)?,
            is_subscribed: row.get(5)?,
            total_emails: count(6)?,
            unread_emails: count(7)?,
            total_threads: count(8)?,
            unread_threads: count(9)?,
            my_rights: MailboxRights { may_delete: !keep, ..MailboxRights::default() },
        });
    }
    Ok(all)
}
