//! PKCS#12 containers (RFC 7292): keys and certificates under a pass phrase.
//!
//! Read: BER as programs write it, PBES2, 3DES and RC2, HMAC of any hash we know and PBMAC1
//! (RFC 9579), several keys, nested safes. Written: PBES2 with AES-256-CBC and
//! PBKDF2-HMAC-SHA256, and an HMAC-SHA256 over the whole.

mod read;
mod write;

use zeroize::Zeroizing;

use crate::backend::Backend;
use crate::error::{Error, Result};
use crate::key::PrivateKey;
use crate::x509::{Certificate, Identity};

/// Most encrypted parts we open in one container: each costs a key derivation.
pub const MAX_ENCRYPTED_PARTS: usize = 20;

/// Most safes within safes. Nobody nests; RFC 7292 §4.2.6 allows it.
pub const MAX_NESTING: usize = 4;

/// Most certificates a chain is put together from.
const MAX_CHAIN: usize = 10;

/// What was found in a container.
#[derive(Debug)]
pub struct Pkcs12 {
    /// The integrity check, such as `hmac-sha256, 2048 iterations`; `None` when there is none.
    pub mac: Option<String>,
    /// The safes and bags in order, such as `shrouded key (pbe-sha1-3des)`.
    pub bags: Vec<String>,
    /// The private keys that could be read.
    pub keys: Vec<PrivateKey>,
    /// The certificates that could be read.
    pub certificates: Vec<Certificate>,
    /// Why other keys and certificates could not be read (an unsupported algorithm, mostly).
    pub unreadable: Vec<Error>,
    /// Private keys, as PKCS#8, of algorithms that are not in this build: [`Self::complete_with`] takes them up.
    unread: Vec<Zeroizing<Vec<u8>>>,
}

impl Pkcs12 {
    /// Opens a container. `None` and `Some("")` both open containers without a pass phrase.
    ///
    /// # Errors
    /// `WrongPassword` when the pass phrase is not the right one; `Malformed` when the container
    /// is damaged, which is told apart: the right pass phrase still opens its parts.
    /// `UnsupportedAlgorithm` and `LimitExceeded` describe the container.
    pub fn read(bytes: &[u8], password: Option<&str>) -> Result<Self> {
        read::container(bytes, password)
    }

    /// Has a backend read the keys that this build cannot read by itself.
    ///
    /// # Errors
    /// `Unreachable` when what reads them could not be loaded. Keys that nobody can read stay [`Self::unreadable`].
    pub async fn complete_with(&mut self, backend: &dyn Backend) -> Result<()> {
        for pkcs8 in core::mem::take(&mut self.unread) {
            match backend.read_key(&pkcs8).await {
                Ok(key) => self.keys.push(key),
                Err(Error::Unreachable) => return Err(Error::Unreachable),
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// Whether the bytes look like a PKCS#12 container.
    #[must_use]
    pub fn is_pkcs12(bytes: &[u8]) -> bool {
        read::looks_like(bytes)
    }

    /// Every key with each certificate that belongs to it, and the certificates above.
    #[must_use]
    pub fn identities(&self) -> Vec<Identity> {
        let mut found = Vec::new();
        for key in &self.keys {
            for certificate in &self.certificates {
                if certificate.public_key().is_ok_and(|public| key.matches(&public)) {
                    let chain = self.chain_above(certificate);
                    found.push(Identity { key: key.clone(), certificate: certificate.clone(), chain });
                }
            }
        }
        found
    }

    /// Issuers by name, as far as they are in the container. No signature is checked: the chain
    /// is only a proposal for path building.
    fn chain_above(&self, certificate: &Certificate) -> Vec<Certificate> {
        let mut chain: Vec<Certificate> = Vec::new();
        let mut last = certificate;
        while chain.len() < MAX_CHAIN && !last.is_self_issued() {
            let issuer = self.certificates.iter().find(|candidate| {
                candidate.subject() == last.issuer() && *candidate != last && !chain.contains(candidate)
            });
            let Some(issuer) = issuer else { break };
            chain.push(issuer.clone());
            last = issuer;
        }
        chain
    }
}

pub use self::write::{Integrity, write, write_with_integrity, write_with_iterations};

#[cfg(test)]
mod tests;
