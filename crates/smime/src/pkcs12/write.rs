//! Writing a container (RFC 7292 §5), in the form that current programs open.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

#[cfg(feature = "more")]
use super::read::PBMAC1;
use crate::asn1;
use crate::error::Result;
use crate::key::DigestAlgorithm;
use crate::mac::MacAlgorithm;
use crate::oids;
use crate::pbe::{self, Password, Purpose, WRITE_ITERATIONS};
use crate::x509::{Certificate, Identity};

/// Octets of salt of the integrity check.
const SALT_LEN: usize = 16;

/// How the container is checked as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integrity {
    /// HMAC-SHA256 with a key by RFC 7292 appendix B: what every program opens.
    Hmac,
    /// PBMAC1 (RFC 9579): PBKDF2 and HMAC, both with SHA-256. OpenSSL opens it from 3.4 on, Java from 24 on.
    #[cfg(feature = "more")]
    Pbmac1,
}

/// Writes identities into a container: every key once, every certificate once.
///
/// # Errors
/// As [`crate::PrivateKey::to_pkcs8_der`].
pub fn write<R: CryptoRng + ?Sized>(identities: &[Identity], password: &str, rng: &mut R) -> Result<Vec<u8>> {
    write_with_iterations(identities, password, WRITE_ITERATIONS, rng)
}

/// As [`write`], with another number of rounds: fewer make a weak pass phrase weaker.
///
/// # Errors
/// As [`write`], and `LimitExceeded` for more rounds than are ever read.
pub fn write_with_iterations<R: CryptoRng + ?Sized>(
    identities: &[Identity],
    password: &str,
    iterations: u32,
    rng: &mut R,
) -> Result<Vec<u8>> {
    write_with_integrity(identities, password, iterations, Integrity::Hmac, rng)
}

/// As [`write_with_iterations`], with a choice of the check over the whole.
///
/// # Errors
/// As [`write_with_iterations`].
pub fn write_with_integrity<R: CryptoRng + ?Sized>(
    identities: &[Identity],
    password: &str,
    iterations: u32,
    integrity: Integrity,
    rng: &mut R,
) -> Result<Vec<u8>> {
    let iterations = pbe::bounded(iterations)?;
    let password = Password::new(password);
    let certificates = certificate_safe(identities);
    let keys = key_safe(identities, &password, iterations, rng)?;
    let (algorithm, data) = pbe::encrypt(&password, iterations, &certificates, rng);
    let auth_safe = asn1::sequence(&[&encrypted_data(&algorithm, &data), &plain_data(&keys)]);
    let mac = match integrity {
        Integrity::Hmac => mac_data(&password, iterations, &auth_safe, rng),
        #[cfg(feature = "more")]
        Integrity::Pbmac1 => pbmac1_data(&password, iterations, &auth_safe, rng),
    };
    Ok(asn1::sequence(&[&asn1::small_integer(3), &plain_data(&auth_safe), &mac]))
}

fn plain_data(content: &[u8]) -> Vec<u8> {
    let content = asn1::nest(asn1::context(0), &[&asn1::octet_string(content)]);
    asn1::sequence(&[&asn1::oid(oids::DATA), &content])
}

fn encrypted_data(algorithm: &[u8], data: &[u8]) -> Vec<u8> {
    let info =
        asn1::sequence(&[&asn1::oid(oids::DATA), algorithm, &asn1::tlv(asn1::context_primitive(0), data)]);
    let data = asn1::sequence(&[&asn1::small_integer(0), &info]);
    asn1::sequence(&[&asn1::oid(oids::ENCRYPTED_DATA), &asn1::nest(asn1::context(0), &[&data])])
}

fn certificate_safe(identities: &[Identity]) -> Vec<u8> {
    let mut written: Vec<&Certificate> = Vec::new();
    let mut bags = Vec::new();
    for identity in identities {
        for (at, certificate) in [&identity.certificate].into_iter().chain(&identity.chain).enumerate() {
            if written.contains(&certificate) {
                continue;
            }
            written.push(certificate);
            let owner = (at == 0).then_some(identity);
            bags.push(certificate_bag(certificate, owner));
        }
    }
    asn1::tlv(asn1::SEQUENCE, &bags.concat())
}

fn certificate_bag(certificate: &Certificate, owner: Option<&Identity>) -> Vec<u8> {
    let octets = asn1::nest(asn1::context(0), &[&asn1::octet_string(certificate.der())]);
    let value = asn1::sequence(&[&asn1::oid(oids::X509_CERTIFICATE), &octets]);
    let attributes = owner.map(attributes).unwrap_or_default();
    asn1::sequence(&[&asn1::oid(oids::CERT_BAG), &asn1::nest(asn1::context(0), &[&value]), &attributes])
}

fn key_safe<R: CryptoRng + ?Sized>(
    identities: &[Identity],
    password: &Password,
    iterations: u32,
    rng: &mut R,
) -> Result<Vec<u8>> {
    let mut written: Vec<Vec<u8>> = Vec::new();
    let mut bags = Vec::new();
    for identity in identities {
        let public = identity.key.spki_der();
        if written.contains(&public) {
            continue;
        }
        written.push(public);
        let (algorithm, data) = pbe::encrypt(password, iterations, &identity.key.to_pkcs8_der()?, rng);
        let value = asn1::sequence(&[&algorithm, &asn1::octet_string(&data)]);
        bags.push(asn1::sequence(&[
            &asn1::oid(oids::SHROUDED_KEY_BAG),
            &asn1::nest(asn1::context(0), &[&value]),
            &attributes(identity),
        ]));
    }
    Ok(asn1::tlv(asn1::SEQUENCE, &bags.concat()))
}

/// localKeyID ties a key to its certificate, friendlyName is what programs list.
fn attributes(identity: &Identity) -> Vec<u8> {
    let id = identity.certificate.sha256();
    let id = asn1::octet_string(id.get(..20).unwrap_or(&id));
    let mut all = vec![asn1::sequence(&[&asn1::oid(oids::LOCAL_KEY_ID), &asn1::set_of(vec![id])])];
    if let Some(name) = identity.certificate.common_name() {
        let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let name = asn1::tlv(asn1::BMP_STRING, &units);
        all.push(asn1::sequence(&[&asn1::oid(oids::FRIENDLY_NAME), &asn1::set_of(vec![name])]));
    }
    asn1::set_of(all)
}

fn mac_data<R: CryptoRng + ?Sized>(
    password: &Password,
    iterations: u32,
    content: &[u8],
    rng: &mut R,
) -> Vec<u8> {
    let digest = DigestAlgorithm::Sha256;
    let mut salt = Zeroizing::new([0_u8; SALT_LEN]);
    rng.fill_bytes(&mut *salt);
    let key = pbe::pkcs12_kdf(digest, password, &*salt, iterations, Purpose::Mac, 32);
    let info = asn1::sequence(&[
        &digest.identifier_with_null(),
        &asn1::octet_string(&MacAlgorithm::Sha256.compute(&key, content)),
    ]);
    asn1::sequence(&[&info, &asn1::octet_string(&*salt), &asn1::small_integer(iterations)])
}

/// PBMAC1-params (RFC 8018 appendix A.5) with the key length that RFC 9579 §5 asks for. Its salt and rounds stand
/// inside; those of MacData are not used (RFC 9579 §4).
#[cfg(feature = "more")]
fn pbmac1_data<R: CryptoRng + ?Sized>(
    password: &Password,
    iterations: u32,
    content: &[u8],
    rng: &mut R,
) -> Vec<u8> {
    let mac = MacAlgorithm::Sha256;
    let mut salt = [0_u8; SALT_LEN];
    rng.fill_bytes(&mut salt);
    let key = mac.pbkdf2(password.utf8(), &salt, iterations, mac.output_len());
    let key_len = u32::try_from(key.len()).unwrap_or_default();
    let scheme = asn1::sequence(&[&asn1::oid(oids::HMAC_SHA256), &asn1::null()]);
    let parameters = asn1::sequence(&[&pbe::kdf_der(&salt, iterations, Some(key_len)), &scheme]);
    let algorithm = asn1::sequence(&[&asn1::oid(PBMAC1), &parameters]);
    let info = asn1::sequence(&[&algorithm, &asn1::octet_string(&mac.compute(&key, content))]);
    asn1::sequence(&[&info, &asn1::octet_string(&salt), &asn1::small_integer(iterations)])
}
