//! What is sealed is opened again, byte for byte, by those it is for and by nobody else.

use sceau_mime as mime;
use sceau_smime::cms::capabilities::Capabilities;
use sceau_smime::letter::{
    LayerReport, OpenRequest, Profile, Recipient, SealRequest, open_card, padme_length, seal_for_all,
};
use sceau_smime::{Error, Trust};

use crate::big::open;
use crate::world::{AMELIE, BRUNO, CHLOE, NOW, Person, draft, opened, rng, seal_with, try_open, world};

pub(crate) fn request<'a>(
    draft: &'a mime::Draft,
    sender: &'a Person,
    recipients: &'a [Recipient],
    profile: Profile,
) -> SealRequest<'a> {
    SealRequest { draft, signer: &sender.sign, recipients, profile }
}

fn layers(layers: &[LayerReport]) -> Vec<String> {
    let name = |layer: &LayerReport| match layer {
        LayerReport::Encrypted(it) => format!("{} {} {}", it.type_name, it.cipher, it.key),
        LayerReport::Signed(it) => format!("{:?} {}", it.verdict, it.algorithm.as_deref().unwrap_or("?")),
        other => format!("{other:?}"),
    };
    layers.iter().map(name).collect()
}

#[test]
fn every_key_and_profile_round_trips() {
    let w = world();
    let cases = [
        (
            &w.amelie,
            &w.bruno,
            Profile::Default,
            "AuthEnvelopedData aes-256-gcm rsa-oaep-sha256",
            "Valid ecdsa-sha256",
        ),
        (
            &w.bruno,
            &w.amelie,
            Profile::Default,
            "AuthEnvelopedData aes-256-gcm ecdh-p256-sha256kdf-aes256-wrap",
            "Valid rsa-pss-sha256",
        ),
        (
            &w.chloe,
            &w.chloe,
            Profile::Default,
            "AuthEnvelopedData aes-256-gcm ecdh-p384-sha384kdf-aes256-wrap",
            "Valid ecdsa-sha384",
        ),
        (
            &w.bruno,
            &w.bruno,
            Profile::Compat,
            "EnvelopedData aes-256-cbc rsa-pkcs1v15",
            "Valid rsa-pkcs1-sha256",
        ),
        (
            &w.chloe,
            &w.amelie,
            Profile::Compat,
            "EnvelopedData aes-256-cbc ecdh-p256-sha256kdf-aes256-wrap",
            "Valid ecdsa-sha384",
        ),
    ];
    for (sender, reader, profile, outside, inside) in cases {
        let mut draft = draft();
        draft.from = mime::Address::bare(&sender.address);
        draft.to = vec![mime::Address::bare(&reader.address)];
        let sealed = seal_with(request(&draft, sender, &[reader.recipient()], profile));
        let judged = opened(&sealed.eml, reader);
        assert_eq!(judged.trust(), Trust::SealedSigned, "{judged:?}");
        assert_eq!(layers(judged.layers()), [outside, inside]);
        assert_eq!(judged.message_sha256(), sealed.message_sha256);
        let letter = judged.letter();
        assert_eq!(letter.subject, draft.subject);
        assert_eq!(letter.text.trim_end(), draft.text);
        let parts: Vec<_> =
            letter.parts.iter().map(|part| (part.name.clone().unwrap(), part.bytes.clone())).collect();
        let sent: Vec<_> = draft.parts.iter().map(|part| (part.name.clone(), part.bytes.clone())).collect();
        assert_eq!(parts, sent);
        assert_eq!(judged.content_key(), Some(sealed.content_key.as_slice()));
    }
}

#[test]
fn a_letter_opens_for_its_recipients_only() {
    let w = world();
    let draft = draft();
    let recipients = [w.bruno.recipient(), w.chloe.recipient()];
    let sealed = seal_with(request(&draft, &w.amelie, &recipients, Profile::Default));
    for reader in [&w.bruno, &w.chloe] {
        assert_eq!(opened(&sealed.eml, reader).letter().subject, draft.subject);
    }
    assert_eq!(try_open(&sealed.eml, &w.amelie, &w.trust).unwrap_err(), Error::NotForThisKey);
}

#[test]
fn the_outside_shows_nothing_but_the_allow_list() {
    let w = world();
    let sealed = seal_with(request(&draft(), &w.amelie, &[w.bruno.recipient()], Profile::Default));
    for mail in [&sealed.eml, &sealed.card] {
        let head = String::from_utf8_lossy(mail);
        let head = head.split("\r\n\r\n").next().unwrap();
        assert!(head.contains("Subject: [...]"), "{head}");
        for secret in ["compte", "Compte", "échocardio", "Nœuv", "C5=93uv", "sultat"] {
            assert!(!head.contains(secret), "{secret} in {head}");
        }
    }
}

#[test]
fn sealed_sizes_are_padme_lengths() {
    let w = world();
    for size in [0, 1_000, 54_321] {
        let mut draft = draft();
        draft.parts[0].bytes = vec![7; size];
        for profile in [Profile::Default, Profile::Compat] {
            let sealed = seal_with(request(&draft, &w.amelie, &[w.bruno.recipient()], profile));
            let cms = mime::unwrap_cms(&sealed.eml, &mime::Limits::default()).unwrap();
            let info = sceau_smime::cms::content_info::ContentInfo::read(&cms.der).unwrap();
            let envelope = sceau_smime::cms::envelope::Envelope::read(&info).unwrap().unwrap();
            let entity = envelope.open(w.bruno.keys(), &mut rng()).unwrap().content;
            assert_eq!(entity.len(), padme_length(entity.len()));
        }
    }
}

#[test]
fn the_derived_content_key_is_written_when_every_recipient_advertises_it() {
    let w = world();
    let derived = |recipients: &[Recipient]| {
        let draft = draft();
        let sealed = seal_with(request(&draft, &w.amelie, recipients, Profile::Default));
        assert_eq!(opened(&sealed.eml, &w.bruno).trust(), Trust::SealedSigned);
        let cms = mime::unwrap_cms(&sealed.eml, &mime::Limits::default()).unwrap();
        let info = sceau_smime::cms::content_info::ContentInfo::read(&cms.der).unwrap();
        let envelope = sceau_smime::cms::envelope::Envelope::read(&info).unwrap().unwrap();
        envelope.encrypted().algorithm.is_derived()
    };
    let knows = Recipient { capabilities: Some(Capabilities::own()), ..w.bruno.recipient() };
    assert!(derived(std::slice::from_ref(&knows)));
    assert!(!derived(&[knows, w.chloe.recipient()]));
}

#[test]
fn capabilities_come_from_confirmed_signers_only() {
    let w = world();
    let sealed = seal_with(request(&draft(), &w.amelie, &[w.bruno.recipient()], Profile::Default));
    assert_eq!(opened(&sealed.eml, &w.bruno).sender_capabilities(), Some(Capabilities::own()));
    let nobody = sceau_smime::letter::TrustSettings::default();
    let unknown = try_open(&sealed.eml, &w.bruno, &nobody).unwrap();
    assert_eq!(unknown.trust(), Trust::SealedUnverified);
    assert_eq!(unknown.sender_capabilities(), None);
    assert_eq!(unknown.sender_name(), None);
}

#[test]
fn a_card_shows_the_letter_and_opens_it() {
    let w = world();
    let draft = draft();
    let sealed = seal_with(request(&draft, &w.amelie, &[w.bruno.recipient()], Profile::Default));
    let own = w.bruno.own();
    let read = OpenRequest::new(&sealed.card, w.bruno.keys(), &own, &w.trust, NOW);
    let judged = open_card(&read, &mut rng()).unwrap();
    assert_eq!(judged.trust(), Trust::SealedSigned);
    assert_eq!(judged.sender_name(), Some("Amélie Roche"));
    let card = judged.card();
    assert_eq!(card.subject, draft.subject);
    assert_eq!(card.preview, "Cher confrère, voici le compte rendu. Amélie Roche");
    assert_eq!(card.parts[0].name, "résultat.pdf");
    assert_eq!(card.parts[0].bytes, 3_000);
    assert!(card.is_about(&sealed.eml));
    assert!(!card.is_about(&sealed.card));
    // With the card's key the letter opens without any private key, and is judged all the same.
    let with_key =
        OpenRequest { bytes: &sealed.eml, identities: &[], content_key: Some(&card.content_key), ..read };
    let letter = open(&with_key, &mut rng()).unwrap();
    assert_eq!(letter.trust(), Trust::SealedSigned);
    assert_eq!(letter.letter().subject, draft.subject);
    let wrong = OpenRequest { content_key: Some(&[0; 32]), ..with_key };
    assert_eq!(open(&wrong, &mut rng()).unwrap_err(), Error::Decrypt);
    // A letter is no card.
    assert!(open_card(&OpenRequest { bytes: &sealed.eml, ..read }, &mut rng()).is_err());
}

#[test]
fn each_class_and_each_blind_copy_has_its_own_envelope() {
    let w = world();
    let mut draft = draft();
    draft.cc = vec![mime::Address::bare(CHLOE)];
    draft.bcc = vec![mime::Address::bare(AMELIE)];
    let own = w.amelie.recipient();
    let recipients = [
        (w.bruno.recipient(), Profile::Default),
        (w.chloe.recipient(), Profile::Compat),
        (w.amelie.recipient(), Profile::Default),
    ];
    let copies = seal_for_all(&draft, &w.amelie.sign, &own, &recipients, NOW, &mut rng()).unwrap();
    let summary: Vec<_> =
        copies.outgoing.iter().map(|copy| (copy.rcpt_to.join(" "), copy.profile, copy.is_blind)).collect();
    assert_eq!(
        summary,
        [
            (BRUNO.to_owned(), Profile::Default, false),
            (CHLOE.to_owned(), Profile::Compat, false),
            (AMELIE.to_owned(), Profile::Default, true),
        ]
    );
    assert!(opened(&copies.outgoing[0].letter.eml, &w.bruno).letter().bcc.is_empty());
    assert!(opened(&copies.outgoing[1].letter.eml, &w.chloe).letter().bcc.is_empty());
    for own_copy in [&copies.outgoing[2].letter, &copies.sent] {
        let judged = opened(&own_copy.eml, &w.amelie);
        assert_eq!(judged.letter().bcc, draft.bcc);
        assert_eq!(judged.trust(), Trust::SealedSigned);
    }
    assert_eq!(try_open(&copies.sent.eml, &w.bruno, &w.trust).unwrap_err(), Error::NotForThisKey);
    let missing = seal_for_all(&draft, &w.amelie.sign, &own, &recipients[..2], NOW, &mut rng());
    assert!(matches!(missing.unwrap_err(), Error::Missing { .. }));
    draft.bcc.clear();
    let too_many = seal_for_all(&draft, &w.amelie.sign, &own, &recipients, NOW, &mut rng());
    assert_eq!(too_many.unwrap_err(), Error::BadAddress);
}

#[test]
fn the_report_has_the_agreed_shape() {
    let w = world();
    let sealed = seal_with(request(&draft(), &w.amelie, &[w.bruno.recipient()], Profile::Default));
    let report = serde_json::to_value(opened(&sealed.eml, &w.bruno)).unwrap();
    let keys: Vec<&str> = report.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = [
        "trust",
        "judged_at",
        "time_source",
        "layers",
        "headers",
        "from",
        "to",
        "cc",
        "bcc",
        "date",
        "subject",
        "message_id",
        "text",
        "parts",
        "warnings",
    ];
    expected.sort_unstable();
    let mut keys = keys;
    keys.sort_unstable();
    assert_eq!(keys, expected);
    assert_eq!(report["trust"], "sealed_signed");
    assert_eq!(report["judged_at"], "2026-12-01T08:17:00Z");
    assert_eq!(report["time_source"], "signing_time");
    assert_eq!(report["layers"][0]["kind"], "encrypted");
    assert_eq!(report["layers"][0]["type"], "AuthEnvelopedData");
    assert_eq!(report["layers"][0]["authenticated"], true);
    assert_eq!(report["layers"][1]["kind"], "signed");
    assert_eq!(report["layers"][1]["verdict"], "valid");
    assert_eq!(report["layers"][1]["signer"]["emails"][0], AMELIE);
    assert_eq!(report["layers"][1]["on_behalf_of"], serde_json::Value::Null);
    assert_eq!(report["layers"][1]["signing_time"], "2026-12-01T08:17:00Z");
    assert_eq!(report["layers"][1]["reasons"], serde_json::json!([]));
    assert_eq!(report["parts"][0]["name"], "résultat.pdf");
    assert_eq!(report["parts"][0]["bytes"], 3_000);
    assert_eq!(report["parts"][0]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(report["warnings"], serde_json::json!([]));
    let state = |name: &str| {
        let found = report["headers"].as_array().unwrap().iter().find(|field| field["name"] == name);
        found.map(|field| field["state"].as_str().unwrap().to_owned())
    };
    assert_eq!(state("Subject").as_deref(), Some("both"));
    // The address stands outside, the name does not.
    assert_eq!(state("From").as_deref(), Some("both"));
    assert_eq!(state("Message-ID").as_deref(), Some("signed"));
}

#[test]
fn an_answer_keeps_inside_what_the_letter_kept() {
    let w = world();
    let mut first = draft();
    first.cc = vec![mime::Address::new("Chloé Petit", CHLOE)];
    first.references = vec!["premiere@labo.example".to_owned()];
    first.kept_inside.addresses = vec![CHLOE.to_owned()];
    first.kept_inside.ids = first.references.clone();
    let sealed = seal_with(request(&first, &w.amelie, &[w.bruno.recipient()], Profile::Default));
    let judged = opened(&sealed.eml, &w.bruno);
    let kept = judged.kept_inside();
    assert_eq!(
        (kept.addresses.as_slice(), kept.ids.as_slice()),
        ([CHLOE.to_owned()].as_slice(), first.references.as_slice())
    );

    let mut answer = draft();
    answer.from = mime::Address::bare(BRUNO);
    answer.to = vec![mime::Address::bare(AMELIE)];
    answer.cc.clone_from(&judged.letter().cc);
    answer.references = vec!["premiere@labo.example".to_owned(), first.message_id.clone()];
    answer.kept_inside = kept;
    let sealed = seal_with(request(&answer, &w.bruno, &[w.amelie.recipient()], Profile::Default));
    for mail in [&sealed.eml, &sealed.card] {
        let outside = String::from_utf8_lossy(mail);
        let (outside, _) = outside.split_once("\r\n\r\n").unwrap();
        assert!(!outside.contains(CHLOE) && !outside.contains("premiere@"), "{outside}");
        assert!(outside.contains(AMELIE) && outside.contains(&first.message_id), "{outside}");
    }
    let back = opened(&sealed.eml, &w.amelie);
    assert_eq!(back.letter().cc, answer.cc);
    assert_eq!(back.letter().references, answer.references);
}

#[test]
fn outside_stand_addresses_without_names_and_the_moment_without_its_zone() {
    let w = world();
    let mut draft = draft();
    draft.date.offset_minutes = 60;
    let sealed = seal_with(request(&draft, &w.amelie, &[w.bruno.recipient()], Profile::Default));
    for mail in [&sealed.eml, &sealed.card] {
        let outside = mime::read(mail, &mime::Limits::default()).unwrap();
        assert_eq!(outside.from, [mime::Address::bare(AMELIE)]);
        assert_eq!(outside.to, [mime::Address::bare(BRUNO)]);
        assert_eq!(outside.date, Some(mime::Date::utc(draft.date.unix)));
    }
    let inside = opened(&sealed.eml, &w.bruno);
    assert_eq!(inside.letter().from, [draft.from]);
    assert_eq!(inside.letter().date, Some(draft.date));
    assert!(inside.warnings().is_empty(), "{inside:?}");
}
