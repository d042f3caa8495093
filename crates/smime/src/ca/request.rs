//! Certification requests (PKCS#10, RFC 2986).

use rand_core::CryptoRng;

use super::{Usage, is_address};
use crate::asn1::{self, NotDer, Of, Reader};
use crate::backend::{Backend, Rust, ready};
use crate::error::{Error, Result, Structure};
use crate::key::{PrivateKey, PublicKey};
use crate::name::Name;
use crate::oids;
use crate::pem;
use crate::x509::build::{self, signing_scheme};
use crate::x509::signed::{self, Signed};
use crate::x509::{Extensions, GeneralName, extension_sequence};

/// A request for a certificate: a name, a key, and the proof that the requester holds it.
#[derive(Clone, Debug)]
pub struct CertificationRequest {
    der: Vec<u8>,
    subject: Name,
    spki: Vec<u8>,
    extensions: Extensions,
}

impl CertificationRequest {
    /// Makes a request with the address and the wanted usage in its extensions.
    ///
    /// # Errors
    /// `BadAddress` for an address that cannot stand in a certificate.
    pub fn generate<R: CryptoRng + ?Sized>(
        key: &PrivateKey,
        name: &str,
        email: &str,
        usage: Usage,
        rng: &mut R,
    ) -> Result<Self> {
        let mut rng = rng;
        ready(Self::generate_with(&Rust, key, name, email, usage, &mut rng))
    }

    /// [`Self::generate`] over another backend than the reference.
    ///
    /// # Errors
    /// As [`Self::generate`].
    pub async fn generate_with(
        backend: &dyn Backend,
        key: &PrivateKey,
        name: &str,
        email: &str,
        usage: Usage,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self> {
        if !is_address(email) {
            return Err(Error::BadAddress);
        }
        let public = key.public_key();
        let extensions = [build::subject_alt_name(&[email]), build::key_usage(&usage.bits(public.kind()))];
        let extensions = asn1::tlv(asn1::SEQUENCE, &extensions.concat());
        let attribute =
            asn1::sequence(&[&asn1::oid(oids::EXTENSION_REQUEST), &asn1::set_of(vec![extensions])]);
        let info = asn1::sequence(&[
            &asn1::small_integer(0),
            Name::from_common_name(name).der(),
            public.spki_der(),
            &asn1::nest(asn1::context(0), &[&attribute]),
        ]);
        Self::from_der(&signed::sign_with(backend, &info, key, signing_scheme(key), rng).await?)
    }

    /// Reads a DER-encoded request.
    ///
    /// # Errors
    /// `Malformed` describes the input.
    pub fn from_der(der: &[u8]) -> Result<Self> {
        let what = Structure::CertificationRequest;
        let signed = Signed::read(der, what)?;
        let mut info = Reader::only(signed.tbs, asn1::SEQUENCE).of(what)?;
        if info.expect(asn1::INTEGER).of(what)?.value != [0] {
            return Err(Error::Malformed { what });
        }
        let subject = Name::from_der(info.expect(asn1::SEQUENCE).of(what)?.raw)?;
        let spki = info.expect(asn1::SEQUENCE).of(what)?.raw.to_vec();
        let extensions = match info.optional(asn1::context(0)).of(what)? {
            Some(attributes) => requested_extensions(attributes.reader()).of(what)?,
            None => Vec::new(),
        };
        info.finish().of(what)?;
        let extensions = Extensions::from_list(extensions)?;
        Ok(Self { der: der.to_vec(), subject, spki, extensions })
    }

    /// Reads every request of a PEM text, or the one of a DER file.
    ///
    /// # Errors
    /// `Missing` when there is none; `Malformed` describes the input.
    pub fn read_all(bytes: &[u8]) -> Result<Vec<Self>> {
        if !pem::is_pem(bytes) {
            return Ok(vec![Self::from_der(bytes)?]);
        }
        let blocks = pem::blocks(bytes)?;
        let requests = blocks.iter().filter(|block| block.label.ends_with("CERTIFICATE REQUEST"));
        let found: Vec<Self> = requests.map(|block| Self::from_der(&block.der)).collect::<Result<_>>()?;
        if found.is_empty() {
            Err(Error::Missing { what: Structure::CertificationRequest })
        } else {
            Ok(found)
        }
    }

    /// The request as it was encoded.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The request in PEM armour.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::encode("CERTIFICATE REQUEST", &self.der)
    }

    /// The name asked for.
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.subject
    }

    /// The addresses asked for.
    #[must_use]
    pub fn emails(&self) -> Vec<&str> {
        self.extensions.subject_alt_names.iter().filter_map(GeneralName::email).collect()
    }

    /// The usage asked for, as far as its key usage tells.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        let usage = self.extensions.key_usage?;
        let signs = usage.digital_signature() || usage.non_repudiation();
        let seals = usage.key_encipherment() || usage.key_agreement();
        match (signs, seals) {
            (true, true) => Some(Usage::Both),
            (true, false) => Some(Usage::Sign),
            (false, true) => Some(Usage::Encrypt),
            (false, false) => None,
        }
    }

    /// The key to be certified.
    ///
    /// # Errors
    /// `UnsupportedAlgorithm`, `RsaKeySize` or `Malformed`.
    pub fn public_key(&self) -> Result<PublicKey> {
        PublicKey::from_spki_der(&self.spki)
    }

    /// Verifies the proof of possession: the request is signed by its own key.
    ///
    /// # Errors
    /// `BadSignature`, `LegacyAlgorithm` and the like.
    pub fn verify(&self) -> Result<()> {
        Signed::read(&self.der, Structure::CertificationRequest)?.verify(&self.public_key()?, false)
    }
}

/// The extensions of the extensionRequest attribute (RFC 2985 §5.4.2).
fn requested_extensions(attributes: Reader<'_>) -> core::result::Result<Vec<crate::x509::Extension>, NotDer> {
    for attribute in attributes.all()? {
        let mut reader = attribute.reader();
        if reader.expect(asn1::OID)?.oid()? == oids::EXTENSION_REQUEST {
            let value = reader.expect(asn1::SET)?.reader().next()?;
            return extension_sequence(value.raw);
        }
    }
    Ok(Vec::new())
}
