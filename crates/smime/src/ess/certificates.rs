//! signingCertificate and signingCertificateV2 (RFC 5035): which certificate the signer meant.

use const_oid::ObjectIdentifier;
use serde::Serialize;

use super::{hexadecimal, shown};
use crate::asn1::{self, NotDer, Of, Reader, Tlv};
use crate::cms::attributes::{Attribute, AttributeFault, at_most_one};
use crate::cms::oids;
use crate::error::{Error, Result, Structure};
use crate::key::DigestAlgorithm;
use crate::x509::{Certificate, GeneralName, read_general_names};

/// Most certificates named by one attribute; a signature means one, and chains have fewer than ten.
const MAX_NAMED: usize = 64;

/// `SigningCertificate(V2) ::= SEQUENCE { certs SEQUENCE OF ESSCertID(v2), policies SEQUENCE OF PolicyInformation OPTIONAL }`
///
/// The first certificate is the signer's. The others limit authorization certificates (RFC 5035 §5.4), which nothing
/// here relies on; the policies are the signer's advice for the reader's path validation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SigningCertificate {
    /// The certificates named, the signer's first.
    pub certificates: Vec<EssCertificateId>,
    /// The policies asserted, as identifiers.
    #[serde(serialize_with = "identifiers", skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<ObjectIdentifier>,
}

/// `ESSCertIDv2 ::= SEQUENCE { hashAlgorithm DEFAULT sha256, certHash OCTET STRING, issuerSerial OPTIONAL }`, or its
/// elder `ESSCertID ::= SEQUENCE { certHash OCTET STRING, issuerSerial OPTIONAL }` with SHA-1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EssCertificateId {
    /// The hash function.
    #[serde(serialize_with = "identifier")]
    pub algorithm: ObjectIdentifier,
    /// Digest over the certificate's DER.
    #[serde(serialize_with = "hexadecimal")]
    pub hash: Vec<u8>,
    /// Issuer and serial number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer_serial: Option<IssuerSerial>,
}

/// `IssuerSerial ::= SEQUENCE { issuer GeneralNames, serialNumber CertificateSerialNumber }`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IssuerSerial {
    /// The issuer: for certificates of people one directory name (RFC 5035 §5.4.1).
    #[serde(serialize_with = "names")]
    pub issuer: Vec<GeneralName>,
    /// The serial number's content octets.
    #[serde(serialize_with = "hexadecimal")]
    pub serial: Vec<u8>,
}

impl SigningCertificate {
    /// Both attributes, the newer first.
    pub(crate) fn of(attributes: &[Attribute]) -> core::result::Result<Vec<Self>, AttributeFault> {
        let mut found = Vec::new();
        for (oid, v2) in [(oids::SIGNING_CERTIFICATE_V2, true), (oids::SIGNING_CERTIFICATE, false)] {
            if let Some(value) = at_most_one(attributes, oid)? {
                found.push(Self::read(value.raw, v2).map_err(|_| AttributeFault::Unreadable)?);
            }
        }
        Ok(found)
    }

    pub(super) fn read(der: &[u8], v2: bool) -> Result<Self> {
        read(der, v2).of(Structure::Cms)?.ok_or(Error::Malformed { what: Structure::Cms })
    }
}

/// `None` when nothing is named, which no signer may do.
fn read(der: &[u8], v2: bool) -> core::result::Result<Option<SigningCertificate>, NotDer> {
    let mut fields = Reader::only(der, asn1::SEQUENCE)?;
    let listed = fields.expect(asn1::SEQUENCE)?.reader().all()?;
    if listed.is_empty() || listed.len() > MAX_NAMED {
        return Ok(None);
    }
    let certificates =
        listed.iter().map(|one| EssCertificateId::read(one, v2)).collect::<core::result::Result<_, _>>()?;
    let mut policies = Vec::new();
    if let Some(terms) = fields.optional(asn1::SEQUENCE)? {
        for term in terms.reader().all()? {
            policies.push(term.reader().expect(asn1::OID)?.oid()?);
        }
    }
    fields.finish()?;
    Ok(Some(SigningCertificate { certificates, policies }))
}

impl EssCertificateId {
    fn read(element: &Tlv<'_>, v2: bool) -> core::result::Result<Self, NotDer> {
        if element.tag != asn1::SEQUENCE {
            return Err(NotDer);
        }
        let mut fields = element.reader();
        let algorithm = match fields.optional(asn1::SEQUENCE)? {
            Some(identifier) if v2 => identifier.reader().expect(asn1::OID)?.oid()?,
            Some(_) => return Err(NotDer),
            None if v2 => oids::SHA256,
            None => oids::SHA1,
        };
        let hash = fields.expect(asn1::OCTET_STRING)?.value.to_vec();
        let issuer_serial = match fields.optional(asn1::SEQUENCE)? {
            Some(named) => Some(IssuerSerial::read(&named)?),
            None => None,
        };
        fields.finish()?;
        Ok(Self { algorithm, hash, issuer_serial })
    }

    /// Whether this is the certificate: by its digest, and by issuer and serial number where they are given.
    #[must_use]
    pub fn names(&self, certificate: &Certificate) -> bool {
        // RFC 5035 §5 lives on with SHA-1; a name by MD5 could be shared by two certificates.
        DigestAlgorithm::from_oid(self.algorithm).is_ok_and(|digest| {
            digest.output_len() >= DigestAlgorithm::Sha1.output_len()
                && digest.hash_here(certificate.der()).is_ok_and(|hash| hash == self.hash)
        }) && self.issuer_serial.as_ref().is_none_or(|named| named.names(certificate))
    }
}

impl IssuerSerial {
    fn read(element: &Tlv<'_>) -> core::result::Result<Self, NotDer> {
        let mut fields = element.reader();
        let issuer = read_general_names(fields.expect(asn1::SEQUENCE)?.reader())?;
        let serial = fields.expect(asn1::INTEGER)?.value.to_vec();
        fields.finish()?;
        Ok(Self { issuer, serial })
    }

    fn names(&self, certificate: &Certificate) -> bool {
        matches!(self.issuer.as_slice(), [GeneralName::Directory(name)] if name == certificate.issuer())
            && self.serial == certificate.serial()
    }
}

fn identifier<S: serde::Serializer>(
    oid: &ObjectIdentifier,
    serializer: S,
) -> core::result::Result<S::Ok, S::Error> {
    serializer.collect_str(oid)
}

fn identifiers<S: serde::Serializer>(
    list: &[ObjectIdentifier],
    serializer: S,
) -> core::result::Result<S::Ok, S::Error> {
    serializer.collect_seq(list.iter().map(ToString::to_string))
}

fn names<S: serde::Serializer>(
    names: &[GeneralName],
    serializer: S,
) -> core::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(&shown(names))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate() -> Certificate {
        let key = crate::PrivateKey::generate(crate::Algorithm::P256, &mut rng()).unwrap();
        let issue = crate::ca::Issue { email: "a@b.example", usage: crate::ca::Usage::Sign, days: 9 };
        crate::ca::self_signed(&key, "A", issue, crate::UnixTime(1_780_000_000), &mut rng()).unwrap()
    }

    fn rng() -> impl rand_core::CryptoRng {
        rand_core::UnwrapErr(getrandom::SysRng)
    }

    /// ESSCertID(v2) with issuer and serial number.
    fn id(digest: DigestAlgorithm, certificate: &Certificate, serial: &[u8]) -> Vec<u8> {
        let names = asn1::sequence(&[&asn1::nest(asn1::context(4), &[certificate.issuer().der()])]);
        let issuer_serial = asn1::sequence(&[&names, &asn1::tlv(asn1::INTEGER, serial)]);
        let hash = asn1::octet_string(&digest.hash(certificate.der()));
        match digest {
            DigestAlgorithm::Sha1 | DigestAlgorithm::Sha256 => asn1::sequence(&[&hash, &issuer_serial]),
            other => asn1::sequence(&[&other.identifier_der(), &hash, &issuer_serial]),
        }
    }

    #[test]
    fn all_fields_are_read_and_the_first_certificate_is_compared() {
        let (own, other) = (certificate(), certificate());
        let policies = asn1::sequence(&[&asn1::sequence(&[&asn1::oid(oids::DATA)])]);
        for (digest, v2) in
            [(DigestAlgorithm::Sha1, false), (DigestAlgorithm::Sha256, true), (DigestAlgorithm::Sha512, true)]
        {
            let both =
                asn1::sequence(&[&id(digest, &own, own.serial()), &id(digest, &other, other.serial())]);
            let read = SigningCertificate::read(&asn1::sequence(&[&both, &policies]), v2).unwrap();
            assert_eq!(read.certificates.len(), 2);
            assert_eq!(read.policies, [oids::DATA]);
            assert!(read.certificates[0].names(&own) && !read.certificates[0].names(&other));
            assert!(read.certificates[1].names(&other));
            // The right digest with another serial number is another certificate.
            let wrong = asn1::sequence(&[&asn1::sequence(&[&id(digest, &own, &[7])])]);
            assert!(!SigningCertificate::read(&wrong, v2).unwrap().certificates[0].names(&own));
        }
        let nobody = asn1::sequence(&[&asn1::sequence(&[])]);
        assert!(SigningCertificate::read(&nobody, true).is_err());
        // A hash algorithm has no place in the elder form.
        let mixed = asn1::sequence(&[&asn1::sequence(&[&id(DigestAlgorithm::Sha512, &own, own.serial())])]);
        assert!(SigningCertificate::read(&mixed, false).is_err());
    }
}
