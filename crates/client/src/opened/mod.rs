//! Opening and judging letters, and keeping the last ones at hand for their parts and for answers.

mod brought;
mod charset;
mod kind;
mod names;
mod nested;
mod preview;
mod save;
mod shown;
mod table;

use std::collections::VecDeque;
use std::rc::Rc;

use sceau_api::BlobId;
use sceau_api::email::keyword;
use sceau_api::letter::{Letter as ApiLetter, LetterGet, LetterGetResponse};
use sceau_api::submission::Delivered;
use sceau_mime::{Address, Bodies, Defect, KeptInside, Letter, Limits, Part};
use sceau_protocol::{
    CertificateView, CharsetOrigin, Delivery, DeliveryState, EmailId, FailureCode, LayerInfo, LetterSource,
    LetterView, PartInfo, PartKind, Person, Reason, Stage,
};
use sceau_smime::letter::{self as smime_letter, Judged, LayerReport, OpenRequest, TrustSettings};
use sceau_smime::path::RevocationMode;
use sceau_smime::pkcs12::Pkcs12;
use sceau_smime::verdict::Note;
use sceau_smime::{Certificate, Identity, UnixTime};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

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

pub use self::charset::{Charsets, choose_charset};
use self::names::part_name;
pub use self::nested::open_part;
pub use self::preview::preview_part;
pub use self::save::{all, archived, part, source};
pub use self::shown::html;

/// Opened letters kept at hand: the one shown, the one it answers, and those the reader goes back to.
const KEPT: usize = 4;

/// A letter that was opened and judged.
#[derive(Clone)]
pub struct OpenedLetter {
    /// What the page shows.
    pub view: LetterView,
    /// The letter inside.
    pub letter: Letter,
    /// What an answer must not name outside.
    pub(crate) kept_inside: KeptInside,
    /// Its words as they came.
    pub(crate) bodies: Bodies,
    /// HTML that was packed within the letter.
    html: Option<String>,
    /// The file it was opened from.
    file: Option<Zeroizing<Vec<u8>>>,
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

    /// Takes a letter out, to change it and keep it again.
    fn take(&mut self, source: &LetterSource) -> Option<Rc<OpenedLetter>> {
        let place = self.letters.iter().position(|kept| kept.view.source == *source)?;
        self.letters.remove(place)
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
    complete(unlocked, job, &mut letter).await?;
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
    open_from_file(unlocked, job, file, &identities).await
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
    open_from_file(unlocked, job, file, &container.identities()).await
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
    file: Vec<u8>,
    identities: &[Identity],
) -> Result<LetterView> {
    let file = Zeroizing::new(file);
    let judged = judge(unlocked, job, &file, identities, None).await?;
    if !is_a_letter(&judged) {
        return Err(Error::of(FailureCode::NotALetter));
    }
    let source = unlocked.opened.borrow_mut().next_file();
    let mut letter = opened_letter(judged, source, false);
    letter.file = Some(file);
    complete(unlocked, job, &mut letter).await?;
    Ok(unlocked.opened.borrow_mut().keep(letter).view.clone())
}

/// What opening by itself does not tell: files packed within, and the charset the reader chose for this sender.
async fn complete(unlocked: &Unlocked, job: &Job, letter: &mut OpenedLetter) -> Result<()> {
    brought::unpack(unlocked, job, letter).await?;
    charset::remembered(unlocked, letter)?;
    letter.tell();
    Ok(())
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
    let mut letter = opened_letter(judged, source, false);
    letter.tell();
    letter.record(unlocked, blob.0.clone(), None)
}

/// A letter whose words and files are not in its view yet ([`OpenedLetter::tell`]): telling them hashes every file.
fn opened_letter(judged: Judged, source: LetterSource, first_check: bool) -> OpenedLetter {
    let view = view(&judged, source, first_check);
    let signature = judged.signature_sha256().map(hex::encode);
    let content_key = judged.content_key().map(|key| Der(key.to_vec()));
    let kept_inside = judged.kept_inside();
    // What was read once within the limits is read again.
    let bodies = Bodies::of(judged.message(), &Limits::default()).unwrap_or_default();
    let (html, file) = (None, None);
    let letter = judged.into_letter();
    OpenedLetter { view, letter, kept_inside, bodies, html, file, signature, content_key }
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
        text: String::new(),
        was_html: false,
        charset: None,
        may_quote: judged.may_quote(),
        parts: Vec::new(),
        layers: judged.layers().iter().map(layer).collect(),
        path: path(judged),
        deliveries: Vec::new(),
        report: reports::of_message(&letter.content_type.media, judged.message()),
    }
}

fn reasons(judged: &Judged) -> Vec<Reason> {
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

fn unique(reasons: impl Iterator<Item = Reason>) -> Vec<Reason> {
    let mut found = Vec::new();
    for reason in reasons {
        if !found.contains(&reason) {
            found.push(reason);
        }
    }
    found
}

fn layer(report: &LayerReport) -> LayerInfo {
    let mut info = LayerInfo {
        summary: report.summary(),
        signer: None,
        emails: Vec::new(),
        signed_at: None,
        content_sha256: None,
    };
    if let LayerReport::Signed(layer) = report {
        info.signed_at = layer.signing_time.map(|at| at.0);
        info.signer = layer.signer.as_ref().map(|signer| signer.subject.clone());
        info.emails = layer.signer.as_ref().map(|signer| signer.emails.clone()).unwrap_or_default();
    }
    if let LayerReport::Encrypted(layer) = report {
        info.content_sha256 = Some(hex::encode(layer.content_sha256.sha256()));
    }
    info
}

fn path(judged: &Judged) -> Vec<CertificateView> {
    let certificates = judged.verified().map(|proof| proof.path().certificates.as_slice());
    certificates.unwrap_or_default().iter().map(certificate).collect()
}

fn certificate(found: &Certificate) -> CertificateView {
    CertificateView {
        subject: found.subject().to_string(),
        serial: found.serial_hex(),
        not_before: found.not_before().0,
        not_after: found.not_after().0,
        sha256: hex::encode(found.sha256()),
    }
}

pub(crate) fn people(addresses: &[Address]) -> Vec<Person> {
    addresses.iter().map(person).collect()
}

pub(crate) fn person(address: &Address) -> Person {
    Person { name: address.name.clone().unwrap_or_default(), address: address.email.clone() }
}

fn part_info((place, part): (usize, &Part)) -> PartInfo {
    let name = part_name(place, part);
    let kind = kind::kind(part, &name);
    PartInfo {
        kind,
        caution: kind::caution(&name, kind),
        is_inside: false,
        name,
        content_type: part.content_type.clone(),
        size: crate::relay::octets(part.bytes.len()),
        sha256: hex::encode(Sha256::digest(&part.bytes)),
    }
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
    /// Takes into the view what was read of the words and the files.
    fn tell(&mut self) {
        self.view.text.clone_from(&self.letter.text);
        self.view.was_html = self.letter.has_html;
        self.view.parts = self.letter.parts.iter().enumerate().map(part_info).collect();
        let inside = shown::images_inside(self);
        for (part, is_inside) in self.view.parts.iter_mut().zip(inside) {
            part.is_inside = is_inside && part.kind == PartKind::Image;
        }
        if self.view.charset.is_none() {
            self.view.charset = charset::found(&self.bodies);
        }
        self.forgive_guessed_charset();
    }

    /// A charset that had to be guessed is told where it can be changed; as a damage it would be told twice.
    fn forgive_guessed_charset(&mut self) {
        let damages = [Defect::DamagedStructure, Defect::DamagedEncoding];
        let is_charset_only = !self.letter.defects.iter().any(|defect| damages.contains(defect));
        let is_told = self.view.charset.as_ref().is_some_and(|it| it.origin != CharsetOrigin::Declared);
        if is_charset_only && is_told {
            self.view.warnings.retain(|warning| *warning != Reason::Damaged);
        }
    }

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
