//! What two other networks of carers want of a letter: KIM in Germany (gemSMIME_KOMLE) and Direct in the United States
//! (Applicability Statement for Secure Health Transport).

use std::borrow::Cow;

use sceau_mime as mime;

use super::seal::{Profile, Recipient, SealRequest};
use crate::cms::attributes::Attribute;
use crate::cms::capabilities::Capabilities;
use crate::cms::envelope::Sealing;
use crate::cms::recipient_emails;
use crate::error::Result;
use crate::x509::Identity;

/// `smime-type` of KIM (A_2104); RFC 8551 has another word.
pub(super) const KIM_SMIME_TYPE: &str = "authenticated-enveloped-data";
/// Cipher of KIM's envelopes.
pub(super) const KIM_SEALING: Sealing = Sealing::Aes256Gcm { derive: false };

/// The header section where a profile wants another than RFC 9788's.
pub(super) fn form(profile: Profile) -> Option<mime::Form> {
    match profile {
        Profile::Kim => Some(mime::Form::Kim),
        Profile::Direct => Some(mime::Form::Wrapped),
        _ => None,
    }
}

/// Whether spaces may follow the signed entity: other networks' programs were not built to pass over them.
pub(super) fn is_padded(profile: Profile) -> bool {
    form(profile).is_none()
}

/// The signer as she is named in the letter: KIM wants her certificate and no other (A_2122).
pub(super) fn signer_for<'a>(request: &SealRequest<'a>) -> Cow<'a, Identity> {
    match request.profile {
        Profile::Kim if !request.signer.chain.is_empty() => {
            Cow::Owned(Identity { chain: Vec::new(), ..request.signer.clone() })
        }
        _ => Cow::Borrowed(request.signer),
    }
}

/// Who a letter of KIM is sealed for (A_2114-01, A_2127); `None` in every other profile.
///
/// # Errors
/// `BadAddress` for an address outside ASCII, `Missing` without recipients.
pub(super) fn recipient_emails(profile: Profile, recipients: &[Recipient]) -> Result<Option<Attribute>> {
    if profile != Profile::Kim {
        return Ok(None);
    }
    let named = recipients.iter().map(|one| (one.address.as_str(), &one.certificate));
    recipient_emails::attribute(named).map(Some)
}

/// KIM seals every copy for its sender too (A_2111-01).
pub(super) fn with_sender(mut class: Vec<Recipient>, profile: Profile, own: &Recipient) -> Vec<Recipient> {
    if profile == Profile::Kim && !class.iter().any(|one| one.certificate == own.certificate) {
        class.push(own.clone());
    }
    class
}

/// One copy for those who read long keys and one for those who do not, so that these do not weaken the others.
pub(super) fn apart(class: Vec<Recipient>, profile: Profile) -> Vec<Vec<Recipient>> {
    let (short, long): (Vec<_>, Vec<_>) =
        class.into_iter().partition(|one| reads_short_keys_only(one, profile));
    [long, short].into_iter().filter(|class| !class.is_empty()).collect()
}

/// The cipher of Direct: AES-256, unless somebody reads AES-128 only.
pub(super) fn direct_sealing(recipients: &[Recipient]) -> Sealing {
    if has_short_keys(recipients, Profile::Direct) { Sealing::Aes128Cbc } else { Sealing::Aes256Cbc }
}

/// Whether somebody of a copy reads short keys only.
pub(super) fn has_short_keys(recipients: &[Recipient], profile: Profile) -> bool {
    recipients.iter().any(|one| reads_short_keys_only(one, profile))
}

fn reads_short_keys_only(recipient: &Recipient, profile: Profile) -> bool {
    recipient.capabilities.is_some_and(|known| is_short(&known, profile))
}

/// Whether a program said that it reads AES-128 and not AES-256, in the mode of the profile.
pub(super) fn is_short(known: &Capabilities, profile: Profile) -> bool {
    match profile {
        Profile::Default => known.aes128_gcm && !known.aes256_gcm,
        Profile::Direct => known.aes128_cbc && !known.aes256_cbc,
        _ => false,
    }
}
