//! One's own keys: unwrapped for one operation, then wiped.

use sceau_protocol::FailureCode;
use sceau_smime::{Certificate, Identity, PrivateKey};

use crate::failure::{Error, Result};
use crate::unlocked::Unlocked;
use crate::vault::{KeyKind, Keys, OwnKey};

/// The identity to sign with: the newest signing key with a certificate.
///
/// # Errors
/// `NotReady` without one, `OwnCertificateExpired` when it has ended.
pub(crate) fn signer(unlocked: &Unlocked) -> Result<Identity> {
    let keys: Keys = unlocked.vault.get()?;
    let newest = newest(&keys, KeyKind::Signing).ok_or(Error::of(FailureCode::NotReady))?;
    let identity = identity(&keys, newest)?;
    still_valid(unlocked, &identity.certificate)?;
    Ok(identity)
}

/// The certificate to seal one's own copies to. Not checked for its end: a draft must be kept in any case.
///
/// # Errors
/// `NotReady` without one.
pub(crate) fn sealing_certificate(unlocked: &Unlocked) -> Result<Certificate> {
    let keys: Keys = unlocked.vault.get()?;
    let newest = newest(&keys, KeyKind::Encryption).ok_or(Error::of(FailureCode::NotReady))?;
    certificate(newest)
}

/// All identities letters may be sealed to, newest first: old mail must open.
///
/// # Errors
/// `VaultDamaged`.
pub(crate) fn openers(unlocked: &Unlocked) -> Result<Vec<Identity>> {
    let keys: Keys = unlocked.vault.get()?;
    let sealed_to = |key: &&OwnKey| key.kind == KeyKind::Encryption && key.certificate.is_some();
    keys.keys.iter().rev().filter(sealed_to).map(|key| identity(&keys, key)).collect()
}

/// The signing certificate shown as one's own, whether or not it has ended.
pub(crate) fn signing_certificate(keys: &Keys) -> Option<Certificate> {
    certificate(newest(keys, KeyKind::Signing)?).ok()
}

/// The newest key of a kind that has a certificate: the one whose certificate ends last.
pub(crate) fn newest(keys: &Keys, kind: KeyKind) -> Option<&OwnKey> {
    let of_kind = keys.keys.iter().filter(|key| key.kind == kind && key.certificate.is_some());
    of_kind.max_by_key(|key| certificate(key).ok().map(|certificate| certificate.not_after()))
}

pub(crate) fn certificate(key: &OwnKey) -> Result<Certificate> {
    let der = key.certificate.as_ref().ok_or(Error::of(FailureCode::NotReady))?;
    Certificate::from_der(&der.0).map_err(damaged)
}

fn identity(keys: &Keys, key: &OwnKey) -> Result<Identity> {
    let private = PrivateKey::from_pkcs8_der(&keys.private(key)?).map_err(damaged)?;
    let chain = key.chain.iter().map(|der| Certificate::from_der(&der.0)).collect::<Result<_, _>>();
    Identity::new(private, certificate(key)?, chain.map_err(damaged)?).map_err(damaged)
}

fn still_valid(unlocked: &Unlocked, certificate: &Certificate) -> Result<()> {
    if certificate.not_after() < unlocked.now() {
        let ended = certificate.not_after().to_rfc3339();
        return Err(Error::about(FailureCode::OwnCertificateExpired, ended));
    }
    Ok(())
}

fn damaged(_: sceau_smime::Error) -> Error {
    Error::VaultDamaged { blob: "keys".to_owned() }
}
