//! Every file of two foreign folders: what their SOURCE.md says of it, and what we make of it.

use std::collections::BTreeSet;
use std::path::Path;

use sceau_smime::ca::CertificationRequest;
use sceau_smime::cms::content_info::ContentInfo;
use sceau_smime::cms::keyring::{KeyEncryptionKey, RecipientPassword};
use sceau_smime::letter::{LayerReport, OpenRequest, TrustSettings};
use sceau_smime::path::Anchors;
use sceau_smime::{Certificate, Crl, Error, Identity, Pkcs12, PrivateKey, PublicKey};

use crate::big::open;
use crate::vectors::{read_identity, vectors};
use crate::world::{NOW, rng};

/// What opens the objects of a folder.
#[derive(Default)]
struct Keys {
    identities: Vec<Identity>,
    keks: Vec<KeyEncryptionKey>,
    passwords: Vec<RecipientPassword>,
    /// The file whose content is beside it, and that content.
    detached: Option<(&'static str, Vec<u8>)>,
    intermediates: Vec<Certificate>,
    anchors: Vec<Certificate>,
}

/// File, what is wanted, and what we give where that differs, with the reason.
type Line = (&'static str, &'static str, Option<(&'static str, &'static str)>);

/// Runs a folder: each file but SOURCE.md and `texts` has its line, each line its file, and an exception that is none
/// any more fails too.
fn run(folder: &Path, texts: &[&str], keys: &Keys, lines: &[Line]) {
    let names =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let found: BTreeSet<String> =
        names.filter(|name| name != "SOURCE.md" && !texts.contains(&name.as_str())).collect();
    let listed: BTreeSet<String> = lines.iter().map(|(file, _, _)| (*file).to_owned()).collect();
    assert_eq!(found, listed);
    let mut wrong = Vec::new();
    for (file, wanted, exception) in lines {
        let found = describe(file, &std::fs::read(folder.join(file)).unwrap(), keys);
        let expected = exception.map_or(*wanted, |(ours, _)| ours);
        if found != expected {
            wrong.push(format!("(\"{file}\", \"{found}\", None), // not {expected}"));
        }
        if exception.is_some_and(|(ours, reason)| ours == *wanted || reason.is_empty()) {
            wrong.push(format!("{file}: the exception is no exception"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), lines.len(), wrong.join("\n"));
}

/// What a file is, opened as far as it goes.
fn describe(file: &str, bytes: &[u8], keys: &Keys) -> String {
    if Pkcs12::is_pkcs12(bytes) {
        return "pkcs12".to_owned();
    }
    if ContentInfo::read(bytes).is_ok() || bytes.starts_with(b"MIME-Version") || bytes.starts_with(b"To: ") {
        return message(file, bytes, keys);
    }
    if let Ok(certificates) = Certificate::read_all(bytes) {
        return format!("certificates {}", certificates.len());
    }
    if let Ok(lists) = Crl::read_all(bytes) {
        return format!("list of {}", lists[0].entries().len());
    }
    if let Ok(requests) = CertificationRequest::read_all(bytes) {
        return format!("request {}", if requests[0].verify().is_ok() { "valid" } else { "invalid" });
    }
    match PrivateKey::read(bytes, None) {
        Ok(key) => format!("key {}", key.kind()),
        Err(error @ (Error::UnsupportedAlgorithm { .. } | Error::RsaKeySize { .. })) => {
            format!("key: {error}")
        }
        Err(_) => PublicKey::from_spki_der(bytes)
            .map_or_else(|e| e.to_string(), |key| format!("public {}", key.kind())),
    }
}

fn message(file: &str, bytes: &[u8], keys: &Keys) -> String {
    let trust = TrustSettings {
        anchors: Anchors::from_certificates(keys.anchors.clone()),
        intermediates: keys.intermediates.clone(),
        ..TrustSettings::default()
    };
    let mut request = OpenRequest::new(bytes, &keys.identities, &[], &trust, NOW);
    request.keks = &keys.keks;
    request.passwords = &keys.passwords;
    request.detached =
        keys.detached.as_ref().filter(|(name, _)| *name == file).map(|(_, content)| content.as_slice());
    request.danger_legacy = true;
    let judged = match open(&request, &mut rng()) {
        Ok(judged) => judged,
        Err(error) => return error.code().to_owned(),
    };
    let layers: Vec<String> = judged.layers().iter().map(layer).collect();
    assert!(!judged.trust().is_confirmed());
    format!("{}: {} ({})", judged.trust().code(), layers.join(", "), judged.message().len())
}

fn layer(layer: &LayerReport) -> String {
    match layer {
        LayerReport::Encrypted(it) => format!("{} {} {}", it.type_name, it.cipher, it.key),
        LayerReport::Signed(it) => format!("{:?} {}", it.verdict, it.algorithm.as_deref().unwrap_or("?")),
        LayerReport::Compressed(it) => format!("compressed {}", it.bytes),
        LayerReport::Digested(it) => format!("digest {} {}", it.digest, it.intact),
        LayerReport::Authenticated(it) => format!("mac {} {}", it.mac, it.key),
    }
}

fn shared(key: &str, identifier: Option<&[u8]>) -> KeyEncryptionKey {
    let octets: Vec<u8> =
        (0..key.len()).step_by(2).map(|at| u8::from_str_radix(&key[at..at + 2], 16).unwrap()).collect();
    KeyEncryptionKey::new(&octets, identifier)
}

#[test]
fn every_file_of_rustcrypto_cms() {
    let lines: &[Line] = &[
        ("GoodCACert.crt", "certificates 1", None),
        ("ValidCertificatePathTest1EE.crt", "certificates 1", None),
        ("cert.pem", "certificates 1", None),
        // Content of type id-data that is a piece of a PKCS#12 container, no message.
        ("certData.bin", "malformed", None),
        ("cms_ber.bin", "clear: Untrusted ecdsa-sha256 (10034)", None),
        ("cms_der.bin", "clear: Untrusted ecdsa-sha256 (10034)", None),
        ("compressed_data.bin", "clear: compressed 446 (446)", None),
        ("digested_data.bin", "clear: digest sha1 true (446)", None),
        ("ec384-ee-key.der", "certificates 1", None),
        ("encrypted_data.bin", "sealed_unverified: EncryptedData aes-128-cbc content-key (447)", None),
        ("enveloped_data_kari.bin", "not_for_this_key", None),
        (
            "enveloped_data_kekri.bin",
            "sealed_unverified: EnvelopedData aes-128-cbc kek-aes128-wrap (446)",
            None,
        ),
        ("enveloped_data_ktri.bin", "not_for_this_key", None),
        (
            "enveloped_data_multi.bin",
            "sealed_unverified: EnvelopedData aes-256-cbc kek-aes128-wrap (447)",
            None,
        ),
        (
            "enveloped_data_pwri.bin",
            "sealed_unverified: EnvelopedData aes-128-cbc password-pwri-aes-128 (446)",
            None,
        ),
        ("example.pfx", "pkcs12", None),
        // EncryptedData under a password-based scheme, which only PKCS#12 opens.
        ("keyEncryptedData.bin", "unsupported_algorithm", None),
        ("kms_ciphertext_for_recipient_1.ber", "not_for_this_key", None),
        ("kms_ciphertext_for_recipient_2.ber", "not_for_this_key", None),
        ("kms_ciphertext_for_recipient_3.ber", "not_for_this_key", None),
        ("kms_ciphertext_for_recipient_4.ber", "not_for_this_key", None),
        ("p256-priv.der", "key p256", None),
        ("p256-pub.der", "public p256", None),
        ("pkits.p7b", "clear:  (0)", None),
        ("pkits_ee.p7b", "clear:  (0)", None),
        ("rsa2048-priv.der", "key rsa2048", None),
        ("rsa_cert.der", "certificates 1", None),
        ("rsa_sk.pkcs1.pem", "key rsa1024", None),
        // Signed content that is itself an envelope, for somebody else.
        ("scep_der.bin", "not_for_this_key", None),
        ("sceptest_cert-selfsigned.pem", "certificates 1", None),
        ("sceptest_csr.der", "request valid", None),
        ("sceptest_key.pem", "key rsa2048", None),
        ("sd.cms", "clear: Untrusted rsa-pkcs1-sha256 (447)", None),
        ("signer_info_explicit_attrs.bin", "not a well-formed public key", None),
        ("signer_info_sequence_not_set.bin", "not a well-formed public key", None),
    ];
    assert_eq!(lines.len(), 35);
    let Some(folder) = vectors("rustcrypto/cms", lines.len()) else { return };
    let keys = Keys {
        keks: vec![shared("0102030405060708090a0b0c0d0e0f00", None)],
        passwords: vec![RecipientPassword::new("password")],
        ..Keys::default()
    };
    run(&folder, &["data.txt"], &keys, lines);
}

#[test]
fn every_file_of_rfc_4134() {
    let lines: &[Line] = &[
        ("3.1.bin", "clear:  (28)", None),
        ("3.2.bin", "clear:  (28)", None),
        ("4.1.bin", "clear: Legacy dsa-sha1 (28)", None),
        ("4.10.bin", "clear: Legacy dsa-sha1 (28)", None),
        ("4.11.bin", "clear:  (0)", None),
        ("4.2.bin", "clear: Legacy rsa-pkcs1-sha1 (28)", None),
        ("4.3.bin", "clear: Legacy dsa-sha1 (28)", None),
        ("4.4.bin", "clear: Legacy dsa-sha1 (28)", None),
        ("4.5.bin", "clear: Legacy rsa-pkcs1-sha1 (28)", None),
        ("4.6.bin", "clear: Legacy dsa-sha1, Legacy dsa-sha1 (28)", None),
        ("4.7.bin", "clear: Legacy dsa-sha1 (28)", None),
        // From names examples.com, the certificate example.com; what was signed has canonical line ends.
        ("4.8.eml", "broken: Legacy dsa-sha1 (30)", None),
        ("4.9.eml", "broken: Legacy dsa-sha1 (30)", None),
        ("5.1.bin", "sealed_unverified: EnvelopedData 3des-cbc rsa-pkcs1v15 (28)", None),
        ("5.2.bin", "sealed_unverified: EnvelopedData rc2-cbc rsa-pkcs1v15 (28)", None),
        ("5.3.eml", "sealed_unverified: EnvelopedData 3des-cbc rsa-pkcs1v15 (28)", None),
        ("6.0.bin", "clear: digest sha1 true (28)", None),
        ("7.1.bin", "sealed_unverified: EncryptedData 3des-cbc content-key (28)", None),
        ("7.2.bin", "sealed_unverified: EncryptedData 3des-cbc content-key (28)", None),
        ("AliceDSSSignByCarlNoInherit.cer", "certificates 1", None),
        ("AlicePrivDSSSign.pri", "key: algorithm 1.2.840.10040.4.1 is not supported", None),
        ("AlicePrivRSASign.pri", "key rsa1024", None),
        ("AliceRSASignByCarl.cer", "certificates 1", None),
        ("BobPrivRSAEncrypt.pri", "key rsa1024", None),
        ("BobRSASignByCarl.cer", "certificates 1", None),
        ("CarlDSSCRLEmpty.crl", "list of 0", None),
        ("CarlDSSCRLForAll.crl", "list of 5", None),
        ("CarlDSSCRLForCarl.crl", "list of 1", None),
        ("CarlDSSSelf.cer", "certificates 1", None),
        ("CarlPrivDSSSign.pri", "key: algorithm 1.2.840.10040.4.1 is not supported", None),
        ("CarlPrivRSASign.pri", "key rsa1024", None),
        ("CarlRSACRLEmpty.crl", "list of 0", None),
        ("CarlRSACRLForAll.crl", "list of 3", None),
        ("CarlRSACRLForCarl.crl", "list of 1", None),
        ("CarlRSASelf.cer", "certificates 1", None),
        ("DianeDSSSignByCarlInherit.cer", "certificates 1", None),
        ("DianePrivDSSSign.pri", "key: algorithm 1.2.840.10040.4.1 is not supported", None),
        ("DianePrivRSASignEncrypt.pri", "key rsa1024", None),
        ("DianeRSASignByCarl.cer", "certificates 1", None),
    ];
    assert_eq!(lines.len(), 39);
    let Some(folder) = vectors("rfc4134", lines.len()) else { return };
    let read = |file: &str| std::fs::read(folder.join(file)).unwrap();
    let certificate = |file: &str| Certificate::from_der(&read(file)).unwrap();
    let keys = Keys {
        identities: vec![read_identity(
            folder.join("BobPrivRSAEncrypt.pri"),
            folder.join("BobRSASignByCarl.cer"),
        )],
        keks: vec![shared("737c791f25ead0e04629254352f7dc6291e5cb26917ada32", None)],
        detached: Some(("4.3.bin", read("ExContent.bin"))),
        intermediates: vec![
            certificate("AliceRSASignByCarl.cer"),
            certificate("AliceDSSSignByCarlNoInherit.cer"),
        ],
        anchors: vec![certificate("CarlRSASelf.cer"), certificate("CarlDSSSelf.cer")],
        ..Keys::default()
    };
    run(&folder, &["rfc4134.txt", "ExContent.bin"], &keys, lines);
}
