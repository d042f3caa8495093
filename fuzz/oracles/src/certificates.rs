//! Certificates, lists, requests, names.

use core::hint::black_box;

use sceau_smime::ca::CertificationRequest;
use sceau_smime::crl::Crl;
use sceau_smime::name::Name;
use sceau_smime::path::{Budget, Validation, validate};
use sceau_smime::{Certificate, UnixTime};

use crate::world::{NOW, TRUST};

/// A certificate prints, and is believed only with a signature of the authority.
pub(crate) fn certificate(data: &[u8]) {
    let Ok(read) = Certificate::from_der(data) else { return };
    assert_eq!(read.der(), data);
    assert!(Certificate::from_der(read.der()).is_ok_and(|again| again == read));
    drop((read.subject().to_string(), read.issuer().to_string(), read.serial_hex(), read.to_pem()));
    black_box((read.emails().len(), read.can_sign(), read.can_encrypt(), read.is_valid_at(NOW)));
    let key = read.public_key();
    let validation = Validation::for_email(&TRUST.anchors, NOW);
    if validate(&read, &validation, Budget::default()).is_ok() {
        assert!(key.is_ok(), "a certificate without a key is believed");
        let anchored = TRUST.anchors.iter().any(|anchor| {
            anchor.certificate == read
                || anchor.certificate.public_key().is_ok_and(|key| read.verify_signed_by(&key, false).is_ok())
        });
        assert!(anchored, "a certificate is believed that the authority did not sign");
    }
}

/// A list is heeded only with a signature of the authority.
pub(crate) fn crl(data: &[u8]) {
    let Ok(read) = Crl::from_der(data) else { return };
    assert_eq!(read.der(), data);
    drop((read.issuer().to_string(), read.next_update(), read.is_current_at(UnixTime(0))));
    for anchor in TRUST.anchors.iter() {
        black_box(read.entry(&anchor.certificate).is_some());
        if let Ok(key) = anchor.certificate.public_key() {
            drop(read.verify_signed_by(&key, false));
        }
    }
}

/// A request says who signed it.
pub(crate) fn request(data: &[u8]) {
    if let Ok(read) = CertificationRequest::from_der(data) {
        drop(read.verify());
    }
}

/// A name that was read and written is the same name.
pub(crate) fn name(data: &[u8]) {
    let Ok(read) = Name::from_der(data) else { return };
    assert!(Name::from_der(read.der()).is_ok_and(|again| again == read));
    assert!(read.is_within(&read));
    drop((read.to_string(), read.email_addresses().count(), read.common_name().is_some()));
}
