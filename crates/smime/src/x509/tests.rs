use super::*;

fn vectors() -> Option<std::path::PathBuf> {
    let found = std::env::var_os("SCEAU_VECTORS").map(std::path::PathBuf::from);
    if found.is_none() {
        eprintln!("SKIPPED: SCEAU_VECTORS is not set, certificate samples not read");
    }
    found
}

#[test]
fn every_pkits_certificate_is_read() {
    let Some(vectors) = vectors() else { return };
    let mut count = 0;
    for entry in std::fs::read_dir(vectors.join("pkits/certs")).unwrap() {
        let path = entry.unwrap().path();
        let der = std::fs::read(&path).unwrap();
        let certificate = Certificate::from_der(&der).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert_eq!(certificate.der(), der);
        count += 1;
    }
    assert_eq!(count, 405);
}

#[test]
fn bundles_are_read() {
    let Some(vectors) = vectors() else { return };
    for (file, count) in [("pkits.p7b", 2), ("pkits_ee.p7b", 1), ("cert.pem", 1), ("GoodCACert.crt", 1)] {
        let bytes = std::fs::read(vectors.join("rustcrypto/cms").join(file)).unwrap();
        assert_eq!(Certificate::read_all(&bytes).unwrap().len(), count, "{file}");
    }
    assert!(Certificate::read_all(b"-----BEGIN X-----\n-----END X-----\n").is_err());
}

#[test]
fn facts_of_a_known_certificate() {
    let Some(vectors) = vectors() else { return };
    let bytes = std::fs::read(vectors.join("pkits/certs/ValidRFC822nameConstraintsTest21EE.crt")).unwrap();
    let certificate = Certificate::read_all(&bytes).unwrap().remove(0);
    assert_eq!(certificate.common_name(), Some("Valid RFC822 nameConstraints EE Certificate Test21"));
    assert_eq!(certificate.version(), 3);
    assert_eq!(certificate.emails(), ["Test21EE@mailserver.testcertificates.gov"]);
    assert!(certificate.has_email("test21ee@MAILSERVER.testcertificates.gov"));
    assert!(certificate.can_sign() && certificate.can_encrypt());
    assert!(certificate.is_valid_at(UnixTime::from_rfc3339("2011-04-15T00:00:00Z").unwrap()));
    assert!(!certificate.is_valid_at(UnixTime::from_rfc3339("2009-12-31T00:00:00Z").unwrap()));
    assert_eq!(certificate.public_key().unwrap().kind(), crate::key::KeyKind::Rsa { bits: 2048 });
}

#[test]
fn damaged_certificates_are_refused_without_panic() {
    let Some(vectors) = vectors() else { return };
    let der = std::fs::read(vectors.join("pkits/certs/GoodCACert.crt")).unwrap();
    let issuer = std::fs::read(vectors.join("pkits/certs/TrustAnchorRootCertificate.crt")).unwrap();
    let issuer = Certificate::from_der(&issuer).unwrap().public_key().unwrap();
    assert_eq!(Certificate::from_der(&der).unwrap().verify_signed_by(&issuer, false), Ok(()));
    for at in 0..der.len() {
        let mut damaged = der.clone();
        damaged[at] ^= 0x55;
        if let Ok(certificate) = Certificate::from_der(&damaged) {
            assert!(certificate.verify_signed_by(&issuer, false).is_err(), "octet {at}");
        }
        assert!(Certificate::from_der(&der[..at]).is_err());
    }
}
