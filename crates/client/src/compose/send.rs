//! Sending: every recipient is cleared first, then each copy is sealed, large ones are uploaded, and one call hands all of them over,
//! small ones with it. Until that call the letter is a draft, and whatever fails leaves it one.

use sceau_api::core::MethodErrorType;
use sceau_api::email::keyword;
use sceau_api::letter::{
    Letter, LetterCancel, LetterCancelResponse, LetterEnvelope, LetterGet, LetterGetResponse, LetterSend,
    LetterSendResponse, SealedBlob,
};
use sceau_api::{BlobId, EmailId as ApiEmailId, LetterId as ApiLetterId, UtcDate};
use sceau_mime::{Address, Attachment, Date};
use sceau_protocol::{
    DraftContent, DraftId, EmailId, FailureCode, LetterId, OpenDraft, Person, RecipientClass, RichText,
    SentLetter, Stage,
};
use sceau_smime::Identity;
use sceau_smime::cms::capabilities::Capabilities;
use sceau_smime::letter::{Profile, Recipient, SealRequest, SealedLetter, seal_with};

use super::assemble::{self, Image};
use super::draft::{Draft, DraftFile};
use super::drafts;
use super::recipients::{Cleared, clear, remember};
use crate::failure::{Error, Result};
use crate::job::Job;
use crate::login::normal_address;
use crate::relay::{BLOBS_WITH_CALL, blob_name};
use crate::unlocked::Unlocked;
use crate::world::TransportError;
use crate::{mailbox, own};

/// Longest time for undoing: a person's second thought, not a schedule.
const MAX_UNDO_SECONDS: u32 = 60;

/// Signs, seals and hands a draft to the relay.
///
/// # Errors
/// What keeps a recipient from being sealed for, `OwnCertificateExpired`, `TooLarge`, `RelayFull`, or that the relay
/// does not answer: the letter then stays a draft.
pub async fn send(
    unlocked: &Unlocked,
    job: &Job,
    id: DraftId,
    content: DraftContent,
    undo_seconds: u32,
) -> Result<SentLetter> {
    let draft = drafts::write(unlocked, id, content)?;
    let signer = own::signer(unlocked)?;
    let cleared = clear_all(unlocked, job, &draft.content).await?;
    // Kept first: whatever happens from here on, the letter is in Drafts.
    let draft = drafts::save_before_sending(unlocked, job, id).await?;
    let letter = compose(unlocked, job, &draft).await?;
    let mut copies = Copies::new(unlocked, job, &signer, &cleared);
    let order = copies.seal_and_upload(letter, &draft, undo_seconds).await?;
    let held = copies.held;

    // From here on a second thought is what undoing is for.
    let job = job.committed();
    let answer = hand_over(unlocked, &job, &order, held).await?;
    let sent = SentLetter {
        letter: LetterId(answer.letter_id.0),
        email: EmailId(answer.email_id.0),
        send_at: answer.send_at.to_unix().ok_or(Error::Unexpected { what: "Letter/send" })?,
    };
    after_sending(unlocked, &job, &draft, &sent, &cleared).await;
    Ok(sent)
}

/// Everyone named, once each.
fn everyone(content: &DraftContent) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for person in [&content.to, &content.cc, &content.bcc].into_iter().flatten() {
        let address = normal_address(&person.address);
        if !all.contains(&address) {
            all.push(address);
        }
    }
    all
}

async fn clear_all(unlocked: &Unlocked, job: &Job, content: &DraftContent) -> Result<Vec<Cleared>> {
    let addresses = everyone(content);
    if addresses.is_empty() {
        return Err(Error::of(FailureCode::NoRecipient));
    }
    let outcomes = clear(unlocked, job, &addresses).await?;
    let named = |(address, outcome): (String, Result<Cleared, FailureCode>)| {
        outcome.map_err(|code| Error::about(code, address))
    };
    addresses.into_iter().zip(outcomes).map(named).collect()
}

async fn compose(unlocked: &Unlocked, job: &Job, draft: &Draft) -> Result<sceau_mime::Draft> {
    let name = own::sealing_certificate(unlocked)?.common_name().map(str::to_owned);
    let from = Address { name, email: unlocked.address.clone() };
    let id = sceau_mime::generate_message_id(&unlocked.rng()?.array(), from.domain());
    let mut letter = sceau_mime::Draft::new(from, Date::utc(unlocked.now_seconds()), id);
    letter.to = addresses(&draft.content.to);
    letter.cc = addresses(&draft.content.cc);
    letter.bcc = addresses(&draft.content.bcc);
    letter.subject.clone_from(&draft.content.subject);
    letter.in_reply_to.clone_from(&draft.thread.in_reply_to);
    letter.references.clone_from(&draft.thread.references);
    letter.kept_inside.clone_from(&draft.thread.kept_inside);
    letter.flowed = true;
    match &draft.content.rich {
        Some(rich) => {
            let images = images(unlocked, job, draft, rich, &letter.message_id).await?;
            let (text, rich) = assemble::formatted(&draft.content, rich, images);
            (letter.text, letter.rich) = (text, Some(rich));
        }
        None => letter.text = assemble::plain(&draft.content),
    }
    for file in draft.enclosed() {
        letter.parts.push(attachment(unlocked, job, file).await?);
    }
    Ok(letter)
}

async fn attachment(unlocked: &Unlocked, job: &Job, file: &DraftFile) -> Result<Attachment> {
    let octets = drafts::octets(unlocked, job, file).await?;
    Ok(Attachment {
        name: file.stored.name.clone(),
        content_type: file.stored.content_type.clone(),
        bytes: octets.to_vec(),
    })
}

/// The images that stand in the text, each once.
async fn images(
    unlocked: &Unlocked,
    job: &Job,
    draft: &Draft,
    rich: &RichText,
    message_id: &str,
) -> Result<Vec<Image>> {
    let mut images = Vec::new();
    for file in draft.files.iter().filter(|file| file.stored.inline) {
        if rich.images().any(|image| image == file.id) {
            let content_id = format!("{}.{message_id}", file.id.0);
            let file_part = attachment(unlocked, job, file).await?;
            images.push(Image { attachment: file.id, content_id, file: file_part });
        }
    }
    Ok(images)
}

fn addresses(people: &[Person]) -> Vec<Address> {
    let address = |person: &Person| Address {
        name: Some(person.name.trim().to_owned()).filter(|name| !name.is_empty()),
        email: normal_address(&person.address),
    };
    people.iter().map(address).collect()
}

/// The copies of one letter on their way to the relay, one at a time so that memory holds one, and the small ones.
struct Copies<'a> {
    unlocked: &'a Unlocked,
    job: &'a Job,
    signer: &'a Identity,
    cleared: &'a [Cleared],
    done: u64,
    total: u64,
    /// What goes with the call that hands the letter over.
    held: Vec<Vec<u8>>,
}

impl<'a> Copies<'a> {
    fn new(unlocked: &'a Unlocked, job: &'a Job, signer: &'a Identity, cleared: &'a [Cleared]) -> Self {
        Self { unlocked, job, signer, cleared, done: 0, total: 0, held: Vec::new() }
    }

    /// One envelope per class, one per Bcc, and the sender's own copy (design section 4).
    async fn seal_and_upload(
        &mut self,
        mut letter: sceau_mime::Draft,
        draft: &Draft,
        undo_seconds: u32,
    ) -> Result<LetterSend> {
        let full_bcc = letter.bcc.clone();
        let plan = self.plan(&letter);
        self.total = crate::relay::octets(plan.len()).saturating_add(1);
        let mut envelopes = Vec::new();
        for copy in plan {
            letter.bcc = copy.bcc;
            let blob = self.upload(&letter, &copy.recipients, copy.profile).await?;
            envelopes.push(LetterEnvelope {
                blob_id: blob.blob_id,
                card_blob_id: blob.card_blob_id,
                rcpt_to: copy.recipients.iter().map(|recipient| recipient.address.clone()).collect(),
            });
        }
        letter.bcc = full_bcc;
        let sent_copy = self.upload(&letter, &[own_recipient(self.unlocked)?], Profile::Default).await?;
        let undo = undo_seconds.min(MAX_UNDO_SECONDS);
        let send_at = self.unlocked.now_seconds().saturating_add(i64::from(undo));
        Ok(LetterSend {
            account_id: self.unlocked.account.clone(),
            client_letter_id: draft.client_letter_id()?,
            sent_copy,
            envelopes,
            send_at: (undo > 0).then(|| UtcDate::from_unix(send_at)),
            priority: None,
            on_success_destroy_email: draft.email.as_ref().map(|email| ApiEmailId(email.0.clone())),
        })
    }

    fn plan(&self, letter: &sceau_mime::Draft) -> Vec<Copy> {
        let visible: Vec<&Address> = letter.to.iter().chain(&letter.cc).collect();
        let mut plan = Vec::new();
        for class in [RecipientClass::Default, RecipientClass::Compat] {
            let named = |cleared: &&Cleared| {
                cleared.class == class && visible.iter().any(|address| address.email == cleared.address)
            };
            let recipients: Vec<Recipient> = self.cleared.iter().filter(named).map(recipient).collect();
            if !recipients.is_empty() {
                plan.push(Copy { bcc: Vec::new(), recipients, profile: profile(class) });
            }
        }
        let blind = letter.bcc.iter().filter(|blind| !visible.iter().any(|seen| seen.email == blind.email));
        plan.extend(blind.filter_map(|address| self.blind_copy(address)));
        plan
    }

    /// A copy whose Bcc names only the one person it is for.
    fn blind_copy(&self, address: &Address) -> Option<Copy> {
        let cleared = self.cleared.iter().find(|cleared| cleared.address == address.email)?;
        let recipients = vec![recipient(cleared)];
        Some(Copy { bcc: vec![address.clone()], recipients, profile: profile(cleared.class) })
    }

    async fn upload(
        &mut self,
        letter: &sceau_mime::Draft,
        recipients: &[Recipient],
        profile: Profile,
    ) -> Result<SealedBlob> {
        let sealed = self.seal(letter, recipients, profile).await?;
        let blob_id = self.put(sealed.eml).await?;
        let card_blob_id = Some(self.put(sealed.card).await?);
        Ok(SealedBlob { blob_id, card_blob_id })
    }

    /// Holds what is small, uploads what is not.
    async fn put(&mut self, sealed: Vec<u8>) -> Result<BlobId> {
        let held: usize = self.held.iter().map(Vec::len).sum();
        if held.saturating_add(sealed.len()) > BLOBS_WITH_CALL {
            return self.unlocked.relay.upload(self.job, &self.unlocked.account, sealed).await;
        }
        let name = blob_name(&sealed);
        self.held.push(sealed);
        Ok(name)
    }

    async fn seal(
        &mut self,
        letter: &sceau_mime::Draft,
        recipients: &[Recipient],
        profile: Profile,
    ) -> Result<SealedLetter> {
        self.job.tell(Stage::Sealing, self.done, self.total);
        self.job.rest().await?;
        let request = SealRequest { draft: letter, signer: self.signer, recipients, profile };
        let (crypto, now) = (self.unlocked.crypto(), self.unlocked.now());
        let sealed = seal_with(crypto, &request, now, &mut self.unlocked.rng()?).await.map_err(seal_error)?;
        self.done = self.done.saturating_add(1);
        self.job.tell(Stage::Sealing, self.done, self.total);
        self.job.rest().await?;
        Ok(sealed)
    }
}

/// One copy to be made.
struct Copy {
    /// Whom this very copy may name in Bcc.
    bcc: Vec<Address>,
    recipients: Vec<Recipient>,
    profile: Profile,
}

fn recipient(cleared: &Cleared) -> Recipient {
    Recipient {
        certificate: cleared.certificate.clone(),
        address: cleared.address.clone(),
        capabilities: None,
    }
}

fn own_recipient(unlocked: &Unlocked) -> Result<Recipient> {
    Ok(Recipient {
        certificate: own::sealing_certificate(unlocked)?,
        address: unlocked.address.clone(),
        capabilities: Some(Capabilities::own()),
    })
}

fn profile(class: RecipientClass) -> Profile {
    match class {
        RecipientClass::Default => Profile::Default,
        RecipientClass::Compat => Profile::Compat,
    }
}

fn seal_error(error: sceau_smime::Error) -> Error {
    match error {
        sceau_smime::Error::BadAddress => Error::of(FailureCode::BadAddress),
        sceau_smime::Error::Unreachable => TransportError::Unreachable.into(),
        _ => Error::Defect { what: "seal" },
    }
}

/// Hands all copies over. A lost answer is asked for again under the same id, which has one effect.
async fn hand_over(
    unlocked: &Unlocked,
    job: &Job,
    order: &LetterSend,
    held: Vec<Vec<u8>>,
) -> Result<LetterSendResponse> {
    match unlocked.relay.call_with_blobs(job, &unlocked.account, held, ("Letter/send", order)).await {
        Err(Error::Method(error)) if error.kind == MethodErrorType::ClientLetterIdReused => {
            sent_before(unlocked, job, &order.client_letter_id).await
        }
        other => other,
    }
}

/// This very content was handed over in an earlier attempt whose answer was lost: its letter is the one.
async fn sent_before(unlocked: &Unlocked, job: &Job, client_id: &str) -> Result<LetterSendResponse> {
    const WHAT: Error = Error::Unexpected { what: "Letter/get" };
    let all = LetterGet::all(unlocked.account.clone());
    let answer: LetterGetResponse = unlocked.relay.call_again(job, "Letter/get", &all).await?;
    let same = |letter: &Letter| letter.client_letter_id == client_id;
    let letter = answer.list.into_iter().find(same).ok_or(WHAT)?;
    Ok(LetterSendResponse {
        account_id: unlocked.account.clone(),
        letter_id: letter.id,
        email_id: letter.email_id.ok_or(WHAT)?,
        send_at: letter.send_at.ok_or(WHAT)?,
        undo_status: letter.undo_status.ok_or(WHAT)?,
        delivery_status: letter.delivery_status,
    })
}

/// What follows a sending must not make it look failed: the letter is gone.
async fn after_sending(
    unlocked: &Unlocked,
    job: &Job,
    draft: &Draft,
    sent: &SentLetter,
    cleared: &[Cleared],
) {
    {
        let mut drafts = unlocked.drafts.borrow_mut();
        drafts.close(draft.id);
        drafts.remember_sent(sent.letter.clone(), draft.clone());
    }
    if let Some(old) = &draft.email {
        // Only needed when an earlier attempt, of which no answer came, had another Email to destroy.
        let _ = mailbox::destroy(unlocked, job, std::slice::from_ref(old)).await;
    }
    let marks = [(&draft.thread.answers, keyword::ANSWERED), (&draft.thread.forwards, keyword::FORWARDED)];
    for (email, word) in marks {
        if let Some(email) = email {
            let _ = mailbox::mark(unlocked, job, &[EmailId(email.clone())], word, true).await;
        }
    }
    let _ = remember(unlocked, job, cleared).await;
}

/// Takes a letter back that the relay still holds; it is a draft again.
///
/// # Errors
/// `CannotUnsend` when it was delivered, `Gone` when this worker did not send it.
pub async fn undo(unlocked: &Unlocked, job: &Job, letter: &LetterId) -> Result<OpenDraft> {
    let mut draft = unlocked.drafts.borrow().sent(letter)?;
    let cancel =
        LetterCancel { account_id: unlocked.account.clone(), letter_id: ApiLetterId(letter.0.clone()) };
    let _: LetterCancelResponse = unlocked.relay.call_again(job, "Letter/cancel", &cancel).await?;
    let job = job.committed();
    draft.email = None;
    draft.generation = draft.generation.saturating_add(1);
    unlocked.drafts.borrow_mut().forget_sent(letter);
    unlocked.drafts.borrow_mut().put(draft.clone());
    drafts::save_again(unlocked, &job, &draft).await?;
    let kept = unlocked.drafts.borrow().get(draft.id)?;
    Ok(kept.opened(unlocked.most_octets.get()))
}
