//! From the codes of the smime crate to what the page has words for.

use sceau_protocol::{Reason, TimeSource, Trust};
use sceau_smime::verdict;

/// The verdict.
pub(crate) fn trust(found: verdict::Trust) -> Trust {
    match found {
        verdict::Trust::SealedSigned => Trust::SealedSigned,
        verdict::Trust::Signed => Trust::Signed,
        verdict::Trust::Gateway => Trust::Gateway,
        verdict::Trust::SealedUnverified => Trust::SealedUnverified,
        verdict::Trust::Clear => Trust::Clear,
        verdict::Trust::Broken => Trust::Broken,
    }
}

/// Where a verdict's moment comes from; `first_check` says that we gave the one the index remembers.
pub(crate) fn time_source(found: verdict::TimeSource, first_check: bool) -> TimeSource {
    match found {
        verdict::TimeSource::Token => TimeSource::Token,
        verdict::TimeSource::SigningTime => TimeSource::SigningTime,
        verdict::TimeSource::Given if first_check => TimeSource::FirstCheck,
        verdict::TimeSource::Given => TimeSource::Given,
    }
}

/// A reason or warning by its stable code; none for codes that only matter elsewhere.
pub(crate) fn reason(code: &str) -> Option<Reason> {
    Some(match code {
        "digest_mismatch" | "content_digest_mismatch" | "content_type_mismatch" | "bad_signed_attributes" => {
            Reason::ContentModified
        }
        "bad_signature" | "signing_certificate_mismatch" | "algorithm_mismatch" | "gateway_pretender" => {
            Reason::SignatureInvalid
        }
        "no_path_to_anchor"
        | "certificate_signature_invalid"
        | "certificate_missing"
        | "issuer_not_an_authority"
        | "path_length_exceeded"
        | "issuer_key_usage"
        | "unknown_critical_extension"
        | "name_constraint_violated"
        | "name_constraint_unsupported"
        | "certificate_policy"
        | "policy_mapping_invalid"
        | "certificate_profile"
        | "path_budget_spent" => Reason::SignerUntrusted,
        "anchor_domain_not_allowed" => Reason::DomainNotAllowed,
        "certificate_expired" | "certificate_not_yet_valid" => Reason::SignerExpired,
        "not_for_signing" | "certificate_purpose" => Reason::SignerUsage,
        "certificate_revoked" => Reason::SignerRevoked,
        "key_compromised" => Reason::SignerCompromised,
        "revocation_unknown" | "revocation_not_current" => Reason::RevocationUnknown,
        "signer_not_from" => Reason::SignerIsNotSender,
        "from_missing" | "several_from" => Reason::SenderAmbiguous,
        "legacy_algorithm"
        | "legacy_refused"
        | "legacy_cipher"
        | "algorithm_unsupported"
        | "certificate_legacy_algorithm"
        | "certificate_unsupported_algorithm" => Reason::LegacyAlgorithm,
        "display_name_differs" => Reason::DisplayNameDiffers,
        "looks_like" => Reason::LooksLike,
        "not_addressed_to_reader" => Reason::NotAddressedToReader,
        "outer_headers_differ" => Reason::OuterHeadersDiffer,
        "unsigned" | "content_missing" => Reason::Unsigned,
        "signed_outside_only" => Reason::PartlySigned,
        "damaged_message" => Reason::Damaged,
        "repaired_line_ends" => Reason::RepairedLineEnds,
        "not_authenticated" => Reason::SealWithoutIntegrity,
        // The page says these by what it shows: no links, text instead of HTML, an empty letter.
        "plain_text_only" | "html_only" | "no_content" => return None,
        _ => Reason::Other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sceau_smime::path::PathError;
    use sceau_smime::verdict::Code;

    /// Codes that have no word of their own in the page, by decision.
    const OTHER: [&str; 15] = [
        "timestamp_invalid",
        "timestamp_mismatch",
        "timestamp_purpose",
        "timestamp_unusable",
        "signing_time_in_future",
        "signing_time_unusable",
        "several_signers",
        "not_a_message",
        // Of other networks' letters, which the page does not judge by these.
        "recipient_emails_unreadable",
        "recipient_emails_unsigned",
        "recipient_emails_differ",
        "recipient_emails_incomplete",
        "recipient_emails_without_reader",
        "recipient_emails_not_addressed",
        "domain_bound_certificate",
    ];

    #[test]
    fn every_code_of_smime_is_decided_upon() {
        let codes = Code::ALL.iter().map(|code| code.code()).chain(PathError::CODES.iter().copied());
        for code in codes {
            assert_eq!(reason(code) == Some(Reason::Other), OTHER.contains(&code), "{code}");
        }
    }

    /// What the hostile letters of the smime crate say has a word of its own in the page, and so a sentence in French and one
    /// in English: the page's tables are complete by their types.
    #[test]
    fn every_code_of_a_hostile_letter_has_its_sentence() {
        let codes = include_str!("../../smime/tests/letters/spoof/codes.txt");
        assert_eq!(codes.lines().count(), 27);
        for code in codes.lines() {
            let told = reason(code);
            assert!(told.is_some_and(|reason| reason != Reason::Other), "{code}: {told:?}");
        }
    }
}
