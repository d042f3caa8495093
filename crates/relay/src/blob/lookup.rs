//! `Blob/lookup` (RFC 9404 §4.3): which objects of the account refer to a blob.

use std::collections::{BTreeMap, BTreeSet};

use sceau_api::{
    BlobId, MethodErrorType,
    blob::{BlobInfo, BlobLookup, BlobLookupResponse},
};

use crate::{
    jmap::{Call, Outcome, answer, error},
    limits,
    store::{
        Tx,
        sql::{self, params},
    },
};

/// Types that refer to blobs: an Email by letter, card and held files, the others by their Emails.
pub(crate) const TYPES: [&str; 3] = ["Email", "Mailbox", "Thread"];

/// The Emails of an account that refer to a blob, whichever way. `+` keeps SQLite from walking the whole account.
macro_rules! through_emails {
    ($id:literal, $join:literal) => {
        concat!(
            "SELECT DISTINCT ",
            $id,
            " FROM email ",
            $join,
            " WHERE +email.account = ?1 AND email.id IN (
                 SELECT id FROM email WHERE blob = ?2
                 UNION SELECT id FROM email WHERE card = ?2
                 UNION SELECT email FROM email_held WHERE blob = ?2)
             ORDER BY 1 LIMIT ?3"
        )
    };
}

/// `Blob/lookup`.
pub(crate) fn lookup(call: &Call<'_>) -> Outcome {
    let request: BlobLookup = call.arguments()?;
    call.limit(request.ids.len(), limits::OBJECTS_IN_GET)?;
    if !request.type_names.iter().all(|name| TYPES.contains(&name.as_str())) {
        return Err(error(MethodErrorType::UnknownDataType));
    }
    let types: BTreeSet<&str> = request.type_names.iter().map(String::as_str).collect();
    call.read(|tx| {
        let (mut list, mut not_found, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
        for asked in request.ids {
            let mut id = asked.clone();
            call.resolve_blob(&mut id);
            if !seen.insert(id.clone()) {
                continue;
            }
            if super::reachable(tx, call.account(), &id)?.is_none() {
                not_found.push(asked);
                continue;
            }
            let mut matched_ids = BTreeMap::new();
            for name in &types {
                matched_ids.insert((*name).to_owned(), referring(tx, call.account(), &id, name)?);
            }
            list.push(BlobInfo { id, matched_ids });
        }
        answer(&BlobLookupResponse { account_id: request.account_id, list, not_found })
    })
}

fn referring(tx: &Tx<'_>, account: i64, blob: &BlobId, name: &str) -> sql::Result<Vec<String>> {
    let (letter, sql) = match name {
        "Mailbox" => (
            'm',
            through_emails!("email_mailbox.mailbox", "JOIN email_mailbox ON email_mailbox.email = email.id"),
        ),
        "Thread" => ('t', through_emails!("email.thread", "")),
        _ => ('e', through_emails!("email.id", "")),
    };
    let most = i64::try_from(limits::QUERY_RESULTS).unwrap_or(i64::MAX);
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement.query_map(params![account, blob.as_str(), most], |row| row.get::<i64>(0))?;
    rows.map(|row| Ok(format!("{letter}{}", row?))).collect()
}
