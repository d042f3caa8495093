//! Opening and judging letters, and keeping the last ones at hand for their parts and for answers.

use std::collections::VecDeque;
use std::rc::Rc;

use sceau_api::BlobId;
use sceau_api::email::keyword;
use sceau_api::letter::{Letter as ApiLetter, LetterGet, LetterGetResponse};
use sceau_api::submission::Delivered;
use sceau_mime::{Address, KeptInside, Letter, Part};
use sceau_protocol::{
    Delivery, DeliveryState, EmailId, FailureCode, LayerInfo, LetterSource, LetterView, PartFile, PartInfo,
    Person, Stage,
};
use sceau_smime::letter::{self as smime_letter, Judged, LayerReport, OpenRequest, TrustSettings};
use sceau_smime::path::RevocationMode;
use sceau_smime::pkcs12::Pkcs12;
use sceau_smime::verdict::Note;
use sceau_smime::{Identity, UnixTime};
use sha2::{Digest, Sha256};

use crate::failure::{Error, Result};
use crate::index::{Record, Verdict, words};
use crate::job::Job;
use crate::mailbox;
use crate::reasons::{reason, time_source, trust};
use crate::trust::{Judge, MAX_LIST_AGE_SECONDS};
use crate::unlocked::Unlocked;
use crate::vault::Der;
use crate::world::TransportError;
use crate::{compose, own, reports};

/// Opened letters kept at hand: the one shown, the one it answers, and those the reader goes back to.
const KEPT: usize = 4;

/// A letter that was opened and judged.
pub struct OpenedLetter {
    /// What the page shows.
    pub view: LetterView,
    /// The letter inside.
    pub letter: Letter,
    /// What an answer must not name outside.
    pub(crate) kept_inside: KeptInside,
    /// SHA-256 of the signature that decided, hexadecimal.
    signature: Option<String>,
    /// The content key of the outermost envelope, for the sealed index.
    content_key: Option<Der>,
}

impl OpenedLetter {
    /// The Email it came from, if it came from one.
    pub fn email(&self) -> Option<&EmailId> {
        match &self.view.source {
            LetterSource::Email(email) => Some(email),
            LetterSource::File(_) => None,
        }
    }
}

/// The letters opened last.
#[derive(Default)]
pub struct Opened {
    letters: VecDeque<Rc<OpenedLetter>>,
    files: u32,
}

impl Opened {
    fn keep(&mut self, letter: OpenedLetter) -> Rc<OpenedLetter> {
        let letter = Rc::new(letter);
        self.letters.retain(|kept| kept.view.source != letter.view.source);
        self.letters.push_back(Rc::clone(&letter));
        if self.letters.len() > KEPT {
            self.letters.pop_front();
        }
        letter
    }

    fn find(&self, source: &LetterSource) -> Option<Rc<OpenedLetter>> {
        self.letters.iter().find(|kept| kept.view.source == *source).cloned()
    }

    fn next_file(&mut self) -> LetterSource {
        self.files = self.files.saturating_add(1);
        LetterSource::File(self.files)
    }
}

/// Opens and judges a letter of the account, marks it read and remembers it.
///
/// # Errors
/// `Gone`, `NotForThisKey`, `CannotOpen`, or that the relay does not answer.
pub async fn open(unlocked: &Unlocked, job: &Job, email: &EmailId) -> Result<LetterView> {
    Ok(open_email(unlocked, job, email).await?.view.clone())
}

/// A letter at hand, opened again when it is not.
///
/// # Errors
/// As [`open`]; `Gone` for a file that is no longer at hand.
pub(crate) async fn letter(
    unlocked: &Unlocked,
    job: &Job,
    source: &LetterSource,
) -> Result<Rc<OpenedLetter>> {
    let kept = unlocked.opened.borrow().find(source);
    match (kept, source) {
        (Some(letter), _) => Ok(letter),
        (None, LetterSource::Email(email)) => open_email(unlocked, job, email).await,
        (None, LetterSource::File(_)) => Err(Error::of(FailureCode::Gone)),
    }
}

async fn open_email(unlocked: &Unlocked, job: &Job, id: &EmailId) -> Result<Rc<OpenedLetter>> {
    unlocked.load_index(job).await?;
    let email = mailbox::email(unlocked, job, id).await?;
    let blob = mailbox::main_blob(&email)?.clone();
    let octets = unlocked.relay.download(job, &unlocked.account, &blob).await?;
    let known = unlocked.index.with(|records| records.get(blob.as_str()).cloned());
    let first_check = known.as_ref().and_then(|record| record.verdict.first_check);

    let judged = judge(unlocked, job, &octets, &own::openers(unlocked)?, first_check).await?;
    let mut letter = opened_letter(judged, LetterSource::Email(id.clone()), first_check.is_some());
    if letter.by(&unlocked.address) {
        letter.view.deliveries = deliveries(unlocked, job, id).await?;
    }
    let record = letter.record(unlocked, blob.0, known.as_ref());
    if known.as_ref() != Some(&record) {
        keep_record(unlocked, job, record).await?;
    }
    if !email.keywords.contains_key(keyword::SEEN) {
        forgive_offline(mailbox::mark_seen(unlocked, job, std::slice::from_ref(id), true).await)?;
    }
    Ok(unlocked.opened.borrow_mut().keep(letter))
}

async fn keep_record(unlocked: &Unlocked, job: &Job, record: Record) -> Result<()> {
    forgive_offline(unlocked.index.keep(&unlocked.relay, job, &unlocked.vault, vec![record]).await)
}

/// What the reader did not ask for must not keep the letter from being shown.
fn forgive_offline(outcome: Result<()>) -> Result<()> {
    match outcome {
        Err(error) if error.is_lost_answer() || error.code() == FailureCode::RelayFull => Ok(()),
        other => other,
    }
}

/// Opens and judges a letter from a file.
///
/// # Errors
/// `NotALetter`, `NotForThisKey`, `CannotOpen`.
pub async fn open_file(unlocked: &Unlocked, job: &Job, file: Vec<u8>) -> Result<LetterView> {
    let identities = own::openers(unlocked)?;
    open_from_file(unlocked, job, &file, &identities).await
}

/// The same with the keys of a PKCS#12 file, for this letter only.
///
/// # Errors
/// `WrongKeyFilePassPhrase` and `KeyFileDamaged` besides.
pub async fn open_file_with_key(
    unlocked: &Unlocked,
    job: &Job,
    file: Vec<u8>,
    key_file: &[u8],
    pass_phrase: &str,
) -> Result<LetterView> {
    job.tell(Stage::Unlocking, 0, 1);
    job.rest().await?;
    let container = read_key_file(unlocked, key_file, pass_phrase).await?;
    open_from_file(unlocked, job, &file, &container.identities()).await
}

/// Reads a PKCS#12 file.
///
/// # Errors
/// `WrongKeyFilePassPhrase` and `KeyFileDamaged`, or that the relay does not answer.
pub(crate) async fn read_key_file(unlocked: &Unlocked, file: &[u8], pass_phrase: &str) -> Result<Pkcs12> {
    let mut container = Pkcs12::read(file, Some(pass_phrase)).map_err(|error| key_file_error(&error))?;
    container.complete_with(unlocked.crypto()).await.map_err(|error| key_file_error(&error))?;
    Ok(container)
}

/// Why a key file does not open.
fn key_file_error(error: &sceau_smime::Error) -> Error {
    match error {
        sceau_smime::Error::WrongPassword | sceau_smime::Error::PasswordRequired => {
            Error::of(FailureCode::WrongKeyFilePassPhrase)
        }
        sceau_smime::Error::Unreachable => TransportError::Unreachable.into(),
        _ => Error::of(FailureCode::KeyFileDamaged),
    }
}

async fn open_from_file(
    unlocked: &Unlocked,
    job: &Job,
    file: &[u8],
    identities: &[Identity],
) -> Result<LetterView> {
    let judged = judge(unlocked, job, file, identities, None).await?;
    if !is_a_letter(&judged) {
        return Err(Error::of(FailureCode::NotALetter));
    }
    let source = unlocked.opened.borrow_mut().next_file();
    let letter = opened_letter(judged, source, false);
    Ok(unlocked.opened.borrow_mut().keep(letter).view.clone())
}

/// Reading is lenient, so that any file reads as a mail of some kind; one with neither a layer nor a field that every
/// letter has (RFC 5322 §3.6) is something else, a PDF or a picture.
fn is_a_letter(judged: &Judged) -> bool {
    let letter = judged.letter();
    let has_field = !letter.from.is_empty() || letter.date.is_some() || letter.message_id.is_some();
    has_field || !judged.layers().is_empty()
}

async fn judge(
    unlocked: &Unlocked,
    job: &Job,
    octets: &[u8],
    identities: &[Identity],
    first_check: Option<i64>,
) -> Result<Judged> {
    let size = crate::relay::octets(octets.len());
    job.tell(Stage::Opening, 0, size);
    let trust = trust_settings(&Judge::ready(unlocked, job).await?);
    job.rest().await?;
    let own_addresses = [unlocked.address.clone()];
    let mut request = OpenRequest::new(octets, identities, &own_addresses, &trust, unlocked.now());
    request.first_success = first_check.map(UnixTime);
    let judged = smime_letter::open_with(unlocked.crypto(), &request, &mut unlocked.rng()?).await;
    let judged = judged.map_err(open_error)?;
    job.tell(Stage::Opening, size, size);
    job.rest().await?;
    Ok(judged)
}

/// Whom a reader believes: the vault's anchors; lists are heeded as far as they are there.
pub(crate) fn trust_settings(judge: &Judge) -> TrustSettings {
    TrustSettings {
        anchors: judge.anchors.clone(),
        intermediates: judge.authorities.intermediates.clone(),
        crls: judge.authorities.lists.clone(),
        revocation: RevocationMode::IfGiven,
        max_list_age: Some(MAX_LIST_AGE_SECONDS),
        ..TrustSettings::default()
    }
}

/// What cannot be opened is an error with its sentence, not a verdict.
pub(crate) fn open_error(error: sceau_smime::Error) -> Error {
    use sceau_smime::Error as Smime;
    match error {
        Smime::NotForThisKey => Error::of(FailureCode::NotForThisKey),
        Smime::Unreachable => TransportError::Unreachable.into(),
        Smime::Malformed { .. } | Smime::Missing { .. } => Error::of(FailureCode::NotALetter),
        _ => Error::of(FailureCode::CannotOpen),
    }
}

/// What the index remembers of a letter read without being asked for.
pub(crate) fn record_of(unlocked: &Unlocked, judged: Judged, source: LetterSource, blob: &BlobId) -> Record {
    let letter = opened_letter(judged, source, false);
    letter.record(unlocked, blob.0.clone(), None)
}

fn opened_letter(judged: Judged, source: LetterSource, first_check: bool) -> OpenedLetter {
    let view = view(&judged, source, first_check);
    let signature = judged.signature_sha256().map(hex::encode);
    let content_key = judged.content_key().map(|key| Der(key.to_vec()));
    let kept_inside = judged.kept_inside();
    OpenedLetter { view, letter: judged.into_letter(), kept_inside, signature, content_key }
}

fn view(judged: &Judged, source: LetterSource, first_check: bool) -> LetterView {
    let letter = judged.letter();
    let proof = judged.verified();
    let address = proof.and(letter.single_from()).map(|from| from.email.clone());
    LetterView {
        source,
        trust: trust(judged.trust()),
        reasons: reasons(judged),
        warnings: unique(judged.warnings().iter().filter_map(|note| reason(note.code))),
        confirmed_name: judged.sender_name().map(str::to_owned),
        confirmed_address: address,
        judged_at: judged.judged_at().0,
        time_source: time_source(judged.time_source(), first_check),
        from: people(&letter.from),
        to: people(&letter.to),
        cc: people(&letter.cc),
        bcc: people(&letter.bcc),
        date: letter.date.map(|date| date.unix),
        subject: letter.subject.clone(),
        text: letter.text.clone(),
        was_html: letter.has_html,
        may_quote: judged.may_quote(),
        parts: letter.parts.iter().enumerate().map(part_info).collect(),
        layers: judged.layers().iter().map(layer).collect(),
        deliveries: Vec::new(),
        report: reports::of_message(&letter.content_type.media, judged.message()),
    }
}

fn reasons(judged: &Judged) -> Vec<sceau_protocol::Reason> {
    let notes = judged.layers().iter().flat_map(layer_notes);
    unique(notes.filter_map(|note| reason(note.code)))
}

/// Why a layer's verdict is what it is.
pub(crate) fn layer_notes(layer: &LayerReport) -> &[Note] {
    match layer {
        LayerReport::Signed(signed) => &signed.reasons,
        _ => &[],
    }
}

fn unique(reasons: impl Iterator<Item = sceau_protocol::Reason>) -> Vec<sceau_protocol::Reason> {
    let mut found = Vec::new();
    for reason in reasons {
        if !found.contains(&reason) {
            found.push(reason);
        }
    }
    found
}

fn layer(report: &LayerReport) -> LayerInfo {
    let signer = match report {
        LayerReport::Signed(layer) => layer.signer.as_ref().map(|signer| signer.subject.clone()),
        _ => None,
    };
    LayerInfo { summary: report.summary(), signer }
}

pub(crate) fn people(addresses: &[Address]) -> Vec<Person> {
    addresses.iter().map(person).collect()
}

pub(crate) fn person(address: &Address) -> Person {
    Person { name: address.name.clone().unwrap_or_default(), address: address.email.clone() }
}

fn part_info((place, part): (usize, &Part)) -> PartInfo {
    PartInfo {
        name: part_name(place, part),
        content_type: part.content_type.clone(),
        size: crate::relay::octets(part.bytes.len()),
        sha256: hex::encode(Sha256::digest(&part.bytes)),
    }
}

/// The name the sender gave, without any path; a number where there is none.
fn part_name(place: usize, part: &Part) -> String {
    let given = part.name.as_deref().unwrap_or_default();
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    if last.is_empty() || last == "." || last == ".." {
        let ending = if part.content_type == "message/rfc822" { ".eml" } else { "" };
        return format!("{}{ending}", place.saturating_add(1));
    }
    last.to_owned()
}

/// Longest file name saved, in characters: below the 255 octets of every file system even in UTF-8.
const MAX_FILE_NAME: usize = 60;

/// A name every file system takes, and no program reads as anything but a name.
fn safe_name(name: &str) -> String {
    let harmless = |letter: char| {
        if letter.is_control() || "<>:\"/\\|?*".contains(letter) || is_direction_mark(letter) {
            '_'
        } else {
            letter
        }
    };
    let plain: String = name.chars().map(harmless).collect();
    let plain = plain.trim_matches(|letter: char| letter == '.' || letter.is_whitespace());
    let (stem, ending) = plain.rsplit_once('.').map_or((plain, ""), |(stem, ending)| (stem, ending));
    let room = MAX_FILE_NAME.saturating_sub(ending.chars().count().min(10));
    let stem: String = stem.chars().take(room).collect();
    let ending: String = ending.chars().take(10).collect();
    if ending.is_empty() { stem } else { format!("{stem}.{ending}") }
}

/// Marks that turn the direction of writing around: `exe.fdp` must not look like a PDF.
fn is_direction_mark(letter: char) -> bool {
    matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// One part of an opened letter.
///
/// # Errors
/// `Gone`, or as [`open`].
pub async fn part(
    unlocked: &Unlocked,
    job: &Job,
    source: &LetterSource,
    part: u32,
) -> Result<(PartFile, Vec<u8>)> {
    let letter = letter(unlocked, job, source).await?;
    let place = usize::try_from(part).unwrap_or(usize::MAX);
    let found = letter.letter.parts.get(place).ok_or(Error::of(FailureCode::Gone))?;
    let file =
        PartFile { name: safe_name(&part_name(place, found)), content_type: found.content_type.clone() };
    Ok((file, found.bytes.clone()))
}

async fn deliveries(unlocked: &Unlocked, job: &Job, email: &EmailId) -> Result<Vec<Delivery>> {
    let all = LetterGet::all(unlocked.account.clone());
    let answer: LetterGetResponse = unlocked.relay.call_again(job, "Letter/get", &all).await?;
    let of_email = |letter: &ApiLetter| letter.email_id.as_ref().is_some_and(|id| id.0 == email.0);
    let found = answer.list.into_iter().find(of_email);
    Ok(found.map(|letter| letter.delivery_status).unwrap_or_default().into_iter().map(delivery).collect())
}

fn delivery((address, status): (String, sceau_api::submission::DeliveryStatus)) -> Delivery {
    let state = match status.delivered {
        Delivered::Queued => DeliveryState::Queued,
        Delivered::Yes => DeliveryState::Delivered,
        Delivered::No => DeliveryState::Failed,
        Delivered::Unknown | Delivered::Other(_) => DeliveryState::Unknown,
    };
    Delivery { address, state }
}

impl OpenedLetter {
    /// Whether this account wrote it.
    fn by(&self, own: &str) -> bool {
        self.view.from.iter().any(|from| crate::login::normal_address(&from.address) == own)
    }

    /// What the index remembers of it.
    fn record(&self, unlocked: &Unlocked, blob: String, known: Option<&Record>) -> Record {
        let view = &self.view;
        let confirmed = view.confirmed_name.is_some();
        let recipients: Vec<Person> =
            [&view.to, &view.cc, &view.bcc].into_iter().flatten().cloned().collect();
        let mut from = view.from.clone();
        if let (Some(name), [sender]) = (&view.confirmed_name, from.as_mut_slice()) {
            sender.name.clone_from(name);
        }
        let names = from.iter().chain(&recipients).flat_map(|who| [who.name.as_str(), &who.address]);
        let files = view.parts.iter().map(|part| part.name.as_str());
        let first_check = known.and_then(|record| record.verdict.first_check);
        Record {
            blob,
            signature: self.signature.clone(),
            content_key: self.content_key.clone(),
            mine: self.by(&unlocked.address),
            subject: view.subject.clone(),
            date: view.date,
            first_words: compose::first_words(&view.text),
            attachments: u32::try_from(view.parts.len()).unwrap_or(u32::MAX),
            words: words(names.chain(files).chain([view.subject.as_str(), &view.text])),
            whole: true,
            verdict: Verdict {
                trust: view.trust,
                reasons: view.reasons.clone(),
                at: view.judged_at,
                time_source: view.time_source,
                first_check: first_check.or(confirmed.then(|| unlocked.now_seconds())),
            },
            from,
            recipients,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_folder_or_lie_about_its_kind() {
        assert_eq!(safe_name("..\\..\\boot.ini"), "_.._boot.ini");
        assert_eq!(safe_name("bilan\u{202e}fdp.exe"), "bilan_fdp.exe");
        assert_eq!(safe_name("Compte rendu d'échographie.pdf"), "Compte rendu d'échographie.pdf");
        assert!(safe_name(&format!("{}.pdf", "é".repeat(400))).ends_with("é.pdf"));
    }
}
