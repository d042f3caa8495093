//! Reads what no device has read yet, newest first: cards where there are any, whole letters from outside.

use sceau_api::BlobId;
use sceau_api::email::Email;
use sceau_protocol::{FailureCode, LetterSource, Person, RowContent};
use sceau_smime::Identity;
use sceau_smime::UnixTime;
use sceau_smime::letter::{Card, JudgedCard, OpenRequest, TrustSettings, open_card_with, open_with};

use crate::failure::{Error, Result};
use crate::index::{Record, Verdict, words};
use crate::job::Job;
use crate::login::normal_address;
use crate::mailbox;
use crate::opened;
use crate::reasons;
use crate::trust::Judge;
use crate::unlocked::Unlocked;
use crate::vault::Der;
use crate::{compose, own};

/// Letters in one segment: few enough that a lost connection costs little, enough that segments stay few.
const BATCH: usize = 25;
/// A letter from outside above this size waits until somebody opens it.
const MAX_UNASKED: u64 = 1024 * 1024;

/// Reads all letters not in the index, telling how many are done of how many.
///
/// # Errors
/// That the relay does not answer. A letter that cannot be opened is noted and passed over.
pub async fn catch_up(unlocked: &Unlocked, job: &Job, tell: impl Fn(u64, u64)) -> Result<()> {
    unlocked.load_index(job).await?;
    let reader = Reader::ready(unlocked, job).await?;
    if reader.identities.is_empty() {
        return Ok(());
    }
    let (emails, state) = mailbox::changed(unlocked, job).await?;
    let unread = |email: &Email| mailbox::content(unlocked, email) == RowContent::Pending;
    let pending: Vec<Email> = emails.into_iter().filter(unread).collect();
    let total = crate::relay::octets(pending.len());
    let mut done = 0;
    for batch in pending.chunks(BATCH) {
        reader.read_batch(batch).await?;
        done += crate::relay::octets(batch.len());
        tell(done, total);
    }
    // Only now: what a lost connection left unread is looked at again.
    unlocked.read_up_to.replace(Some(state));
    Ok(())
}

struct Reader<'a> {
    unlocked: &'a Unlocked,
    job: &'a Job,
    identities: Vec<Identity>,
    trust: TrustSettings,
    own: [String; 1],
}

impl<'a> Reader<'a> {
    async fn ready(unlocked: &'a Unlocked, job: &'a Job) -> Result<Self> {
        Ok(Self {
            unlocked,
            job,
            identities: own::openers(unlocked)?,
            trust: opened::trust_settings(&Judge::ready(unlocked, job).await?),
            own: [unlocked.address.clone()],
        })
    }

    async fn read_batch(&self, emails: &[Email]) -> Result<()> {
        let mut records = Vec::new();
        for email in emails {
            match self.read(email).await {
                Ok(record) => records.extend(record),
                Err(error) if is_about_the_letter(&error) => {
                    let blob = email.blob_id.clone();
                    self.unlocked.unreadable.borrow_mut().extend(blob);
                }
                Err(error) => return Err(error),
            }
            self.job.step().await?;
        }
        let unlocked = self.unlocked;
        unlocked.index.keep(&unlocked.relay, self.job, &unlocked.vault, records).await
    }

    async fn read(&self, email: &Email) -> Result<Option<Record>> {
        let blob = mailbox::main_blob(email)?;
        if mailbox::is_draft(email) {
            return compose::read_row(self.unlocked, self.job, blob).await.map(|()| None);
        }
        if let Some(card) = &email.card_blob_id {
            match self.read_card(blob, card).await {
                Err(error) if is_about_the_letter(&error) => {}
                other => return other.map(Some),
            }
        }
        if email.size > MAX_UNASKED {
            return Ok(None);
        }
        self.read_whole(blob, email).await.map(Some)
    }

    async fn read_card(&self, blob: &BlobId, card: &BlobId) -> Result<Record> {
        let octets = self.unlocked.relay.download(self.job, &self.unlocked.account, card).await?;
        let request = self.request(&octets);
        let judged = open_card_with(self.unlocked.crypto(), &request, &mut self.unlocked.rng()?).await;
        let judged = judged.map_err(opened::open_error)?;
        // A card beside another letter than its own says nothing of this one.
        if hex::encode(judged.card().letter_sha256) != blob.0 {
            return Err(Error::of(FailureCode::CannotOpen));
        }
        Ok(self.record_of_card(blob, &judged))
    }

    async fn read_whole(&self, blob: &BlobId, email: &Email) -> Result<Record> {
        let octets = self.unlocked.relay.download(self.job, &self.unlocked.account, blob).await?;
        let request = self.request(&octets);
        let judged = open_with(self.unlocked.crypto(), &request, &mut self.unlocked.rng()?).await;
        let judged = judged.map_err(opened::open_error)?;
        let source = LetterSource::Email(sceau_protocol::EmailId(email.id.0.clone()));
        Ok(opened::record_of(self.unlocked, judged, source, blob))
    }

    fn request<'b>(&'b self, octets: &'b [u8]) -> OpenRequest<'b> {
        OpenRequest::new(octets, &self.identities, &self.own, &self.trust, self.now())
    }

    fn now(&self) -> UnixTime {
        self.unlocked.now()
    }

    fn record_of_card(&self, blob: &BlobId, judged: &JudgedCard) -> Record {
        let card = judged.card();
        let mut from = opened::person(&card.from);
        if let Some(name) = judged.sender_name() {
            name.clone_into(&mut from.name);
        }
        let recipients = recipients(card);
        let now = self.unlocked.now_seconds();
        let notes = judged.layers().iter().flat_map(opened::layer_notes);
        Record {
            blob: blob.0.clone(),
            signature: None,
            content_key: Some(Der(card.content_key.to_vec())),
            mine: normal_address(&from.address) == self.unlocked.address,
            subject: card.subject.clone(),
            date: Some(card.date.unix),
            first_words: compose::first_words(&card.preview),
            attachments: u32::try_from(card.parts.len()).unwrap_or(u32::MAX),
            words: words(card_texts(card, &from, &recipients)),
            whole: false,
            verdict: Verdict {
                trust: reasons::trust(judged.trust()),
                reasons: notes.filter_map(|note| reasons::reason(note.code)).collect(),
                at: now,
                time_source: sceau_protocol::TimeSource::Given,
                first_check: None,
            },
            from: vec![from],
            recipients,
        }
    }
}

fn recipients(card: &Card) -> Vec<Person> {
    [&card.to, &card.cc, &card.bcc].into_iter().flatten().map(opened::person).collect()
}

fn card_texts<'a>(card: &'a Card, from: &'a Person, recipients: &'a [Person]) -> Vec<&'a str> {
    let people = recipients.iter().chain([from]).flat_map(|who| [who.name.as_str(), &who.address]);
    let files = card.parts.iter().map(|part| part.name.as_str());
    people.chain(files).chain([card.subject.as_str(), &card.preview]).collect()
}

/// Errors that another letter would not have.
fn is_about_the_letter(error: &Error) -> bool {
    matches!(
        error.code(),
        FailureCode::NotForThisKey
            | FailureCode::CannotOpen
            | FailureCode::NotALetter
            | FailureCode::VaultDamaged
            | FailureCode::Gone
    )
}
