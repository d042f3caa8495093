//! Making what honest programs do not make: any certificate, any header section, any SignedData.

use sceau_mime as mime;
use sceau_smime::cms::sign::{Enclosure, sign};
use sceau_smime::letter::TrustSettings;
use sceau_smime::name::Name;
use sceau_smime::path::Anchors;
use sceau_smime::{Algorithm, Certificate, Identity, PrivateKey, UnixTime};

use crate::beside::der;
use crate::world::{NOW, rng, world};

pub(super) const EMAIL: &[u8] = &[6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 4];
pub(super) const SERVER: &[u8] = &[6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1];
const SIGNS: &[u8] = &[3, 2, 6, 0xc0];
const SEALS: &[u8] = &[3, 2, 5, 0x20];
const CERTIFIES: &[u8] = &[3, 2, 1, 0x06];

/// What a certificate shall say.
#[derive(Clone)]
pub(super) struct Says {
    pub(super) subject: Name,
    /// GeneralNames, each in DER.
    pub(super) names: Vec<Vec<u8>>,
    pub(super) purpose: Vec<u8>,
    pub(super) usage: &'static [u8],
    pub(super) from: &'static str,
    pub(super) until: &'static str,
    pub(super) authority: bool,
    pub(super) more: Vec<Vec<u8>>,
}

impl Says {
    pub(super) fn person(name: &str, addresses: &[&str]) -> Self {
        Self {
            subject: Name::from_common_name(name),
            names: addresses.iter().map(|address| rfc822(address)).collect(),
            purpose: EMAIL.to_vec(),
            usage: SIGNS,
            from: "250101000000Z",
            until: "491231235959Z",
            authority: false,
            more: Vec::new(),
        }
    }

    pub(super) fn authority(name: &str) -> Self {
        Self { usage: CERTIFIES, purpose: Vec::new(), authority: true, ..Self::person(name, &[]) }
    }

    pub(super) fn for_sealing(self) -> Self {
        Self { usage: SEALS, ..self }
    }
}

pub(super) fn rfc822(address: &str) -> Vec<u8> {
    der(0x81, &[address.as_bytes()])
}

pub(super) fn extension(arc: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    let flag: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
    der(0x30, &[&[6, 3, 0x55, 0x1d, arc], flag, &der(4, &[value])])
}

pub(super) fn fresh_key() -> PrivateKey {
    PrivateKey::generate(Algorithm::P256, &mut rng()).unwrap()
}

/// A certificate for `key`, signed by `issuer` or by itself.
pub(super) fn certify(says: &Says, key: &PrivateKey, issuer: Option<&Identity>) -> Certificate {
    let (issuer_name, issuer_key) = match issuer {
        Some(issuer) => (issuer.certificate.subject().clone(), &issuer.key),
        None => (says.subject.clone(), key),
    };
    let algorithm = issuer_key.default_scheme().identifier_der();
    let constraints: &[u8] = if says.authority { &[0x30, 3, 1, 1, 0xff] } else { &[0x30, 0] };
    let mut extensions = vec![extension(19, true, constraints), extension(15, true, says.usage)];
    if !says.purpose.is_empty() {
        extensions.push(extension(37, false, &der(0x30, &[&says.purpose])));
    }
    if !says.names.is_empty() {
        extensions.push(extension(17, false, &der(0x30, &[&says.names.concat()])));
    }
    extensions.extend(says.more.iter().cloned());
    let moment = |text: &str| der(0x17, &[text.as_bytes()]);
    let tbs = der(
        0x30,
        &[
            &[0xa0, 3, 2, 1, 2],
            &serial(),
            &algorithm,
            issuer_name.der(),
            &der(0x30, &[&moment(says.from), &moment(says.until)]),
            says.subject.der(),
            &key.spki_der(),
            &der(0xa3, &[&der(0x30, &[&extensions.concat()])]),
        ],
    );
    let signature = issuer_key.sign(issuer_key.default_scheme(), &tbs, &mut rng()).unwrap();
    let encoded = der(0x30, &[&tbs, &algorithm, &der(3, &[&[0], &signature])]);
    Certificate::from_der(&encoded).unwrap()
}

fn serial() -> Vec<u8> {
    use std::sync::atomic::{AtomicU16, Ordering};
    static NEXT: AtomicU16 = AtomicU16::new(0x0101);
    der(2, &[&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes()])
}

pub(super) fn identity(says: &Says, issuer: Option<&Identity>) -> Identity {
    let key = fresh_key();
    let certificate = certify(says, &key, issuer);
    Identity::new(key, certificate, Vec::new()).unwrap()
}

pub(super) fn trusting(authority: &Identity) -> TrustSettings {
    TrustSettings {
        anchors: Anchors::from_certificates(vec![authority.certificate.clone()]),
        ..world().trust.clone()
    }
}

/// A bare SignedData over a message.
pub(super) fn signed_at(message: &[u8], signer: &Identity, at: UnixTime) -> Vec<u8> {
    sign(message, Enclosure::Opaque, signer, signer.key.default_scheme(), at, &mut rng()).unwrap()
}

pub(super) fn signed(message: &[u8], signer: &Identity) -> Vec<u8> {
    signed_at(message, signer, NOW)
}

/// A signed mail with header fields outside that nobody signed.
pub(super) fn mail(cms: &[u8], kind: &str, outside: &[(&str, &str)]) -> Vec<u8> {
    let fields: Vec<(String, String)> =
        outside.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    mime::wrap_cms(cms, kind, &fields, mime::WrapEncoding::Base64).unwrap()
}

/// A message of one text part, whose header section begins with `head`.
pub(super) fn message(head: &str) -> Vec<u8> {
    format!(
        "{head}\r\nSubject: Virement\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nVirez 5000 euros.\r\n"
    )
    .into_bytes()
}
