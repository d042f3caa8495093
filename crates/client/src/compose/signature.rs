//! The account's signature: one text, sealed with the settings in the vault.

use sceau_protocol::{FailureCode, Signing};

use crate::failure::{Error, Result};
use crate::job::Job;
use crate::unlocked::Unlocked;
use crate::vault::Settings;

/// What it is called among the settings.
const NAME: &str = "signature";
/// Longest signature in octets: a dozen lines, of which every letter carries a copy.
const MAX_OCTETS: usize = 4096;

/// The account's signature, after a change if there is one; empty when there is none.
///
/// # Errors
/// `TooLarge`, `VaultConflict`, `VaultDamaged`, or that the relay does not answer.
pub async fn signature(unlocked: &Unlocked, job: &Job, change: Option<String>) -> Result<String> {
    if let Some(text) = change {
        keep(unlocked, job, &text).await?;
    }
    read(unlocked)
}

fn read(unlocked: &Unlocked) -> Result<String> {
    let settings: Settings = unlocked.vault.get()?;
    Ok(settings.values.get(NAME).cloned().unwrap_or_default())
}

/// What a new letter is signed with.
pub(super) fn for_letter(unlocked: &Unlocked) -> Result<Signing> {
    let text = read(unlocked)?;
    Ok(Signing { on: !text.trim().is_empty(), text })
}

async fn keep(unlocked: &Unlocked, job: &Job, text: &str) -> Result<()> {
    if text.len() > MAX_OCTETS {
        return Err(Error::of(FailureCode::TooLarge));
    }
    let change = |settings: &mut Settings| {
        settings.values.insert(NAME.to_owned(), text.trim_end().to_owned());
        Ok(())
    };
    unlocked.vault.change(&unlocked.relay, job, change).await
}
