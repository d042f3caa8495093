//! Recipients of an envelope: key transport with RSA (RFC 5652 §6.2.1, RFC 8017, RFC 3560) and key
//! agreement with ECDH (RFC 5753).

use std::borrow::Cow;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::ber::{Elements, Tag, Tlv, tag, to_der};
use super::content_info::explicit;
#[cfg(feature = "more")]
use super::kek_recipient::KekRecipient;
#[cfg(feature = "pq")]
use super::kem_recipient::{self, KemRecipient};
use super::key_wrap::{AgreementKdf, KeyWrap};
use super::oids;
#[cfg(feature = "more")]
use super::password_recipient::PasswordRecipient;
use super::signed_data::{SignerIdentifier, algorithm_oid};
use crate::asn1;
use crate::backend::Backend;
use crate::error::{Error, Limit, Result, Structure};
use crate::key::{DigestAlgorithm, KeyKind, OaepParameters, PrivateKey, PublicKey};
use crate::name::Name;
use crate::x509::{Certificate, Identity};

/// Most recipients of one envelope we look through; a letter to a whole hospital department fits.
pub const MAX_RECIPIENTS: usize = 1_000;

/// Longest keying material of the sender we take (RFC 5753 §7.1 recommends 64 octets at most; RFC 9629 §5 leaves it open).
const MAX_UKM_BYTES: usize = 1_024;

/// One recipient (RFC 5652 §6.2). The name inside says *who*; nothing says that it is true.
#[derive(Debug)]
pub enum RecipientInfo<'a> {
    /// KeyTransRecipientInfo.
    KeyTransport(KeyTransport<'a>),
    /// KeyAgreeRecipientInfo, which may stand for several people.
    KeyAgreement(KeyAgreement<'a>),
    /// KEMRecipientInfo (RFC 9629).
    #[cfg(feature = "pq")]
    Kem(KemRecipient<'a>),
    /// KEKRecipientInfo.
    #[cfg(feature = "more")]
    Kek(KekRecipient<'a>),
    /// PasswordRecipientInfo.
    #[cfg(feature = "more")]
    Password(PasswordRecipient<'a>),
    /// Kinds this build does not open.
    Other,
}

/// `KeyTransRecipientInfo ::= SEQUENCE { version, rid, keyEncryptionAlgorithm, encryptedKey }`
#[derive(Debug)]
pub struct KeyTransport<'a> {
    rid: SignerIdentifier,
    algorithm: Cow<'a, [u8]>,
    encrypted_key: Cow<'a, [u8]>,
}

/// ```text
/// KeyAgreeRecipientInfo ::= SEQUENCE {
///   version, originator [0] EXPLICIT, ukm [1] EXPLICIT OPTIONAL, keyEncryptionAlgorithm,
///   recipientEncryptedKeys SEQUENCE OF SEQUENCE { rid, encryptedKey } }
/// ```
#[derive(Debug)]
pub struct KeyAgreement<'a> {
    /// The ephemeral point; `None` when the originator is named instead.
    point: Option<Vec<u8>>,
    ukm: Option<Cow<'a, [u8]>>,
    algorithm: Cow<'a, [u8]>,
    keys: Vec<(SignerIdentifier, Cow<'a, [u8]>)>,
}

/// A content-encryption key an own private key gave, not yet proven by what it opens.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) key: Zeroizing<Vec<u8>>,
    /// The stable name of how it came, for reports.
    pub(crate) transport: String,
}

impl RecipientInfo<'_> {
    /// Tries one own key. `None`: this recipient is somebody else. The inner `Err` is always the same.
    pub(crate) async fn recover(
        &self,
        backend: &dyn Backend,
        identity: &Identity,
        key_bytes: usize,
        rng: &mut impl CryptoRng,
    ) -> Option<Result<Candidate>> {
        match self {
            Self::KeyTransport(transport) => transport.recover(backend, identity, key_bytes, rng).await,
            Self::KeyAgreement(agreement) => agreement.recover(backend, identity).await,
            #[cfg(feature = "pq")]
            Self::Kem(kem) => kem.recover(identity),
            #[cfg(feature = "more")]
            Self::Kek(_) | Self::Password(_) => None,
            Self::Other => None,
        }
    }
}

#[cfg(feature = "more")]
impl RecipientInfo<'_> {
    /// The certificates that it names: several in an agreement, none where something is shared instead.
    pub(crate) fn identifiers(&self) -> Vec<&SignerIdentifier> {
        match self {
            Self::KeyTransport(transport) => vec![&transport.rid],
            Self::KeyAgreement(agreement) => agreement.keys.iter().map(|(rid, _)| rid).collect(),
            _ => Vec::new(),
        }
    }
}

/// Reads RecipientInfos.
///
/// # Errors
/// `Malformed`, or `LimitExceeded` above [`MAX_RECIPIENTS`].
pub(crate) fn read_recipients(set: Tlv<'_>) -> Result<Vec<RecipientInfo<'_>>> {
    let mut recipients = Vec::new();
    let mut elements = set.children()?;
    let mut people = 0_usize;
    while let Some(element) = elements.next_element()? {
        let recipient = read_recipient(element)?;
        people = people.saturating_add(match &recipient {
            RecipientInfo::KeyAgreement(agreement) => agreement.keys.len(),
            _ => 1,
        });
        if people > MAX_RECIPIENTS {
            return Err(Error::LimitExceeded { limit: Limit::Recipients });
        }
        recipients.push(recipient);
    }
    Ok(recipients)
}

fn read_recipient(element: Tlv<'_>) -> Result<RecipientInfo<'_>> {
    if element.tag == tag::SEQUENCE {
        return KeyTransport::read(element).map(RecipientInfo::KeyTransport);
    }
    if element.tag == tag::context(1) {
        return KeyAgreement::read(element).map(RecipientInfo::KeyAgreement);
    }
    #[cfg(feature = "more")]
    if element.tag == tag::context(2) {
        return KekRecipient::read(element).map(RecipientInfo::Kek);
    }
    #[cfg(feature = "more")]
    if element.tag == tag::context(3) {
        return PasswordRecipient::read(element).map(RecipientInfo::Password);
    }
    #[cfg(feature = "pq")]
    if element.tag == tag::context(4) {
        let mut fields = element.children()?;
        if oids::read(fields.expect(tag::OID)?)? == oids::ORI_KEM {
            let recipient = KemRecipient::read(fields.any()?)?;
            fields.finish()?;
            return Ok(RecipientInfo::Kem(recipient));
        }
    }
    let known = (2..=4).any(|number| element.tag == tag::context(number));
    if known { Ok(RecipientInfo::Other) } else { Err(Error::Malformed { what: Structure::Cms }) }
}

impl<'a> KeyTransport<'a> {
    fn read(element: Tlv<'a>) -> Result<Self> {
        let mut fields = element.children()?;
        fields.expect(tag::INTEGER)?;
        let rid = SignerIdentifier::read(&mut fields)?;
        let algorithm = to_der(fields.expect(tag::SEQUENCE)?.raw)?;
        let encrypted_key = fields.expect(tag::OCTET_STRING)?.octets()?;
        fields.finish()?;
        Ok(Self { rid, algorithm, encrypted_key })
    }

    async fn recover(
        &self,
        backend: &dyn Backend,
        identity: &Identity,
        key_bytes: usize,
        rng: &mut impl CryptoRng,
    ) -> Option<Result<Candidate>> {
        if !self.rid.names(&identity.certificate) {
            return None;
        }
        let decrypted = self.decrypt(backend, &identity.key, key_bytes, rng).await;
        Some(decrypted.map(|(key, transport)| Candidate { key, transport }))
    }

    /// RSAES-PKCS1-v1_5 answers with a key whatever happens (implicit rejection); RSAES-OAEP may fail.
    async fn decrypt(
        &self,
        backend: &dyn Backend,
        key: &PrivateKey,
        key_bytes: usize,
        rng: &mut impl CryptoRng,
    ) -> Result<(Zeroizing<Vec<u8>>, String)> {
        match algorithm_oid(&self.algorithm)? {
            oids::RSA_ENCRYPTION if has_no_parameters(&self.algorithm) => {
                let content_key = backend.decrypt_pkcs1v15(key, &self.encrypted_key, key_bytes, rng).await?;
                Ok((content_key, "rsa-pkcs1v15".to_owned()))
            }
            oids::RSAES_OAEP => {
                let parameters = OaepParameters::from_identifier_der(&self.algorithm)?;
                let content_key = backend.decrypt_oaep(key, &parameters, &self.encrypted_key, rng).await?;
                Ok((content_key, parameters.name()))
            }
            oid => Err(Error::UnsupportedAlgorithm { oid }),
        }
    }
}

impl<'a> KeyAgreement<'a> {
    fn read(element: Tlv<'a>) -> Result<Self> {
        let mut fields = element.children()?;
        fields.expect(tag::INTEGER)?;
        let point = read_originator(explicit(fields.expect(tag::context(0))?)?)?;
        let ukm = read_ukm(&mut fields, tag::context(1))?;
        let algorithm = to_der(fields.expect(tag::SEQUENCE)?.raw)?;
        let keys = read_encrypted_keys(fields.expect(tag::SEQUENCE)?)?;
        fields.finish()?;
        Ok(Self { point, ukm, algorithm, keys })
    }

    async fn recover(&self, backend: &dyn Backend, identity: &Identity) -> Option<Result<Candidate>> {
        let (_, wrapped) = self.keys.iter().find(|(rid, _)| rid.names(&identity.certificate))?;
        Some(self.unwrap(backend, &identity.key, wrapped).await)
    }

    async fn unwrap(&self, backend: &dyn Backend, key: &PrivateKey, wrapped: &[u8]) -> Result<Candidate> {
        let (kdf, wrap, wrap_der) = self.schemes()?;
        let point = self.point.as_deref().ok_or(Error::StaticOriginator)?;
        let peer = PublicKey::from_point(key.kind(), point).map_err(|_| Error::Decrypt)?;
        let shared = match backend.agree(key, &peer).await {
            Err(Error::Unreachable) => return Err(Error::Unreachable),
            agreed => agreed.map_err(|_| Error::Decrypt)?,
        };
        let ukm = self.ukm.as_deref();
        let kek = kdf.derive_by(backend, &shared, wrap_der, ukm, wrap.key_bytes()).await?;
        let content_key = wrap.unwrap(&kek, wrapped).ok_or(Error::Decrypt)?;
        Ok(Candidate { key: content_key, transport: agreement_name(key.kind(), kdf, wrap) })
    }

    /// keyEncryptionAlgorithm is the scheme; its parameters are the key-wrap algorithm (RFC 5753 §7.1.4).
    fn schemes(&self) -> Result<(AgreementKdf, KeyWrap, &[u8])> {
        let (oid, parameters) = super::content_cipher::read_identifier(&self.algorithm)?;
        let kdf = AgreementKdf::from_oid(oid)?;
        let wrap = parameters.ok_or(Error::AlgorithmParameters { oid })?;
        Ok((kdf, KeyWrap::from_der(wrap.raw)?, wrap.raw))
    }
}

/// Keying material of the sender, `[n] EXPLICIT OCTET STRING OPTIONAL`.
///
/// # Errors
/// `Malformed`, or `LimitExceeded` above [`MAX_UKM_BYTES`].
pub(crate) fn read_ukm<'a>(fields: &mut Elements<'a>, tag: Tag) -> Result<Option<Cow<'a, [u8]>>> {
    let Some(wrapper) = fields.optional(tag)? else { return Ok(None) };
    let ukm = explicit(wrapper)?.octets()?;
    if ukm.len() > MAX_UKM_BYTES {
        return Err(Error::LimitExceeded { limit: Limit::InputSize });
    }
    Ok(Some(ukm))
}

/// `originatorKey [1] IMPLICIT SEQUENCE { algorithm, publicKey BIT STRING }`; the other choices name a
/// static key, which nobody uses for letters.
fn read_originator(originator: Tlv<'_>) -> Result<Option<Vec<u8>>> {
    if originator.tag != tag::context(1) {
        return Ok(None);
    }
    let mut fields = originator.children()?;
    let algorithm = algorithm_oid(&to_der(fields.expect(tag::SEQUENCE)?.raw)?)?;
    // Which curve it is says the recipient's own key (RFC 5753 §3.1.1); X25519 has no parameters (RFC 8418 §3.1).
    if !is_originator(algorithm) {
        return Err(Error::UnsupportedAlgorithm { oid: algorithm });
    }
    let bits = to_der(fields.expect(tag::BIT_STRING)?.raw)?;
    fields.finish()?;
    match Tlv::parse(&bits)?.contents.split_first() {
        Some((0, point)) => Ok(Some(point.to_vec())),
        _ => Err(Error::Malformed { what: Structure::Cms }),
    }
}

fn read_encrypted_keys(list: Tlv<'_>) -> Result<Vec<(SignerIdentifier, Cow<'_, [u8]>)>> {
    let mut keys = Vec::new();
    let mut elements = list.children()?;
    while let Some(element) = elements.next_element()? {
        if keys.len() == MAX_RECIPIENTS {
            return Err(Error::LimitExceeded { limit: Limit::Recipients });
        }
        let mut fields = element.sequence()?;
        let rid = read_agreement_rid(fields.any()?)?;
        keys.push((rid, fields.expect(tag::OCTET_STRING)?.octets()?));
        fields.finish()?;
    }
    Ok(keys)
}

/// `KeyAgreeRecipientIdentifier ::= CHOICE { issuerAndSerialNumber, rKeyId [0] IMPLICIT SEQUENCE { subjectKeyIdentifier, … } }`
fn read_agreement_rid(element: Tlv<'_>) -> Result<SignerIdentifier> {
    if element.tag != tag::context(0) {
        return SignerIdentifier::read_issuer_and_serial(element);
    }
    let mut fields = element.children()?;
    let identifier = fields.expect(tag::OCTET_STRING)?.octets()?.into_owned();
    Ok(SignerIdentifier::SubjectKeyIdentifier(identifier))
}

/// How a content-encryption key goes to one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// RSAES-OAEP with SHA-256.
    RsaOaep,
    /// RSAES-PKCS1-v1_5, for correspondents who never said that they know better.
    RsaPkcs1v15,
    /// Ephemeral-static ECDH with the SHA-256 KDF (SHA-384 for P-384) and AES-256 wrap.
    Ecdh,
    /// An encapsulated secret, HKDF with SHA-256 and AES-256 wrap (RFC 9936); feature `pq`.
    Kem,
}

impl Transport {
    /// The transport for a key; RSA goes by OAEP unless `oaep` is false.
    #[must_use]
    pub fn for_key(kind: KeyKind, oaep: bool) -> Self {
        match kind {
            KeyKind::Rsa { .. } if oaep => Self::RsaOaep,
            KeyKind::Rsa { .. } => Self::RsaPkcs1v15,
            KeyKind::MlKem(_) | KeyKind::MlKem768P256 => Self::Kem,
            _ => Self::Ecdh,
        }
    }
}

/// Writes one RecipientInfo that gives `content_key` to the holder of the certificate's key.
///
/// # Errors
/// `WrongKeyKind` when the certificate's key cannot be encrypted to; `Malformed` for a broken certificate.
pub(crate) async fn write_recipient(
    backend: &dyn Backend,
    certificate: &Certificate,
    transport: Transport,
    content_key: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>> {
    let key = certificate.public_key()?;
    let (algorithm, encrypted_key) = match transport {
        Transport::RsaOaep => {
            let parameters = OaepParameters::sha256();
            let encrypted_key = backend.encrypt_oaep(&key, &parameters, content_key, rng).await?;
            (parameters.identifier_der(), encrypted_key)
        }
        Transport::RsaPkcs1v15 => {
            let algorithm = asn1::sequence(&[&asn1::oid(oids::RSA_ENCRYPTION), &asn1::null()]);
            (algorithm, backend.encrypt_pkcs1v15(&key, content_key, rng).await?)
        }
        Transport::Ecdh => return write_agreement(backend, certificate, &key, content_key, rng).await,
        #[cfg(feature = "pq")]
        Transport::Kem => {
            return kem_recipient::write(
                certificate,
                &key,
                kem_recipient::Suite::WRITTEN,
                None,
                content_key,
                rng,
            );
        }
        #[cfg(not(feature = "pq"))]
        Transport::Kem => return Err(Error::WrongKeyKind),
    };
    Ok(asn1::sequence(&[
        &asn1::small_integer(0),
        &certificate.issuer_and_serial_der(),
        &algorithm,
        &asn1::octet_string(&encrypted_key),
    ]))
}

async fn write_agreement(
    backend: &dyn Backend,
    certificate: &Certificate,
    key: &PublicKey,
    content_key: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>> {
    let originator = originator_algorithm(key)?;
    let (kdf, wrap) = match key.kind() {
        #[cfg(feature = "more")]
        _ if originator == oids::X25519 => (AgreementKdf::HkdfSha256, KeyWrap::Aes256),
        KeyKind::P384 => (AgreementKdf::Sha384, KeyWrap::Aes256),
        KeyKind::P521 => (AgreementKdf::Sha512, KeyWrap::Aes256),
        _ => (AgreementKdf::Sha256, KeyWrap::Aes256),
    };
    let (point, shared) = backend.agree_ephemeral(key, rng).await?;
    let wrap_der = wrap.to_der();
    let kek = kdf.derive_by(backend, &shared, &wrap_der, None, wrap.key_bytes()).await?;
    let wrapped = wrap.wrap(&kek, content_key).ok_or(Error::WrongKeyKind)?;
    // RFC 5753 §3.1.1: the algorithm of the originator's key has absent or NULL parameters.
    let algorithm = asn1::sequence(&[&asn1::oid(originator)]);
    let point = asn1::bit_string(&point);
    let originator = asn1::nest(asn1::context(1), &[&algorithm, &point]);
    let encrypted = asn1::sequence(&[&certificate.issuer_and_serial_der(), &asn1::octet_string(&wrapped)]);
    Ok(asn1::nest(
        asn1::context(1),
        &[
            &asn1::small_integer(3),
            &asn1::tlv(asn1::context(0), &originator),
            &asn1::sequence(&[&asn1::oid(kdf.oid()), &wrap_der]),
            &asn1::sequence(&[&encrypted]),
        ],
    ))
}

/// What an originator's key of this kind is called: id-ecPublicKey, or the curve itself for X25519 (RFC 8418 §3.1).
fn originator_algorithm(key: &PublicKey) -> Result<const_oid::ObjectIdentifier> {
    #[cfg(feature = "more")]
    if algorithm_oid(&key.algorithm_identifier())? == oids::X25519 {
        return Ok(oids::X25519);
    }
    match key.kind() {
        KeyKind::Rsa { .. } => Err(Error::WrongKeyKind),
        _ => Ok(oids::EC_PUBLIC_KEY),
    }
}

/// Whether a point under this algorithm can be an originator's.
fn is_originator(algorithm: const_oid::ObjectIdentifier) -> bool {
    #[cfg(feature = "more")]
    if algorithm == oids::X25519 {
        return true;
    }
    algorithm == oids::EC_PUBLIC_KEY
}

fn agreement_name(kind: KeyKind, kdf: AgreementKdf, wrap: KeyWrap) -> String {
    format!("ecdh-{kind}-{}-{}", kdf.name(), wrap.name())
}

impl SignerIdentifier {
    /// Whether this names the certificate.
    pub(crate) fn names(&self, certificate: &Certificate) -> bool {
        match self {
            Self::IssuerAndSerialNumber { issuer, serial } => {
                certificate.serial() == serial.as_slice() && is_issuer(certificate, issuer)
            }
            Self::SubjectKeyIdentifier(identifier) => match certificate.subject_key_id() {
                Some(own) => own == identifier.as_slice(),
                None => derived_key_id(certificate).is_some_and(|own| own == *identifier),
            },
        }
    }
}

/// RFC 3370 §4.2.1: NULL; absent is let pass.
fn has_no_parameters(algorithm: &[u8]) -> bool {
    super::content_cipher::read_identifier(algorithm)
        .is_ok_and(|(_, parameters)| parameters.is_none_or(|parameters| parameters.raw == asn1::null()))
}

/// Names are compared as RFC 5280 §7.1 wants: programs re-encode them.
fn is_issuer(certificate: &Certificate, issuer: &[u8]) -> bool {
    certificate.issuer().der() == issuer
        || Name::from_der(issuer).is_ok_and(|name| name == *certificate.issuer())
}

/// What programs put in place of a missing extension (RFC 5280 §4.2.1.2, method 1). It names, it proves nothing.
fn derived_key_id(certificate: &Certificate) -> Option<Vec<u8>> {
    let key = certificate.public_key().ok()?;
    DigestAlgorithm::Sha1.hash_here(&key.key_bits()).ok()
}
