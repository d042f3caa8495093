//! Letters that are signed and not sealed: for whoever has no key, or for everybody to read.

use rand_core::CryptoRng;
use sceau_mime as mime;

use super::seal::sign_entity;
use crate::UnixTime;
use crate::cms::sign::{Enclosure, compat_scheme};
use crate::error::{Error, Result, Structure};
use crate::x509::Identity;

/// Signs a letter whose fields anybody may read (RFC 9788 §5.2, `hp="clear"`): outside stands what stands inside, and who is in
/// Bcc is named in neither place.
///
/// Detached, it is a `multipart/signed` that programs without S/MIME show. Nobody can have changed a protected field;
/// everybody can have read it. `signer` is the author's own key, judged by the caller; `now` becomes the signing time.
///
/// # Errors
/// `BadAddress` for a draft that cannot be written; `Malformed` for that too, and for a detached signature over a given body
/// that is no lines of text (RFC 8551 §3.1.1); `WrongKeyKind` for a key that cannot sign.
pub fn sign_letter(
    draft: &mime::Draft,
    enclosure: Enclosure,
    signer: &Identity,
    now: UnixTime,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>> {
    if !signer.certificate.can_sign() {
        return Err(Error::WrongKeyKind);
    }
    let outer = mime::Outer { transfer: mime::TransferSafety::SevenBit, legacy_display: false };
    let composed =
        mime::compose_as(draft, &outer, mime::Form::Signed).map_err(|error| Error::from(&error))?;
    if enclosure == Enclosure::Detached && !mime::is_lines_of_text(&composed.message) {
        return Err(Error::Malformed { what: Structure::Message });
    }
    let scheme = compat_scheme(signer);
    sign_entity(&composed.message, enclosure, signer, scheme, &composed.outer_headers, now, rng)
}
