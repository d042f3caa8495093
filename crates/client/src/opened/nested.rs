//! A letter attached to a letter: it is opened and judged by itself, and nothing of the outer verdict is its own.

use sceau_protocol::{FailureCode, LetterSource, LetterView};

use super::{letter, open_from_file};
use crate::failure::{Error, Result};
use crate::job::Job;
use crate::own;
use crate::unlocked::Unlocked;

/// Opens and judges the letter that is a part of another.
///
/// # Errors
/// `Gone`, `NotALetter`, `NotForThisKey`, `CannotOpen`, or as opening the outer one.
pub async fn open_part(
    unlocked: &Unlocked,
    job: &Job,
    source: &LetterSource,
    part: u32,
) -> Result<LetterView> {
    let outer = letter(unlocked, job, source).await?;
    let place = usize::try_from(part).unwrap_or(usize::MAX);
    let octets = outer.letter.parts.get(place).ok_or(Error::of(FailureCode::Gone))?.bytes.clone();
    drop(outer);
    open_from_file(unlocked, job, octets, &own::openers(unlocked)?).await
}
