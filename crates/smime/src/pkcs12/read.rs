//! Opening a container (RFC 7292 §4).

use zeroize::Zeroizing;

use super::{MAX_ENCRYPTED_PARTS, MAX_NESTING, Pkcs12};
use crate::asn1::{self, NotDer, Of, Reader, Tlv};
use crate::cms::ber::to_der;
use crate::error::{Error, Limit, Result, Structure};
use crate::key::{DigestAlgorithm, PrivateKey, algorithm_identifier};
use crate::mac::MacAlgorithm;
use crate::oids;
use crate::pbe::{self, Kdf, Password, Purpose};
use crate::x509::Certificate;

const WHAT: Structure = Structure::Pkcs12;

pub(super) fn looks_like(bytes: &[u8]) -> bool {
    to_der(bytes).is_ok_and(|der| Pfx::parse(&der).is_ok())
}

pub(super) fn container(bytes: &[u8], password: Option<&str>) -> Result<Pkcs12> {
    let der = to_der(bytes).map_err(|_| Error::Malformed { what: WHAT })?;
    let pfx = Pfx::parse(&der).of(WHAT)?;
    match password {
        Some(text) if !text.is_empty() => pfx.open(&Password::new(text)),
        // RFC 7292 appendix B.1 leaves open whether nothing is a NULL character or nothing.
        _ => pfx.open(&Password::new("")).or_else(|first| match pfx.open(&Password::absent()) {
            Err(_) if password.is_none() && first == Error::WrongPassword => Err(Error::PasswordRequired),
            Err(_) => Err(first),
            opened => opened,
        }),
    }
}

/// PFX ::= SEQUENCE { version, authSafe, macData OPTIONAL }.
struct Pfx<'a> {
    auth_safe: &'a [u8],
    mac: Option<MacData<'a>>,
}

struct MacData<'a> {
    algorithm: &'a [u8],
    digest: &'a [u8],
    salt: &'a [u8],
    iterations: u32,
}

impl<'a> Pfx<'a> {
    fn parse(der: &'a [u8]) -> core::result::Result<Self, NotDer> {
        let mut reader = Reader::only(der, asn1::SEQUENCE)?;
        if reader.expect(asn1::INTEGER)?.small_uint()? != 3 {
            return Err(NotDer);
        }
        let (kind, content) = content_info(&reader.expect(asn1::SEQUENCE)?)?;
        if kind != oids::DATA {
            return Err(NotDer);
        }
        let auth_safe = Reader::new(content).expect(asn1::OCTET_STRING)?.value;
        let mac = match reader.optional(asn1::SEQUENCE)? {
            Some(data) => Some(MacData::parse(data.reader())?),
            None => None,
        };
        reader.finish()?;
        Ok(Self { auth_safe, mac })
    }

    fn open(&self, password: &Password) -> Result<Pkcs12> {
        let genuine = match &self.mac {
            Some(mac) => mac.verify(password, self.auth_safe)?,
            None => true,
        };
        let mut opener = Opener { password, encrypted_parts: 0, found: empty() };
        let opened = opener.authenticated_safe(self.auth_safe);
        if genuine {
            opened?;
            opener.found.mac = self.mac.as_ref().map(MacData::name);
            return Ok(opener.found);
        }
        // The pass phrase opens what is encrypted, yet the check over the whole fails:
        // then it is the container that is wrong.
        let password_fits = opened.is_ok() && opener.encrypted_parts > 0;
        Err(if password_fits { Error::Malformed { what: WHAT } } else { Error::WrongPassword })
    }
}

fn empty() -> Pkcs12 {
    Pkcs12 {
        mac: None,
        bags: Vec::new(),
        keys: Vec::new(),
        certificates: Vec::new(),
        unreadable: Vec::new(),
        unread: Vec::new(),
    }
}

/// PBMAC1 (RFC 9579).
pub(super) const PBMAC1: const_oid::ObjectIdentifier =
    const_oid::ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.14");

impl<'a> MacData<'a> {
    fn parse(mut reader: Reader<'a>) -> core::result::Result<Self, NotDer> {
        let mut info = reader.expect(asn1::SEQUENCE)?.reader();
        let algorithm = info.expect(asn1::SEQUENCE)?.raw;
        let digest = info.expect(asn1::OCTET_STRING)?.value;
        let salt = reader.expect(asn1::OCTET_STRING)?.value;
        let iterations = match reader.optional(asn1::INTEGER)? {
            Some(value) => value.small_uint()?,
            None => 1,
        };
        reader.finish()?;
        Ok(Self { algorithm, digest, salt, iterations })
    }

    fn verify(&self, password: &Password, content: &[u8]) -> Result<bool> {
        let (oid, parameters) = algorithm_identifier(self.algorithm)?;
        if oid == PBMAC1 {
            let (mac, key) = pbmac1_key(parameters, password)?;
            return Ok(mac.is_right(&key, content, self.digest));
        }
        let digest = DigestAlgorithm::from_oid(oid)?;
        let hmac = MacAlgorithm::of_digest(oid)?;
        let iterations = pbe::bounded(self.iterations)?;
        let len = usize::from(digest.output_len());
        let key = pbe::pkcs12_kdf(digest, password, self.salt, iterations, Purpose::Mac, len);
        Ok(hmac.is_right(&key, content, self.digest))
    }

    fn name(&self) -> String {
        match algorithm_identifier(self.algorithm) {
            Ok((PBMAC1, _)) => "pbmac1".to_owned(),
            Ok((oid, _)) => {
                let hash =
                    DigestAlgorithm::from_oid(oid).map_or_else(|_| oid.to_string(), |d| d.name().to_owned());
                format!("hmac-{hash}, {} iterations", self.iterations)
            }
            Err(_) => "unknown".to_owned(),
        }
    }
}

fn pbmac1_key(parameters: Option<&[u8]>, password: &Password) -> Result<(MacAlgorithm, Zeroizing<Vec<u8>>)> {
    let bad = Error::AlgorithmParameters { oid: PBMAC1 };
    let mut reader = Reader::only(parameters.ok_or(bad.clone())?, asn1::SEQUENCE).of(WHAT)?;
    let kdf = Kdf::read(reader.expect(asn1::SEQUENCE).of(WHAT)?.raw)?;
    let mac = MacAlgorithm::from_identifier_der(reader.expect(asn1::SEQUENCE).of(WHAT)?.raw)?;
    reader.finish().of(WHAT)?;
    // RFC 9579 §5: the key length must be given; short keys are refused.
    let len = kdf.key_len.and_then(|len| usize::try_from(len).ok()).filter(|len| (20..=64).contains(len));
    Ok((mac, kdf.derive(password.utf8(), len.ok_or(bad)?)))
}

/// ContentInfo (RFC 5652 §3): its type and the encoding of its content.
fn content_info<'a>(info: &Tlv<'a>) -> core::result::Result<(const_oid::ObjectIdentifier, &'a [u8]), NotDer> {
    let mut reader = info.reader();
    let kind = reader.expect(asn1::OID)?.oid()?;
    let content = reader.expect(asn1::context(0))?.value;
    Ok((kind, content))
}

/// `[0] IMPLICIT OCTET STRING`, in one piece or, as NSS writes it, in several.
fn implicit_octets(field: &Tlv<'_>) -> core::result::Result<Vec<u8>, NotDer> {
    if field.tag == asn1::context_primitive(0) {
        return Ok(field.value.to_vec());
    }
    if field.tag != asn1::context(0) {
        return Err(NotDer);
    }
    let pieces = field.reader().all()?;
    if pieces.iter().any(|piece| piece.tag != asn1::OCTET_STRING) {
        return Err(NotDer);
    }
    Ok(pieces.iter().flat_map(|piece| piece.value).copied().collect())
}

struct Opener<'a> {
    password: &'a Password,
    encrypted_parts: usize,
    found: Pkcs12,
}

impl Opener<'_> {
    /// AuthenticatedSafe ::= SEQUENCE OF ContentInfo (RFC 7292 §4.1).
    fn authenticated_safe(&mut self, bytes: &[u8]) -> Result<()> {
        let der = to_der(bytes).map_err(|_| Error::Malformed { what: WHAT })?;
        for info in Reader::only(&der, asn1::SEQUENCE).and_then(Reader::all).of(WHAT)? {
            let (kind, content) = content_info(&info).of(WHAT)?;
            match kind {
                oids::DATA => {
                    self.found.bags.push("data".to_owned());
                    let safe = Reader::new(content).expect(asn1::OCTET_STRING).of(WHAT)?.value;
                    self.safe_contents(safe, 0)?;
                }
                oids::ENCRYPTED_DATA => self.encrypted_data(content)?,
                oid => return Err(Error::UnsupportedAlgorithm { oid }),
            }
        }
        Ok(())
    }

    /// EncryptedData (RFC 5652 §8) around SafeContents.
    fn encrypted_data(&mut self, content: &[u8]) -> Result<()> {
        let read = || {
            let mut data = Reader::only(content, asn1::SEQUENCE)?;
            data.expect(asn1::INTEGER)?;
            let mut info = data.expect(asn1::SEQUENCE)?.reader();
            info.expect(asn1::OID)?;
            let algorithm = info.expect(asn1::SEQUENCE)?.raw;
            Ok((algorithm, implicit_octets(&info.next()?)?))
        };
        let (algorithm, data) = read().of(WHAT)?;
        self.found.bags.push(format!("encrypted data ({})", pbe::scheme_name(algorithm)));
        let safe = self.decrypt(algorithm, &data)?;
        // Bad padding is only noticed 255 times in 256: the rest shows here.
        self.safe_contents(&safe, 0).map_err(wrong_password)
    }

    fn decrypt(&mut self, algorithm: &[u8], data: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        self.encrypted_parts += 1;
        if self.encrypted_parts > MAX_ENCRYPTED_PARTS {
            return Err(Error::LimitExceeded { limit: Limit::KdfIterations });
        }
        pbe::decrypt(algorithm, self.password, data)
    }

    /// SafeContents ::= SEQUENCE OF SafeBag (RFC 7292 §4.2).
    fn safe_contents(&mut self, bytes: &[u8], depth: usize) -> Result<()> {
        if depth > MAX_NESTING {
            return Err(Error::LimitExceeded { limit: Limit::Nesting });
        }
        let der = Zeroizing::new(to_der(bytes).map_err(|_| Error::Malformed { what: WHAT })?.into_owned());
        for bag in Reader::only(&der, asn1::SEQUENCE).and_then(Reader::all).of(WHAT)? {
            let mut reader = bag.reader();
            let kind = reader.expect(asn1::OID).and_then(|oid| oid.oid()).of(WHAT)?;
            let value = reader.expect(asn1::context(0)).of(WHAT)?.value;
            self.bag(kind, value, depth)?;
        }
        Ok(())
    }

    fn bag(&mut self, kind: const_oid::ObjectIdentifier, value: &[u8], depth: usize) -> Result<()> {
        match kind {
            oids::KEY_BAG => {
                self.found.bags.push("key".to_owned());
                self.key(value, PrivateKey::from_pkcs8_der(value));
            }
            oids::SHROUDED_KEY_BAG => self.shrouded_key(value)?,
            oids::CERT_BAG => {
                self.found.bags.push("certificate".to_owned());
                self.certificate(value)?;
            }
            oids::SAFE_CONTENTS_BAG => {
                self.found.bags.push("safe contents".to_owned());
                self.safe_contents(value, depth + 1)?;
            }
            oids::CRL_BAG => self.found.bags.push("crl".to_owned()),
            oids::SECRET_BAG => self.found.bags.push("secret".to_owned()),
            oid => self.found.bags.push(oid.to_string()),
        }
        Ok(())
    }

    fn shrouded_key(&mut self, value: &[u8]) -> Result<()> {
        let read = || {
            let mut reader = Reader::only(value, asn1::SEQUENCE)?;
            let algorithm = reader.expect(asn1::SEQUENCE)?.raw;
            let data = reader.expect(asn1::OCTET_STRING)?.value;
            Ok((algorithm, data))
        };
        let (algorithm, data) = read().of(WHAT)?;
        self.found.bags.push(format!("shrouded key ({})", pbe::scheme_name(algorithm)));
        let opened = self.decrypt(algorithm, data)?;
        match PrivateKey::from_pkcs8_der(&opened) {
            Err(Error::Malformed { .. }) => Err(Error::WrongPassword),
            key => {
                self.key(&opened, key);
                Ok(())
            }
        }
    }

    fn key(&mut self, pkcs8: &[u8], key: Result<PrivateKey>) {
        match key {
            Ok(key) => self.found.keys.push(key),
            Err(error) => {
                if matches!(error, Error::UnsupportedAlgorithm { .. }) {
                    self.found.unread.push(Zeroizing::new(pkcs8.to_vec()));
                }
                self.found.unreadable.push(error);
            }
        }
    }

    /// CertBag (RFC 7292 §4.2.3); SDSI certificates are left aside.
    fn certificate(&mut self, value: &[u8]) -> Result<()> {
        let mut reader = Reader::only(value, asn1::SEQUENCE).of(WHAT)?;
        let kind = reader.expect(asn1::OID).and_then(|oid| oid.oid()).of(WHAT)?;
        let content = reader.expect(asn1::context(0)).of(WHAT)?;
        let octets = content.reader().expect(asn1::OCTET_STRING).of(WHAT)?;
        if kind != oids::X509_CERTIFICATE {
            self.found.unreadable.push(Error::UnsupportedAlgorithm { oid: kind });
            return Ok(());
        }
        match Certificate::from_der(octets.value) {
            Ok(certificate) => self.found.certificates.push(certificate),
            Err(error) => self.found.unreadable.push(error),
        }
        Ok(())
    }
}

fn wrong_password(error: Error) -> Error {
    match error {
        Error::Malformed { .. } => Error::WrongPassword,
        other => other,
    }
}
