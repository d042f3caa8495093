//! Reading private keys from their many wrappings.

use const_oid::ObjectIdentifier;
use zeroize::Zeroizing;

use super::digest::identifier;
use super::public::MAX_RSA_BITS;
use super::{Inner, PrivateKey, curve, rsa_kernel};
use crate::asn1::{self, NotDer, Of, Reader};
use crate::error::{Error, Result, Structure};
use crate::{oids, pem};

/// Shortest RSA private key we read, for old mail only; it signs nothing that verifies here.
const MIN_READ_BITS: usize = 1024;

pub(super) fn any(bytes: &[u8], password: Option<&str>) -> Result<PrivateKey> {
    if !pem::is_pem(bytes) {
        return der(bytes, password);
    }
    let block = pem::blocks(bytes)?
        .into_iter()
        .find(|block| block.label.ends_with("PRIVATE KEY"))
        .ok_or(Error::Missing { what: Structure::PrivateKey })?;
    if block.encrypted_header {
        // The MD5-based encryption of old OpenSSL; such a key can be converted to PKCS#8.
        return Err(Error::LegacyAlgorithm);
    }
    der(&block.der, password)
}

/// Tells the four forms apart by their first two fields.
fn der(bytes: &[u8], password: Option<&str>) -> Result<PrivateKey> {
    let mut reader = Reader::only(bytes, asn1::SEQUENCE).of(Structure::PrivateKey)?;
    let first = reader.next().of(Structure::PrivateKey)?;
    match (first.tag, reader.peek()) {
        (asn1::SEQUENCE, Some(asn1::OCTET_STRING)) => {
            let password = password.ok_or(Error::PasswordRequired)?;
            let opened = decrypt_pkcs8(bytes, password)?;
            pkcs8(&opened).map_err(|error| match error {
                // What a wrong pass phrase lets through the padding is not a key.
                Error::Malformed { .. } => Error::WrongPassword,
                other => other,
            })
        }
        (asn1::INTEGER, Some(asn1::SEQUENCE)) => pkcs8(bytes),
        (asn1::INTEGER, Some(asn1::INTEGER)) => pkcs1(bytes),
        (asn1::INTEGER, Some(asn1::OCTET_STRING)) => sec1(bytes, None),
        _ => Err(Error::Malformed { what: Structure::PrivateKey }),
    }
}

/// EncryptedPrivateKeyInfo (RFC 5958 §3).
pub(crate) fn decrypt_pkcs8(bytes: &[u8], password: &str) -> Result<Zeroizing<Vec<u8>>> {
    let read = || {
        let mut reader = Reader::only(bytes, asn1::SEQUENCE)?;
        let algorithm = reader.expect(asn1::SEQUENCE)?;
        let data = reader.expect(asn1::OCTET_STRING)?;
        reader.finish()?;
        Ok((algorithm.raw, data.value))
    };
    let (algorithm, data) = read().of(Structure::PrivateKey)?;
    #[cfg(feature = "containers")]
    return crate::pbe::decrypt(algorithm, &crate::pbe::Password::new(password), data);
    #[cfg(not(feature = "containers"))]
    {
        let _ = (password, data);
        Err(Error::UnsupportedAlgorithm { oid: identifier(algorithm)?.0 })
    }
}

/// OneAsymmetricKey (RFC 5958 §2), version 1 or 2.
pub(super) fn pkcs8(bytes: &[u8]) -> Result<PrivateKey> {
    let read = || {
        let mut reader = Reader::only(bytes, asn1::SEQUENCE)?;
        if reader.expect(asn1::INTEGER)?.small_uint()? > 1 {
            return Err(NotDer);
        }
        let algorithm = reader.expect(asn1::SEQUENCE)?;
        let key = reader.expect(asn1::OCTET_STRING)?;
        Ok((algorithm.raw, key.value))
    };
    let (algorithm, key) = read().of(Structure::PrivateKey)?;
    let (oid, parameters) = identifier(algorithm)?;
    match oid {
        oids::RSA_ENCRYPTION | oids::RSASSA_PSS | oids::RSAES_OAEP => pkcs1(key),
        oids::EC_PUBLIC_KEY | oids::EC_DH => {
            let curve = parameters.and_then(|raw| Reader::new(raw).expect(asn1::OID).ok()?.oid().ok());
            sec1(key, Some(curve.ok_or(Error::AlgorithmParameters { oid })?))
        }
        _ => other(oid, parameters, key),
    }
}

/// The kinds that a feature brings.
fn other(oid: ObjectIdentifier, parameters: Option<&[u8]>, key: &[u8]) -> Result<PrivateKey> {
    #[cfg(feature = "more")]
    if let Some(read) = super::more::Private::read(oid, parameters, key) {
        return read.map(|key| PrivateKey(Inner::More(key)));
    }
    #[cfg(feature = "pq")]
    if let Some(read) = super::pq::Private::read(oid, parameters, key) {
        return read.map(|key| PrivateKey(Inner::Pq(Box::new(key))));
    }
    let _ = (parameters, key);
    Err(Error::UnsupportedAlgorithm { oid })
}

/// RSAPrivateKey (RFC 8017 appendix A.1.2).
fn pkcs1(bytes: &[u8]) -> Result<PrivateKey> {
    let read = || {
        let mut reader = Reader::only(bytes, asn1::SEQUENCE)?;
        reader.expect(asn1::INTEGER)?;
        Ok(asn1::unsigned(reader.expect(asn1::INTEGER)?.value).ok_or(NotDer)?.len() * 8)
    };
    let bits = read().of(Structure::PrivateKey)?;
    if !(MIN_READ_BITS..=MAX_RSA_BITS).contains(&bits) {
        return Err(Error::RsaKeySize { bits });
    }
    Ok(PrivateKey(Inner::Rsa(Box::new(rsa_kernel::read_private(bytes)?))))
}

/// ECPrivateKey (RFC 5915 §3); the curve is named outside (PKCS#8) or inside (SEC1).
fn sec1(bytes: &[u8], outer: Option<ObjectIdentifier>) -> Result<PrivateKey> {
    let read = || {
        let mut reader = Reader::only(bytes, asn1::SEQUENCE)?;
        reader.expect(asn1::INTEGER)?;
        let scalar = reader.expect(asn1::OCTET_STRING)?.value;
        let named = match reader.optional(asn1::context(0))? {
            Some(field) => Some(field.reader().expect(asn1::OID)?.oid()?),
            None => None,
        };
        Ok((scalar, named, reader))
    };
    let (scalar, inner, beside) = read().of(Structure::PrivateKey)?;
    let bad = Error::Malformed { what: Structure::PrivateKey };
    let key = match outer.or(inner).ok_or(bad)? {
        oids::P256 => Inner::P256(curve::p256::secret(scalar, beside)?),
        oids::P384 => Inner::P384(curve::p384::secret(scalar, beside)?),
        #[cfg(feature = "more")]
        oids::P521 => Inner::More(super::more::Private::P521(curve::p521::secret(scalar, beside)?)),
        oid => return Err(Error::UnsupportedAlgorithm { oid }),
    };
    Ok(PrivateKey(key))
}
