//! Reports of what became of a letter, in words for a person (RFC 3464, RFC 8098; status codes of RFC 3463).

use sceau_mime as mime;
use sceau_protocol::{ReportView, ReportedOutcome, ReportedReason, ReportedRecipient};

/// What a message of this type says of another letter, when it is a report. `message` is untrusted.
pub(crate) fn of_message(media: &str, message: &[u8]) -> Option<ReportView> {
    if media != "multipart/report" {
        return None;
    }
    let report = mime::read_report(message, &mime::Limits::default())?;
    Some(ReportView {
        recipients: report.recipients.into_iter().map(recipient).collect(),
        subject: report.original_subject,
        has_more: report.has_more,
    })
}

fn recipient(found: mime::ReportedRecipient) -> ReportedRecipient {
    let status = found.status.map(|[class, subject, detail]| format!("{class}.{subject}.{detail}"));
    // Servers repeat the status in their answer, most of them.
    let said = match (status, found.diagnostic) {
        (Some(status), Some(said)) if !said.contains(&status) => Some(format!("{status} {said}")),
        (status, said) => said.or(status),
    };
    ReportedRecipient {
        address: found.address,
        outcome: outcome(found.outcome),
        reason: found.status.and_then(reason),
        retried_until: found.will_retry_until,
        said,
    }
}

fn outcome(found: mime::Outcome) -> ReportedOutcome {
    match found {
        mime::Outcome::Failed => ReportedOutcome::Failed,
        mime::Outcome::Delayed => ReportedOutcome::Delayed,
        mime::Outcome::Delivered => ReportedOutcome::Delivered,
        mime::Outcome::Relayed => ReportedOutcome::Relayed,
        mime::Outcome::Expanded => ReportedOutcome::Expanded,
        mime::Outcome::Displayed => ReportedOutcome::Displayed,
        mime::Outcome::Deleted => ReportedOutcome::Deleted,
        mime::Outcome::Other => ReportedOutcome::Other,
    }
}

/// RFC 3463 §3; what is no failure has none.
fn reason([class, subject, detail]: [u16; 3]) -> Option<ReportedReason> {
    if class == 2 {
        return None;
    }
    match (subject, detail) {
        (1, 1..=4 | 6 | 10) => Some(ReportedReason::NoSuchAddress),
        (2, 1) => Some(ReportedReason::MailboxClosed),
        (2, 2) => Some(ReportedReason::MailboxFull),
        (2, 3) | (3, 4) => Some(ReportedReason::TooLarge),
        (4, _) => Some(ReportedReason::NoAnswer),
        (7, _) => Some(ReportedReason::Refused),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &[u8] =
        b"From: MAILER-DAEMON@mx.exemple.fr\r\nContent-Type: multipart/report; boundary=r\r\n\r\n--r\r\n\
        Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.exemple.fr\r\n\r\n\
        Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\
        Diagnostic-Code: smtp; 550 No such user\r\n--r--\r\n";

    #[test]
    fn a_report_is_told_in_a_persons_words() {
        let found = of_message("multipart/report", REPORT).unwrap();
        let wanted = ReportedRecipient {
            address: "a@b.example".into(),
            outcome: ReportedOutcome::Failed,
            reason: Some(ReportedReason::NoSuchAddress),
            retried_until: None,
            said: Some("5.1.1 550 No such user".into()),
        };
        assert_eq!(found, ReportView { subject: None, recipients: vec![wanted], has_more: false });
        assert_eq!(of_message("multipart/mixed", REPORT), None);
        assert_eq!(of_message("multipart/report", b"From: a@b.example\r\n\r\n"), None);
    }

    #[test]
    fn only_what_a_status_says_is_told() {
        for (status, wanted) in [
            ([5, 1, 10], Some(ReportedReason::NoSuchAddress)),
            ([5, 2, 2], Some(ReportedReason::MailboxFull)),
            ([5, 3, 4], Some(ReportedReason::TooLarge)),
            ([4, 4, 7], Some(ReportedReason::NoAnswer)),
            ([5, 7, 26], Some(ReportedReason::Refused)),
            ([5, 0, 0], None),
            ([2, 1, 5], None),
        ] {
            assert_eq!(reason(status), wanted, "{status:?}");
        }
    }
}
