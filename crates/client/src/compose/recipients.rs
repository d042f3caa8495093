//! Who a letter can be sealed for: directory, certificate, chain, revocation, and what was remembered of them.

use sceau_api::directory::{
    DirectoryEntry, DirectoryLookup, DirectoryLookupResponse, DirectoryQuery, DirectoryQueryResponse,
};
use sceau_mime::{Address, TypedAddress};
use sceau_protocol::{
    Completion, FailureCode, Person, Recipient, RecipientClass, TypedRecipient, WrongAddress,
};
use sceau_smime::Certificate;
use sceau_smime::path::ValidPath;

use crate::failure::Result;
use crate::index::fold;
use crate::job::Job;
use crate::login::normal_address;
use crate::trust::{Judge, fingerprint, recipient_obstacle};
use crate::unlocked::Unlocked;
use crate::vault::{Contact, Contacts, Der};

/// A new certificate is taken silently only when the old one has less than this left (design section 3).
const NEAR_END_SECONDS: i64 = 45 * 24 * 60 * 60;
/// Suggestions at most.
const MAX_COMPLETIONS: usize = 12;
/// Suggestions asked of the directory.
const DIRECTORY_COMPLETIONS: u64 = 12;

/// A recipient a letter can be sealed for.
#[derive(Clone)]
pub(crate) struct Cleared {
    pub(crate) address: String,
    pub(crate) certificate: Certificate,
    pub(crate) class: RecipientClass,
    anchor: String,
}

/// Checks typed recipients, one answer each, in their order.
///
/// # Errors
/// That the relay does not answer; what is wrong with a recipient is in its answer.
pub async fn check(unlocked: &Unlocked, job: &Job, addresses: &[String]) -> Result<Vec<Recipient>> {
    let outcomes = clear(unlocked, job, addresses).await?;
    Ok(addresses.iter().zip(outcomes).map(|(address, outcome)| recipient(address, outcome)).collect())
}

fn recipient(address: &str, outcome: Result<Cleared, FailureCode>) -> Recipient {
    match outcome {
        Ok(cleared) => Recipient {
            address: address.to_owned(),
            name: cleared.certificate.common_name().map(str::to_owned),
            class: Some(cleared.class),
            obstacle: None,
        },
        Err(obstacle) => {
            Recipient { address: address.to_owned(), name: None, class: None, obstacle: Some(obstacle) }
        }
    }
}

/// Reads what was typed into a line of recipients.
#[must_use]
pub fn read_typed(typed: &str) -> Vec<TypedRecipient> {
    let read = |entry| match entry {
        TypedAddress::Mailbox(found) => {
            let person = Person { name: found.name.unwrap_or_default(), address: found.email };
            TypedRecipient { person, wrong: None }
        }
        TypedAddress::Wrong(typed, wrong) => {
            let person = Person { name: String::new(), address: typed };
            TypedRecipient { person, wrong: Some(as_fact(wrong)) }
        }
    };
    sceau_mime::read_typed(typed).into_iter().map(read).collect()
}

fn as_fact(wrong: sceau_mime::WrongAddress) -> WrongAddress {
    match wrong {
        sceau_mime::WrongAddress::NoAt => WrongAddress::NoAt,
        sceau_mime::WrongAddress::Local => WrongAddress::Local,
        sceau_mime::WrongAddress::Domain => WrongAddress::Domain,
        sceau_mime::WrongAddress::Unclosed => WrongAddress::Unclosed,
        sceau_mime::WrongAddress::Name => WrongAddress::Name,
        sceau_mime::WrongAddress::TooLong => WrongAddress::TooLong,
    }
}

/// Finds and judges a certificate for each address.
pub(crate) async fn clear(
    unlocked: &Unlocked,
    job: &Job,
    addresses: &[String],
) -> Result<Vec<Result<Cleared, FailureCode>>> {
    let judge = Judge::ready(unlocked, job).await?;
    let contacts: Contacts = unlocked.vault.get()?;
    let entries = look_up(unlocked, job, addresses).await?;
    let mut outcomes = Vec::new();
    for address in addresses {
        job.step().await?;
        outcomes.push(clear_one(&judge, &contacts, &entries, address).await);
    }
    Ok(outcomes)
}

async fn look_up(unlocked: &Unlocked, job: &Job, addresses: &[String]) -> Result<Vec<DirectoryEntry>> {
    let wanted: Vec<String> =
        addresses.iter().filter(|typed| is_address(typed)).map(|typed| normal_address(typed)).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let lookup = DirectoryLookup { account_id: unlocked.account.clone(), addresses: wanted };
    let answer: DirectoryLookupResponse = unlocked.relay.call_again(job, "Directory/lookup", &lookup).await?;
    Ok(answer.list)
}

fn is_address(typed: &str) -> bool {
    Address::bare(typed.trim()).is_valid()
}

async fn clear_one(
    judge: &Judge,
    contacts: &Contacts,
    entries: &[DirectoryEntry],
    typed: &str,
) -> Result<Cleared, FailureCode> {
    if !is_address(typed) {
        return Err(FailureCode::BadAddress);
    }
    let address = normal_address(typed);
    let entry = entries
        .iter()
        .find(|entry| normal_address(&entry.address) == address)
        .ok_or(FailureCode::RecipientUnknown)?;
    let (certificate, path) = choose(judge, entry, &address).await?;
    let cleared = Cleared {
        class: class_of(&certificate),
        anchor: fingerprint(&path.anchor.certificate),
        address,
        certificate,
    };
    match contacts.known.get(&cleared.address) {
        Some(contact) if !may_follow(contact, &cleared, judge.now.0) => Err(FailureCode::RecipientChanged),
        _ => Ok(cleared),
    }
}

/// The newest certificate of the entry that holds for the address; otherwise why the newest does not.
async fn choose(
    judge: &Judge,
    entry: &DirectoryEntry,
    address: &str,
) -> Result<(Certificate, ValidPath), FailureCode> {
    let mut offered: Vec<Certificate> = entry
        .certificates
        .iter()
        .filter_map(|der| Certificate::from_der(&der.0).ok())
        .filter(Certificate::can_encrypt)
        .collect();
    if offered.is_empty() {
        return Err(FailureCode::RecipientUnknown);
    }
    offered.retain(|certificate| certificate.has_email(address));
    offered.sort_by_key(|certificate| std::cmp::Reverse(certificate.not_before()));
    let mut obstacle = FailureCode::RecipientCertificateWrong;
    for (place, certificate) in offered.into_iter().enumerate() {
        match judge.for_sealing(&certificate, address).await {
            Ok(path) => return Ok((certificate, path)),
            Err(error) if place == 0 => obstacle = recipient_obstacle(&error),
            Err(_) => {}
        }
    }
    Err(obstacle)
}

/// Whether a certificate may silently take the place of the one remembered: the same, or from the same anchor for the
/// same subject while the old one nears its end.
fn may_follow(contact: &Contact, new: &Cleared, now: i64) -> bool {
    let Some(known) = &contact.encryption else { return true };
    let Ok(old) = Certificate::from_der(&known.0) else { return false };
    let near_end = old.not_after().0.saturating_sub(now) < NEAR_END_SECONDS;
    let same_origin = contact.anchor == new.anchor && old.subject() == new.certificate.subject();
    old == new.certificate || (same_origin && near_end)
}

/// How to seal for a certificate. Who publishes in our directory reads with our program, unless the certificate itself
/// says that its owner's program cannot (RFC 4262).
fn class_of(certificate: &Certificate) -> RecipientClass {
    if super::seal::reads_authenticated(certificate) {
        RecipientClass::Default
    } else {
        RecipientClass::Compat
    }
}

/// Takes a recipient's new certificate although it may not follow silently: the person was asked.
///
/// # Errors
/// That the relay does not answer; the vault's errors.
pub async fn accept(unlocked: &Unlocked, job: &Job, address: &str) -> Result<Vec<Recipient>> {
    let known = normal_address(address);
    let forget = |contacts: &mut Contacts| {
        if let Some(contact) = contacts.known.get_mut(&known) {
            contact.encryption = None;
        }
        Ok(())
    };
    unlocked.vault.change(&unlocked.relay, job, forget).await?;
    check(unlocked, job, &[address.to_owned()]).await
}

/// Remembers whom a letter was sealed for.
pub(crate) async fn remember(unlocked: &Unlocked, job: &Job, sealed_for: &[Cleared]) -> Result<()> {
    let now = unlocked.now_seconds();
    let note = |contacts: &mut Contacts| {
        for cleared in sealed_for {
            let contact = contacts.known.entry(cleared.address.clone()).or_default();
            contact.name = cleared.certificate.common_name().unwrap_or_default().to_owned();
            contact.encryption = Some(Der(cleared.certificate.der().to_vec()));
            contact.anchor = cleared.anchor.clone();
            contact.written_at = Some(now);
        }
        Ok(())
    };
    unlocked.vault.change(&unlocked.relay, job, note).await
}

/// Suggestions for what is typed so far: those written to first, then the directory.
///
/// # Errors
/// The vault's errors. When the relay does not answer, contacts alone are suggested.
pub async fn complete(unlocked: &Unlocked, job: &Job, text: &str) -> Result<Vec<Completion>> {
    let typed = fold(text.trim());
    if typed.is_empty() {
        return Ok(Vec::new());
    }
    let contacts: Contacts = unlocked.vault.get()?;
    let mut known: Vec<_> = contacts
        .known
        .iter()
        .filter(|(address, contact)| fold(address).contains(&typed) || fold(&contact.name).contains(&typed))
        .collect();
    known.sort_by_key(|(_, contact)| std::cmp::Reverse(contact.written_at));
    let mut found: Vec<Completion> = known
        .into_iter()
        .map(|(address, contact)| completion(contact.name.clone(), address.clone(), true))
        .collect();
    for entry in from_directory(unlocked, job, text).await? {
        let address = normal_address(&entry.address);
        if !found.iter().any(|completion| completion.person.address == address) {
            found.push(completion(entry.name, address, false));
        }
    }
    found.truncate(MAX_COMPLETIONS);
    Ok(found)
}

fn completion(name: String, address: String, known: bool) -> Completion {
    Completion { person: Person { name, address }, known }
}

async fn from_directory(unlocked: &Unlocked, job: &Job, text: &str) -> Result<Vec<DirectoryEntry>> {
    let query = DirectoryQuery {
        account_id: unlocked.account.clone(),
        text: text.trim().to_owned(),
        limit: Some(DIRECTORY_COMPLETIONS),
    };
    let answer: Result<DirectoryQueryResponse> = unlocked.relay.call(job, "Directory/query", &query).await;
    match answer {
        Ok(answer) => Ok(answer.list),
        Err(error) if error.is_lost_answer() => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
