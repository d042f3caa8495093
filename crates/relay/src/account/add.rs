//! An account is added by the relay's keeper.

use sceau_api::{AccountId, mailbox::Role, push::ObjectType};

use super::{code, find, fold};
use crate::{
    directory,
    fault::Fault,
    limits,
    relay::NewAccount,
    store::{
        Tx,
        change::{self, What},
        sql::{self, params},
    },
};

/// The mailboxes every account starts with.
const MAILBOXES: [(Role, &str, i64); 5] = [
    (Role::Inbox, "Inbox", 1),
    (Role::Drafts, "Drafts", 2),
    (Role::Sent, "Sent", 3),
    (Role::Archive, "Archive", 4),
    (Role::Trash, "Trash", 5),
];

/// Adds the account of a normalised address, or renews its code; `None` when it has enrolled.
pub(crate) fn add(
    tx: &Tx<'_>,
    address: &str,
    name: Option<&str>,
    certificates: &[Vec<u8>],
) -> Result<Option<NewAccount>, Fault> {
    super::lock(tx, address)?;
    let account = match find(tx, address)? {
        Some(account) if has_enrolled(tx, account)? => return Ok(None),
        Some(account) => account,
        None => create(tx, address)?,
    };
    if let Some(name) = name {
        let folded = format!("{} {address}", fold(name));
        tx.execute("UPDATE account SET name = ?, folded = ? WHERE id = ?", params![name, folded, account])?;
    }
    if !certificates.is_empty() {
        directory::publish::replace(tx, account, certificates)?;
    }
    let code = code::generate();
    tx.execute(
        "UPDATE account SET code_hash = ?, code_expires_at = ? WHERE id = ?",
        params![code::hash(&code), tx.now + limits::ENROLMENT_CODE_LIFETIME, account],
    )?;
    let account_id = AccountId(super::wire_id(account));
    Ok(Some(NewAccount { address: address.to_owned(), account_id, enrolment_code: code }))
}

/// A new account with its mailboxes and no way in.
pub(crate) fn create(tx: &Tx<'_>, address: &str) -> Result<i64, Fault> {
    let local = address.split('@').next().unwrap_or_default();
    let account: i64 = tx
        .prepare_cached(
            "INSERT INTO account (address, name, folded, created_at) VALUES (?, ?, ?, ?) RETURNING id",
        )?
        .query_row(params![address, local, format!("{} {address}", fold(local)), tx.now], |row| row.get(0))?;
    tx.lock([account])?;
    for (role, name, order) in MAILBOXES {
        let mailbox: i64 = tx
            .prepare_cached(
                "INSERT INTO mailbox (account, name, role, sort_order, subscribed) VALUES (?, ?, ?, ?, 1) RETURNING id",
            )?
            .query_row(params![account, name, role.as_str(), order], |row| row.get(0))?;
        change::record(tx, account, &ObjectType::Mailbox, mailbox, What::Created)?;
    }
    Ok(account)
}

fn has_enrolled(tx: &Tx<'_>, account: i64) -> sql::Result<bool> {
    tx.query_row("SELECT EXISTS (SELECT 1 FROM slot WHERE account = ?)", [account], |row| row.get(0))
}
