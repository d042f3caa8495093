//! DSA keys whose parameters stand in the issuer's key (RFC 3279 §2.3.2, RFC 5280 §6.1.4 e).

use super::Certificate;
use crate::error::{Error, Result};
use crate::key::PublicKey;
use crate::oids;

/// Longest line of issuers asked for parameters; PKITS has two.
const MAX_LINE: u8 = 4;

/// Most issuers looked at for one key, whatever the line. Certificates of a hostile message may all carry one name.
const MAX_ISSUERS: usize = 32;

/// The certificate's public key, with the parameters that `issuers` hand down when it has none of its own: they must
/// carry the issuer's name, and the key must have made the certificate's signature. `issuers` are candidates, untrusted.
///
/// # Errors
/// As [`Certificate::public_key`].
pub(crate) fn public_key<'a>(
    certificate: &Certificate,
    issuers: impl Fn() -> Box<dyn Iterator<Item = &'a Certificate> + 'a>,
) -> Result<PublicKey> {
    // Without the legacy algorithms there are no such keys.
    if cfg!(not(feature = "legacy")) {
        return certificate.public_key();
    }
    let mut search = Search { issuers: &issuers, left: MAX_ISSUERS };
    search.key(certificate, MAX_LINE)
}

struct Search<'f, 'a> {
    issuers: &'f dyn Fn() -> Box<dyn Iterator<Item = &'a Certificate> + 'a>,
    left: usize,
}

impl Search<'_, '_> {
    fn key(&mut self, certificate: &Certificate, line: u8) -> Result<PublicKey> {
        let own = certificate.public_key();
        if !matches!(own, Err(Error::AlgorithmParameters { oid: oids::DSA })) || line == 0 {
            return own;
        }
        for issuer in (self.issuers)().filter(|one| one.subject() == certificate.issuer()) {
            let Some(left) = self.left.checked_sub(1) else { break };
            self.left = left;
            let Ok(key) = self.key(issuer, line.saturating_sub(1)) else { continue };
            if certificate.verify_signed_by(&key, true).is_ok() {
                return certificate.public_key_inheriting(&key);
            }
        }
        own
    }
}
