//! `EmailSubmission/set` (RFC 8621 §7.5). The Email passes the same door as a letter.

use std::collections::{BTreeMap, BTreeSet};

use sceau_api::{
    BlobId, EmailId, SetError, SetErrorType, UtcDate,
    method::PatchObject,
    push::ObjectType,
    submission::{Envelope, EnvelopeAddress, SubmissionCreate, SubmissionSet},
};
use serde_json::{Map, Value, json};

use crate::{
    account,
    blob::doubt,
    email::{self, get::Stored},
    identity,
    jmap::{
        Call, Outcome, Refusal, answer, count, row_id,
        standard::{SetDone, set_size, state_must_be},
    },
    letter::{
        NewEnvelope, NewLetter, accept,
        deliver::Tally,
        door::{self, Admitted, Reason},
    },
    limits,
    queue::{self, route},
    quota,
    rate::Resource,
    store::{
        Tx,
        change::{self, What},
        sql::{self, OptionalExtension as _},
    },
    watch::access::Action,
};

/// `EmailSubmission/set`.
pub(crate) fn set(call: &Call<'_>) -> Outcome {
    let request: SubmissionSet = call.arguments()?;
    call.limit(set_size(&request), limits::OBJECTS_IN_SET)?;
    let recipients = || {
        let envelopes = request.create.iter().flatten().filter_map(|(_, create)| create.envelope.as_ref());
        envelopes.flat_map(|envelope| &envelope.rcpt_to).map(|recipient| recipient.email.as_str())
    };
    let letters = admit_all(call, &request)?;
    let (outcome, sent, tallies) = call.write_with(recipients, |tx| {
        let account = call.account();
        let old_state =
            state_must_be(tx, account, &ObjectType::EmailSubmission, request.if_in_state.as_ref())?;
        let (mut done, mut sent, mut tallies) = (SetDone::default(), BTreeMap::new(), Vec::new());
        for (creation_id, create) in request.create.iter().flatten() {
            let outcome = create_one(tx, call, create, letters.get(creation_id))?;
            if let Ok((id, email, _, tally)) = &outcome {
                tallies.push(*tally);
                call.remember(creation_id, id);
                sent.insert(format!("#{creation_id}"), email.clone());
            }
            done.create(creation_id, outcome.map(|(_, _, record, _)| record));
        }
        for (id, patch) in request.update.iter().flatten() {
            let outcome = update(tx, account, id.as_str(), patch)?;
            if outcome.is_ok()
                && let Some(submission) = row_id('s', id.as_str())
            {
                let email: i64 =
                    tx.query_row("SELECT email FROM letter WHERE id = ?", [submission], |r| r.get(0))?;
                sent.insert(id.0.clone(), EmailId(format!("e{email}")));
            }
            done.update(id.as_str(), outcome);
        }
        for id in request.destroy.iter().flatten() {
            done.destroy(id.as_str(), destroy(tx, account, id.as_str())?);
        }
        let new_state = change::state(tx, account, &ObjectType::EmailSubmission)?;
        Ok((done.answer(call, old_state, new_state)?, sent, tallies))
    })?;
    for tally in tallies {
        call.relay.watch().metrics.accepted();
        call.relay.watch().metrics.delivered(tally);
    }
    call.relay.wake();
    implied(call, &request, &sent)?;
    Ok(outcome)
}

/// A letter and what the door says of it.
type AtDoor = (BlobId, Result<Admitted, Reason>);

/// What the door says of the letters that are to be sent. Blobs never change: they are read before the transaction, not inside.
fn admit_all<'a>(
    call: &Call<'_>,
    request: &'a SubmissionSet,
) -> Result<BTreeMap<&'a String, AtDoor>, Refusal> {
    let mut letters = BTreeMap::new();
    for (creation_id, create) in request.create.iter().flatten() {
        let email = call.resolve_id(create.email_id.as_str()).and_then(|id| row_id('e', &id));
        let Some(email) = email else { continue };
        let blob = call.read(|tx| Ok(email::get::read(tx, call.account(), email)?))?;
        let Some(blob) = blob.and_then(|stored| stored.email.blob_id) else { continue };
        let admitted = door::admit_own(call.relay.store(), &blob, &call.bearer.address)?;
        letters.insert(creation_id, (blob, admitted));
    }
    Ok(letters)
}

type Created = (String, EmailId, Map<String, Value>, Tally);

fn create_one(
    tx: &Tx<'_>,
    call: &Call<'_>,
    create: &SubmissionCreate,
    admitted: Option<&AtDoor>,
) -> Result<Result<Created, SetError>, Refusal> {
    let account = call.account();
    if !create.more.is_empty() {
        let names: Vec<&str> = create.more.keys().map(String::as_str).collect();
        return Ok(Err(SetError::invalid_properties(&names)));
    }
    if create.identity_id != identity::id_of(account) {
        return Ok(Err(SetError::invalid_properties(&["identityId"])));
    }
    let email = call.resolve_id(create.email_id.as_str()).and_then(|id| row_id('e', &id));
    let stored = email.map(|row| email::get::read(tx, account, row)).transpose()?.flatten();
    let Some(stored) = stored else { return Ok(Err(SetError::invalid_properties(&["emailId"]))) };
    if !quota::is_within(tx, account)? {
        return Ok(Err(SetError::new(SetErrorType::OverQuota).describe(quota::OVER)));
    }
    let envelope = create.envelope.clone().unwrap_or_else(|| envelope_of(&stored, &call.bearer.address));
    let (recipients, send_at, urgent) = match check_envelope(tx, call, &envelope)? {
        Ok(sound) => sound,
        Err(error) => return Ok(Err(error)),
    };
    let number = recipients.len();
    if let Err(seconds) = call.relay.wait(call.bearer.asking(), Resource::Recipients, count(number)) {
        let text = "More recipients than may be written to in this time; wait.";
        return Ok(Err(SetError::new(SetErrorType::RateLimit).describe(text).with("retryAfter", seconds)));
    }
    let blob = stored.email.blob_id.clone().unwrap_or_else(|| BlobId(String::new()));
    let letter = match admitted.filter(|(looked_at, _)| *looked_at == blob) {
        Some((_, Ok(letter))) => letter,
        Some((_, Err(Reason::WrongSender))) => return Ok(Err(SetError::new(SetErrorType::ForbiddenFrom))),
        Some((_, Err(reason))) => return Ok(Err(reason.clone().into_set_error(&blob))),
        None => return Ok(Err(SetError::invalid_properties(&["emailId"]))),
    };
    let thread = stored.email.thread_id.as_ref().and_then(|id| row_id('t', id.as_str())).unwrap_or(0);
    let new = NewLetter {
        account,
        client_letter_id: None,
        arguments_hash: None,
        email: stored.row,
        thread,
        mail_from: &call.bearer.address,
        send_at,
        urgent,
        envelopes: vec![NewEnvelope {
            blob: &blob,
            card: stored.email.card_blob_id.as_ref(),
            letter,
            recipients,
        }],
    };
    let (row, tally) = accept(tx, &new)?;
    change::record(tx, account, &ObjectType::EmailSubmission, row, What::Created)?;
    let answer = format!("accepted, recipients: {number}");
    call.trace(tx, Action::LetterSend, &format!("s{row} e{}", stored.row), &answer)?;
    let undo: String =
        tx.query_row("SELECT undo_status FROM letter WHERE id = ?", [row], |row| row.get(0))?;
    let id = format!("s{row}");
    let record = json!({
        "id": id, "threadId": stored.email.thread_id, "sendAt": UtcDate::from_unix(send_at),
        "undoStatus": undo,
    });
    Ok(Ok((id, stored.email.id, record.as_object().cloned().unwrap_or_default(), tally)))
}

/// The envelope RFC 8621 §7 derives from the outer headers.
fn envelope_of(stored: &Stored, own: &str) -> Envelope {
    let email = &stored.email;
    let all = [&email.to, &email.cc, &email.bcc].into_iter().flatten().flatten();
    let addresses: BTreeSet<String> = all.map(|person| person.email.to_lowercase()).collect();
    let address = |email: String| EnvelopeAddress { email, parameters: None };
    Envelope { mail_from: address(own.to_owned()), rcpt_to: addresses.into_iter().map(address).collect() }
}

/// Recipients, the time to send, whether it is urgent.
type Sound = (Vec<String>, i64, bool);

fn check_envelope(
    tx: &Tx<'_>,
    call: &Call<'_>,
    envelope: &Envelope,
) -> Result<Result<Sound, SetError>, Refusal> {
    if account::normalise(&envelope.mail_from.email).as_deref() != Some(&call.bearer.address) {
        return Ok(Err(SetError::new(SetErrorType::ForbiddenMailFrom)));
    }
    if envelope.rcpt_to.is_empty() {
        return Ok(Err(SetError::new(SetErrorType::NoRecipients)));
    }
    if count(envelope.rcpt_to.len()) > limits::RECIPIENTS {
        let error = SetError::new(SetErrorType::TooManyRecipients).with("maxRecipients", limits::RECIPIENTS);
        return Ok(Err(error));
    }
    let (mut known, mut unknown) = (BTreeSet::new(), Vec::new());
    for recipient in &envelope.rcpt_to {
        match account::normalise(&recipient.email) {
            Some(address) if route::reaches(tx, &address)? => drop(known.insert(address)),
            _ => unknown.push(recipient.email.clone()),
        }
    }
    if !unknown.is_empty() {
        return Ok(Err(SetError::new(SetErrorType::InvalidRecipients).with("invalidRecipients", unknown)));
    }
    let asked = parameters(&envelope.mail_from, tx.now);
    let asked = asked.filter(|(at, _)| *at <= tx.now + limits::DELAYED_SEND);
    Ok(asked
        .map(|(at, urgent)| (known.into_iter().collect(), at, urgent))
        .ok_or_else(|| SetError::invalid_properties(&["envelope"])))
}

/// `HOLDFOR` and `HOLDUNTIL` (RFC 4865 §4), and whether `MT-PRIORITY` (RFC 6710 §5) makes it urgent; `None` when they
/// cannot be read.
fn parameters(mail_from: &EnvelopeAddress, now: i64) -> Option<(i64, bool)> {
    let (mut send_at, mut urgent) = (now, false);
    for (name, value) in mail_from.parameters.iter().flatten() {
        let value = value.as_deref()?;
        match name.to_uppercase().as_str() {
            "HOLDFOR" => send_at = now.checked_add(value.parse::<u32>().ok()?.into())?,
            "HOLDUNTIL" => send_at = UtcDate(value.to_owned()).to_unix()?,
            "MT-PRIORITY" => {
                let priority = value.parse::<i8>().ok().filter(|priority| (-9..=9).contains(priority))?;
                urgent = priority >= limits::URGENT_PRIORITY;
            }
            _ => return None,
        }
    }
    Some((send_at, urgent))
}

/// A submission can be changed in one way: `undoStatus` to `canceled`.
fn update(tx: &Tx<'_>, account: i64, id: &str, patch: &PatchObject) -> Result<Result<(), SetError>, Refusal> {
    let Some((row, undo, may_undo)) = find(tx, account, id)? else {
        return Ok(Err(SetError::new(SetErrorType::NotFound)));
    };
    if let Some(other) = patch.keys().find(|name| *name != "undoStatus") {
        return Ok(Err(SetError::invalid_properties(&[other])));
    }
    match patch.get("undoStatus").and_then(Value::as_str) {
        Some("canceled") if undo == "canceled" => Ok(Ok(())),
        Some("canceled") if undo == "pending" && may_undo => {
            queue::take_back(tx, row)?;
            change::record(tx, account, &ObjectType::EmailSubmission, row, What::Updated)?;
            Ok(Ok(()))
        }
        Some("canceled") => Ok(Err(SetError::new(SetErrorType::CannotUnsend))),
        Some(same) if same == undo => Ok(Ok(())),
        _ => Ok(Err(SetError::invalid_properties(&["undoStatus"]))),
    }
}

/// RFC 8621 §7.5: destroying forgets the submission; one still pending is sent nevertheless, so it is kept.
fn destroy(tx: &Tx<'_>, account: i64, id: &str) -> Result<Result<(), SetError>, Refusal> {
    let Some((row, undo, _)) = find(tx, account, id)? else {
        return Ok(Err(SetError::new(SetErrorType::NotFound)));
    };
    if undo == "pending" {
        return Ok(Err(SetError::new(SetErrorType::Forbidden).describe("Not sent yet; cancel it first.")));
    }
    if queue::is_waiting(tx, row)? {
        let text = "Still on its way to some; destroy it when each recipient has a final state.";
        return Ok(Err(SetError::new(SetErrorType::Forbidden).describe(text)));
    }
    doubt::of_letter(tx, row)?;
    tx.execute("DELETE FROM letter WHERE id = ?", [row])?;
    change::record(tx, account, &ObjectType::EmailSubmission, row, What::Destroyed)?;
    Ok(Ok(()))
}

/// A submission of the account: its row, its `undoStatus`, and whether one that is pending can still be undone.
fn find(tx: &Tx<'_>, account: i64, id: &str) -> sql::Result<Option<(i64, String, bool)>> {
    let Some(row) = row_id('s', id) else { return Ok(None) };
    tx.query_row(
        "SELECT id, undo_status, send_at, released_at FROM letter
         WHERE id = ? AND account = ? AND client_letter_id IS NULL",
        [row, account],
        |row| {
            let (send_at, released): (i64, Option<i64>) = (row.get(2)?, row.get(3)?);
            Ok((row.get(0)?, row.get(1)?, tx.now < send_at || released.is_some()))
        },
    )
    .optional()
}

/// `onSuccessUpdateEmail` and `onSuccessDestroyEmail`: one more `Email/set`, whose answer follows this one's.
fn implied(
    call: &Call<'_>,
    request: &SubmissionSet,
    sent: &BTreeMap<String, EmailId>,
) -> Result<(), Refusal> {
    let updates: BTreeMap<&EmailId, &PatchObject> = request
        .on_success_update_email
        .iter()
        .flatten()
        .filter_map(|(id, patch)| Some((sent.get(id)?, patch)))
        .collect();
    let destroys: Vec<&EmailId> =
        request.on_success_destroy_email.iter().flatten().filter_map(|id| sent.get(id)).collect();
    if updates.is_empty() && destroys.is_empty() {
        return Ok(());
    }
    let value = call.write(|tx| {
        let state = change::state(tx, call.account(), &ObjectType::Email)?;
        let mut done = SetDone::default();
        for (id, patch) in &updates {
            done.update(id.as_str(), email::set::update(tx, call, id.as_str(), patch)?);
        }
        for id in &destroys {
            done.destroy(id.as_str(), email::set::destroy_one(tx, call.account(), id.as_str())?);
        }
        done.answer(call, state, change::state(tx, call.account(), &ObjectType::Email)?)
    })?;
    call.extra.borrow_mut().push(("Email/set".to_owned(), answer(&value)?));
    Ok(())
}
