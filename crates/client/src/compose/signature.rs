//! The account's signature: one text, sealed with the settings in the vault.

use sceau_protocol::{FailureCode, Signature};

use crate::failure::{Error, Result};
use crate::job::Job;
use crate::unlocked::Unlocked;
use crate::vault::Settings;

/// What it is called among the settings.
const NAME: &str = "signature";
/// Longest signature in octets: a dozen lines, of which every letter carries a copy.
const MAX_OCTETS: usize = 4096;

/// The account's signature; empty when there is none.
///
/// # Errors
/// `VaultDamaged`.
pub fn read(unlocked: &Unlocked) -> Result<String> {
    let settings: Settings = unlocked.vault.get()?;
    Ok(settings.values.get(NAME).cloned().unwrap_or_default())
}

/// What a new letter is signed with.
pub(super) fn for_letter(unlocked: &Unlocked) -> Result<Signature> {
    let text = read(unlocked)?;
    Ok(Signature { on: !text.trim().is_empty(), text })
}

/// Changes the account's signature.
///
/// # Errors
/// `TooLarge`, `VaultConflict`, or that the relay does not answer.
pub async fn keep(unlocked: &Unlocked, job: &Job, text: &str) -> Result<()> {
    if text.len() > MAX_OCTETS {
        return Err(Error::of(FailureCode::TooLarge));
    }
    let change = |settings: &mut Settings| {
        settings.values.insert(NAME.to_owned(), text.trim_end().to_owned());
        Ok(())
    };
    unlocked.vault.change(&unlocked.relay, job, change).await
}
