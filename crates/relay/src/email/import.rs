//! `Email/import` (RFC 8621 §4.8): a sealed letter uploaded before becomes an Email. The door is the same as for
//! sending, except that the letter may be anybody's.

use std::collections::BTreeMap;

use sceau_api::{
    BlobId, EmailId, SetError, SetErrorType, ThreadId,
    email::{EmailImport, EmailImportRequest, EmailImportResponse, ImportedEmail},
    push::ObjectType,
};

use super::{insert, is_keyword, set};
use crate::{
    blob,
    fail_point::fail_point,
    fault::Fault,
    jmap::{Call, Outcome, Refusal, answer, standard::state_must_be},
    letter::door::{self, Admitted},
    limits, mailbox, quota,
    store::{Tx, change},
    watch::access::Action,
};

/// `Email/import`.
pub(crate) fn import(call: &Call<'_>) -> Outcome {
    let mut request: EmailImportRequest = call.arguments()?;
    for email in request.emails.values_mut() {
        let blobs = [&mut email.blob_id].into_iter().chain(&mut email.card_blob_id);
        blobs.chain(&mut email.held_blob_ids).for_each(|blob| call.resolve_blob(blob));
    }
    call.limit(request.emails.len(), limits::OBJECTS_IN_SET)?;
    // Blobs never change: they are read before the transaction, not inside.
    let mut admitted = BTreeMap::new();
    for (creation_id, email) in &request.emails {
        admitted.insert(creation_id, admit(call, email)?);
    }
    call.write(|tx| {
        let account = call.account();
        let old_state = state_must_be(tx, account, &ObjectType::Email, request.if_in_state.as_ref())?;
        let (mut created, mut not_created) = (BTreeMap::new(), BTreeMap::new());
        for (creation_id, email) in &request.emails {
            let outcome = match admitted.get(creation_id) {
                Some(Ok(letter)) => import_one(tx, call, email, letter)?,
                Some(Err(error)) => Err(error.clone()),
                None => Err(SetError::new(SetErrorType::NotFound)),
            };
            match outcome {
                Ok(imported) => drop(created.insert(creation_id.clone(), imported)),
                Err(error) => drop(not_created.insert(creation_id.clone(), error)),
            }
        }
        for (creation_id, imported) in &created {
            call.remember(creation_id, imported.id.as_str());
        }
        if !created.is_empty() {
            let ids: Vec<&str> = created.values().map(|imported| imported.id.as_str()).collect();
            call.trace(tx, Action::EmailImport, &ids.join(" "), "done")?;
        }
        let new_state = change::state(tx, account, &ObjectType::Email)?;
        answer(&EmailImportResponse {
            account_id: request.account_id.clone(),
            old_state: Some(old_state),
            new_state,
            created: Some(created).filter(|map| !map.is_empty()),
            not_created: Some(not_created).filter(|map| !map.is_empty()),
        })
    })
}

fn admit(call: &Call<'_>, email: &EmailImport) -> Result<Result<Admitted, SetError>, Refusal> {
    if let Some(error) = call.read(|tx| missing_blobs(tx, call, email))? {
        return Ok(Err(error));
    }
    if email.held_blob_ids.len() > limits::HELD_BLOBS {
        return Ok(Err(SetError::invalid_properties(&["heldBlobIds"])));
    }
    look(call, email).or_else(|fault| {
        // An upload that ended meanwhile is gone, not damaged.
        let missing = call.read(|tx| missing_blobs(tx, call, email))?;
        missing.map(Err).ok_or_else(|| fault.into())
    })
}

/// The letter and its card at the door.
fn look(call: &Call<'_>, email: &EmailImport) -> Result<Result<Admitted, SetError>, Fault> {
    let store = call.relay.store();
    if let Some(card) = &email.card_blob_id
        && let Err(reason) = door::admit_card(store, card)?
    {
        return Ok(Err(reason.into_set_error(card)));
    }
    Ok(door::admit_any(store, &email.blob_id)?.map_err(|reason| reason.into_set_error(&email.blob_id)))
}

/// The refusal of an Email whose blobs the account cannot reach.
fn missing_blobs(tx: &Tx<'_>, call: &Call<'_>, email: &EmailImport) -> Result<Option<SetError>, Refusal> {
    let blobs: Vec<&BlobId> =
        [&email.blob_id].into_iter().chain(&email.card_blob_id).chain(&email.held_blob_ids).collect();
    let missing = blob::unreachable(tx, call.account(), &blobs)?;
    let names: Vec<&str> = missing.iter().map(|id| id.as_str()).collect();
    let error = match missing.contains(&&email.blob_id) {
        _ if missing.is_empty() => return Ok(None),
        true => SetError::invalid_properties(&["blobId"]),
        false => SetError::new(SetErrorType::BlobNotFound),
    };
    Ok(Some(error.with("notFound", names)))
}

fn import_one(
    tx: &Tx<'_>,
    call: &Call<'_>,
    email: &EmailImport,
    letter: &Admitted,
) -> Result<Result<ImportedEmail, SetError>, Refusal> {
    let account = call.account();
    // Again: an upload may have ended since its octets were looked at.
    if let Some(error) = missing_blobs(tx, call, email)? {
        return Ok(Err(error));
    }
    let mut mailboxes = Vec::new();
    for (id, value) in &email.mailbox_ids {
        let id = call.resolve_id(id.as_str()).filter(|_| *value);
        let row = id.map(|id| mailbox::find(tx, account, &id)).transpose()?.flatten();
        let Some(row) = row else { return Ok(Err(SetError::invalid_properties(&["mailboxIds"]))) };
        mailboxes.push(row);
    }
    if mailboxes.is_empty() {
        return Ok(Err(SetError::invalid_properties(&["mailboxIds"])));
    }
    let keywords: Vec<String> = email.keywords.keys().map(|keyword| keyword.to_lowercase()).collect();
    if keywords.len() > limits::KEYWORDS {
        return Ok(Err(SetError::new(SetErrorType::TooManyKeywords)));
    }
    if !keywords.iter().all(|keyword| is_keyword(keyword)) || !email.keywords.values().all(|&value| value) {
        return Ok(Err(SetError::invalid_properties(&["keywords"])));
    }
    let received_at = email.received_at.as_ref().map_or(Some(tx.now), sceau_api::UtcDate::to_unix);
    let Some(received_at) = received_at else {
        return Ok(Err(SetError::invalid_properties(&["receivedAt"])));
    };
    let old = match &email.replaces {
        None => None,
        Some(id) => match set::find(tx, account, id.as_str())? {
            None => return Ok(Err(SetError::invalid_properties(&["replaces"]))),
            found => found,
        },
    };
    let new = insert::NewEmail {
        account,
        blob: &email.blob_id,
        card: email.card_blob_id.as_ref(),
        held: &email.held_blob_ids,
        size: letter.size,
        received_at,
        outer: &letter.outer,
        header: &letter.header,
        mailboxes: &mailboxes,
        keywords: &keywords,
    };
    let freed = old.map(|old| quota::load_of_email(tx, old)).transpose()?.unwrap_or_default();
    if !quota::has_room(tx, account, new.load(tx)?.less(freed), quota::By::Itself)? {
        return Ok(Err(SetError::new(SetErrorType::OverQuota).describe(quota::OVER)));
    }
    let inserted = insert::insert(tx, &new)?;
    fail_point!("import.inserted");
    if let Some(old) = old {
        insert::remove(tx, account, old)?;
        fail_point!("import.replaced");
    }
    Ok(Ok(ImportedEmail {
        id: EmailId(format!("e{}", inserted.email)),
        blob_id: email.blob_id.clone(),
        thread_id: ThreadId(format!("t{}", inserted.thread)),
        size: letter.size.unsigned_abs(),
    }))
}
