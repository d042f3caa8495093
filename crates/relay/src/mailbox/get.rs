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

/// Counts as RFC 8621 §2 defines them: an Email is unread without `$seen` and `$draft`; a Thread is unread in a Mailbox
/// when it has an Email there and an unread Email anywhere, except that Trash counts by itself.
const MAILBOXES: &str = "
    WITH tagged AS (
        SELECT e.id, e.thread, NOT EXISTS (SELECT 1 FROM email_keyword AS k WHERE k.email = e.id
            AND k.keyword IN ('$seen', '$draft')) AS unread,
            EXISTS (SELECT 1 FROM email_mailbox AS x JOIN mailbox AS t ON t.id = x.mailbox
                WHERE x.email = e.id AND t.role = 'trash') AS trashed
        FROM email AS e WHERE e.account = ?1
    )
    SELECT m.id, m.name, m.parent, m.role, m.sort_order, m.subscribed,
        count(t.id), count(CASE WHEN t.unread THEN 1 END), count(DISTINCT t.thread),
        count(DISTINCT CASE WHEN EXISTS (SELECT 1 FROM tagged AS o WHERE o.thread = t.thread AND o.unread
            AND o.trashed = (coalesce(m.role, '') = 'trash')) THEN t.thread END)
    FROM mailbox AS m LEFT JOIN email_mailbox AS em ON em.mailbox = m.id LEFT JOIN tagged AS t ON t.id = em.email
    WHERE m.account = ?1 GROUP BY m.id ORDER BY m.sort_order, m.name, m.id";

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
