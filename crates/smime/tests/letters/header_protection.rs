//! RFC 9788 over whole letters: signed only, older forms, a From that differs outside, and policies under seal.

use sceau_mime as mime;
use sceau_smime::cms::envelope::{Sealing, To, seal as seal_envelope};
use sceau_smime::cms::recipients::Transport;
use sceau_smime::cms::sign::{Enclosure, compat_scheme};
use sceau_smime::letter::{Judged, Profile, SealRequest, sign_entity, sign_letter};
use sceau_smime::{Error, Trust};

use crate::openssl::{OpenSsl, verify};
use crate::world::{AMELIE, BRUNO, CHLOE, NOW, draft, opened, rng, seal_with, world};

fn state(judged: &Judged, name: &str) -> Option<mime::State> {
    judged.headers().iter().find(|header| header.name == name).map(|header| header.state)
}

/// §5.2 with `hp="clear"`, in both enclosures, read by us and by OpenSSL.
#[test]
fn a_signed_letter_shows_and_protects_its_fields() {
    let w = world();
    let mut letter = draft();
    letter.bcc = vec![mime::Address::bare(CHLOE)];
    let openssl = OpenSsl::find(6);
    for person in [&w.amelie, &w.bruno, &w.chloe] {
        letter.from = mime::Address::bare(person.address.as_str());
        for enclosure in [Enclosure::Opaque, Enclosure::Detached] {
            let mail = sign_letter(&letter, enclosure, &person.sign, NOW, &mut rng()).unwrap();
            let judged = opened(&mail, &w.bruno);
            assert_eq!(judged.trust(), Trust::Signed, "{judged:?}");
            assert_eq!(judged.letter().hp, Some(mime::Hp::Clear));
            assert_eq!(judged.letter().subject, letter.subject);
            assert_eq!(judged.outer().unwrap().subject, letter.subject);
            assert_eq!(judged.letter().parts[1].bytes, letter.parts[1].bytes);
            for name in ["From", "To", "Subject", "Date", "Message-ID"] {
                assert_eq!(state(&judged, name), Some(mime::State::Signed), "{name}");
            }
            let bcc = mail.windows(CHLOE.len()).any(|window| window == CHLOE.as_bytes());
            assert_eq!(bcc, person.address == CHLOE);
            assert_eq!(judged.kept_inside(), mime::KeptInside::default());
            if let Some(openssl) = &openssl {
                assert_eq!(verify(openssl, &mail), judged.message());
            }
        }
    }
}

/// What a carrier changes outside changes nothing of the letter, and shows.
#[test]
fn a_signed_letter_keeps_its_fields_whatever_stands_outside() {
    let w = world();
    let mail = sign_letter(&draft(), Enclosure::Detached, &w.amelie.sign, NOW, &mut rng()).unwrap();
    let text = String::from_utf8(mail).unwrap();
    let forged = text.replacen(AMELIE, "autre@pirate.example", 1).replacen(
        "To: ",
        "Cc: eve@pirate.example\r\nTo: ",
        1,
    );
    let judged = opened(forged.as_bytes(), &w.bruno);
    assert_eq!(judged.trust(), Trust::Signed);
    assert!(judged.has_code("outer_headers_differ"));
    assert_eq!(judged.shown_from().unwrap().email, AMELIE);
    assert_eq!(judged.letter().cc, []);
    assert_eq!(state(&judged, "Cc"), Some(mime::State::None));
}

#[test]
fn what_cannot_be_signed_is_refused() {
    let w = world();
    let wrong = sign_letter(&draft(), Enclosure::Opaque, &w.amelie.encrypt, NOW, &mut rng());
    assert_eq!(wrong.unwrap_err(), Error::WrongKeyKind);
    let mut letter = draft();
    let binary = b"From: a@b.example\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: binary\r\n\r\n\n\0";
    letter.given = Some(mime::Given::of_mail(binary, &mime::Limits::default()).unwrap());
    let detached = sign_letter(&letter, Enclosure::Detached, &w.amelie.sign, NOW, &mut rng());
    assert!(matches!(detached.unwrap_err(), Error::Malformed { .. }));
    let opaque = sign_letter(&letter, Enclosure::Opaque, &w.amelie.sign, NOW, &mut rng()).unwrap();
    assert_eq!(opened(&opaque, &w.bruno).trust(), Trust::Signed);
}

/// An entity in an envelope for Bruno, in a mail with these fields.
fn sealed(entity: &[u8], fields: &str) -> Vec<u8> {
    let certificate = &world().bruno.encrypt.certificate;
    let to = [To { certificate, transport: Transport::RsaOaep }];
    let sealing = Sealing::Aes256Gcm { derive: false };
    let der = seal_envelope(entity.to_vec(), &to, sealing, &mut rng()).unwrap().der;
    let fields: Vec<(String, String)> = fields
        .lines()
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    mime::wrap_cms(&der, "authEnveloped-data", &fields, mime::WrapEncoding::Base64).unwrap()
}

fn signed(entity: &str) -> Vec<u8> {
    let signer = &world().amelie.sign;
    let entity = entity.replace('\n', "\r\n");
    sign_entity(entity.as_bytes(), Enclosure::Detached, signer, compat_scheme(signer), &[], NOW, &mut rng())
        .unwrap()
}

/// §4.4: a From that is not the one outside. Confirmed by its signature it is shown; otherwise the one outside is, and the
/// difference is told.
#[test]
fn a_from_that_differs_outside_is_shown_only_when_it_is_confirmed() {
    let w = world();
    let payload =
        format!("From: {AMELIE}\nSubject: x\nContent-Type: text/plain; hp=\"cipher\"\n\nBonjour.\n");
    let outside = "From: eve@pirate.example\nSubject: [...]";
    let confirmed = opened(&sealed(&signed(&payload), outside), &w.bruno);
    assert_eq!(
        (confirmed.trust(), confirmed.shown_from().unwrap().email.as_str()),
        (Trust::SealedSigned, AMELIE)
    );
    let unsigned = opened(&sealed(payload.replace('\n', "\r\n").as_bytes(), outside), &w.bruno);
    assert_eq!(unsigned.trust(), Trust::SealedUnverified);
    assert_eq!(unsigned.shown_from().unwrap().email, "eve@pirate.example");
    for judged in [&confirmed, &unsigned] {
        assert!(judged.has_code("outer_headers_differ"), "{judged:?}");
        // An answer goes to whom the protected field names (§4.4.4).
        assert_eq!(judged.letter().from[0].email, AMELIE);
    }
    let report = serde_json::to_value(&unsigned).unwrap();
    assert_eq!(report["from"], "eve@pirate.example");
    // The same mailbox in another form is no difference (§4.4.5).
    let same = outside.replace("eve@pirate.example", "\"A\" <amelie.roche@CABINET.example>");
    let judged = opened(&sealed(payload.replace('\n', "\r\n").as_bytes(), &same), &w.bruno);
    assert!(!judged.has_code("outer_headers_differ"), "{judged:?}");
}

/// §4.11: of the drafts before, a payload may protect its subject alone; what it has not comes from outside, and only that.
#[test]
fn the_subject_alone_may_be_protected() {
    let w = world();
    let outside = format!("From: {AMELIE}\nTo: {BRUNO}\nSubject: ...");
    let v1 = signed("Subject: dedans\nContent-Type: text/plain; protected-headers=\"v1\"\n\nBonjour.\n");
    let judged = opened(&sealed(&v1, &outside), &w.bruno);
    assert_eq!(judged.trust(), Trust::SealedSigned, "{judged:?}");
    assert_eq!((judged.letter().subject.as_str(), judged.letter().to[0].email.as_str()), ("dedans", BRUNO));
    assert_eq!(state(&judged, "Subject"), Some(mime::State::Both));
    assert_eq!(state(&judged, "From"), Some(mime::State::None));
    // With a From of its own the one outside counts for nothing.
    let whole =
        format!("From: {AMELIE}\nSubject: dedans\nContent-Type: text/plain; protected-headers=\"v1\"\n\nx\n");
    let judged = opened(&sealed(&signed(&whole), "From: eve@pirate.example\nSubject: ..."), &w.bruno);
    assert_eq!((judged.trust(), judged.letter().from[0].email.as_str()), (Trust::SealedSigned, AMELIE));
    // Whoever writes another From outside pretends.
    let judged = opened(&sealed(&v1, &outside.replace(AMELIE, CHLOE)), &w.bruno);
    assert_eq!(judged.trust(), Trust::Broken);
}

/// §4.10: a message inside is the letter; one that is handed on is not, so its author is nobody's sender.
#[test]
fn a_message_that_is_handed_on_is_no_letter_of_its_author() {
    let w = world();
    for (parameter, from, trust) in
        [("", AMELIE, Trust::SealedSigned), ("; forwarded=yes", CHLOE, Trust::SealedSigned)]
    {
        let entity =
            format!("Content-Type: message/rfc822{parameter}\n\nFrom: {from}\nSubject: dedans\n\nBonjour.\n");
        let judged = opened(&sealed(&signed(&entity), &format!("From: {AMELIE}\nSubject: dehors")), &w.bruno);
        assert_eq!(judged.trust(), trust, "{judged:?}");
        assert_eq!(judged.letter().from[0].email, AMELIE);
        let subject = if parameter.is_empty() { "dedans" } else { "dehors" };
        assert_eq!(judged.letter().subject, subject);
    }
}

/// §3.2 under seal: the policies, and answers that keep what was hidden whatever policy is wished.
#[test]
fn policies_hold_under_seal() {
    let w = world();
    let recipients = [w.bruno.recipient()];
    for (policy, subject, name) in [
        (mime::Policy::NoConfidentiality, draft().subject, Some("Bruno Keller")),
        (mime::Policy::Baseline, "[...]".to_owned(), Some("Bruno Keller")),
        (mime::Policy::Shy, "[...]".to_owned(), None),
    ] {
        for profile in [Profile::Default, Profile::Compat] {
            let letter = mime::Draft { policy, ..draft() };
            let request =
                SealRequest { draft: &letter, signer: &w.amelie.sign, recipients: &recipients, profile };
            let judged = opened(&seal_with(request).eml, &w.bruno);
            assert_eq!(judged.trust(), Trust::SealedSigned);
            let outside = judged.outer().unwrap();
            assert_eq!((outside.subject.as_str(), outside.to[0].name.as_deref()), (subject.as_str(), name));
            assert_eq!(
                judged.letter().text.trim_end(),
                letter.text,
                "{profile:?}: no legacy display is shown"
            );
            let hidden = subject == "[...]";
            let expected = if hidden { mime::State::Both } else { mime::State::Signed };
            assert_eq!(state(&judged, "Subject"), Some(expected));
            assert_eq!(mime::Policy::NoConfidentiality.about(judged.headers()) == mime::Policy::Shy, hidden);
        }
    }
}
