//! Parts of an opened letter, as files to be saved.

use std::rc::Rc;

use sceau_protocol::{FailureCode, LetterSource, PartFile, ReadingAnswer, ReadingAsk};

use super::names::{letter_name, part_name, safe_name};
use super::{OpenedLetter, letter};
use crate::failure::{Error, Result};
use crate::job::Job;
use crate::unlocked::Unlocked;
use crate::{mailbox, reading};

/// A file and its octets.
type Saved = (PartFile, Vec<u8>);

/// One part of an opened letter.
///
/// # Errors
/// `Gone`, or as opening.
pub async fn part(unlocked: &Unlocked, job: &Job, source: &LetterSource, part: u32) -> Result<Saved> {
    let letter = letter(unlocked, job, source).await?;
    let place = usize::try_from(part).unwrap_or(usize::MAX);
    let found = letter.letter.parts.get(place).ok_or(Error::of(FailureCode::Gone))?;
    let file =
        PartFile { name: safe_name(&part_name(place, found)), content_type: found.content_type.clone() };
    Ok((file, found.bytes.clone()))
}

/// One file of a ZIP that is a part of an opened letter.
///
/// # Errors
/// `CannotShow` and `Locked` for what cannot be taken out; `Gone`, or as opening.
pub async fn archived(
    unlocked: &Unlocked,
    job: &Job,
    source: &LetterSource,
    part: u32,
    entry: u32,
) -> Result<Saved> {
    let (_, archive) = self::part(unlocked, job, source, part).await?;
    match reading::ask(unlocked, job, ReadingAsk::Extract { entry }, vec![archive]).await? {
        (ReadingAnswer::File { name }, buffers) => {
            let octets = buffers.into_iter().next().ok_or(Error::Defect { what: "extract" })?;
            Ok((file(safe_name(&name), "application/octet-stream"), octets))
        }
        _ => Err(Error::Defect { what: "extract" }),
    }
}

/// All parts of an opened letter in one ZIP.
///
/// # Errors
/// `Gone`, `CannotShow`, or as opening.
pub async fn all(unlocked: &Unlocked, job: &Job, source: &LetterSource) -> Result<Saved> {
    let letter = letter(unlocked, job, source).await?;
    let parts = letter.letter.parts.iter().enumerate();
    let (names, octets) = parts.map(|(place, part)| (part_name(place, part), part.bytes.clone())).unzip();
    match reading::ask(unlocked, job, ReadingAsk::Pack { names, modified: unlocked.now_seconds() }, octets)
        .await?
    {
        (ReadingAnswer::File { .. }, buffers) => {
            let octets = buffers.into_iter().next().ok_or(Error::Defect { what: "pack" })?;
            Ok((file(letter_name(&letter.view.subject, "zip"), "application/zip"), octets))
        }
        _ => Err(Error::Defect { what: "pack" }),
    }
}

/// The letter as it arrived.
///
/// # Errors
/// `Gone`, or that the relay does not answer.
pub async fn source(unlocked: &Unlocked, job: &Job, source: &LetterSource) -> Result<Saved> {
    let letter: Rc<OpenedLetter> = letter(unlocked, job, source).await?;
    let octets = match (source, &letter.file) {
        (LetterSource::Email(id), _) => {
            let email = mailbox::email(unlocked, job, id).await?;
            unlocked.relay.download(job, &unlocked.account, mailbox::main_blob(&email)?).await?.to_vec()
        }
        (LetterSource::File(_), Some(file)) => file.to_vec(),
        (LetterSource::File(_), None) => return Err(Error::of(FailureCode::Gone)),
    };
    Ok((file(letter_name(&letter.view.subject, "eml"), "message/rfc822"), octets))
}

fn file(name: String, content_type: &str) -> PartFile {
    PartFile { name, content_type: content_type.to_owned() }
}
