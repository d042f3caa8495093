use super::ber::to_der;
use super::content_info::{ContentInfo, ContentType};
use super::envelope::Envelope;
use super::signed_data::{SignedData, SignerInfo};
use super::verify::{Outcome, Signed, check};
use crate::PrivateKey;
use crate::backend::{Rust, ready};
use crate::error::Error;
use crate::x509::{Certificate, Identity};

/// The folder of foreign vectors, or `None` after saying loudly what is not run.
fn vectors(cases: usize) -> Option<std::path::PathBuf> {
    let found = std::env::var_os("SCEAU_VECTORS").map(std::path::PathBuf::from);
    if found.is_none() {
        eprintln!("SKIPPED: SCEAU_VECTORS is not set, {cases} cases not run");
    }
    found
}

fn rng() -> rand_core::UnwrapErr<getrandom::SysRng> {
    rand_core::UnwrapErr(getrandom::SysRng)
}

#[test]
fn ber_of_a_whole_message_becomes_its_der() {
    let Some(folder) = vectors(1) else { return };
    let read = |name: &str| std::fs::read(folder.join("rustcrypto/cms").join(name)).unwrap();
    // The two files hold one content signed by two certificates, so the whole cannot be compared.
    let ber = read("cms_ber.bin");
    let der = read("cms_der.bin");
    let converted = to_der(&ber).unwrap();
    assert_eq!(converted.len(), der.len());
    assert!(matches!(to_der(&converted).unwrap(), std::borrow::Cow::Borrowed(_)), "DER stays as it is");
    let [from_ber, from_converted, from_der] = [&ber[..], &converted[..], &der[..]].map(|bytes| {
        let info = ContentInfo::read(bytes).unwrap();
        assert_eq!(info.content_type, ContentType::SignedData);
        SignedData::read(info.content).unwrap()
    });
    assert_eq!(from_ber.content.as_deref().unwrap().len(), 10_034);
    assert_eq!(from_ber.content, from_der.content);
    assert_eq!(from_ber.content, from_converted.content);
    assert_eq!(from_ber.certificates, from_converted.certificates);
    assert_eq!(from_ber.signers[0].signature, from_converted.signers[0].signature);
    assert_ne!(from_ber.signers[0].signature, from_der.signers[0].signature);
}

#[test]
fn kim_envelope_opens_with_either_key() {
    let Some(folder) = vectors(2) else { return };
    let kim = folder.join("kim");
    let sealed = std::fs::read(kim.join("message/inputEmail.txt.04.encryptedcms")).unwrap();
    let expected = std::fs::read(kim.join("message/inputEmail.txt.03.signedwrap")).unwrap();
    let info = ContentInfo::read(&sealed).unwrap();
    let envelope = Envelope::read(&info).unwrap().unwrap();
    for (who, name) in [("recipientA", "hci-enc-2-kim-bsp"), ("recipientB", "hci-enc-3-kim-bsp")] {
        let file = |kind: &str| std::fs::read(kim.join(who).join(format!("{name}.{kind}"))).unwrap();
        let key = PrivateKey::from_pkcs8_der(&file("prv")).unwrap();
        let identity = Identity::new(key, Certificate::from_der(&file("crt")).unwrap(), vec![]).unwrap();
        let opened = envelope.open(&[identity], &mut rng()).unwrap();
        assert_eq!(opened.content, expected, "{who}");
        assert_eq!(opened.transport, "rsa-oaep-sha256");
        assert!(opened.authenticated);
    }
    assert_eq!(envelope.open(&[], &mut rng()).unwrap_err(), Error::NotForThisKey);
}

/// RFC 9709 appendix: one content key, derived for AES-128-GCM and for AES-128-CBC.
#[test]
fn derived_content_keys_follow_rfc_9709() {
    use super::content_cipher::ContentAlgorithm;
    let key = hex::decode("c702e7d0a9e064b09ba55245fb733cf3").unwrap();
    for (inner, expected) in [
        ("301b0609608648016503040106300e040c5c79058ba2f43447639d29e2", "2124ffb29fac4e0fbbc7d5d87492bff3"),
        (
            "301d06096086480165030401020410651f722ffd512c52fe072e507d72b377",
            "9cd102c52f1e19ece8729b35bfeceb50",
        ),
    ] {
        let inner = hex::decode(inner).unwrap();
        let outer = crate::asn1::sequence(&[&crate::asn1::oid(super::oids::CEK_HKDF_SHA256), &inner]);
        let algorithm = ContentAlgorithm::from_der(&outer).unwrap();
        assert!(algorithm.is_derived());
        assert_eq!(algorithm.to_der(), outer);
        assert_eq!(hex::encode(&*algorithm.effective_key(&key)), expected);
    }
}

/// What one file of a suite gave, in words a ledger can hold.
fn read_and_check(bytes: &[u8], detached: &[u8], pool: &[Certificate]) -> String {
    let info = match ContentInfo::read(bytes) {
        Ok(info) => info,
        Err(error) => return format!("refused: {error}"),
    };
    match info.content_type {
        ContentType::Data => format!("data {}", info.content.octets().unwrap().len()),
        ContentType::SignedData => match SignedData::read(info.content) {
            Ok(signed) => signatures(&signed, detached, pool),
            Err(error) => format!("refused: {error}"),
        },
        _ => match Envelope::read(&info) {
            Ok(Some(envelope)) => {
                let encrypted = envelope.encrypted();
                let length = encrypted.octets().unwrap().len();
                format!("sealed {} {length}", encrypted.algorithm.cipher.name())
            }
            Ok(None) => seldom(&info),
            Err(error) => format!("refused: {error}"),
        },
    }
}

#[cfg(not(feature = "more"))]
fn seldom(info: &ContentInfo<'_>) -> String {
    format!("unsupported {}", info.content_type.oid())
}

/// The types behind `more`, opened with the keys of the two suites.
#[cfg(feature = "more")]
fn seldom(info: &ContentInfo<'_>) -> String {
    use super::{
        compressed_data::CompressedData, digested_data::DigestedData, encrypted_data::EncryptedData,
    };
    match info.content_type {
        ContentType::CompressedData => {
            format!("opened {}", CompressedData::read(info.content).unwrap().decompress().unwrap().len())
        }
        ContentType::DigestedData => {
            let data = DigestedData::read(info.content).unwrap();
            let verdict = if ready(data.is_intact(&Rust)).unwrap() { "matches" } else { "differs" };
            format!("digest {verdict}")
        }
        ContentType::EncryptedData => {
            let data = EncryptedData::read(info.content).unwrap();
            let keys =
                ["0102030405060708090a0b0c0d0e0f00", "737c791f25ead0e04629254352f7dc6291e5cb26917ada32"]
                    .map(|key| super::keyring::KeyEncryptionKey::new(&hex::decode(key).unwrap(), None));
            match ready(data.open(&Rust, &keys)) {
                Ok(opened) => format!("opened {}", opened.content.len()),
                Err(Error::UnsupportedAlgorithm { .. }) => {
                    format!("EncryptedData {}", data.ciphertext().unwrap().len())
                }
                Err(error) => error.to_string(),
            }
        }
        other => format!("unsupported {}", other.oid()),
    }
}

fn signatures(signed: &SignedData<'_>, detached: &[u8], pool: &[Certificate]) -> String {
    let carried = signed.certificates.iter().filter_map(|der| Certificate::from_der(der).ok());
    let pool: Vec<Certificate> = carried.chain(pool.iter().cloned()).collect();
    if signed.signers.is_empty() {
        return format!("certificates {}", signed.certificates.len());
    }
    let what = Signed {
        content_type: Some(signed.content_type),
        content: signed.content.as_deref().unwrap_or(detached),
        digests: &[],
        pool: &pool,
        anchors: None,
        danger_legacy: true,
    };
    let outcomes: Vec<String> = signed
        .signers
        .iter()
        .map(|signer| format!("{:?}", ready(check(&Rust, signer, &what)).outcome))
        .collect();
    format!("{} over {}", outcomes.join(", "), what.content.len())
}

/// Runs a suite against its ledger: file, what its SOURCE.md wants, and what we give where that differs, with the
/// reason. A line whose difference is gone fails too.
type Line<'a> = (&'a str, &'a str, Option<(&'a str, &'a str)>);

fn run_ledger(suite: &str, ledger: &[Line<'_>], run: impl Fn(&str) -> String) {
    let mut wrong = Vec::new();
    for (file, wanted, exception) in ledger {
        let found = run(file);
        let expected = exception.map_or(*wanted, |(ours, _)| ours);
        if found != expected {
            wrong.push(format!("{file}: {found}, not {expected}"));
        }
        if exception.is_some_and(|(ours, reason)| ours == *wanted || reason.is_empty()) {
            wrong.push(format!("{file}: the exception is no exception"));
        }
    }
    assert!(wrong.is_empty(), "{suite}:\n{}", wrong.join("\n"));
}

#[test]
fn rustcrypto_cms_samples() {
    let ledger = [
        ("cms_ber.bin", "Valid over 10034", None),
        ("cms_der.bin", "Valid over 10034", None),
        ("sd.cms", "Valid over 447", None),
        ("scep_der.bin", "Valid over 1060", None),
        ("pkits.p7b", "certificates 2", None),
        ("pkits_ee.p7b", "certificates 1", None),
        ("signer_info_explicit_attrs.bin", "refused: not a well-formed CMS message", None),
        ("signer_info_sequence_not_set.bin", "refused: not a well-formed CMS message", None),
        ("enveloped_data_ktri.bin", "sealed aes-256-cbc 448", None),
        ("enveloped_data_kari.bin", "sealed aes-256-cbc 448", None),
        ("enveloped_data_pwri.bin", "sealed aes-128-cbc 448", None),
        ("enveloped_data_kekri.bin", "sealed aes-128-cbc 448", None),
        ("enveloped_data_multi.bin", "sealed aes-256-cbc 448", None),
        ("kms_ciphertext_for_recipient_1.ber", "sealed aes-256-cbc 16", None),
        ("kms_ciphertext_for_recipient_2.ber", "sealed aes-256-cbc 48", None),
        ("kms_ciphertext_for_recipient_3.ber", "sealed aes-256-cbc 16", None),
        ("kms_ciphertext_for_recipient_4.ber", "sealed aes-256-cbc 4112", None),
        ("certData.bin", "data 781", None),
        ("encrypted_data.bin", "opened 447", None),
        ("keyEncryptedData.bin", "EncryptedData 552", None),
        ("digested_data.bin", "digest matches", None),
        ("compressed_data.bin", "opened 446", None),
    ];
    let Some(folder) = vectors(ledger.len()) else { return };
    run_ledger("rustcrypto/cms", &ledger, |file| {
        read_and_check(&std::fs::read(folder.join("rustcrypto/cms").join(file)).unwrap(), &[], &[])
    });
}

#[test]
fn rfc_4134_objects() {
    let ledger = [
        ("3.1.bin", "data 28", None),
        ("3.2.bin", "data 28", None),
        ("4.1.bin", "Legacy over 28", None),
        ("4.2.bin", "Legacy over 28", None),
        ("4.3.bin", "Legacy over 28", None),
        ("4.4.bin", "Legacy over 28", None),
        ("4.5.bin", "Legacy over 28", None),
        ("4.6.bin", "Legacy, Legacy over 28", None),
        ("4.7.bin", "Legacy over 28", None),
        ("4.10.bin", "Legacy over 28", None),
        ("4.11.bin", "certificates 2", None),
        ("5.1.bin", "sealed 3des-cbc 32", None),
        ("5.2.bin", "sealed rc2-cbc 32", None),
        ("6.0.bin", "digest matches", None),
        ("7.1.bin", "opened 28", None),
        ("7.2.bin", "opened 28", None),
    ];
    let Some(folder) = vectors(ledger.len()) else { return };
    let read = |file: &str| std::fs::read(folder.join("rfc4134").join(file)).unwrap();
    let pool: Vec<Certificate> =
        ["AliceDSSSignByCarlNoInherit.cer", "AliceRSASignByCarl.cer", "CarlDSSSelf.cer"]
            .iter()
            .map(|file| Certificate::from_der(&read(file)).unwrap())
            .collect();
    run_ledger("rfc4134", &ledger, |file| read_and_check(&read(file), &read("ExContent.bin"), &pool));
    // Bob's key opens what is sealed to him.
    let key = PrivateKey::read(&read("BobPrivRSAEncrypt.pri"), None).unwrap();
    let certificate = Certificate::from_der(&read("BobRSASignByCarl.cer")).unwrap();
    let bob = Identity::new(key, certificate, vec![]).unwrap();
    for file in ["5.1.bin", "5.2.bin"] {
        let bytes = read(file);
        let info = ContentInfo::read(&bytes).unwrap();
        let opened =
            Envelope::read(&info).unwrap().unwrap().open(std::slice::from_ref(&bob), &mut rng()).unwrap();
        assert_eq!(opened.content, read("ExContent.bin"), "{file}");
        assert!(opened.cipher.is_legacy() && !opened.authenticated);
    }
}

/// RFC 5083 §2.2: the tag covers the authenticated attributes as a SET in DER order, whatever their order in the
/// message, and not the others.
#[test]
fn authenticated_attributes_are_covered_by_the_tag() {
    use super::attributes::{Attribute, encode};
    use super::content_cipher::{Cipher, ContentAlgorithm};
    use crate::asn1;

    let algorithm = ContentAlgorithm::generate(Cipher::Aes192Gcm, false, &mut rng());
    let key = [7; 24];
    let attributes = [
        Attribute::single(super::oids::CONTENT_TYPE, &asn1::oid(super::oids::DATA)),
        Attribute::single(super::oids::MESSAGE_DIGEST, &asn1::octet_string(b"short")),
    ];
    let mut ciphertext = b"contenu".to_vec();
    let tag = algorithm.seal_aead(&key, &encode(asn1::SET, &attributes), &mut ciphertext).unwrap();
    let message = |attributes: &[Vec<u8>], unauthenticated: &[u8]| {
        let content = asn1::sequence(&[
            &asn1::oid(super::oids::DATA),
            &algorithm.to_der(),
            &asn1::tlv(asn1::context_primitive(0), &ciphertext),
        ]);
        let envelope = asn1::sequence(&[
            &asn1::small_integer(0),
            &asn1::set_of(vec![]),
            &content,
            &asn1::tlv(asn1::context(1), &attributes.concat()),
            &asn1::octet_string(&tag),
            &asn1::tlv(asn1::context(2), unauthenticated),
        ]);
        asn1::sequence(&[
            &asn1::oid(super::oids::AUTH_ENVELOPED_DATA),
            &asn1::tlv(asn1::context(0), &envelope),
        ])
    };
    let open = |bytes: &[u8]| {
        let info = ContentInfo::read(bytes).unwrap();
        let envelope = Envelope::read(&info).unwrap().unwrap();
        ready(envelope.open_with_content_key(&Rust, &key)).map(|opened| opened.content)
    };
    let encoded: Vec<Vec<u8>> =
        attributes.iter().map(|one| encode(asn1::SET, std::slice::from_ref(one))[2..].to_vec()).collect();
    let reversed: Vec<Vec<u8>> = encoded.iter().rev().cloned().collect();
    let other =
        encode(asn1::SET, &[Attribute::single(super::oids::SIGNING_TIME, &asn1::null())])[2..].to_vec();
    assert_eq!(open(&message(&encoded, &[])).unwrap(), b"contenu");
    assert_eq!(open(&message(&reversed, &other)).unwrap(), b"contenu");
    assert_eq!(open(&message(&encoded[..1], &encoded[1])).unwrap_err(), Error::Decrypt);
    assert_eq!(open(&message(&[encoded[0].clone(), other], &[])).unwrap_err(), Error::Decrypt);
}

/// RFC 5652 §11.1, §11.2 and the attributes of RFC 5035 and RFC 6211: each contradiction has its fault.
#[test]
fn signed_attributes_that_contradict_are_faults() {
    use super::attributes::{
        Attribute, algorithm_protection_attribute, encode, signing_certificate_attribute,
    };
    use super::verify::Fault;
    use crate::asn1;
    use crate::key::{Algorithm, DigestAlgorithm, SignatureScheme};

    let now = crate::UnixTime(1_796_113_020);
    let key = PrivateKey::generate(Algorithm::P256, &mut rng()).unwrap();
    let issue =
        crate::ca::Issue { email: "amelie.roche@cabinet.example", days: 365, usage: crate::ca::Usage::Sign };
    let certificate = crate::ca::self_signed(&key, "Amélie Roche", issue, now, &mut rng()).unwrap();
    let identity = Identity::new(key, certificate, vec![]).unwrap();
    let content = b"contenu";
    let scheme = SignatureScheme::Ecdsa(DigestAlgorithm::Sha256);
    let digest = DigestAlgorithm::Sha256.identifier_der();
    let content_type = Attribute::single(super::oids::CONTENT_TYPE, &asn1::oid(super::oids::DATA));
    let message_digest = Attribute::single(
        super::oids::MESSAGE_DIGEST,
        &asn1::octet_string(&DigestAlgorithm::Sha256.hash(content)),
    );
    let good = vec![content_type.clone(), message_digest.clone()];
    let with = |more: Attribute| [good.clone(), vec![more]].concat();
    let certificate_digest = DigestAlgorithm::Sha256.hash(identity.certificate.der());
    let pss = SignatureScheme::pss(DigestAlgorithm::Sha256).identifier_der();
    let other_type = Attribute::single(super::oids::CONTENT_TYPE, &asn1::oid(super::oids::SIGNED_DATA));
    let cases = [
        (good.clone(), Outcome::Valid),
        (vec![message_digest.clone()], Outcome::Invalid(Fault::BadAttributes)),
        (vec![content_type.clone()], Outcome::Invalid(Fault::BadAttributes)),
        (with(content_type.clone()), Outcome::Invalid(Fault::BadAttributes)),
        (vec![other_type, message_digest.clone()], Outcome::Invalid(Fault::ContentTypeMismatch)),
        (
            vec![
                content_type.clone(),
                Attribute::single(super::oids::MESSAGE_DIGEST, &asn1::octet_string(&[0; 32])),
            ],
            Outcome::Invalid(Fault::DigestMismatch),
        ),
        (with(signing_certificate_attribute(&certificate_digest)), Outcome::Valid),
        (with(signing_certificate_attribute(&[1; 32])), Outcome::Invalid(Fault::SigningCertificateMismatch)),
        (with(algorithm_protection_attribute(&digest, &scheme.identifier_der()).unwrap()), Outcome::Valid),
        (
            with(algorithm_protection_attribute(&digest, &pss).unwrap()),
            Outcome::Invalid(Fault::AlgorithmMismatch),
        ),
        (
            with(Attribute::single(super::oids::SIGNING_TIME, &asn1::null())),
            Outcome::Invalid(Fault::BadAttributes),
        ),
    ];
    for (number, (attributes, expected)) in cases.into_iter().enumerate() {
        let signature = identity.key.sign(scheme, &encode(asn1::SET, &attributes), &mut rng()).unwrap();
        let signer = SignerInfo {
            sid: super::signed_data::SignerIdentifier::IssuerAndSerialNumber {
                issuer: identity.certificate.issuer().der().to_vec(),
                serial: identity.certificate.serial().to_vec(),
            },
            digest_algorithm: digest.clone().into(),
            signed_attributes: Some(attributes),
            signature_algorithm: scheme.identifier_der().into(),
            signature: signature.into(),
            unsigned_attributes: Vec::new(),
        };
        let pool = [identity.certificate.clone()];
        assert_eq!(outcome(&signer, content, &pool), expected, "case {number}");
    }
}

fn outcome(signer: &SignerInfo<'_>, content: &[u8], pool: &[Certificate]) -> Outcome {
    let content_type = Some(ContentType::Data);
    let signed = Signed { content_type, content, digests: &[], pool, anchors: None, danger_legacy: false };
    ready(check(&Rust, signer, &signed)).outcome
}

/// RFC 9882: three signatures, their content, and nothing left when one octet changes.
#[test]
fn lamps_ml_dsa_signatures() {
    let Some(folder) = vectors(3) else { return };
    let read = |file: String| std::fs::read(folder.join("lamps").join(file)).unwrap();
    for level in [44, 65, 87] {
        let pem = read(format!("cms-ml-dsa/mldsa{level}-signed-attrs.pem"));
        let der = crate::pem::blocks(&pem).unwrap().remove(0).der;
        let pool = Certificate::read_all(&read(format!("ml-dsa-keys/ML-DSA-{level}.crt"))).unwrap();
        assert_eq!(read_and_check(&der, &[], &pool), "Valid over 52", "{level}");
        let signed = SignedData::read(ContentInfo::read(&der).unwrap().content).unwrap();
        let wanted = format!("ML-DSA-{level} signed-data example with signed attributes");
        assert_eq!(signed.content.as_deref(), Some(wanted.as_bytes()));
        let mut changed = der.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert_eq!(read_and_check(&changed, &[], &pool), "Invalid(BadSignature) over 52", "{level}");
    }
}

/// Every kind of key signs a letter's attributes and the check agrees; Ed25519 and ML-DSA with SHA-512.
#[test]
fn every_signing_key_signs_cms() {
    use crate::key::{Algorithm, MlDsaSet};
    let now = crate::UnixTime(1_796_113_020);
    let sets = [MlDsaSet::MlDsa44, MlDsaSet::MlDsa65, MlDsaSet::MlDsa87].map(Algorithm::MlDsa);
    let curves = [Algorithm::P256, Algorithm::P384, Algorithm::P521, Algorithm::Ed25519];
    for algorithm in [curves.to_vec(), sets.to_vec()].concat() {
        let key = PrivateKey::generate(algorithm, &mut rng()).unwrap();
        let issue = crate::ca::Issue {
            email: "amelie.roche@cabinet.example",
            days: 365,
            usage: crate::ca::Usage::Sign,
        };
        let certificate = crate::ca::self_signed(&key, "Amélie Roche", issue, now, &mut rng()).unwrap();
        let identity = Identity::new(key, certificate, vec![]).unwrap();
        let scheme = identity.key.default_scheme();
        let enclosure = super::sign::Enclosure::Opaque;
        let der = super::sign::sign(b"contenu", enclosure, &identity, scheme, now, &mut rng()).unwrap();
        assert_eq!(read_and_check(&der, &[], &[]), "Valid over 7", "{}", algorithm.name());
        if scheme.signs_message() {
            let sha512 = crate::key::DigestAlgorithm::Sha512.identifier_der();
            assert!(der.windows(sha512.len()).any(|window| window == sha512));
        }
    }
}
