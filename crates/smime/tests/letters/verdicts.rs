//! The verdict table, row by row (design, section 4), and the rules of time and of who the sender is.

use rand_core::CryptoRng;
use sceau_mime as mime;
use sceau_smime::cms::envelope::{Sealing, To, seal as seal_envelope};
use sceau_smime::cms::recipients::Transport;
use sceau_smime::cms::sign::{Enclosure, sign};
use sceau_smime::letter::{
    Judged, LayerReport, OpenRequest, Profile, SealRequest, TrustSettings, sign_entity,
};
use sceau_smime::path::{Anchor, Anchors, RevocationMode};
use sceau_smime::{Identity, Trust, UnixTime};

use crate::big::open;
use crate::world::{
    AMELIE, BRUNO, CHLOE, NOW, Person, draft, identity, opened, revocations, rng, trust_for_domains,
    try_open, world,
};

/// 2025-03-01T00:00:00Z: while the expired certificate was valid.
const THEN: UnixTime = UnixTime(1_740_787_200);

fn letter_by(signer: &Identity, draft: &mime::Draft, at: UnixTime) -> Vec<u8> {
    let recipients = [world().bruno.recipient()];
    let request = SealRequest { draft, signer, recipients: &recipients, profile: Profile::Default };
    sceau_smime::letter::seal(&request, at, &mut rng()).unwrap().eml
}

fn judge(bytes: &[u8], trust: &TrustSettings) -> Judged {
    try_open(bytes, &world().bruno, trust).unwrap()
}

/// Seals any entity for Bruno.
fn sealed(entity: &[u8], sealing: Sealing) -> Vec<u8> {
    let w = world();
    let to = To { certificate: &w.bruno.encrypt.certificate, transport: Transport::RsaOaep };
    seal_envelope(entity.to_vec(), &[to], sealing, &mut rng()).unwrap().der
}

fn assert_plain_text_only(judged: &Judged) {
    assert!(!judged.may_render_html() && !judged.may_quote() && !judged.may_follow_links());
    assert!(judged.has_code("plain_text_only"));
    assert!(judged.verified().is_none());
}

#[test]
fn sealed_and_signed_is_confirmed() {
    let judged = judge(&letter_by(&world().amelie.sign, &draft(), NOW), &world().trust);
    assert_eq!(judged.trust(), Trust::SealedSigned);
    assert_eq!(judged.sender_name(), Some("Amélie Roche"));
    assert!(judged.may_render_html() && judged.may_quote());
    assert!(judged.warnings().is_empty(), "{judged:?}");
}

#[test]
fn signed_only_is_signed() {
    let w = world();
    let composed = mime::compose(
        &draft(),
        &mime::Outer { transfer: mime::TransferSafety::SevenBit, ..Default::default() },
    )
    .unwrap();
    for enclosure in [Enclosure::Opaque, Enclosure::Detached] {
        let mail = sign_entity(
            &composed.message,
            enclosure,
            &w.amelie.sign,
            w.amelie.sign.key.default_scheme(),
            &composed.outer_headers,
            NOW,
            &mut rng(),
        )
        .unwrap();
        assert_eq!(opened(&mail, &w.bruno).trust(), Trust::Signed);
        let text = String::from_utf8(mail).unwrap();
        // A store that turned line ends into bare LF does not break a detached signature.
        assert_eq!(opened(text.replace("\r\n", "\n").as_bytes(), &w.bruno).trust(), Trust::Signed);
    }
}

#[test]
fn unsigned_content_is_plain_text_whatever_the_cipher() {
    let html =
        b"From: amelie.roche@cabinet.example\r\nContent-Type: text/html\r\n\r\n<a href='http://x/'>x</a>";
    for (sealing, authenticated) in
        [(Sealing::Aes256Gcm { derive: false }, true), (Sealing::Aes256Cbc, false)]
    {
        let judged = judge(&sealed(html, sealing), &world().trust);
        assert_eq!(judged.trust(), Trust::SealedUnverified);
        assert!(judged.has_code("unsigned"));
        assert_eq!(judged.has_code("not_authenticated"), !authenticated);
        assert_plain_text_only(&judged);
    }
}

#[test]
fn a_mail_with_neither_is_clear() {
    let judged = judge(b"From: amelie.roche@cabinet.example\r\nSubject: x\r\n\r\nBonjour", &world().trust);
    assert_eq!(judged.trust(), Trust::Clear);
    assert!(judged.headers().iter().all(|field| field.state == mime::State::None));
    assert_plain_text_only(&judged);
}

#[test]
fn a_strangers_authority_confirms_nobody() {
    let judged = judge(&letter_by(&identity("false-amelie"), &draft(), NOW), &world().trust);
    assert_eq!(judged.trust(), Trust::SealedUnverified);
    assert!(judged.has_code("no_path_to_anchor"));
    assert_plain_text_only(&judged);
    let stranger = TrustSettings {
        anchors: Anchors::from_certificates(vec![crate::world::certificate("stranger")]),
        ..TrustSettings::default()
    };
    let judged = judge(&letter_by(&world().amelie.sign, &draft(), NOW), &stranger);
    assert_eq!(judged.trust(), Trust::SealedUnverified);
}

#[test]
fn a_signer_who_is_not_the_sender_is_a_pretender() {
    let judged = judge(&letter_by(&world().chloe.sign, &draft(), NOW), &world().trust);
    assert_eq!(judged.trust(), Trust::Broken);
    assert!(judged.has_code("signer_not_from"));
    assert_plain_text_only(&judged);
    let mut several = draft();
    several.from = mime::Address::bare(CHLOE);
    several.sender = Some(mime::Address::bare(AMELIE));
    let judged = judge(&letter_by(&world().amelie.sign, &several, NOW), &world().trust);
    assert_eq!(judged.trust(), Trust::Broken, "a Sender without a delegation is a pretender");
}

#[test]
fn ambiguous_senders_are_never_confirmed() {
    let w = world();
    let scheme = w.amelie.sign.key.default_scheme();
    for (head, code) in [
        ("Subject: x", "from_missing"),
        ("From: amelie.roche@cabinet.example, chloe.petit@labo.example", "several_from"),
        ("From: amelie.roche@cabinet.example\r\nFrom: chloe.petit@labo.example", "several_from"),
    ] {
        let message = format!("{head}\r\n\r\nBonjour");
        let der =
            sign(message.as_bytes(), Enclosure::Opaque, &w.amelie.sign, scheme, NOW, &mut rng()).unwrap();
        let judged = judge(&sealed(&der, Sealing::Aes256Gcm { derive: false }), &w.trust);
        assert_eq!(judged.trust(), Trust::SealedUnverified, "{head}");
        assert!(judged.has_code(code), "{head}: {judged:?}");
    }
}

#[test]
fn an_anchor_speaks_for_its_domains_only() {
    let letter = letter_by(&world().amelie.sign, &draft(), NOW);
    assert_eq!(judge(&letter, &trust_for_domains(&["cabinet.example"])).trust(), Trust::SealedSigned);
    let judged = judge(&letter, &trust_for_domains(&["cardio.example"]));
    assert_eq!(judged.trust(), Trust::SealedUnverified);
    assert!(judged.has_code("anchor_domain_not_allowed"));
}

#[test]
fn a_gateway_needs_its_policy_and_never_speaks_for_members() {
    let anchor = Anchor {
        domains: Some(vec!["cabinet.example".to_owned()]),
        gateway: true,
        ..Anchor::new(crate::world::certificate("ca"))
    };
    let trust = TrustSettings { anchors: [anchor].into_iter().collect(), ..TrustSettings::default() };
    let judged = judge(&letter_by(&world().amelie.sign, &draft(), NOW), &trust);
    assert_eq!(judged.trust(), Trust::Broken);
    assert!(judged.has_code("gateway_pretender"));
}

#[test]
fn the_signing_time_counts_while_the_certificate_was_valid() {
    let old = identity("old-amelie");
    let judged = judge(&letter_by(&old, &draft(), THEN), &world().trust);
    assert_eq!(judged.trust(), Trust::SealedSigned);
    assert_eq!(judged.judged_at(), THEN);
    let judged = judge(&letter_by(&old, &draft(), NOW), &world().trust);
    assert_eq!(judged.trust(), Trust::SealedUnverified);
    assert!(judged.has_code("certificate_expired") && judged.has_code("signing_time_unusable"));
    let future = NOW.plus_seconds(3_600);
    let judged = judge(&letter_by(&world().amelie.sign, &draft(), future), &world().trust);
    assert_eq!(judged.judged_at(), NOW);
    assert!(judged.has_code("signing_time_in_future"));
}

#[test]
fn the_first_success_goes_before_the_signing_time() {
    let w = world();
    let letter = letter_by(&identity("old-amelie"), &draft(), NOW);
    let own = w.bruno.own();
    let mut request = OpenRequest::new(&letter, w.bruno.keys(), &own, &w.trust, NOW);
    request.first_success = Some(THEN);
    let judged = open(&request, &mut rng()).unwrap();
    assert_eq!(judged.trust(), Trust::SealedSigned);
    assert_eq!(judged.judged_at(), THEN);
}

#[test]
fn a_compromised_key_breaks_even_older_letters() {
    let trust = TrustSettings { crls: revocations(), ..world().trust.clone() };
    let judged = judge(&letter_by(&identity("lost-amelie"), &draft(), THEN), &trust);
    assert_eq!(judged.trust(), Trust::Broken);
    assert!(judged.has_code("certificate_revoked"));
    assert_eq!(judge(&letter_by(&world().amelie.sign, &draft(), NOW), &trust).trust(), Trust::SealedSigned);
}

#[test]
fn a_certificate_signed_with_sha1_is_never_green() {
    let w = world();
    let letter = letter_by(&identity("sha1-amelie"), &draft(), NOW);
    let own = w.bruno.own();
    let mut request = OpenRequest::new(&letter, w.bruno.keys(), &own, &w.trust, NOW);
    for (danger_legacy, code) in [(false, "certificate_legacy_algorithm"), (true, "legacy_algorithm")] {
        request.danger_legacy = danger_legacy;
        let judged = open(&request, &mut rng()).unwrap();
        assert_eq!(judged.trust(), Trust::SealedUnverified, "{judged:?}");
        assert!(judged.has_code(code), "{judged:?}");
        assert_plain_text_only(&judged);
    }
    // The switch changes nothing for letters that need no mercy.
    let letter = letter_by(&w.amelie.sign, &draft(), NOW);
    let request = OpenRequest { bytes: &letter, danger_legacy: true, ..request };
    assert_eq!(open(&request, &mut rng()).unwrap().trust(), Trust::SealedSigned);
}

#[test]
fn revocation_can_be_required() {
    let required = TrustSettings { revocation: RevocationMode::Require, ..world().trust.clone() };
    let judged = judge(&letter_by(&world().amelie.sign, &draft(), NOW), &required);
    assert_eq!(judged.trust(), Trust::SealedUnverified);
    assert!(judged.has_code("revocation_unknown"));
}

/// A letter opened with the usual list, of which the reader says how old it may be.
fn judged_with_list(max_list_age: Option<i64>, now: UnixTime, first_success: Option<UnixTime>) -> Judged {
    let w = world();
    let trust = TrustSettings { crls: revocations(), max_list_age, ..w.trust.clone() };
    let letter = letter_by(&w.amelie.sign, &draft(), NOW);
    let own = w.bruno.own();
    let request =
        OpenRequest { first_success, ..OpenRequest::new(&letter, w.bruno.keys(), &own, &trust, now) };
    open(&request, &mut rng()).unwrap()
}

fn texts(judged: &Judged) -> String {
    format!("{:?} {:?}", judged.layers(), judged.warnings())
}

#[test]
fn a_list_that_ran_out_confirms_nobody_for_the_first_time() {
    let list = revocations().remove(0);
    let age = NOW.0 - list.this_update().0;
    assert_eq!(judged_with_list(None, NOW, None).trust(), Trust::SealedSigned);
    assert_eq!(judged_with_list(Some(age), NOW, None).trust(), Trust::SealedSigned);
    let late = list.next_update().unwrap().plus_seconds(1);
    for (max_list_age, now, since) in [
        (Some(age - 1), NOW, list.this_update().plus_seconds(age - 1)),
        (None, late, list.next_update().unwrap()),
        (Some(i64::MAX), late, list.next_update().unwrap()),
    ] {
        let judged = judged_with_list(max_list_age, now, None);
        assert_eq!(judged.trust(), Trust::SealedUnverified, "{max_list_age:?}");
        let LayerReport::Signed(signed) = &judged.layers()[1] else { panic!("{judged:?}") };
        assert_eq!(signed.reasons.len(), 1, "{signed:?}");
        assert_eq!(signed.reasons[0].code, "revocation_not_current");
        assert!(signed.reasons[0].text.contains(&since.to_rfc3339()), "{signed:?}");
        assert_plain_text_only(&judged);
    }
}

#[test]
fn a_late_list_takes_back_nothing_that_a_fresh_one_confirmed() {
    let judged = judged_with_list(Some(1), NOW, Some(NOW.plus_seconds(-3_600)));
    assert_eq!(judged.trust(), Trust::SealedSigned);
    assert!(judged.has_code("revocation_not_current"));
    assert!(texts(&judged).contains("Unknown since 20"), "{}", texts(&judged));
}

#[test]
fn a_late_list_still_tells_of_a_stolen_key() {
    let trust = TrustSettings { crls: revocations(), max_list_age: Some(1), ..world().trust.clone() };
    let judged = judge(&letter_by(&identity("lost-amelie"), &draft(), THEN), &trust);
    assert_eq!(judged.trust(), Trust::Broken);
    assert!(judged.has_code("certificate_revoked"));
}

#[test]
fn a_letter_for_others_is_told() {
    let w = world();
    let mut draft = draft();
    draft.to = vec![mime::Address::bare(CHLOE)];
    let judged = judge(&letter_by(&w.amelie.sign, &draft, NOW), &w.trust);
    assert_eq!(judged.trust(), Trust::SealedSigned);
    assert!(judged.has_code("not_addressed_to_reader"));
}

#[test]
fn the_name_shown_is_the_certificates() {
    let mut draft = draft();
    draft.from = mime::Address::new("Dr Chloé Petit", AMELIE);
    let judged = judge(&letter_by(&world().amelie.sign, &draft, NOW), &world().trust);
    assert_eq!(judged.trust(), Trust::SealedSigned);
    assert_eq!(judged.sender_name(), Some("Amélie Roche"));
    assert!(judged.has_code("display_name_differs"));
}

#[test]
fn another_sender_outside_is_told() {
    let letter = String::from_utf8(letter_by(&world().amelie.sign, &draft(), NOW)).unwrap();
    let changed = letter.replacen(AMELIE, "other@cabinet.example", 1);
    let judged = judge(changed.as_bytes(), &world().trust);
    assert_eq!(judged.trust(), Trust::SealedSigned);
    assert_eq!(judged.letter().from[0].email, AMELIE);
    assert!(judged.has_code("outer_headers_differ"));
}

#[test]
fn a_signature_must_cover_everything_shown() {
    let w = world();
    let composed = mime::compose(
        &draft(),
        &mime::Outer { transfer: mime::TransferSafety::SevenBit, ..Default::default() },
    )
    .unwrap();
    let scheme = w.amelie.sign.key.default_scheme();
    let signed =
        sign_entity(&composed.message, Enclosure::Detached, &w.amelie.sign, scheme, &[], NOW, &mut rng())
            .unwrap();
    let signed = String::from_utf8(signed).unwrap();
    let around = format!(
        "From: {AMELIE}\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n{signed}\r\n--m\r\nContent-Type: text/plain\r\n\r\nPS: virez 5000 euros\r\n--m--\r\n"
    );
    let judged = judge(around.as_bytes(), &w.trust);
    assert_eq!(judged.trust(), Trust::Clear);
    let judged = judge(&sealed(around.as_bytes(), Sealing::Aes256Gcm { derive: false }), &w.trust);
    assert_eq!(judged.trust(), Trust::SealedUnverified);
    // A signature over the envelope only says nothing about what is inside.
    let envelope = sealed(composed.message.as_slice(), Sealing::Aes256Gcm { derive: false });
    let outside = sign(&envelope, Enclosure::Opaque, &w.amelie.sign, scheme, NOW, &mut rng()).unwrap();
    let judged = judge(&outside, &w.trust);
    assert_eq!(judged.trust(), Trust::SealedUnverified);
    assert!(judged.has_code("signed_outside_only"));
    assert_plain_text_only(&judged);
}

#[test]
fn triple_wrapping_is_judged_by_the_inner_signature() {
    let w = world();
    let message = mime::compose(&draft(), &mime::Outer::default()).unwrap().message;
    let inner = opaque(&message, &w.amelie);
    let envelope = sealed(&inner, Sealing::Aes256Gcm { derive: false });
    let outer = opaque(&wrapped(&envelope, "authEnveloped-data"), &w.chloe);
    let judged = judge(&outer, &w.trust);
    assert_eq!(judged.trust(), Trust::SealedSigned, "{judged:?}");
    assert_eq!(judged.sender_name(), Some("Amélie Roche"));
    assert_eq!(judged.layers().len(), 3);
}

#[test]
fn nesting_is_limited() {
    let w = world();
    let mut entity = b"From: amelie.roche@cabinet.example\r\n\r\nx".to_vec();
    for _ in 0..sceau_smime::letter::MAX_LAYERS {
        entity = opaque(&entity, &w.amelie);
    }
    assert_eq!(judge(&entity, &w.trust).trust(), Trust::Signed);
    entity = opaque(&entity, &w.amelie);
    let error = try_open(&entity, &w.bruno, &w.trust).unwrap_err();
    assert!(matches!(error, sceau_smime::Error::LimitExceeded { .. }), "{error:?}");
}

#[test]
fn a_wrapped_message_is_the_letter() {
    let w = world();
    let message = format!(
        "Content-Type: message/rfc822\r\n\r\nFrom: {AMELIE}\r\nTo: {BRUNO}\r\nSubject: dedans\r\n\r\nBonjour"
    );
    let judged = judge(&opaque(message.as_bytes(), &w.amelie), &w.trust);
    assert_eq!(judged.trust(), Trust::Signed);
    assert_eq!(judged.letter().subject, "dedans");
}

#[test]
fn fields_outside_serve_when_the_payload_has_none() {
    let w = world();
    let der = sign(
        b"Content-Type: text/plain\r\n\r\nBonjour",
        Enclosure::Opaque,
        &w.amelie.sign,
        w.amelie.sign.key.default_scheme(),
        NOW,
        &mut rng(),
    )
    .unwrap();
    let headers =
        |from: &str| vec![("From".to_owned(), from.to_owned()), ("Subject".to_owned(), "dehors".to_owned())];
    let mail =
        |from: &str| mime::wrap_cms(&der, "signed-data", &headers(from), mime::WrapEncoding::Base64).unwrap();
    let judged = judge(&mail(AMELIE), &w.trust);
    assert_eq!(judged.trust(), Trust::Signed);
    assert_eq!(judged.letter().subject, "dehors");
    let subject = judged.headers().iter().find(|field| field.name == "Subject").unwrap();
    assert_eq!(subject.state, mime::State::None);
    assert_eq!(judge(&mail(CHLOE), &w.trust).trust(), Trust::Broken);
}

#[test]
fn a_bare_detached_signature_needs_its_content() {
    let w = world();
    let message = format!("From: {AMELIE}\r\nSubject: x\r\n\r\nBonjour\r\n");
    let scheme = w.amelie.sign.key.default_scheme();
    let signature =
        sign(message.as_bytes(), Enclosure::Detached, &w.amelie.sign, scheme, NOW, &mut rng()).unwrap();
    let mut request = OpenRequest::new(&signature, &[], &[], &w.trust, NOW);
    let alone = open(&request, &mut rng()).unwrap();
    assert_eq!(alone.trust(), Trust::Clear);
    assert!(alone.has_code("content_missing"));
    request.detached = Some(message.as_bytes());
    assert_eq!(open(&request, &mut rng()).unwrap().trust(), Trust::Signed);
    let other = message.replace("Bonjour", "Adieu");
    request.detached = Some(other.as_bytes());
    let changed = open(&request, &mut rng()).unwrap();
    assert_eq!(changed.trust(), Trust::Broken);
    assert!(changed.has_code("digest_mismatch"));
}

#[test]
fn a_message_of_certificates_only_is_no_letter() {
    let Some(folder) = std::env::var_os("SCEAU_VECTORS").map(std::path::PathBuf::from) else {
        eprintln!("SKIPPED: SCEAU_VECTORS is not set, 1 case not run");
        return;
    };
    let bytes = std::fs::read(folder.join("rustcrypto/cms/pkits.p7b")).unwrap();
    let judged = judge(&bytes, &world().trust);
    assert_eq!(judged.trust(), Trust::Clear);
    assert!(judged.has_code("no_content") && judged.layers().is_empty());
}

/// A signature that was moved: what it covers is the DER of signed attributes, sent as content without attributes.
#[test]
fn signed_attributes_sent_as_content_are_refused() {
    use sceau_smime::cms::ber::{Tlv, tag};

    let w = world();
    let message = format!("From: {AMELIE}\r\n\r\nBonjour\r\n");
    let scheme = w.amelie.sign.key.default_scheme();
    let der = sign(message.as_bytes(), Enclosure::Opaque, &w.amelie.sign, scheme, NOW, &mut rng()).unwrap();
    let mut outer = Tlv::parse(&der).unwrap().children().unwrap();
    let oid = outer.any().unwrap().raw;
    let mut fields = outer.any().unwrap().children().unwrap().any().unwrap().children().unwrap();
    let [version, digests, _] = [(); 3].map(|()| fields.any().unwrap().raw);
    let certificates = fields.any().unwrap().raw;
    let mut info = fields.any().unwrap().children().unwrap().any().unwrap().children().unwrap();
    let before: Vec<u8> = (0..3).flat_map(|_| info.any().unwrap().raw.to_vec()).collect();
    let mut attributes = info.expect(tag::context(0)).unwrap().raw.to_vec();
    attributes[0] = 0x31;
    let after: Vec<u8> = (0..2).flat_map(|_| info.any().unwrap().raw.to_vec()).collect();
    let open_tag = |tag: u8| vec![tag, 0x80];
    let close = |count: usize| vec![0; count * 2];
    let length = u16::try_from(attributes.len()).unwrap().to_be_bytes();
    let moved = [
        open_tag(0x30),
        oid.to_vec(),
        open_tag(0xa0),
        open_tag(0x30),
        version.to_vec(),
        digests.to_vec(),
        open_tag(0x30),
        vec![6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1],
        open_tag(0xa0),
        [&[0x04, 0x82][..], &length].concat(),
        attributes,
        close(2),
        certificates.to_vec(),
        open_tag(0x31),
        open_tag(0x30),
        before,
        after,
        close(5),
    ]
    .concat();
    let judged = judge(&moved, &w.trust);
    assert_eq!(judged.trust(), Trust::Broken, "{judged:?}");
    assert!(judged.has_code("bad_signed_attributes"), "{judged:?}");
}

fn opaque(entity: &[u8], signer: &Person) -> Vec<u8> {
    let scheme = signer.sign.key.default_scheme();
    wrapped(
        &sign(entity, Enclosure::Opaque, &signer.sign, scheme, NOW, &mut any_rng()).unwrap(),
        "signed-data",
    )
}

fn wrapped(der: &[u8], smime_type: &str) -> Vec<u8> {
    mime::wrap_cms(der, smime_type, &[], mime::WrapEncoding::Binary).unwrap()
}

fn any_rng() -> impl CryptoRng {
    rng()
}
