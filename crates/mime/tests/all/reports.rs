//! Reports of what became of a letter (RFC 3464, RFC 8098), as programs write them.

use sceau_mime::{Limits, MAX_DIAGNOSTIC_CHARACTERS, MAX_REPORTED_RECIPIENTS, Outcome, Report, read_report};

use crate::vectors::folder;

/// A report whose machine-readable part and third part are these.
fn report(kind: &str, machine: &str, third: &str) -> Vec<u8> {
    format!(
        "From: MAILER-DAEMON@mx.exemple.fr\r\nTo: a@exemple.fr\r\nSubject: x\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type={kind}; boundary=r\r\n\r\n--r\r\nContent-Type: text/plain\r\n\r\n\
         Bonjour\r\n--r\r\nContent-Type: message/{kind}\r\n\r\n{machine}\r\n--r\r\n{third}\r\n--r--\r\n"
    )
    .into_bytes()
}

fn read(bytes: &[u8]) -> Option<Report> {
    read_report(bytes, &Limits::default())
}

/// As Postfix writes it.
const POSTFIX: &str = "Reporting-MTA: dns; mx.exemple.fr\r\nX-Postfix-Queue-ID: 4Xy\r\nArrival-Date: Mon,  2 Nov 2026 09:00:00 +0100 (CET)\r\n\r\n\
    Final-Recipient: rfc822; dr.durand@cabinet.exemple\r\nOriginal-Recipient: rfc822;durand@cabinet.exemple\r\nAction: failed\r\n\
    Status: 5.1.1\r\nRemote-MTA: dns; mx.cabinet.exemple\r\nDiagnostic-Code: smtp; 550 5.1.1 <dr.durand@cabinet.exemple>: Recipient\r\n    address rejected: User unknown\r\n\r\n\
    Final-Recipient: rfc822; labo@exemple.fr\r\nAction: delayed\r\nStatus: 4.4.1 (connection timed out)\r\nWill-Retry-Until: Sat, 7 Nov 2026 09:00:00 +0100\r\n";

const ORIGINAL: &str = "Content-Type: message/rfc822\r\n\r\nFrom: a@exemple.fr\r\nTo: dr.durand@cabinet.exemple\r\nSubject: =?utf-8?Q?R=C3=A9sultats?=\r\n\
    Message-ID: <1@exemple.fr>\r\nDate: Mon, 2 Nov 2026 08:59:00 +0100\r\n\r\ntexte\r\n";

#[test]
fn a_delivery_report_names_each_recipient() {
    let found = read(&report("delivery-status", POSTFIX, ORIGINAL)).unwrap();
    let [refused, late] = found.recipients.as_slice() else { panic!("{found:?}") };
    assert_eq!(refused.address, "durand@cabinet.exemple");
    assert_eq!((refused.outcome, refused.status), (Outcome::Failed, Some([5, 1, 1])));
    let said = "550 5.1.1 <dr.durand@cabinet.exemple>: Recipient address rejected: User unknown";
    assert_eq!(refused.diagnostic.as_deref(), Some(said));
    assert_eq!(
        (late.address.as_str(), late.outcome, late.status),
        ("labo@exemple.fr", Outcome::Delayed, Some([4, 4, 1]))
    );
    assert_eq!(late.will_retry_until, Some(1_794_038_400));
    assert_eq!(found.original_id.as_deref(), Some("1@exemple.fr"));
    assert_eq!(found.original_subject.as_deref(), Some("Résultats"));
    assert_eq!(found.original_date, Some(1_793_606_340));
    assert!(!found.has_more);
}

#[test]
fn the_header_section_alone_is_enough() {
    let headers = ORIGINAL.replace("message/rfc822", "text/rfc822-headers");
    let found = read(&report("delivery-status", POSTFIX, &headers)).unwrap();
    assert_eq!(found.original_id.as_deref(), Some("1@exemple.fr"));
    assert_eq!(found.original_subject.as_deref(), Some("Résultats"));
}

#[test]
fn a_disposition_is_what_follows_the_mode() {
    for (said, wanted) in [
        ("manual-action/MDN-sent-manually; displayed", Outcome::Displayed),
        ("automatic-action/MDN-sent-automatically;deleted", Outcome::Deleted),
        ("manual-action/MDN-sent-manually; displayed/error", Outcome::Displayed),
        ("displayed", Outcome::Displayed),
        ("manual-action/MDN-sent-manually; dispatched", Outcome::Other),
    ] {
        let machine = format!(
            "Reporting-UA: poste; Sceau\r\nFinal-Recipient: rfc822;b@exemple.fr\r\nOriginal-Message-ID: <2@exemple.fr>\r\nDisposition: {said}\r\n"
        );
        let found = read(&report("disposition-notification", &machine, ORIGINAL)).unwrap();
        assert_eq!(found.recipients[0].outcome, wanted, "{said}");
        // The report's own word comes before that of what it returns.
        assert_eq!(found.original_id.as_deref(), Some("2@exemple.fr"));
    }
}

#[test]
fn every_other_message_is_none() {
    let plain = b"From: a@exemple.fr\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; a@b.c\r\nAction: failed\r\n";
    assert_eq!(read(plain), None);
    assert_eq!(read(&report("delivery-status", "Reporting-MTA: dns; x\r\n", ORIGINAL)), None);
    let mixed = String::from_utf8(report("delivery-status", POSTFIX, ORIGINAL)).unwrap();
    assert_eq!(read(mixed.replace("multipart/report", "multipart/mixed").as_bytes()), None);
    assert_eq!(read(b""), None);
}

#[test]
fn what_another_machine_says_stays_within_bounds() {
    let long = format!(
        "Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 9.1.1\r\nDiagnostic-Code: smtp; {}\u{7}\u{202e}x\r\n",
        "mot ".repeat(900)
    );
    let found = read(&report("delivery-status", &long, "")).unwrap();
    assert_eq!(found.recipients[0].status, None);
    let said = found.recipients[0].diagnostic.as_deref().unwrap();
    assert_eq!(said.chars().count(), MAX_DIAGNOSTIC_CHARACTERS);
    let many =
        "Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\n\r\n".repeat(MAX_REPORTED_RECIPIENTS + 9);
    let found = read(&report("delivery-status", &many, "")).unwrap();
    assert_eq!((found.recipients.len(), found.has_more), (MAX_REPORTED_RECIPIENTS, true));
}

#[test]
fn reports_that_are_cut_or_changed_are_read_or_none() {
    let whole = report("delivery-status", POSTFIX, ORIGINAL);
    let mut found = 0;
    for end in 0..whole.len() {
        found += usize::from(read(&whole[..end]).is_some());
    }
    for at in 0..whole.len() {
        for with in [b'\r', b'\n', b':', b';', 0, 0xff] {
            let mut changed = whole.clone();
            changed[at] = with;
            found += usize::from(read(&changed).is_some());
        }
    }
    assert!(found > whole.len(), "{found} of {}", 7 * whole.len());
}

#[test]
fn reports_among_cpythons_messages() {
    let Some(folder) = folder("mail/cpython", 4) else { return };
    let of = |name: &str| read(&std::fs::read(folder.join(name)).unwrap());
    let full = of("msg_16.txt").unwrap();
    assert_eq!(full.recipients[0].address, "jangel1@cougar.noc.ucla.edu");
    assert_eq!((full.recipients[0].outcome, full.recipients[0].status), (Outcome::Failed, Some([5, 0, 0])));
    let banned = of("msg_43.txt").unwrap();
    assert_eq!(banned.recipients.len(), 25);
    assert!(banned.recipients.iter().all(|one| one.status == Some([5, 7, 1])));
    assert!(
        banned.recipients[0].diagnostic.as_deref().unwrap().starts_with("550 5.7.1 Message content rejected")
    );
    // No part for machines, and a boundary that is cut off.
    assert_eq!((of("msg_05.txt"), of("msg_25.txt")), (None, None));
}
