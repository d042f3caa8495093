//! Setting an account up: an authority is pinned, keys come or are made, certificates are installed and published.

use sceau_api::Base64;
use sceau_api::authority::Authority;
use sceau_api::directory::{DirectoryPublish, DirectoryPublishResponse};
use sceau_protocol::{AccountStage, CertificateRequests, FailureCode, ProposedAuthority, Stage};
use sceau_smime::ca::{CertificationRequest, Usage};
use sceau_smime::{Algorithm, Certificate, Identity, PrivateKey};
use sha2::{Digest, Sha256};

use crate::failure::{Error, Result};
use crate::generator::Generator;
use crate::job::Job;
use crate::opened::read_key_file;
use crate::own;
use crate::trust::{Judge, fingerprint, proposals};
use crate::unlocked::Unlocked;
use crate::vault::{Anchors, Der, KeyKind, Keys, NewKey, OwnKey, PinnedAnchor};

/// Keys made here: P-256, which a browser makes at once (design section 3 allows RSA-3072 or P-256).
const NEW_KEYS: Algorithm = Algorithm::P256;

/// How far the set-up has come.
///
/// # Errors
/// The vault's errors, or that the relay does not answer.
pub async fn stage(unlocked: &Unlocked, job: &Job) -> Result<AccountStage> {
    let anchors: Anchors = unlocked.vault.get()?;
    if anchors.pinned.is_empty() {
        let proposed = proposals(unlocked, job).await?;
        return Ok(AccountStage::NeedsAuthority(proposed.iter().filter_map(proposal).collect()));
    }
    let keys: Keys = unlocked.vault.get()?;
    let has = |kind| own::newest(&keys, kind).is_some();
    if has(KeyKind::Signing) && has(KeyKind::Encryption) {
        return Ok(AccountStage::Ready);
    }
    Ok(keys.requests.clone().map_or(AccountStage::NeedsKeys, AccountStage::AwaitsCertificates))
}

fn proposal(authority: &Authority) -> Option<ProposedAuthority> {
    let certificate = Certificate::from_der(&authority.certificate.0).ok()?;
    Some(ProposedAuthority {
        id: authority.id.0.clone(),
        name: certificate.common_name().unwrap_or_default().to_owned(),
        fingerprint: grouped(&fingerprint(&certificate)),
        domains: authority.domains.clone(),
    })
}

/// Upper-case hexadecimal in groups of four, as it is printed in the enrolment letter.
fn grouped(hexadecimal: &str) -> String {
    let mut out = String::new();
    for (place, letter) in hexadecimal.chars().enumerate() {
        if place > 0 && place % 4 == 0 {
            out.push(' ');
        }
        out.push(letter.to_ascii_uppercase());
    }
    out
}

/// Takes an authority into the vault: the person has compared this fingerprint.
///
/// # Errors
/// `FingerprintChanged` when what the relay proposes now is another certificate.
pub async fn pin(unlocked: &Unlocked, job: &Job, id: &str, confirmed: &str) -> Result<()> {
    const CHANGED: Error = Error::Fact { code: FailureCode::FingerprintChanged, about: None };
    let proposed = proposals(unlocked, job).await?;
    let authority = proposed.into_iter().find(|authority| authority.id.0 == id).ok_or(CHANGED)?;
    let certificate = Certificate::from_der(&authority.certificate.0).map_err(|_| CHANGED)?;
    let now = fingerprint(&certificate);
    let plain: String = confirmed.chars().filter(char::is_ascii_hexdigit).collect();
    if plain.to_lowercase() != now {
        return Err(CHANGED);
    }
    let pinned = PinnedAnchor {
        id: now,
        certificate: Der(authority.certificate.0),
        domains: authority.domains,
        since: unlocked.now_seconds(),
    };
    let add = |anchors: &mut Anchors| {
        anchors.pinned.retain(|known| known.id != pinned.id);
        anchors.pinned.push(pinned.clone());
        Ok(())
    };
    unlocked.vault.change(&unlocked.relay, job, add).await
}

/// Imports keys and certificates from a PKCS#12 file.
///
/// # Errors
/// `NotReady` before an authority is pinned; `WrongKeyFilePassPhrase`, `KeyFileDamaged`, `KeyFileIncomplete`,
/// `CertificateNotYours`, `CertificateUntrusted`.
pub async fn import(unlocked: &Unlocked, job: &Job, file: &[u8], pass_phrase: &str) -> Result<()> {
    let container = read_key_file(unlocked, file, pass_phrase).await?;
    let identities = container.identities();
    let judge = ready_to_judge(unlocked, job).await?;
    let mut taken = Vec::new();
    for identity in &identities {
        check_own(&judge, &identity.certificate, &unlocked.address).await?;
        taken.extend(kinds(&identity.certificate).into_iter().map(|kind| (kind, identity)));
    }
    let has = |wanted| taken.iter().any(|(kind, _)| *kind == wanted);
    if !has(KeyKind::Signing) || !has(KeyKind::Encryption) {
        return Err(Error::of(FailureCode::KeyFileIncomplete));
    }
    let now = unlocked.now_seconds();
    let mut rng = unlocked.rng()?;
    let add = |keys: &mut Keys| {
        for (kind, identity) in &taken {
            add_identity(keys, *kind, identity, now, &mut rng)?;
        }
        keys.requests = None;
        Ok(())
    };
    unlocked.vault.change(&unlocked.relay, job, add).await?;
    unlocked.read_anew();
    publish(unlocked, job).await
}

async fn ready_to_judge(unlocked: &Unlocked, job: &Job) -> Result<Judge> {
    let judge = Judge::ready(unlocked, job).await?;
    if judge.anchors.is_empty() {
        return Err(Error::of(FailureCode::NotReady));
    }
    Ok(judge)
}

async fn check_own(judge: &Judge, certificate: &Certificate, address: &str) -> Result<()> {
    if !certificate.has_email(address) {
        let named = certificate.emails().first().copied().unwrap_or_default().to_owned();
        return Err(Error::about(FailureCode::CertificateNotYours, named));
    }
    let path = judge.for_own(certificate, address).await;
    path.map(drop).map_err(|_| Error::of(FailureCode::CertificateUntrusted))
}

fn kinds(certificate: &Certificate) -> Vec<KeyKind> {
    let mut kinds = Vec::new();
    if certificate.can_sign() {
        kinds.push(KeyKind::Signing);
    }
    if certificate.can_encrypt() {
        kinds.push(KeyKind::Encryption);
    }
    kinds
}

fn add_identity(
    keys: &mut Keys,
    kind: KeyKind,
    identity: &Identity,
    now: i64,
    rng: &mut Generator,
) -> Result<()> {
    let pkcs8 = identity.key.to_pkcs8_der().map_err(|_| Error::of(FailureCode::KeyFileDamaged))?;
    let new = NewKey {
        kind,
        spki_sha256: hex::encode(identity.certificate.spki_sha256()),
        pkcs8: &pkcs8,
        certificate: Some(identity.certificate.der().to_vec()),
        chain: identity.chain.iter().map(|above| above.der().to_vec()).collect(),
        since: now,
    };
    keys.add(new, rng)
}

/// Makes both keys and their PKCS#10 requests (RFC 2986). Asked again, it gives the requests made before.
///
/// # Errors
/// The vault's errors, or that the relay does not answer.
pub async fn make_keys(unlocked: &Unlocked, job: &Job, name: &str) -> Result<CertificateRequests> {
    let held: Keys = unlocked.vault.get()?;
    if let Some(requests) = held.requests.clone() {
        return Ok(requests);
    }
    let mut rng = unlocked.rng()?;
    let signing = make_key(unlocked, job, 0, &mut rng).await?;
    let encryption = make_key(unlocked, job, 1, &mut rng).await?;
    let requests = CertificateRequests {
        signing: request(unlocked, &signing, Usage::Sign, name, &mut rng).await?,
        encryption: request(unlocked, &encryption, Usage::Encrypt, name, &mut rng).await?,
    };
    let now = unlocked.now_seconds();
    let add = |keys: &mut Keys| {
        add_key(keys, KeyKind::Signing, &signing, now, &mut rng)?;
        add_key(keys, KeyKind::Encryption, &encryption, now, &mut rng)?;
        keys.requests = Some(requests.clone());
        Ok(())
    };
    unlocked.vault.change(&unlocked.relay, job, add).await?;
    Ok(requests)
}

async fn make_key(unlocked: &Unlocked, job: &Job, number: u64, rng: &mut Generator) -> Result<PrivateKey> {
    job.tell(Stage::MakingKeys, number, 2);
    job.rest().await?;
    let key = unlocked.crypto().generate(NEW_KEYS, rng).await.map_err(|_| Error::Defect { what: "key" })?;
    job.tell(Stage::MakingKeys, number.saturating_add(1), 2);
    Ok(key)
}

async fn request(
    unlocked: &Unlocked,
    key: &PrivateKey,
    usage: Usage,
    name: &str,
    rng: &mut Generator,
) -> Result<String> {
    let (crypto, address) = (unlocked.crypto(), unlocked.address.as_str());
    let request = CertificationRequest::generate_with(crypto, key, name.trim(), address, usage, rng).await;
    request.map(|request| request.to_pem()).map_err(|_| Error::about(FailureCode::BadAddress, address))
}

fn add_key(keys: &mut Keys, kind: KeyKind, key: &PrivateKey, now: i64, rng: &mut Generator) -> Result<()> {
    let pkcs8 = key.to_pkcs8_der().map_err(|_| Error::Defect { what: "key" })?;
    let new = NewKey {
        kind,
        spki_sha256: hex::encode(Sha256::digest(key.spki_der())),
        pkcs8: &pkcs8,
        certificate: None,
        chain: Vec::new(),
        since: now,
    };
    keys.add(new, rng)
}

/// Installs what the authority answered: certificates in PEM, DER or certificates-only CMS.
///
/// # Errors
/// `NotALetter` for files that hold no certificate, `CertificateNotYours` when none is for a key of this account,
/// `CertificateUntrusted`.
pub async fn install(unlocked: &Unlocked, job: &Job, files: &[Vec<u8>]) -> Result<()> {
    let mut certificates = Vec::new();
    for file in files {
        let read = Certificate::read_all(file).map_err(|_| Error::of(FailureCode::KeyFileDamaged))?;
        certificates.extend(read);
    }
    let judge = ready_to_judge(unlocked, job).await?;
    let mut offered = Vec::new();
    for certificate in certificates {
        offered.push((check_own(&judge, &certificate, &unlocked.address).await, certificate));
    }
    let install = |keys: &mut Keys| install_all(keys, &offered);
    unlocked.vault.change(&unlocked.relay, job, install).await?;
    publish(unlocked, job).await
}

/// Installs each certificate at its key, if it was found to be good.
fn install_all(keys: &mut Keys, offered: &[(Result<()>, Certificate)]) -> Result<()> {
    let mut installed = false;
    for key in &mut keys.keys {
        let own = offered.iter().find(|(_, certificate)| {
            hex::encode(certificate.spki_sha256()) == key.spki_sha256 && fits(key, certificate)
        });
        if let Some((good, certificate)) = own {
            good.clone()?;
            key.certificate = Some(Der(certificate.der().to_vec()));
            installed = true;
        }
    }
    if !installed {
        return Err(Error::of(FailureCode::CertificateNotYours));
    }
    if keys.keys.iter().all(|key| key.certificate.is_some()) {
        keys.requests = None;
    }
    Ok(())
}

fn fits(key: &OwnKey, certificate: &Certificate) -> bool {
    kinds(certificate).contains(&key.kind)
}

/// Publishes the newest certificates in the directory.
async fn publish(unlocked: &Unlocked, job: &Job) -> Result<()> {
    let keys: Keys = unlocked.vault.get()?;
    let newest = [KeyKind::Signing, KeyKind::Encryption].map(|kind| own::newest(&keys, kind));
    let mut certificates: Vec<Base64> = Vec::new();
    for der in newest.into_iter().flatten().filter_map(|key| key.certificate.as_ref()) {
        if !certificates.iter().any(|known| known.0 == der.0) {
            certificates.push(Base64(der.0.clone()));
        }
    }
    let publish = DirectoryPublish { account_id: unlocked.account.clone(), certificates };
    let _: DirectoryPublishResponse = unlocked.relay.call_again(job, "Directory/publish", &publish).await?;
    Ok(())
}
