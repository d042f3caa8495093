//! The shape shared by certificates, revocation lists and requests: something signed,
//! the algorithm, the signature.

use rand_core::CryptoRng;

use crate::asn1::{self, Of, Reader};
use crate::backend::{Backend, Rust, ready};
use crate::error::{Result, Structure};
use crate::key::{PrivateKey, PublicKey, SignatureScheme};

/// SIGNED { … } of RFC 5912, borrowed.
pub(crate) struct Signed<'a> {
    /// The signed part with its header.
    pub(crate) tbs: &'a [u8],
    /// The DER AlgorithmIdentifier.
    pub(crate) algorithm: &'a [u8],
    /// The signature octets.
    pub(crate) signature: &'a [u8],
}

impl<'a> Signed<'a> {
    pub(crate) fn read(der: &'a [u8], what: Structure) -> Result<Self> {
        let read = || {
            let mut reader = Reader::only(der, asn1::SEQUENCE)?;
            let tbs = reader.expect(asn1::SEQUENCE)?.raw;
            let algorithm = reader.expect(asn1::SEQUENCE)?.raw;
            // A signature that is not whole octets verifies under no key, but what it stands on can be shown.
            let signature = reader.expect(asn1::BIT_STRING)?.whole_bits().unwrap_or_default();
            reader.finish()?;
            Ok(Self { tbs, algorithm, signature })
        };
        read().of(what)
    }

    pub(crate) fn verify(&self, key: &PublicKey, danger_legacy: bool) -> Result<()> {
        let scheme = SignatureScheme::from_identifier_der(self.algorithm)?;
        key.verify(scheme, self.tbs, self.signature, danger_legacy)
    }
}

/// Signs an encoded part; the part must already name `scheme` where its structure asks for it.
pub(crate) fn sign<R: CryptoRng + ?Sized>(
    tbs: &[u8],
    key: &PrivateKey,
    scheme: SignatureScheme,
    rng: &mut R,
) -> Result<Vec<u8>> {
    let mut rng = rng;
    ready(sign_with(&Rust, tbs, key, scheme, &mut rng))
}

/// [`sign`] over another backend than the reference.
pub(crate) async fn sign_with(
    backend: &dyn Backend,
    tbs: &[u8],
    key: &PrivateKey,
    scheme: SignatureScheme,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>> {
    let signature = backend.sign(key, scheme, tbs, rng).await?;
    Ok(asn1::sequence(&[tbs, &scheme.identifier_der(), &asn1::bit_string(&signature)]))
}
