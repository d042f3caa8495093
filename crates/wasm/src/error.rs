//! Failures with codes that never change.

use wasm_bindgen::JsValue;

/// What a call can fail with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// From CMS, certificates or keys.
    Smime(sceau_smime::Error),
    /// From the message itself.
    Mime(sceau_mime::Error),
    /// An argument has not the shape that is documented.
    BadArgument(String),
    /// There is no part with this number.
    NoSuchPart,
    /// No key of the kind that is needed was given.
    NoKey,
}

impl Failure {
    /// The code that scripts may rely on. One exhaustive match: a new variant does not compile without a code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Smime(error) => smime_code(error),
            Self::Mime(error) => mime_code(error),
            Self::BadArgument(_) => "bad_argument",
            Self::NoSuchPart => "no_such_part",
            Self::NoKey => "no_key",
        }
    }

    /// English for people.
    pub fn text(&self) -> String {
        match self {
            Self::Smime(error) => error.to_string(),
            Self::Mime(error) => error.to_string(),
            Self::BadArgument(detail) => format!("an argument is not as documented: {detail}"),
            Self::NoSuchPart => "there is no part with this number".to_owned(),
            Self::NoKey => "no key for this purpose was given".to_owned(),
        }
    }
}

fn smime_code(error: &sceau_smime::Error) -> &'static str {
    use sceau_smime::Error;
    match error {
        Error::Malformed { .. } => "malformed",
        Error::UnsupportedAlgorithm { .. } => "unsupported_algorithm",
        Error::AlgorithmParameters { .. } => "algorithm_parameters",
        Error::WrongKeyKind => "wrong_key_kind",
        Error::RsaKeySize { .. } => "rsa_key_size",
        Error::LegacyAlgorithm => "legacy_algorithm",
        Error::BadSignature => "bad_signature",
        Error::PasswordRequired => "password_required",
        Error::WrongPassword => "wrong_password",
        Error::LimitExceeded { .. } => "limit_exceeded",
        Error::Missing { .. } => "missing",
        Error::KeyMismatch => "key_mismatch",
        Error::BadAddress => "address_not_acceptable",
        Error::NotForThisKey => "not_for_this_key",
        Error::Decrypt => "decrypt",
    }
}

fn mime_code(error: &sceau_mime::Error) -> &'static str {
    use sceau_mime::Error;
    match error {
        Error::NotAMessage => "not_a_message",
        Error::TooDeep { .. } => "too_deep",
        Error::TooManyParts { .. } => "too_many_parts",
        Error::HeaderTooLong { .. } => "header_too_long",
        Error::DecodedTooLong { .. } => "decoded_too_long",
        Error::BadAddress(_) => "bad_address",
        Error::BadMessageId(_) => "bad_message_id",
        Error::BadHeader(_) => "bad_header",
        Error::NotCms => "not_cms",
        Error::BadBase64 => "bad_base64",
        Error::BadMultipartSigned => "bad_multipart_signed",
    }
}

impl From<sceau_smime::Error> for Failure {
    fn from(error: sceau_smime::Error) -> Self {
        Self::Smime(error)
    }
}

impl From<sceau_mime::Error> for Failure {
    fn from(error: sceau_mime::Error) -> Self {
        Self::Mime(error)
    }
}

impl From<serde_wasm_bindgen::Error> for Failure {
    fn from(error: serde_wasm_bindgen::Error) -> Self {
        Self::BadArgument(error.to_string())
    }
}

impl From<Failure> for JsValue {
    /// An `Error` with a `code`.
    fn from(failure: Failure) -> Self {
        let error = js_sys::Error::new(&failure.text());
        // Setting a property on a fresh object cannot fail.
        let _ = js_sys::Reflect::set(&error, &Self::from_str("code"), &Self::from_str(failure.code()));
        error.into()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use sceau_mime::Error as Mime;
    use sceau_smime::{Error as Smime, Limit, Structure};

    use super::Failure;

    fn oid() -> const_oid::ObjectIdentifier {
        const_oid::ObjectIdentifier::new_unwrap("1.2.3")
    }

    fn smime() -> Vec<(Smime, &'static str)> {
        vec![
            (Smime::Malformed { what: Structure::Cms }, "malformed"),
            (Smime::UnsupportedAlgorithm { oid: oid() }, "unsupported_algorithm"),
            (Smime::AlgorithmParameters { oid: oid() }, "algorithm_parameters"),
            (Smime::WrongKeyKind, "wrong_key_kind"),
            (Smime::RsaKeySize { bits: 512 }, "rsa_key_size"),
            (Smime::LegacyAlgorithm, "legacy_algorithm"),
            (Smime::BadSignature, "bad_signature"),
            (Smime::PasswordRequired, "password_required"),
            (Smime::WrongPassword, "wrong_password"),
            (Smime::LimitExceeded { limit: Limit::Nesting }, "limit_exceeded"),
            (Smime::Missing { what: Structure::Certificate }, "missing"),
            (Smime::KeyMismatch, "key_mismatch"),
            (Smime::BadAddress, "address_not_acceptable"),
            (Smime::NotForThisKey, "not_for_this_key"),
            (Smime::Decrypt, "decrypt"),
        ]
    }

    fn mime() -> Vec<(Mime, &'static str)> {
        vec![
            (Mime::NotAMessage, "not_a_message"),
            (Mime::TooDeep { limit: 1 }, "too_deep"),
            (Mime::TooManyParts { limit: 1 }, "too_many_parts"),
            (Mime::HeaderTooLong { found: 2, limit: 1 }, "header_too_long"),
            (Mime::DecodedTooLong { found: 2, limit: 1 }, "decoded_too_long"),
            (Mime::BadAddress("x".into()), "bad_address"),
            (Mime::BadMessageId("x".into()), "bad_message_id"),
            (Mime::BadHeader("x".into()), "bad_header"),
            (Mime::NotCms, "not_cms"),
            (Mime::BadBase64, "bad_base64"),
            (Mime::BadMultipartSigned, "bad_multipart_signed"),
        ]
    }

    fn own() -> Vec<(Failure, &'static str)> {
        vec![
            (Failure::BadArgument("x".into()), "bad_argument"),
            (Failure::NoSuchPart, "no_such_part"),
            (Failure::NoKey, "no_key"),
        ]
    }

    fn all() -> Vec<(Failure, &'static str)> {
        let smime = smime().into_iter().map(|(error, code)| (Failure::from(error), code));
        let mime = mime().into_iter().map(|(error, code)| (Failure::from(error), code));
        smime.chain(mime).chain(own()).collect()
    }

    #[test]
    fn every_variant_has_its_code_and_a_text() {
        for (failure, code) in all() {
            assert_eq!(failure.code(), code);
            assert!(!failure.text().is_empty(), "{code}");
        }
    }

    #[test]
    fn codes_are_told_apart() {
        let codes: BTreeSet<&str> = all().iter().map(|(failure, _)| failure.code()).collect();
        assert_eq!(codes.len(), all().len());
    }

    #[test]
    fn what_depends_on_a_secret_says_nothing() {
        assert_eq!(Failure::from(Smime::Decrypt).text(), "cannot be opened with this key");
    }
}
