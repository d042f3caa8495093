//! What lies in the vault: `keys`, `settings`, `contacts`, `anchors` and `index-manifest`.

use std::collections::BTreeMap;
use std::fmt;

use sceau_protocol::{CertificateRequests, UnixSeconds};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::Blob;
use crate::failure::{Error, Result};
use crate::generator::Generator;
use crate::secret::{Context, Key};

/// Octets in JSON: base64, as in the api crate.
pub(crate) mod base64_octets {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(crate) fn serialize<S: Serializer>(octets: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(octets))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        STANDARD.decode(text).map_err(|_| D::Error::custom("not base64"))
    }
}

/// A list of DER documents in JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Der(#[serde(with = "base64_octets")] pub Vec<u8>);

/// What a key is for (RFC 5280 §4.2.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyKind {
    /// digitalSignature, nonRepudiation.
    Signing,
    /// keyEncipherment or keyAgreement.
    Encryption,
}

/// A private key, wrapped by itself, and the certificate it has once there is one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OwnKey {
    /// What it is for.
    pub kind: KeyKind,
    /// SHA-256 of its SubjectPublicKeyInfo, hexadecimal.
    pub spki_sha256: String,
    /// PKCS#8 under the blob's own wrapping key.
    wrapped: Der,
    /// The certificate; none while the authority is awaited.
    pub certificate: Option<Der>,
    /// Certificates between it and the authority.
    #[serde(default)]
    pub chain: Vec<Der>,
    /// When it came into the vault.
    pub since: UnixSeconds,
}

/// The blob `keys`. The newest key of a kind is the one to use; older ones stay, because old letters must open.
#[derive(Serialize, Deserialize)]
pub struct Keys {
    /// Seals each private key.
    #[serde(with = "base64_octets")]
    wrapping: Vec<u8>,
    /// Seals the index's segments.
    #[serde(with = "base64_octets")]
    index: Vec<u8>,
    /// Seals drafts and what belongs to them.
    #[serde(with = "base64_octets")]
    drafts: Vec<u8>,
    /// The keys, oldest first.
    pub keys: Vec<OwnKey>,
    /// Requests the authority has not answered yet.
    pub requests: Option<CertificateRequests>,
}

impl Default for Keys {
    /// No keys at all; enrolment calls [`Keys::generate`].
    fn default() -> Self {
        Self { wrapping: Vec::new(), index: Vec::new(), drafts: Vec::new(), keys: Vec::new(), requests: None }
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.wrapping.zeroize();
        self.index.zeroize();
        self.drafts.zeroize();
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Keys").field("keys", &self.keys.len()).finish_non_exhaustive()
    }
}

impl Blob for Keys {
    const ID: &'static str = "keys";
}

impl Keys {
    /// The first content of a new vault.
    pub fn generate(rng: &mut Generator) -> Self {
        let fresh = |rng: &mut Generator| rng.array::<32>().to_vec();
        Self { wrapping: fresh(rng), index: fresh(rng), drafts: fresh(rng), keys: Vec::new(), requests: None }
    }

    /// Adds a private key, wrapped.
    ///
    /// # Errors
    /// `VaultDamaged` when the vault was never begun.
    pub fn add(&mut self, new: NewKey<'_>, rng: &mut Generator) -> Result<()> {
        let wrapped = self.wrapping_key()?.seal(&key_context(&new.spki_sha256), new.pkcs8, rng);
        self.keys.retain(|known| known.spki_sha256 != new.spki_sha256 || known.kind != new.kind);
        self.keys.push(OwnKey {
            kind: new.kind,
            spki_sha256: new.spki_sha256,
            wrapped: Der(wrapped),
            certificate: new.certificate.map(Der),
            chain: new.chain.into_iter().map(Der).collect(),
            since: new.since,
        });
        Ok(())
    }

    /// The PKCS#8 octets of a key, for one operation.
    ///
    /// # Errors
    /// `VaultDamaged` when it does not unwrap.
    pub fn private(&self, key: &OwnKey) -> Result<Zeroizing<Vec<u8>>> {
        let context = key_context(&key.spki_sha256);
        self.wrapping_key()?.open(&context, &key.wrapped.0).map_err(|_| damaged())
    }

    /// The key the index is sealed under.
    ///
    /// # Errors
    /// `VaultDamaged` when the vault was never begun.
    pub fn index_key(&self) -> Result<Key> {
        Key::read(&self.index).ok_or_else(damaged)
    }

    /// The key drafts are sealed under.
    ///
    /// # Errors
    /// `VaultDamaged` when the vault was never begun.
    pub fn draft_key(&self) -> Result<Key> {
        Key::read(&self.drafts).ok_or_else(damaged)
    }

    fn wrapping_key(&self) -> Result<Key> {
        Key::read(&self.wrapping).ok_or_else(damaged)
    }
}

/// A private key to be taken in.
pub struct NewKey<'a> {
    /// What it is for.
    pub kind: KeyKind,
    /// SHA-256 of its SubjectPublicKeyInfo, hexadecimal.
    pub spki_sha256: String,
    /// PKCS#8, DER.
    pub pkcs8: &'a [u8],
    /// Its certificate, if there is one already.
    pub certificate: Option<Vec<u8>>,
    /// The certificates above.
    pub chain: Vec<Vec<u8>>,
    /// Now.
    pub since: UnixSeconds,
}

fn damaged() -> Error {
    Error::VaultDamaged { blob: Keys::ID.to_owned() }
}

fn key_context(spki_sha256: &str) -> Context {
    Context::of("sceau private key").and(spki_sha256.as_bytes())
}

/// The blob `settings`.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Settings {
    /// Settings by name; the page decides what they mean.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
}

impl Blob for Settings {
    const ID: &'static str = "settings";
}

/// The blob `anchors`: the authorities whose fingerprints were compared.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Anchors {
    /// The pinned authorities.
    pub pinned: Vec<PinnedAnchor>,
}

impl Blob for Anchors {
    const ID: &'static str = "anchors";
}

/// A pinned authority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinnedAnchor {
    /// SHA-256 of the certificate, hexadecimal.
    pub id: String,
    /// The certificate.
    pub certificate: Der,
    /// The mail domains it may speak for.
    pub domains: Vec<String>,
    /// When it was pinned.
    pub since: UnixSeconds,
}

/// The blob `contacts`: correspondents as they were when last met.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Contacts {
    /// By address, in lower case.
    pub known: BTreeMap<String, Contact>,
}

impl Blob for Contacts {
    const ID: &'static str = "contacts";
}

/// A correspondent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The confirmed name.
    pub name: String,
    /// The encryption certificate last accepted.
    pub encryption: Option<Der>,
    /// SHA-256 of the anchor that certificate came from, hexadecimal.
    #[serde(default)]
    pub anchor: String,
    /// When last written to.
    pub written_at: Option<UnixSeconds>,
}

/// The blob `index-manifest`: how many segments each device has written, and the chain's head.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Manifest {
    /// By device.
    pub devices: BTreeMap<String, Head>,
}

impl Blob for Manifest {
    const ID: &'static str = "index-manifest";
}

/// The last segment of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Its counter.
    pub counter: u64,
    /// SHA-256 of its sealed octets, hexadecimal.
    pub sha256: String,
}
