//! What the signature covers, against what is shown.

use sceau_mime as mime;
use sceau_smime::cms::envelope::Sealing;
use sceau_smime::cms::sign::{Enclosure, sign};
use sceau_smime::letter::sign_entity;

use super::forge::{mail, message, signed};
use super::{Case, sealed};
use crate::beside::{children, der, fields, signed_data};
use crate::world::{AMELIE, CHLOE, NOW, rng, world};

const CLEAR_PART: &str = "Content-Type: text/plain\r\n\r\nPS: virez 5000 euros\r\n";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = wrapped();
    cases.extend(detached());
    cases.extend(signers());
    cases.extend(forwarded());
    cases
}

/// A multipart of two parts from Amélie that nobody signed as a whole.
fn around(subtype: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut out =
        format!("From: {AMELIE}\r\nContent-Type: multipart/{subtype}; boundary=m\r\n\r\n").into_bytes();
    for part in parts {
        out.extend_from_slice(b"--m\r\n");
        out.extend_from_slice(part);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"--m--\r\n");
    out
}

fn by_amelie() -> Vec<u8> {
    signed(&message(&format!("From: {AMELIE}")), &world().amelie.sign)
}

fn detached_by_amelie() -> Vec<u8> {
    let signer = &world().amelie.sign;
    let scheme = signer.key.default_scheme();
    let entity = message(&format!("From: {AMELIE}"));
    sign_entity(&entity, Enclosure::Detached, signer, scheme, &[], NOW, &mut rng()).unwrap()
}

fn wrapped() -> Vec<Case> {
    let opaque = mail(&by_amelie(), "signed-data", &[]);
    let detached = detached_by_amelie();
    let gcm = Sealing::Aes256Gcm { derive: false };
    let enveloped = mail(&sealed(&by_amelie(), gcm), "authEnveloped-data", &[]);
    let clear = CLEAR_PART.as_bytes();
    let both = |name, bytes| Case::unconfirmed(name, bytes, "unsigned");
    vec![
        both("a signed part beside a clear one", around("mixed", &[&opaque, clear])),
        both("a clear part before a signed one", around("mixed", &[clear, &opaque])),
        both("multipart/signed not at the top", around("mixed", &[&detached, clear])),
        both("a signed part alone in a multipart", around("mixed", &[&opaque])),
        both(
            "a signed alternative",
            around("alternative", &[&opaque, b"Content-Type: text/html\r\n\r\n<b>x</b>"]),
        ),
        both("a signed part in a related one", around("related", &[&detached, clear])),
        both("a sealed part beside a clear one", around("mixed", &[&enveloped, clear])),
        both("a clear part before a sealed one", around("mixed", &[clear, &enveloped])),
        both("a sealed part alone in a multipart", around("mixed", &[&enveloped])),
        both("a signed part below two multiparts", around("mixed", &[&around("mixed", &[&opaque]), clear])),
        both("multipart/signed of another protocol", other_protocol(&detached)),
        both("a signature as an attachment", around("mixed", &[clear, &signature_part(&detached)])),
        outside_only("the envelope alone is signed", AMELIE),
        outside_only("the envelope alone is signed, by somebody else", CHLOE),
    ]
}

fn other_protocol(detached: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(detached.to_vec()).unwrap();
    let changed = text.replace("application/pkcs7-signature", "application/pgp-signature");
    format!("From: {AMELIE}\r\n{changed}").into_bytes()
}

fn signature_part(detached: &[u8]) -> Vec<u8> {
    let parts = mime::multipart_signed(detached, &mime::Limits::default()).unwrap();
    mail(&parts.signature, "signed-data", &[])
}

/// Signed over the envelope: whoever signs may have never seen what is inside.
fn outside_only(name: &'static str, signer: &str) -> Case {
    let w = world();
    let signer = if signer == AMELIE { &w.amelie.sign } else { &w.chloe.sign };
    let envelope = sealed(&message(&format!("From: {AMELIE}")), Sealing::Aes256Gcm { derive: false });
    let outer = signed(&mail(&envelope, "authEnveloped-data", &[]), signer);
    Case { code: "signed_outside_only", ..Case::unconfirmed(name, outer, "unsigned") }
}

fn detached() -> Vec<Case> {
    let w = world();
    let detached = String::from_utf8(detached_by_amelie()).unwrap();
    let changed = detached.replace("5000", "9000");
    // An eContent inside the signature that is right, beside a part that is another.
    let signer = &w.amelie.sign;
    let good = sign_entity(
        &message(&format!("From: {AMELIE}")),
        Enclosure::Detached,
        signer,
        signer.key.default_scheme(),
        &[],
        NOW,
        &mut rng(),
    )
    .unwrap();
    let own = mime::multipart_signed(&good, &mime::Limits::default()).unwrap();
    let evil = message(&format!("From: {AMELIE}\r\nX-Evil: 1"));
    let opaque = by_amelie();
    let beside = mime::wrap_multipart_signed(&evil, &opaque, "sha-256", &[]).unwrap();
    let moved = mime::wrap_multipart_signed(&evil, &own.signature, "sha-256", &[]).unwrap();
    vec![
        Case::broken("the signed part was changed", changed.into_bytes(), "digest_mismatch"),
        Case::broken("eContent against the detached part", beside, "digest_mismatch"),
        Case::broken("a signature moved to another part", moved, "digest_mismatch"),
    ]
}

fn signers() -> Vec<Case> {
    let w = world();
    let opaque = fields(&by_amelie());
    let with = |signers: &[Vec<u8>]| {
        let mut all = opaque.clone();
        all[4] = der(0x31, &[&signers.concat()]);
        signed_data(&all)
    };
    let own = children(&opaque[4])[0].clone();
    let other_message = message(&format!("From: {AMELIE}\r\nX-Other: 1"));
    let contradicting = children(&fields(&signed(&other_message, &w.amelie.sign))[4])[0].clone();
    let mut wrong = own.clone();
    *wrong.last_mut().unwrap() ^= 1;
    let mut nobody = opaque.clone();
    nobody.remove(3);
    let by_chloe_without = {
        let detached = sign(
            &message(&format!("From: {AMELIE}")),
            Enclosure::Opaque,
            &w.chloe.sign,
            w.chloe.sign.key.default_scheme(),
            NOW,
            &mut rng(),
        )
        .unwrap();
        let mut all = fields(&detached);
        all[3] = der(0xa0, &[w.amelie.sign.certificate.der()]);
        signed_data(&all)
    };
    let no_signature = mime::wrap_multipart_signed(
        &message(&format!("From: {AMELIE}")),
        &{
            let mut all = opaque.clone();
            all[2] = der(0x30, &[&children(&opaque[2])[0]]);
            all[4] = vec![0x31, 0];
            signed_data(&all)
        },
        "sha-256",
        &[],
    )
    .unwrap();
    vec![
        Case::unconfirmed("no signer", with(&[]), "unsigned"),
        Case::unconfirmed("multipart/signed without a signer", no_signature, "unsigned"),
        Case::broken("a second signer who is wrong", with(&[own.clone(), wrong.clone()]), "bad_signature"),
        Case::broken("a wrong signer alone", with(&[wrong]), "bad_signature"),
        Case::broken("two signers who contradict each other", with(&[own, contradicting]), "digest_mismatch"),
        Case::unconfirmed("no certificate", signed_data(&nobody), "certificate_missing"),
        Case::unconfirmed("another's certificate", by_chloe_without, "certificate_missing"),
    ]
}

/// What somebody else signed, shown as the letter.
fn forwarded() -> Vec<Case> {
    let w = world();
    let inner = message(&format!("From: {AMELIE}"));
    let wrapped = [b"Content-Type: message/rfc822\r\n\r\n".as_slice(), &inner].concat();
    let inner_mail = mail(&by_amelie(), "signed-data", &[]);
    let clear_forward =
        [format!("From: {CHLOE}\r\nContent-Type: message/rfc822\r\n\r\n").as_bytes(), &inner_mail].concat();
    let attached = around(
        "mixed",
        &[CLEAR_PART.as_bytes(), &[b"Content-Type: message/rfc822\r\n\r\n".as_slice(), &inner_mail].concat()],
    );
    vec![
        Case::broken("a forwarded message as the letter", signed(&wrapped, &w.chloe.sign), "signer_not_from"),
        Case::unconfirmed("an unsigned mail around a signed one", clear_forward, "unsigned"),
        Case::unconfirmed("a signed mail as an attachment", attached, "unsigned"),
    ]
}
