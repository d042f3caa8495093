//! AuthenticatedData (RFC 5652 §9): content with a message authentication code under a key that its recipients get
//! as those of an envelope do. Every recipient could have made it: it is no signature, and hides nothing.

use std::borrow::Cow;

use rand_core::CryptoRng;

use super::attributes::{self, Attribute, read_attributes};
use super::ber::{Tlv, tag, to_der};
use super::content_info::ContentType;
use super::keyring::{self, Keyring};
use super::oids;
use super::recipients::{RecipientInfo, read_recipients};
use super::signed_data::read_encapsulated;
use crate::asn1;
use crate::backend::Backend;
use crate::error::{Error, Result, Structure};
use crate::key::DigestAlgorithm;
use crate::mac::MacAlgorithm;

/// ```text
/// AuthenticatedData ::= SEQUENCE {
///   version, originatorInfo [0] IMPLICIT OPTIONAL, recipientInfos SET OF, macAlgorithm,
///   digestAlgorithm [1] IMPLICIT OPTIONAL, encapContentInfo, authAttrs [2] IMPLICIT OPTIONAL,
///   mac OCTET STRING, unauthAttrs [3] IMPLICIT OPTIONAL }
/// ```
#[derive(Debug)]
pub struct AuthenticatedData<'a> {
    /// Who can check it.
    pub recipients: Vec<RecipientInfo<'a>>,
    /// The algorithm of the code.
    pub algorithm: MacAlgorithm,
    /// Type of the content inside.
    pub content_type: ContentType,
    /// The content.
    pub content: Cow<'a, [u8]>,
    /// The attributes that the code covers instead of the content, and the hash with which they name the content.
    attributes: Option<(DigestAlgorithm, Vec<Attribute>)>,
    mac: Cow<'a, [u8]>,
}

impl<'a> AuthenticatedData<'a> {
    /// Reads the content of a ContentInfo of type `id-ct-authData`. Unauthenticated attributes are passed over.
    ///
    /// # Errors
    /// `Malformed`, `LimitExceeded`, `UnsupportedAlgorithm`, and `Missing` when the content is elsewhere.
    pub fn read(content: Tlv<'a>) -> Result<Self> {
        let mut fields = content.sequence()?;
        fields.expect(tag::INTEGER)?;
        fields.optional(tag::context(0))?;
        let recipients = read_recipients(fields.expect(tag::SET)?)?;
        let algorithm = to_der(fields.expect(tag::SEQUENCE)?.raw)?;
        let digest = fields.optional(tag::context(1))?;
        let (content_type, content) = read_encapsulated(fields.expect(tag::SEQUENCE)?)?;
        let attributes = fields.optional(tag::context(2))?.map(read_attributes).transpose()?;
        let mac = fields.expect(tag::OCTET_STRING)?.octets()?;
        fields.optional(tag::context(3))?;
        fields.finish()?;
        // RFC 5652 §9.1: the hash is there exactly when the attributes are.
        let attributes = match (digest, attributes) {
            (Some(digest), Some(attributes)) => Some((read_digest(digest)?, attributes)),
            (None, None) => None,
            _ => return Err(Error::Malformed { what: Structure::Cms }),
        };
        let algorithm = MacAlgorithm::from_identifier_der(&algorithm)?;
        let content = content.ok_or(Error::Missing { what: Structure::Cms })?;
        Ok(Self { recipients, algorithm, content_type, content, attributes, mac })
    }

    /// Checks the code with whichever own key it was made for, and tells how that key came.
    ///
    /// # Errors
    /// `NotForThisKey` when no recipient is named like an own key, else `Decrypt`: a wrong code and a wrong key look
    /// the same.
    pub async fn check(
        &self,
        backend: &dyn Backend,
        keyring: &Keyring<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<String> {
        let covered = self.covered(backend).await?;
        let attempt = async |key: &[u8]| {
            backend
                .verify_mac(self.algorithm, key, covered.as_deref().ok_or(Error::Decrypt)?, &self.mac)
                .await
        };
        // Programs make the key as long as the code; only RSAES-PKCS1-v1_5 has to know beforehand.
        let decoy = keyring::decoy(self.algorithm.output_len(), rng);
        let ((), candidate) = keyring.unlock(backend, &self.recipients, &decoy, rng, &attempt).await?;
        Ok(candidate.transport)
    }

    /// What the code is over (RFC 5652 §9.2): the content, or the attributes under the SET tag once they are found to
    /// name the content and its type. `None` when they do not.
    async fn covered(&self, backend: &dyn Backend) -> Result<Option<Cow<'_, [u8]>>> {
        let Some((algorithm, attributes)) = &self.attributes else {
            return Ok(Some(Cow::Borrowed(&self.content)));
        };
        let digest = backend.digest(*algorithm, &self.content).await?;
        let named = |oid, value: &[u8]| {
            attributes::exactly_one(attributes, oid).is_ok_and(|found| found.contents == value)
        };
        let fits = named(oids::MESSAGE_DIGEST, &digest)
            && named(oids::CONTENT_TYPE, self.content_type.oid().as_bytes());
        Ok(fits.then(|| Cow::Owned(attributes::encode(asn1::SET, attributes))))
    }
}

/// `[1] IMPLICIT AlgorithmIdentifier`
fn read_digest(element: Tlv<'_>) -> Result<DigestAlgorithm> {
    let der = to_der(element.raw)?;
    let identifier = asn1::tlv(asn1::SEQUENCE, Tlv::parse(&der)?.contents);
    DigestAlgorithm::from_identifier_der(&identifier)
}
