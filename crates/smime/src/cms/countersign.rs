//! Countersignatures (RFC 5652 §11.4): signatures over a signature. They add to it and never make or break a verdict.

use super::attributes::Attribute;
use super::oids;
use super::signed_data::SignerInfo;
use super::verify::{CheckedSignature, Signed, check};
use crate::backend::Backend;
use crate::x509::Certificate;

/// Most countersignatures of one signature that are checked, a public-key operation each; letters have one or two.
pub(crate) const MAX_COUNTERSIGNATURES: usize = 8;

/// Checks the countersignatures among `unsigned` over `signature`; all of it is untrusted. What cannot be read is passed
/// over, like everything else nobody vouches for.
pub(crate) async fn check_all(
    backend: &dyn Backend,
    signature: &[u8],
    unsigned: &[Attribute],
    pool: &[Certificate],
    danger_legacy: bool,
) -> Vec<CheckedSignature> {
    let signed =
        Signed { content_type: None, content: signature, digests: &[], pool, anchors: None, danger_legacy };
    let mut checked = Vec::new();
    for attribute in unsigned.iter().filter(|attribute| attribute.oid == oids::COUNTERSIGNATURE) {
        for value in attribute.values().unwrap_or_default() {
            if checked.len() == MAX_COUNTERSIGNATURES {
                return checked;
            }
            if let Ok(signer) = SignerInfo::read(value) {
                checked.push(check(backend, &signer, &signed).await);
            }
        }
    }
    checked
}
