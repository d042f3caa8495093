//! What a reader is told about a letter: the table, the reasons and the warnings, with names that never change.

use serde::Serialize;

use crate::path::PathError;

/// How far a letter can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Sealed, signature valid, sender confirmed.
    SealedSigned,
    /// Signed only, valid.
    Signed,
    /// By a gateway allowed for that domain.
    Gateway,
    /// Sealed; unsigned, untrusted, expired then, revocation unknown, legacy algorithm.
    SealedUnverified,
    /// Neither sealed nor validly signed.
    Clear,
    /// Tampered, or the signer pretends to be another, or was revoked for compromise.
    Broken,
}

impl Trust {
    /// Whether sender and content may be shown as confirmed.
    #[must_use]
    pub fn is_confirmed(self) -> bool {
        matches!(self, Self::SealedSigned | Self::Signed | Self::Gateway)
    }

    /// Exit code of the command line.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        u8::from(!self.is_confirmed())
    }

    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::SealedSigned => "sealed_signed",
            Self::Signed => "signed",
            Self::Gateway => "gateway",
            Self::SealedUnverified => "sealed_unverified",
            Self::Clear => "clear",
            Self::Broken => "broken",
        }
    }
}

/// The verdict over one signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureVerdict {
    /// Right, by a signer we trust.
    Valid,
    /// Wrong.
    Invalid,
    /// Right, but the signer's certificate does not stand.
    Untrusted,
    /// Right, by an algorithm that proves nothing any more.
    Legacy,
    /// Could not be checked.
    Unknown,
}

/// Where the moment of a verdict comes from (design: the earliest proven one).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeSource {
    /// A valid RFC 3161 token.
    Token,
    /// The signer's own claim, her certificate having been valid then.
    SigningTime,
    /// Given by the caller: now, or the first successful check it kept.
    Given,
}

macro_rules! codes {
    ($($(#[$cfg:meta])* $name:ident = $code:literal, $text:literal;)*) => {
        /// Reasons and warnings. Codes are never renamed; new ones may come.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$cfg])* #[doc = $text] $name,)*
        }

        impl Code {
            /// All codes, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$($(#[$cfg])* Self::$name,)*];

            /// The stable code.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $($(#[$cfg])* Self::$name => $code,)* }
            }

            /// What it means, in English.
            #[must_use]
            pub fn text(self) -> &'static str {
                match self { $($(#[$cfg])* Self::$name => $text,)* }
            }
        }
    };
}

codes! {
    // The signature itself.
    DigestMismatch = "digest_mismatch", "The content is not what was signed.";
    BadSignature = "bad_signature", "The signature does not fit the signer's key.";
    ContentTypeMismatch = "content_type_mismatch", "The signature is over another type of content.";
    BadSignedAttributes = "bad_signed_attributes", "The signed attributes contradict themselves or are incomplete.";
    SigningCertificateMismatch = "signing_certificate_mismatch", "The signature names another certificate than the one it came with.";
    AlgorithmMismatch = "algorithm_mismatch", "The algorithms used are not those that were signed.";
    // What could not be judged.
    CertificateMissing = "certificate_missing", "The signer's certificate is missing.";
    AlgorithmUnsupported = "algorithm_unsupported", "The signature uses an algorithm this program does not know.";
    LegacyRefused = "legacy_refused", "The signature uses an algorithm that is no longer safe.";
    LegacyAlgorithm = "legacy_algorithm", "The signature is right, by an algorithm that is no longer safe.";
    ContentMissing = "content_missing", "The signed content is not in the file.";
    // The certificate; what a path lacks is told by the codes of [`crate::path::PathError`].
    NotForSigning = "not_for_signing", "The certificate is not meant for signing letters.";
    RevocationNotCurrent = "revocation_not_current", "The revocation list is too old to say whether the certificate still stands.";
    // The sender.
    SignerNotFrom = "signer_not_from", "The signer is not the person in the From field.";
    FromMissing = "from_missing", "The letter names no sender.";
    SeveralFrom = "several_from", "The letter names several senders, or its From field is ambiguous.";
    GatewayPretender = "gateway_pretender", "A gateway signed for a domain that is not its own.";
    // Time-stamps.
    TimestampInvalid = "timestamp_invalid", "The time-stamp cannot be read, or contradicts itself.";
    TimestampMismatch = "timestamp_mismatch", "The time-stamp is for another signature.";
    TimestampPurpose = "timestamp_purpose", "The time-stamp's certificate is not one for time-stamps alone.";
    // Warnings.
    TimestampUnusable = "timestamp_unusable", "The letter's time-stamp proves nothing; the verdict is for another moment.";
    LooksLike = "looks_like", "The sender's address looks like that of somebody you know, and is another.";
    NotAddressedToReader = "not_addressed_to_reader", "None of your addresses is among the recipients.";
    DisplayNameDiffers = "display_name_differs", "The sender's name in the letter is not the one in the certificate.";
    Unsigned = "unsigned", "The letter carries no signature that covers all of it.";
    PlainTextOnly = "plain_text_only", "Shown as plain text, without links and without quoting, because the sender is not confirmed.";
    NotAuthenticated = "not_authenticated", "The encryption does not protect against changes on the way.";
    LegacyCipher = "legacy_cipher", "Sealed with a cipher that is no longer safe.";
    OuterHeadersDiffer = "outer_headers_differ", "What stands on the envelope is not what is inside.";
    SigningTimeInFuture = "signing_time_in_future", "The signing time lies in the future.";
    SigningTimeUnusable = "signing_time_unusable", "The certificate was not valid at the signing time claimed.";
    HtmlOnly = "html_only", "The letter has HTML; its text is shown.";
    SeveralSigners = "several_signers", "The letter has several signatures.";
    SignedOutsideOnly = "signed_outside_only", "Only the envelope is signed, not the letter inside.";
    NoContent = "no_content", "The message carries certificates only.";
    RepairedLineEnds = "repaired_line_ends", "A program on the way changed line ends inside the letter; they were put back, which the signature confirms.";
    NotAMessage = "not_a_message", "The content is not a mail; it is shown as it is.";
    ContentDigestMismatch = "content_digest_mismatch", "The content is not what the digest beside it was made over.";
    DamagedMessage = "damaged_message", "The mail is damaged; it is shown as far as it can be read.";
    // Other networks.
    #[cfg(feature = "more")]
    RecipientEmailsUnreadable = "recipient_emails_unreadable", "The signed list of recipients cannot be read, or is there twice.";
    #[cfg(feature = "more")]
    RecipientEmailsUnsigned = "recipient_emails_unsigned", "The envelope has a list of recipients that nobody signed.";
    #[cfg(feature = "more")]
    RecipientEmailsDiffer = "recipient_emails_differ", "The list of recipients on the envelope is not the one that was signed.";
    #[cfg(feature = "more")]
    RecipientEmailsIncomplete = "recipient_emails_incomplete", "The letter is not sealed for exactly those whom the signed list of recipients names: somebody may have sealed it anew.";
    #[cfg(feature = "more")]
    RecipientEmailsWithoutReader = "recipient_emails_without_reader", "None of your addresses is in the signed list of recipients.";
    #[cfg(feature = "more")]
    RecipientEmailsNotAddressed = "recipient_emails_not_addressed", "The signed list of recipients names somebody to whom the letter is not addressed.";
    #[cfg(feature = "more")]
    DomainBoundCertificate = "domain_bound_certificate", "The sender's certificate stands for every address of the domain, not for this one.";
}

impl core::fmt::Display for Code {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.code())
    }
}

/// A reason or a warning as it is reported: a stable code and an English sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// One of [`Code`] or of [`crate::path::PathError::CODES`].
    pub code: &'static str,
    /// What it means.
    pub text: String,
}

impl From<Code> for Note {
    fn from(code: Code) -> Self {
        Self { code: code.code(), text: code.text().to_owned() }
    }
}

impl From<&PathError> for Note {
    fn from(error: &PathError) -> Self {
        Self { code: error.code(), text: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_snake_case() {
        let mut seen = std::collections::HashSet::new();
        assert!(PathError::CODES.iter().all(|code| seen.insert(*code)));
        for code in Code::ALL {
            assert!(seen.insert(code.code()), "{code} twice");
            assert!(code.code().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{code}");
            assert!(code.text().ends_with('.'), "{code}");
        }
    }

    #[test]
    fn only_confirmed_letters_exit_zero() {
        for (trust, exit) in [
            (Trust::SealedSigned, 0),
            (Trust::Signed, 0),
            (Trust::Gateway, 0),
            (Trust::SealedUnverified, 1),
            (Trust::Clear, 1),
            (Trust::Broken, 1),
        ] {
            assert_eq!(trust.exit_code(), exit);
            assert_eq!(serde_json::to_string(&trust).unwrap(), format!("\"{}\"", trust.code()));
        }
    }
}
