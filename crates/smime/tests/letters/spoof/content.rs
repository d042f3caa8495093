//! Headers outside against inside (RFC 9788), and signatures that were bent.

use super::Case;
use super::forge::{mail, message, signed};
use crate::beside::{children, der, fields, signed_data};
use crate::world::{AMELIE, CHLOE, world};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = headers();
    cases.extend(bent());
    cases
}

fn headers() -> Vec<Case> {
    let w = world();
    let bare = b"Content-Type: text/plain\r\n\r\nVirez 5000 euros.\r\n";
    let claims = b"Content-Type: text/plain; hp=\"clear\"\r\nSubject: x\r\n\r\nVirez 5000 euros.\r\n";
    let hp_outer = format!(
        "Content-Type: text/plain; hp=\"cipher\"\r\nHP-Outer: From: {CHLOE}\r\nSubject: x\r\n\r\nVirez.\r\n"
    );
    let by_chloe = |content: &[u8], outside: &[(&str, &str)]| {
        mail(&signed(content, &w.chloe.sign), "signed-data", outside)
    };
    let inner_part = format!(
        "Content-Type: multipart/mixed; boundary=m; protected-headers=v1\r\nFrom: {AMELIE}\r\n\r\n--m\r\nContent-Type: text/plain; hp=\"clear\"\r\nFrom: {CHLOE}\r\n\r\nVirez.\r\n--m--\r\n"
    );
    let unsigned =
        format!("From: {AMELIE}\r\nSubject: x\r\nContent-Type: text/plain; hp=\"cipher\"\r\n\r\nVirez.\r\n");
    let from_amelie = [("From", AMELIE), ("Subject", "x")];
    let twice = [("From", CHLOE), ("From", AMELIE)];
    vec![
        Case::broken("an unprotected From outside", by_chloe(bare, &from_amelie), "signer_not_from")
            .once_inside("from_missing"),
        Case::unconfirmed("two unprotected From outside", by_chloe(bare, &twice), "several_from")
            .once_inside("from_missing"),
        Case::unconfirmed(
            "protection that names no sender",
            by_chloe(claims, &[("From", CHLOE)]),
            "from_missing",
        ),
        Case::unconfirmed(
            "HP-Outer for a sender",
            by_chloe(hp_outer.as_bytes(), &[("From", CHLOE)]),
            "from_missing",
        ),
        Case::broken(
            "a protected From in a part below",
            by_chloe(inner_part.as_bytes(), &[("From", CHLOE)]),
            "signer_not_from",
        ),
        Case::unconfirmed("protected fields that nobody signed", unsigned.into_bytes(), "unsigned"),
    ]
}

/// Amélie's own signature, bent.
fn bent() -> Vec<Case> {
    let w = world();
    let letter = signed(&message(&format!("From: {AMELIE}")), &w.amelie.sign);
    let all = fields(&letter);
    let signer = children(&children(&all[4])[0]);
    let with = |change: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let mut signer = signer.clone();
        change(&mut signer);
        let mut all = all.clone();
        all[4] = der(0x31, &[&der(0x30, &[&signer.concat()])]);
        signed_data(&all)
    };
    let attributes = children(&signer[3]);
    let without = |arc: &[u8]| {
        let kept: Vec<u8> =
            attributes.iter().filter(|one| !children(one)[0].ends_with(arc)).flatten().copied().collect();
        with(&|signer| signer[3] = der(0xa0, &[&kept]))
    };
    let doubled = {
        let digest = attributes.iter().find(|one| children(one)[0].ends_with(&[9, 4])).unwrap();
        let all = [attributes.concat(), digest.clone()].concat();
        with(&|signer| signer[3] = der(0xa0, &[&all]))
    };
    let changed = String::from_utf8_lossy(&message(&format!("From: {AMELIE}"))).replace("5000", "9000");
    let other_content = {
        let mut all = all.clone();
        let content_type = children(&all[2])[0].clone();
        all[2] = der(0x30, &[&content_type, &der(0xa0, &[&der(4, &[changed.as_bytes()])])]);
        signed_data(&all)
    };
    let sha512 = der(0x30, &[&[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3]]);
    vec![
        Case::broken("other content", other_content, "digest_mismatch"),
        Case::broken("no signed attributes", with(&|signer| drop(signer.remove(3))), "bad_signature"),
        Case::broken(
            "another digest algorithm",
            with(&|signer| signer[2].clone_from(&sha512)),
            "algorithm_mismatch",
        ),
        Case::broken("messageDigest left out", without(&[9, 4]), "bad_signed_attributes"),
        Case::broken("messageDigest twice", doubled, "bad_signed_attributes"),
        Case::broken("signing time left out", without(&[9, 5]), "bad_signature"),
    ]
}
