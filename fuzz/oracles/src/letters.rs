//! Letters: whatever is done to one, nothing counts as signed but what was signed.

use sceau_smime::Error;
use sceau_smime::letter::{Judged, LayerReport, OpenRequest, open, open_card};

use crate::world::{Fixed, NOW, READER, SHARED, TRUST, was_written};

/// SignedData by itself: confirmed only if the message is one that was signed.
pub(crate) fn signed_data(data: &[u8]) {
    opened(data);
}

/// EnvelopedData proves nothing by itself, and fails in one way.
pub(crate) fn enveloped_data(data: &[u8]) {
    if let Some(judged) = opened(data)
        && judged.verified().is_none()
    {
        assert!(!judged.may_render_html() && !judged.may_follow_links() && !judged.may_quote());
    }
}

/// AuthEnvelopedData: what is opened was sealed as it is, by whoever knew the key.
pub(crate) fn auth_enveloped_data(data: &[u8]) {
    if let Some(judged) = opened(data)
        && judged.layers().iter().any(is_authenticated)
    {
        assert!(was_written(judged.message()), "a letter under a tag was changed");
    }
}

/// A mail of any kind.
pub(crate) fn letter(data: &[u8]) {
    opened(data);
}

/// A card beside a letter.
pub(crate) fn card(data: &[u8]) {
    let request = OpenRequest::new(data, &READER, &[], &TRUST, NOW);
    if let Ok(judged) = open_card(&request, &mut Fixed::new()) {
        assert!(!judged.trust().is_confirmed() || judged.verified().is_some());
    }
}

/// The letter, if it opens; and what must hold for any.
pub(crate) fn opened(data: &[u8]) -> Option<Judged> {
    let request = OpenRequest { keks: &*SHARED, ..OpenRequest::new(data, &READER, &[], &TRUST, NOW) };
    match open(&request, &mut Fixed::new()) {
        Ok(judged) => {
            assert_eq!(judged.trust().is_confirmed(), judged.verified().is_some());
            assert!(
                !judged.trust().is_confirmed() || was_written(judged.message()),
                "a forgery is confirmed"
            );
            Some(judged)
        }
        Err(error) => {
            assert!(!matches!(error, Error::WrongPassword | Error::PasswordRequired), "there is no password");
            None
        }
    }
}

fn is_authenticated(layer: &LayerReport) -> bool {
    matches!(layer, LayerReport::Encrypted(layer) if layer.authenticated)
}
