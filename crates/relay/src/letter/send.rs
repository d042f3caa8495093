//! `Letter/send`: checked first, then one transaction for the Sent Email, the sending and, when its time has come,
//! the delivery.

use std::collections::BTreeMap;

use sceau_api::{
    BlobId, EmailId, LetterId, MethodError, MethodErrorType, UtcDate,
    email::keyword,
    letter::{LetterSend, LetterSendResponse, Priority},
    mailbox::Role,
    push::ObjectType,
    submission::UndoStatus,
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{
    NewEnvelope, NewLetter, accept,
    deliver::Tally,
    door::{self, Admitted},
    status,
};
use crate::{
    account, blob,
    email::{insert, set},
    fail_point::fail_point,
    fault::Fault,
    jmap::{Call, Outcome, Refusal, answer, count, error, invalid},
    limits, mailbox,
    queue::route,
    quota,
    rate::Resource,
    store::{
        Tx,
        change::{self, What},
        sql::{OptionalExtension as _, params},
    },
    watch::access::Action,
};

/// `Letter/send`.
pub(crate) fn send(call: &Call<'_>) -> Outcome {
    let mut request: LetterSend = call.arguments()?;
    resolve_blobs(call, &mut request);
    let plan = Plan::read(call, &request)?;
    let known = call.read(|tx| {
        let known = plan.already_sent(tx, call)?;
        if known.is_none() {
            plan.take_recipients(call)?;
        }
        Ok(known)
    })?;
    if let Some(known) = known {
        return Ok(known);
    }
    let letters = plan.admit(call)?;
    fail_point!("send.admitted");
    let recipients = || plan.recipients.iter().flatten().map(String::as_str);
    let (sent, tally) = call.write_with(recipients, |tx| {
        // Again, inside this transaction: the same request may have come twice at once.
        match plan.already_sent(tx, call)? {
            Some(known) => Ok((known, None)),
            None => plan.execute(tx, call, &letters).map(|(sent, tally)| (sent, Some(tally))),
        }
    })?;
    fail_point!("send.committed");
    if let Some(tally) = tally {
        call.relay.watch().metrics.accepted();
        call.relay.watch().metrics.delivered(tally);
        // The rest is for later, or for other relays.
        if tally.delivered + tally.undelivered < plan.count_recipients() {
            call.relay.wake();
        }
    }
    Ok(sent)
}

/// Blobs made earlier in the same request; resolved first, since a request that comes again makes them again.
fn resolve_blobs(call: &Call<'_>, request: &mut LetterSend) {
    let copy = &mut request.sent_copy;
    [&mut copy.blob_id].into_iter().chain(&mut copy.card_blob_id).for_each(|blob| call.resolve_blob(blob));
    for envelope in &mut request.envelopes {
        let blobs = [&mut envelope.blob_id].into_iter().chain(&mut envelope.card_blob_id);
        blobs.for_each(|blob| call.resolve_blob(blob));
    }
}

/// A request whose form is sound.
struct Plan<'a> {
    request: &'a LetterSend,
    /// The recipients of each envelope, normalised.
    recipients: Vec<Vec<String>>,
    send_at: Option<i64>,
    urgent: bool,
    hash: Vec<u8>,
}

impl<'a> Plan<'a> {
    fn read(call: &Call<'_>, request: &'a LetterSend) -> Result<Self, Refusal> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let id = &request.client_letter_id;
        if !(1..=64).contains(&id.len()) || !id.bytes().all(allowed) {
            return Err(invalid("clientLetterId"));
        }
        if request.envelopes.is_empty() || count(request.envelopes.len()) > limits::ENVELOPES {
            return Err(invalid("envelopes"));
        }
        let mut unreadable = Vec::new();
        let mut recipients = Vec::new();
        for envelope in &request.envelopes {
            let mut addresses = Vec::new();
            for address in &envelope.rcpt_to {
                match account::normalise(address) {
                    Some(address) => addresses.push(address),
                    None => unreadable.push(address.clone()),
                }
            }
            addresses.sort();
            addresses.dedup();
            recipients.push(addresses);
        }
        if !unreadable.is_empty() {
            return Err(invalid_recipients(unreadable));
        }
        let all: usize = recipients.iter().map(Vec::len).sum();
        if recipients.iter().any(Vec::is_empty) || count(all) > limits::RECIPIENTS {
            return Err(invalid("envelopes"));
        }
        let send_at = match &request.send_at {
            None => None,
            Some(date) => Some(date.to_unix().ok_or_else(|| invalid("sendAt"))?),
        };
        if send_at.is_some_and(|at| at > call.relay.now() + limits::DELAYED_SEND) {
            return Err(invalid("sendAt"));
        }
        let urgent = match &request.priority {
            None | Some(Priority::Routine) => false,
            Some(Priority::Urgent) => true,
            Some(Priority::Other(_)) => return Err(invalid("priority")),
        };
        let text = serde_json::to_vec(request).map_err(|_| invalid("arguments"))?;
        Ok(Self { request, recipients, send_at, urgent, hash: Sha256::digest(text).to_vec() })
    }

    /// The answer given before to the same `clientLetterId`.
    fn already_sent(&self, tx: &Tx<'_>, call: &Call<'_>) -> Result<Option<Value>, Refusal> {
        let found: Option<(i64, Vec<u8>)> = tx
            .prepare_cached(
                "SELECT id, arguments_hash FROM letter WHERE account = ? AND client_letter_id = ?",
            )?
            .query_row(params![call.account(), self.request.client_letter_id], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        match found {
            None => Ok(None),
            Some((letter, hash)) if hash == self.hash => Ok(Some(sent(tx, call, letter)?)),
            Some(_) => Err(error(MethodErrorType::ClientLetterIdReused)),
        }
    }

    /// Recipients of all envelopes, each as often as it is named.
    fn count_recipients(&self) -> u64 {
        count(self.recipients.iter().map(Vec::len).sum())
    }

    /// Counts the recipients; a letter that comes again was counted when it came first.
    fn take_recipients(&self, call: &Call<'_>) -> Result<(), Refusal> {
        let all = self.count_recipients();
        call.relay.wait(call.bearer.asking(), Resource::Recipients, all).map_err(|seconds| {
            MethodError::new(MethodErrorType::RateLimit)
                .describe("More recipients than may be written to in this time; wait.")
                .with("retryAfter", seconds)
                .into()
        })
    }

    /// Every recipient is known, every blob is there.
    fn check(&self, tx: &Tx<'_>, call: &Call<'_>) -> Result<(), Refusal> {
        self.check_recipients(tx)?;
        self.check_blobs(tx, call)
    }

    /// Every blob passes the door.
    fn admit(&self, call: &Call<'_>) -> Result<BTreeMap<BlobId, Admitted>, Refusal> {
        self.look(call).or_else(|refusal| {
            // An upload that ended meanwhile is gone, not damaged.
            call.read(|tx| self.check_blobs(tx, call))?;
            Err(refusal)
        })
    }

    /// Every blob at the door.
    fn look(&self, call: &Call<'_>) -> Result<BTreeMap<BlobId, Admitted>, Refusal> {
        let (letters, cards) = (self.letters(), self.cards());
        let (store, address) = (call.relay.store(), &call.bearer.address);
        for card in cards {
            door::admit_own_card(store, card, address)?.map_err(|reason| reason.into_method_error(card))?;
        }
        let mut admitted = BTreeMap::new();
        for blob in letters {
            if !admitted.contains_key(blob) {
                let letter = door::admit_own(store, blob, address)?;
                admitted.insert(blob.clone(), letter.map_err(|reason| reason.into_method_error(blob))?);
            }
        }
        Ok(admitted)
    }

    fn letters(&self) -> Vec<&'a BlobId> {
        let envelopes = self.request.envelopes.iter().map(|envelope| &envelope.blob_id);
        std::iter::once(&self.request.sent_copy.blob_id).chain(envelopes).collect()
    }

    fn cards(&self) -> Vec<&'a BlobId> {
        let envelopes = self.request.envelopes.iter().filter_map(|envelope| envelope.card_blob_id.as_ref());
        self.request.sent_copy.card_blob_id.iter().chain(envelopes).collect()
    }

    fn check_blobs(&self, tx: &Tx<'_>, call: &Call<'_>) -> Result<(), Refusal> {
        let all = [self.letters(), self.cards()].concat();
        let missing = blob::unreachable(tx, call.account(), &all)?;
        if missing.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = missing.iter().map(|id| id.as_str()).collect();
        Err(MethodError::new(MethodErrorType::BlobNotFound).with("blobIds", names).into())
    }

    fn check_recipients(&self, tx: &Tx<'_>) -> Result<(), Refusal> {
        let mut unknown = Vec::new();
        for address in self.recipients.iter().flatten() {
            if !route::reaches(tx, address)? && !unknown.contains(address) {
                unknown.push(address.clone());
            }
        }
        if unknown.is_empty() { Ok(()) } else { Err(invalid_recipients(unknown)) }
    }

    fn execute(
        &self,
        tx: &Tx<'_>,
        call: &Call<'_>,
        letters: &BTreeMap<BlobId, Admitted>,
    ) -> Result<(Value, Tally), Refusal> {
        // Again: what was there before the blobs were read may be gone.
        self.check(tx, call)?;
        let account = call.account();
        let admitted = |blob: &BlobId| letters.get(blob).ok_or(Fault::Damaged("a blob is missing"));
        let copy = &self.request.sent_copy;
        let inserted = insert_copy(tx, account, copy, admitted(&copy.blob_id)?)?;
        fail_point!("send.copy_inserted");
        let mut envelopes = Vec::new();
        for (envelope, recipients) in self.request.envelopes.iter().zip(&self.recipients) {
            envelopes.push(NewEnvelope {
                blob: &envelope.blob_id,
                card: envelope.card_blob_id.as_ref(),
                letter: admitted(&envelope.blob_id)?,
                recipients: recipients.clone(),
            });
        }
        let new = NewLetter {
            account,
            client_letter_id: Some(&self.request.client_letter_id),
            arguments_hash: Some(&self.hash),
            email: inserted.email,
            thread: inserted.thread,
            mail_from: &call.bearer.address,
            send_at: self.send_at.unwrap_or(tx.now),
            urgent: self.urgent,
            envelopes,
        };
        if let Some(draft) = &self.request.on_success_destroy_email {
            // A draft already gone is what was wanted.
            let _ = set::destroy_one(tx, account, draft.as_str())?;
            fail_point!("send.draft_destroyed");
        }
        let (letter, tally) = accept(tx, &new)?;
        if new.send_at <= tx.now {
            fail_point!("send.delivered");
        }
        change::record(tx, account, &ObjectType::Letter, letter, What::Created)?;
        fail_point!("send.recorded");
        // At the end, when the draft is gone; what was done is undone with the transaction.
        if !quota::is_within(tx, account)? {
            return Err(MethodError::new(MethodErrorType::OverQuota).describe(quota::OVER).into());
        }
        let answer = format!("accepted, recipients: {}", self.recipients.iter().flatten().count());
        call.trace(tx, Action::LetterSend, &format!("l{letter} e{}", inserted.email), &answer)?;
        Ok((sent(tx, call, letter)?, tally))
    }
}

/// The sender's copy, in Sent and read.
fn insert_copy(
    tx: &Tx<'_>,
    account: i64,
    copy: &sceau_api::letter::SealedBlob,
    letter: &Admitted,
) -> Result<insert::Inserted, Fault> {
    let sent = mailbox::with_role(tx, account, &Role::Sent)?;
    insert::insert(
        tx,
        &insert::NewEmail {
            account,
            blob: &copy.blob_id,
            card: copy.card_blob_id.as_ref(),
            held: &[],
            size: letter.size,
            received_at: tx.now,
            outer: &letter.outer,
            header: &letter.header,
            mailboxes: &[sent],
            keywords: &[keyword::SEEN.to_owned()],
        },
    )
}

fn sent(tx: &Tx<'_>, call: &Call<'_>, letter: i64) -> Outcome {
    let (email, send_at, undo): (i64, i64, String) =
        tx.query_row("SELECT email, send_at, undo_status FROM letter WHERE id = ?", [letter], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    answer(&LetterSendResponse {
        account_id: account::wire_id(call.account()).into(),
        letter_id: LetterId(format!("l{letter}")),
        email_id: EmailId(format!("e{email}")),
        send_at: UtcDate::from_unix(send_at),
        undo_status: UndoStatus::from(undo.as_str()),
        delivery_status: status::of_letter(tx, letter)?,
    })
}

fn invalid_recipients(addresses: Vec<String>) -> Refusal {
    MethodError::new(MethodErrorType::InvalidRecipients)
        .describe("Nobody here answers to these addresses, and no route leads to them; nothing was sent.")
        .with("recipients", addresses)
        .into()
}
