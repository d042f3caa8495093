//! BER and the structures of CMS.

use sceau_smime::cms::ber::{Tlv, to_der};
use sceau_smime::cms::content_cipher::ContentAlgorithm;
use sceau_smime::cms::content_info::{ContentInfo, ContentType};
use sceau_smime::cms::envelope::Envelope;
use sceau_smime::cms::signed_data::SignedData;

/// What is DER once is DER for good.
pub(crate) fn ber(data: &[u8]) {
    walk(Tlv::parse(data).ok(), 0);
    if let Ok(der) = to_der(data) {
        let again = to_der(&der);
        assert!(again.as_ref().is_ok_and(|again| *again == der), "DER changes when it is made DER");
    }
}

/// Every element, and the octets of every string.
fn walk(element: Option<Tlv<'_>>, depth: usize) {
    let Some(element) = element.filter(|_| depth < 64) else { return };
    let octets = element.octets();
    assert!(octets.is_err() || element.raw.len() >= octets.map_or(0, |octets| octets.len()));
    let Ok(mut children) = element.children() else { return };
    while let Ok(Some(child)) = children.next_element() {
        walk(Some(child), depth + 1);
    }
}

/// A ContentInfo reads the same in BER and in the DER it stands for. It may be read where DER cannot be made of it: what is
/// inside is read when it is needed.
pub(crate) fn content_info(data: &[u8]) {
    let Ok(info) = ContentInfo::read(data) else { return };
    if let Ok(der) = to_der(data) {
        let again = ContentInfo::read(&der).map(|again| again.content_type);
        assert!(again.is_ok_and(|again| again == info.content_type), "BER and DER differ");
    }
    match info.content_type {
        ContentType::SignedData => drop(SignedData::read(info.content)),
        _ => drop(Envelope::read(&info)),
    }
}

/// A content-encryption algorithm that was read and written reads the same.
pub(crate) fn algorithm(data: &[u8]) {
    let Ok(read) = ContentAlgorithm::from_der(data) else { return };
    let again = ContentAlgorithm::from_der(&read.to_der());
    assert!(again.is_ok_and(|again| again.cipher == read.cipher && again.iv() == read.iv()));
}
