//! From a fact to its sentence: exhaustive, so that a new fact does not compile before every language says it.

use sceau_protocol::{
    ArchiveObstacle, Caution, DeliveryState, Failure, FailureCode, LastSignIn, MailboxRole, PartKind, Reason,
    RecipientClass, ReportedOutcome, ReportedReason, Stage, TimeSource, Trust, WrongAddress,
};

use super::{Calendar, Words, fill};
use crate::state::drawn::Undrawn;

/// The three lengths of a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealText {
    /// The state, in three words.
    pub state: &'static str,
    /// What it means for this letter; `{who}` is the confirmed name or the gateway.
    pub sentence: &'static str,
    /// What it means in general, a click away.
    pub explanation: &'static str,
}

impl Words {
    /// What happened, what was not lost, what to do.
    pub fn failure(&self, failure: &Failure) -> String {
        let about = failure.about.as_deref().unwrap_or("…");
        fill(self.failure_code(failure.code), &[("about", about)])
    }

    /// The sentence of a code; `{about}` is an address, a file name or a date.
    pub fn failure_code(&self, code: FailureCode) -> &'static str {
        let words = &self.failure;
        match code {
            FailureCode::WrongPassPhrase => words.wrong_pass_phrase,
            FailureCode::WrongEnrolmentCode => words.wrong_enrolment_code,
            FailureCode::WeakPassPhrase => words.weak_pass_phrase,
            FailureCode::TooManyAttempts => words.too_many_attempts,
            FailureCode::SessionEnded => words.session_ended,
            FailureCode::SignedOut => words.signed_out,
            FailureCode::RelayUnreachable => words.relay_unreachable,
            FailureCode::RelayRefused => words.relay_refused,
            FailureCode::RelayBusy => words.relay_busy,
            FailureCode::RelayFull => words.relay_full,
            FailureCode::VaultConflict => words.vault_conflict,
            FailureCode::VaultDamaged => words.vault_damaged,
            FailureCode::FingerprintChanged => words.fingerprint_changed,
            FailureCode::NotReady => words.not_ready,
            FailureCode::WrongKeyFilePassPhrase => words.wrong_key_file_pass_phrase,
            FailureCode::KeyFileDamaged => words.key_file_damaged,
            FailureCode::KeyFileIncomplete => words.key_file_incomplete,
            FailureCode::CertificateNotYours => words.certificate_not_yours,
            FailureCode::CertificateUntrusted => words.certificate_untrusted,
            FailureCode::OwnCertificateExpired => words.own_certificate_expired,
            FailureCode::NoRecipient => words.no_recipient,
            FailureCode::BadAddress => words.bad_address,
            FailureCode::RecipientUnknown => words.recipient_unknown,
            FailureCode::RecipientCertificateWrong => words.recipient_certificate_wrong,
            FailureCode::RecipientCertificateExpired => words.recipient_certificate_expired,
            FailureCode::RecipientUntrusted => words.recipient_untrusted,
            FailureCode::RecipientRevoked => words.recipient_revoked,
            FailureCode::RecipientChanged => words.recipient_changed,
            FailureCode::RevocationStale => words.revocation_stale,
            FailureCode::TooLarge => words.too_large,
            FailureCode::DraftConflict => words.draft_conflict,
            FailureCode::CannotUnsend => words.cannot_unsend,
            FailureCode::Gone => words.gone,
            FailureCode::NotForThisKey => words.not_for_this_key,
            FailureCode::CannotOpen => words.cannot_open,
            FailureCode::NotALetter => words.not_a_letter,
            FailureCode::CannotShow => words.cannot_show,
            FailureCode::Locked => words.locked,
            FailureCode::Cancelled => words.cancelled,
            FailureCode::WorkerStopped => words.worker_stopped,
            FailureCode::Internal => words.internal,
        }
    }

    /// What is wrong with a typed address.
    pub fn wrong_address(&self, typed: &str, wrong: WrongAddress) -> String {
        let words = &self.writing;
        let sentence = match wrong {
            WrongAddress::NoAt => words.no_at,
            WrongAddress::Local => words.wrong_local,
            WrongAddress::Domain => words.wrong_domain,
            WrongAddress::Unclosed => words.unclosed,
            WrongAddress::Name => words.wrong_name,
            WrongAddress::TooLong => words.address_too_long,
        };
        fill(sentence, &[("about", typed)])
    }

    /// Why a verdict is what it is.
    pub fn reason(&self, reason: Reason) -> &'static str {
        let words = &self.reason;
        match reason {
            Reason::Unsigned => words.unsigned,
            Reason::PartlySigned => words.partly_signed,
            Reason::ContentModified => words.content_modified,
            Reason::SignatureInvalid => words.signature_invalid,
            Reason::SignerUntrusted => words.signer_untrusted,
            Reason::DomainNotAllowed => words.domain_not_allowed,
            Reason::SignerExpired => words.signer_expired,
            Reason::SignerUsage => words.signer_usage,
            Reason::SignerRevoked => words.signer_revoked,
            Reason::SignerCompromised => words.signer_compromised,
            Reason::RevocationUnknown => words.revocation_unknown,
            Reason::SignerIsNotSender => words.signer_is_not_sender,
            Reason::SenderAmbiguous => words.sender_ambiguous,
            Reason::LegacyAlgorithm => words.legacy_algorithm,
            Reason::DisplayNameDiffers => words.display_name_differs,
            Reason::LooksLike => words.looks_like,
            Reason::NotAddressedToReader => words.not_addressed_to_reader,
            Reason::OuterHeadersDiffer => words.outer_headers_differ,
            Reason::SealWithoutIntegrity => words.seal_without_integrity,
            Reason::ReadableAtGateway => words.readable_at_gateway,
            Reason::Damaged => words.damaged,
            Reason::RepairedLineEnds => words.repaired_line_ends,
            Reason::Other => words.other,
        }
    }

    /// What the seal says.
    pub fn seal(&self, trust: Trust) -> SealText {
        let w = &self.seal;
        let (state, sentence, explanation) = match trust {
            Trust::SealedSigned => (w.sealed_signed, w.sealed_signed_text, w.sealed_signed_more),
            Trust::Signed => (w.signed, w.signed_text, w.signed_more),
            Trust::Gateway => (w.gateway, w.gateway_text, w.gateway_more),
            Trust::SealedUnverified => (w.unverified, w.unverified_text, w.unverified_more),
            Trust::Clear => (w.clear, w.clear_text, w.clear_more),
            Trust::Broken => (w.broken, w.broken_text, w.broken_more),
        };
        SealText { state, sentence, explanation }
    }

    /// What a long job is doing.
    pub fn stage(&self, stage: Stage) -> &'static str {
        let words = &self.stage;
        match stage {
            Stage::Unlocking => words.unlocking,
            Stage::MakingKeys => words.making_keys,
            Stage::Sealing => words.sealing,
            Stage::Uploading => words.uploading,
            Stage::Downloading => words.downloading,
            Stage::Opening => words.opening,
            Stage::Indexing => words.indexing,
            Stage::Preparing => words.preparing,
        }
    }

    /// What a file is by its content.
    pub fn part_kind(&self, kind: PartKind) -> &'static str {
        let words = &self.part;
        match kind {
            PartKind::Pdf => words.pdf,
            PartKind::Image => words.image,
            PartKind::OtherImage => words.other_image,
            PartKind::Letter => words.letter,
            PartKind::Archive => words.archive,
            PartKind::Table => words.table,
            PartKind::Xml => words.xml,
            PartKind::Hprim => words.hprim,
            PartKind::Calendar => words.calendar,
            PartKind::Text => words.text,
            PartKind::Html => words.html,
            PartKind::Office => words.office,
            PartKind::Media => words.media,
            PartKind::Program => words.program,
            PartKind::Other => words.other,
        }
    }

    /// Why a file's name should not be believed.
    pub fn caution(&self, caution: Caution) -> &'static str {
        let words = &self.caution;
        match caution {
            Caution::HiddenMarks => words.hidden_marks,
            Caution::DoubleEnding => words.double_ending,
            Caution::OtherContent => words.other_content,
            Caution::Runs => words.runs,
        }
    }

    /// Why a file of a ZIP cannot be taken out.
    pub fn archive_obstacle(&self, obstacle: ArchiveObstacle) -> &'static str {
        let words = &self.preview;
        match obstacle {
            ArchiveObstacle::Encrypted => words.encrypted,
            ArchiveObstacle::Unsupported => words.unsupported,
            ArchiveObstacle::TooLarge => words.too_large,
            ArchiveObstacle::Damaged => words.damaged,
        }
    }

    /// Why a file is not drawn.
    pub fn undrawn(&self, undrawn: Undrawn) -> &'static str {
        let words = &self.preview;
        match undrawn {
            Undrawn::NotKnown => words.undrawn_kind,
            Undrawn::Damaged => words.undrawn_damaged,
            Undrawn::Locked => words.undrawn_locked,
            Undrawn::TooLarge => words.undrawn_large,
            Undrawn::TooManyPixels => words.undrawn_pixels,
            Undrawn::NoEngine => words.undrawn_engine,
            Undrawn::Silent => words.undrawn_silent,
        }
    }

    /// What became of a letter for one recipient.
    pub fn delivery(&self, state: DeliveryState) -> &'static str {
        let words = &self.delivery;
        match state {
            DeliveryState::Queued => words.queued,
            DeliveryState::Delivered => words.delivered,
            DeliveryState::Failed => words.failed,
            DeliveryState::Unknown => words.unknown,
        }
    }

    /// What became of a letter, by a report.
    pub fn reported(&self, outcome: ReportedOutcome) -> &'static str {
        let words = &self.report;
        match outcome {
            ReportedOutcome::Failed => words.failed,
            ReportedOutcome::Delayed => words.delayed,
            ReportedOutcome::Delivered => words.delivered,
            ReportedOutcome::Relayed => words.relayed,
            ReportedOutcome::Expanded => words.expanded,
            ReportedOutcome::Displayed => words.displayed,
            ReportedOutcome::Deleted => words.deleted,
            ReportedOutcome::Other => words.other,
        }
    }

    /// Why, and what to do about it.
    pub fn reported_reason(&self, reason: ReportedReason) -> &'static str {
        let words = &self.report;
        match reason {
            ReportedReason::NoSuchAddress => words.no_such_address,
            ReportedReason::MailboxClosed => words.mailbox_closed,
            ReportedReason::MailboxFull => words.mailbox_full,
            ReportedReason::TooLarge => words.too_large,
            ReportedReason::NoAnswer => words.no_answer,
            ReportedReason::Refused => words.refused,
        }
    }

    /// How a recipient's envelope is sealed.
    pub fn class(&self, class: RecipientClass) -> &'static str {
        match class {
            RecipientClass::Default => self.compose.class_default,
            RecipientClass::Compat => self.compose.class_compat,
        }
    }

    /// A folder everybody has.
    pub fn role(&self, role: MailboxRole) -> &'static str {
        let words = &self.folder;
        match role {
            MailboxRole::Inbox => words.inbox,
            MailboxRole::Drafts => words.drafts,
            MailboxRole::Sent => words.sent,
            MailboxRole::Archive => words.archive,
            MailboxRole::Trash => words.trash,
        }
    }

    /// When and whence the account was last entered.
    pub fn last_sign_in(&self, last: &LastSignIn, calendar: Calendar) -> String {
        let date = self.exact_date(calendar.civil(last.at));
        // The relay writes `unknown` for who came in without a network.
        let sentence = match last.from.as_str() {
            "" | "unknown" => self.account.last_sign_in_when,
            _ => self.account.last_sign_in,
        };
        fill(sentence, &[("date", &date), ("from", &last.from)])
    }

    /// Where the moment of a verdict comes from.
    pub fn time_source(&self, source: TimeSource) -> &'static str {
        let words = &self.letter;
        match source {
            TimeSource::Token => words.time_token,
            TimeSource::FirstCheck => words.time_first_check,
            TimeSource::SigningTime => words.time_signing,
            TimeSource::Given => words.time_given,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::text::Lang;

    const REASONS: &[Reason] = &[
        Reason::Unsigned,
        Reason::PartlySigned,
        Reason::ContentModified,
        Reason::SignatureInvalid,
        Reason::SignerUntrusted,
        Reason::DomainNotAllowed,
        Reason::SignerExpired,
        Reason::SignerUsage,
        Reason::SignerRevoked,
        Reason::SignerCompromised,
        Reason::RevocationUnknown,
        Reason::SignerIsNotSender,
        Reason::SenderAmbiguous,
        Reason::LegacyAlgorithm,
        Reason::DisplayNameDiffers,
        Reason::NotAddressedToReader,
        Reason::OuterHeadersDiffer,
        Reason::SealWithoutIntegrity,
        Reason::ReadableAtGateway,
        Reason::Damaged,
        Reason::RepairedLineEnds,
        Reason::Other,
    ];

    #[test]
    fn every_failure_has_its_own_sentence_in_both_languages() {
        for lang in [Lang::Fr, Lang::En] {
            let sentences: HashSet<_> =
                FailureCode::ALL.iter().map(|code| lang.words().failure_code(*code)).collect();
            assert_eq!(sentences.len(), FailureCode::ALL.len(), "{lang:?}");
        }
        for code in FailureCode::ALL {
            assert_ne!(
                Lang::Fr.words().failure_code(*code),
                Lang::En.words().failure_code(*code),
                "{code:?}"
            );
        }
    }

    #[test]
    fn every_reason_has_its_own_sentence_in_both_languages() {
        for lang in [Lang::Fr, Lang::En] {
            let sentences: HashSet<_> = REASONS.iter().map(|reason| lang.words().reason(*reason)).collect();
            assert_eq!(sentences.len(), REASONS.len(), "{lang:?}");
        }
    }

    #[test]
    fn a_failure_names_what_it_is_about() {
        let failure = Failure::about(FailureCode::RecipientUnknown, "a@b.example");
        for lang in [Lang::Fr, Lang::En] {
            assert!(lang.words().failure(&failure).contains("a@b.example"));
        }
    }

    #[test]
    fn the_good_states_name_the_confirmed_sender() {
        for lang in [Lang::Fr, Lang::En] {
            for trust in [Trust::SealedSigned, Trust::Signed, Trust::Gateway] {
                assert!(lang.words().seal(trust).sentence.contains("{who}"), "{trust:?}");
            }
            for trust in [Trust::SealedUnverified, Trust::Clear, Trust::Broken] {
                assert!(!lang.words().seal(trust).sentence.contains("{who}"), "{trust:?}");
            }
        }
    }
}
