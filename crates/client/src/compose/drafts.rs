//! Drafts open in the page, and how they are kept at the relay: one Email per draft, replaced by compare-and-set.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::rc::Rc;

use sceau_api::email::{
    Email, EmailGet, EmailGetResponse, EmailImport, EmailImportRequest, EmailImportResponse, keyword,
};
use sceau_api::{BlobId, EmailId as ApiEmailId, State};
use sceau_protocol::{
    AnswerWords, Attached, AttachmentId, DraftContent, DraftId, DraftKind, EmailId, FailureCode, LetterId,
    LetterSource, MailboxId, MailboxRole, OpenDraft, PartFile, RowSummary, SavedDraft, StartDraft,
};
use zeroize::Zeroizing;

use super::answer::{self, Breadth};
use super::draft::{Draft, DraftFile, StoredDraft, StoredFile};
use super::{seal, signature};
use crate::failure::{Error, Result};
use crate::index::fold;
use crate::job::Job;
use crate::mailbox;
use crate::opened::OpenedLetter;
use crate::unlocked::Unlocked;
use crate::vault::Keys;

/// How often a draft is kept anew when other Emails came in meanwhile.
const ATTEMPTS: u32 = 8;
/// Sent letters that can be undone: nobody sends more within the seconds there are, and they fill memory.
const KEPT_SENT: usize = 3;
/// The creation id of an import; any will do.
const CREATION: &str = "draft";

/// Drafts of an open account.
#[derive(Default)]
pub struct Drafts {
    next: u32,
    open: HashMap<DraftId, Draft>,
    /// Drafts in the list, by blob.
    rows: BTreeMap<BlobId, DraftRow>,
    /// Letters that may still be undone, as the drafts they were; the newest last.
    sent: VecDeque<(LetterId, Draft)>,
}

struct DraftRow {
    summary: RowSummary,
    words: BTreeSet<String>,
}

impl Drafts {
    /// A row's words.
    pub(crate) fn summary(&self, blob: &BlobId) -> Option<RowSummary> {
        self.rows.get(blob).map(|row| row.summary.clone())
    }

    /// Whether a draft contains words.
    pub(crate) fn matches(&self, blob: &BlobId, search: &str) -> bool {
        let folded = fold(search);
        let wanted = folded.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
        self.rows.get(blob).is_some_and(|row| {
            wanted.into_iter().all(|start| row.words.iter().any(|word| word.starts_with(start)))
        })
    }

    pub(crate) fn get(&self, id: DraftId) -> Result<Draft> {
        self.open.get(&id).cloned().ok_or(Error::of(FailureCode::Gone))
    }

    pub(crate) fn put(&mut self, draft: Draft) {
        self.open.insert(draft.id, draft);
    }

    pub(crate) fn close(&mut self, id: DraftId) {
        self.open.remove(&id);
    }

    pub(crate) fn remember_sent(&mut self, letter: LetterId, draft: Draft) {
        self.sent.push_back((letter, draft));
        if self.sent.len() > KEPT_SENT {
            self.sent.pop_front();
        }
    }

    pub(crate) fn forget_sent(&mut self, letter: &LetterId) {
        self.sent.retain(|(known, _)| known != letter);
    }

    pub(crate) fn sent(&self, letter: &LetterId) -> Result<Draft> {
        let found = self.sent.iter().find(|(known, _)| known == letter);
        found.map(|(_, draft)| draft.clone()).ok_or(Error::of(FailureCode::Gone))
    }

    fn change<T>(&mut self, id: DraftId, change: impl FnOnce(&mut Draft) -> T) -> Result<T> {
        self.open.get_mut(&id).map(change).ok_or(Error::of(FailureCode::Gone))
    }

    pub(crate) fn next_id(&mut self) -> DraftId {
        self.next = self.next.saturating_add(1);
        DraftId(self.next)
    }
}

/// Starts a draft, or takes one up again.
///
/// # Errors
/// `Gone`, `CannotOpen` for a draft that is not this account's, or that the relay does not answer.
pub async fn start(unlocked: &Unlocked, job: &Job, call: StartDraft) -> Result<OpenDraft> {
    let words = &call.words;
    // Nothing depends on the answer but a warning.
    if unlocked.most_octets.get().is_none() {
        unlocked.most_octets.set(unlocked.relay.most_octets(job).await.ok());
    }
    let id = unlocked.drafts.borrow_mut().next_id();
    let mut draft = Draft::new(id, &mut unlocked.rng()?);
    match call.kind {
        DraftKind::New => {}
        DraftKind::Reply(source) => {
            answer_to(unlocked, job, &mut draft, source, Breadth::Sender, words).await?;
        }
        DraftKind::ReplyAll(source) => {
            answer_to(unlocked, job, &mut draft, source, Breadth::Everyone, words).await?;
        }
        DraftKind::Forward(source) => hand_on(unlocked, job, &mut draft, source, words).await?,
        DraftKind::Continue(email) => {
            draft = take_up(unlocked, job, id, email).await?;
            let opened = draft.opened(unlocked.most_octets.get());
            unlocked.drafts.borrow_mut().put(draft);
            return Ok(opened);
        }
    }
    draft.content.signature = signature::for_letter(unlocked)?;
    let opened = draft.opened(unlocked.most_octets.get());
    unlocked.drafts.borrow_mut().put(draft);
    Ok(opened)
}

async fn answer_to(
    unlocked: &Unlocked,
    job: &Job,
    draft: &mut Draft,
    source: LetterSource,
    breadth: Breadth,
    words: &AnswerWords,
) -> Result<()> {
    let letter = crate::opened::letter(unlocked, job, &source).await?;
    (draft.content, draft.thread) = answer::reply(&letter, &unlocked.address, breadth, words);
    Ok(())
}

async fn hand_on(
    unlocked: &Unlocked,
    job: &Job,
    draft: &mut Draft,
    source: LetterSource,
    words: &AnswerWords,
) -> Result<()> {
    let letter: Rc<OpenedLetter> = crate::opened::letter(unlocked, job, &source).await?;
    (draft.content, draft.thread) = answer::forward(&letter, words);
    for (info, part) in letter.view.parts.iter().zip(&letter.letter.parts) {
        let file = upload(unlocked, job, &info.name, &info.content_type, part.bytes.clone()).await?;
        draft.files.push(DraftFile { id: draft.next_attachment(), ..file });
    }
    Ok(())
}

async fn take_up(unlocked: &Unlocked, job: &Job, id: DraftId, email: EmailId) -> Result<Draft> {
    let found = mailbox::email(unlocked, job, &email).await?;
    let blob = mailbox::main_blob(&found)?;
    let stored = read(unlocked, job, blob).await?;
    Ok(Draft::restore(id, stored, email))
}

async fn read(unlocked: &Unlocked, job: &Job, blob: &BlobId) -> Result<StoredDraft> {
    let eml = unlocked.relay.download(job, &unlocked.account, blob).await?;
    let sealed = seal::open_own(unlocked, &eml).await?;
    let keys: Keys = unlocked.vault.get()?;
    StoredDraft::open(&sealed, &unlocked.address, &keys.draft_key()?)
}

/// Reads a draft for its row.
pub(crate) async fn read_row(unlocked: &Unlocked, job: &Job, blob: &BlobId) -> Result<()> {
    let stored = read(unlocked, job, blob).await?;
    let row = DraftRow { summary: stored.summary(), words: stored.words() };
    unlocked.drafts.borrow_mut().rows.insert(blob.clone(), row);
    Ok(())
}

/// Seals one file into a draft and uploads it.
///
/// # Errors
/// `Gone`, `TooLarge`, `RelayFull`, or that the relay does not answer.
pub async fn attach(
    unlocked: &Unlocked,
    job: &Job,
    draft: DraftId,
    name: &str,
    content_type: &str,
    inline: bool,
    octets: Vec<u8>,
) -> Result<Attached> {
    unlocked.drafts.borrow().get(draft)?;
    let mut file = upload(unlocked, job, name, content_type, octets).await?;
    file.stored.inline = inline;
    unlocked.drafts.borrow_mut().change(draft, |draft| {
        let file = DraftFile { id: draft.next_attachment(), ..file };
        let attached = file.attached();
        draft.files.push(file);
        attached
    })
}

async fn upload(
    unlocked: &Unlocked,
    job: &Job,
    name: &str,
    content_type: &str,
    octets: Vec<u8>,
) -> Result<DraftFile> {
    let size = crate::relay::octets(octets.len());
    job.tell(sceau_protocol::Stage::Sealing, 0, size);
    job.rest().await?;
    let (stored, sealed) =
        StoredFile::seal(name.to_owned(), content_type.to_owned(), &octets, &mut unlocked.rng()?);
    job.tell(sceau_protocol::Stage::Sealing, size, size);
    let about = |error: Error| match error.code() {
        FailureCode::TooLarge => Error::about(FailureCode::TooLarge, name),
        _ => error,
    };
    unlocked.relay.upload(job, &unlocked.account, sealed).await.map_err(about)?;
    let octets = Some(Rc::new(Zeroizing::new(octets)));
    Ok(DraftFile { id: AttachmentId(0), stored, octets })
}

/// A file of a draft, to be shown.
///
/// # Errors
/// `Gone`, or that the relay does not answer.
pub async fn read_file(
    unlocked: &Unlocked,
    job: &Job,
    draft: DraftId,
    attachment: AttachmentId,
) -> Result<(PartFile, Vec<u8>)> {
    let draft = unlocked.drafts.borrow().get(draft)?;
    let file = draft.files.iter().find(|file| file.id == attachment).ok_or(Error::of(FailureCode::Gone))?;
    let octets = octets(unlocked, job, file).await?.to_vec();
    let (name, content_type) = (file.stored.name.clone(), file.stored.content_type.clone());
    Ok((PartFile { name, content_type }, octets))
}

/// Takes an attachment out of a draft; its blob ends with the next keeping.
///
/// # Errors
/// `Gone`.
pub fn remove(unlocked: &Unlocked, draft: DraftId, attachment: AttachmentId) -> Result<()> {
    unlocked.drafts.borrow_mut().change(draft, |draft| draft.files.retain(|file| file.id != attachment))
}

/// The octets of a draft's file: those at hand, or what the relay keeps.
pub(crate) async fn octets(
    unlocked: &Unlocked,
    job: &Job,
    file: &DraftFile,
) -> Result<Rc<Zeroizing<Vec<u8>>>> {
    if let Some(octets) = &file.octets {
        return Ok(Rc::clone(octets));
    }
    let blob = BlobId(file.stored.blob.clone());
    let sealed = unlocked.relay.download(job, &unlocked.account, &blob).await?;
    file.stored.open(&sealed).map(Rc::new)
}

/// Keeps a draft, sealed to its writer.
///
/// # Errors
/// `DraftConflict` when another device changed it; the next keeping then makes a draft of its own, so that both
/// versions stay.
pub async fn save(unlocked: &Unlocked, job: &Job, id: DraftId, content: DraftContent) -> Result<SavedDraft> {
    write(unlocked, id, content)?;
    keep_open(unlocked, job, id).await
}

/// Notes what is written now.
pub(crate) fn write(unlocked: &Unlocked, id: DraftId, content: DraftContent) -> Result<Draft> {
    unlocked.drafts.borrow_mut().change(id, |draft| {
        draft.content = content;
        draft.clone()
    })
}

/// Keeps a draft before it is sent, unless it cannot be kept for want of room: sending may still go.
pub(crate) async fn save_before_sending(unlocked: &Unlocked, job: &Job, id: DraftId) -> Result<Draft> {
    match keep_open(unlocked, job, id).await {
        Err(error) if error.code() != FailureCode::DraftConflict => return Err(error),
        _ => {}
    }
    unlocked.drafts.borrow().get(id)
}

/// Keeps a letter taken back, as the draft it was.
pub(crate) async fn save_again(unlocked: &Unlocked, job: &Job, draft: &Draft) -> Result<()> {
    match keep_open(unlocked, job, draft.id).await {
        // The attachments went with the letter: they are sealed and uploaded anew.
        Err(error) if error.code() == FailureCode::Gone => {
            let mut files = Vec::new();
            for file in &draft.files {
                files.push(upload_again(unlocked, job, file).await?);
            }
            unlocked.drafts.borrow_mut().change(draft.id, |draft| draft.files = files)?;
            keep_open(unlocked, job, draft.id).await.map(drop)
        }
        other => other.map(drop),
    }
}

async fn upload_again(unlocked: &Unlocked, job: &Job, file: &DraftFile) -> Result<DraftFile> {
    let octets = octets(unlocked, job, file).await?.to_vec();
    let mut again = upload(unlocked, job, &file.stored.name, &file.stored.content_type, octets).await?;
    again.stored.inline = file.stored.inline;
    Ok(DraftFile { id: file.id, ..again })
}

async fn keep_open(unlocked: &Unlocked, job: &Job, id: DraftId) -> Result<SavedDraft> {
    let _alone = unlocked.saving.lock().await;
    let draft = unlocked.drafts.borrow().get(id)?;
    let saved = match keep(unlocked, job, &draft).await {
        Err(error) if error.code() == FailureCode::DraftConflict => {
            unlocked.drafts.borrow_mut().change(id, |draft| draft.email = None)?;
            return Err(error);
        }
        other => other?,
    };
    // The draft may have been closed meanwhile; it is kept all the same.
    let _ = unlocked.drafts.borrow_mut().change(id, |draft| {
        draft.email = Some(saved.email.clone());
        draft.saved_at = Some(saved.at);
    });
    Ok(saved)
}

/// Keeps a draft: a new Email takes the place of the old one.
pub(crate) async fn keep(unlocked: &Unlocked, job: &Job, draft: &Draft) -> Result<SavedDraft> {
    let now = unlocked.now_seconds();
    let keys: Keys = unlocked.vault.get()?;
    let mut rng = unlocked.rng()?;
    let sealed = draft.seal(&unlocked.address, &keys.draft_key()?, now, &mut rng)?;
    let eml = seal::seal_own(unlocked, &sealed, &mut rng).await?;
    let blob = unlocked.relay.upload(job, &unlocked.account, eml).await?;
    let email = import(unlocked, job, draft, &blob).await?;
    Ok(SavedDraft { email, at: now })
}

async fn import(unlocked: &Unlocked, job: &Job, draft: &Draft, blob: &BlobId) -> Result<EmailId> {
    let drafts = mailbox::mailbox_for(unlocked, job, MailboxRole::Drafts).await?;
    let import = EmailImport {
        blob_id: blob.clone(),
        mailbox_ids: BTreeMap::from([(drafts.clone(), true)]),
        keywords: [keyword::DRAFT, keyword::SEEN].map(|word| (word.to_owned(), true)).into(),
        received_at: None,
        card_blob_id: None,
        held_blob_ids: draft.held_blobs(),
        replaces: draft.email.as_ref().map(|email| ApiEmailId(email.0.clone())),
    };
    for _ in 0..ATTEMPTS {
        let state = state_if_unchanged(unlocked, job, draft).await?;
        match import_once(unlocked, job, &import, state).await {
            Ok(email) => return Ok(email),
            Err(error) if error.is_conflict() => {}
            // It may have been imported: look before doing it again.
            Err(error) if error.is_lost_answer() => {
                let place = MailboxId(drafts.0.clone());
                let all = mailbox::everything(unlocked, job, Some(&place)).await?;
                let same = |email: &Email| email.blob_id.as_ref() == Some(blob);
                if let Some(found) = all.into_iter().find(same) {
                    return Ok(EmailId(found.id.0));
                }
            }
            Err(error) => return Err(error),
        }
    }
    Err(Error::of(FailureCode::RelayRefused))
}

/// The state of Emails, provided that the Email which holds this draft is still there.
async fn state_if_unchanged(unlocked: &Unlocked, job: &Job, draft: &Draft) -> Result<State> {
    let ids: Vec<ApiEmailId> = draft.email.iter().map(|email| ApiEmailId(email.0.clone())).collect();
    let mut get = EmailGet::of(unlocked.account.clone(), ids);
    get.properties = Some(vec!["id".to_owned()]);
    let answer: EmailGetResponse = unlocked.relay.call_again(job, "Email/get", &get).await?;
    if draft.email.is_some() && answer.list.is_empty() {
        return Err(Error::of(FailureCode::DraftConflict));
    }
    Ok(answer.state)
}

async fn import_once(unlocked: &Unlocked, job: &Job, import: &EmailImport, state: State) -> Result<EmailId> {
    let request = EmailImportRequest {
        account_id: unlocked.account.clone(),
        if_in_state: Some(state),
        emails: BTreeMap::from([(CREATION.to_owned(), import.clone())]),
    };
    let answer: EmailImportResponse = unlocked.relay.call(job, "Email/import", &request).await?;
    if let Some(refusal) = answer.not_created.unwrap_or_default().remove(CREATION) {
        return Err(refusal.into());
    }
    let created = answer.created.unwrap_or_default().remove(CREATION);
    created.map(|email| EmailId(email.id.0)).ok_or(Error::Unexpected { what: "Email/import" })
}

/// Destroys a draft; its attachments' blobs end with it.
///
/// # Errors
/// That the relay does not answer.
pub async fn discard(unlocked: &Unlocked, job: &Job, id: DraftId) -> Result<()> {
    let draft = unlocked.drafts.borrow().get(id)?;
    if let Some(email) = &draft.email {
        mailbox::destroy(unlocked, job, std::slice::from_ref(email)).await?;
    }
    unlocked.drafts.borrow_mut().close(id);
    Ok(())
}
