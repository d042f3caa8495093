use super::ber::to_der;
use super::content_info::{ContentInfo, ContentType};
use super::envelope::Envelope;
use super::signed_data::SignedData;
use crate::PrivateKey;
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
