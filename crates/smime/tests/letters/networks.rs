//! Letters for and from other networks: KIM and Direct, written by us, read by us and by OpenSSL, and tampered with.

use sceau_mime as mime;
use sceau_smime::cms::ber::Tlv;
use sceau_smime::letter::{
    Judged, LayerReport, OpenRequest, Profile, Recipient, SealRequest, TrustSettings, open, seal,
    seal_for_all,
};
use sceau_smime::{Error, Identity, Trust};

use crate::openssl::{OpenSsl, pair, verify};
use crate::vectors::{KIM_TIME, read_identity, vectors};
use crate::world::{AMELIE, BRUNO, CHLOE, NOW, Person, draft, opened, rng, seal_with, try_open, world};

const LISTS: [&str; 6] = [
    "recipient_emails_unreadable",
    "recipient_emails_unsigned",
    "recipient_emails_differ",
    "recipient_emails_incomplete",
    "recipient_emails_without_reader",
    "recipient_emails_not_addressed",
];

/// A letter of KIM from Bruno, who has RSA keys as KIM wants them, to Amélie with a copy to Chloé.
fn kim_draft() -> mime::Draft {
    let mut draft = draft();
    draft.from = mime::Address::new("Bruno Keller", BRUNO);
    draft.to = vec![mime::Address::new("Amélie Roche", AMELIE)];
    draft.cc = vec![mime::Address::new("Chloé Petit", CHLOE)];
    draft
}

fn kim(recipients: &[Recipient]) -> Vec<u8> {
    let draft = kim_draft();
    let signer = &world().bruno.sign;
    seal_with(SealRequest { draft: &draft, signer, recipients, profile: Profile::Kim }).eml
}

fn everybody() -> [Recipient; 3] {
    let w = world();
    [w.amelie.recipient(), w.chloe.recipient(), w.bruno.recipient()]
}

/// The codes about lists of recipients.
fn codes(judged: &Judged) -> Vec<&str> {
    LISTS.into_iter().filter(|code| judged.has_code(code)).collect()
}

fn outer(eml: &[u8]) -> mime::Letter {
    let head = eml.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    mime::read(&eml[..head + 4], &mime::Limits::default()).unwrap()
}

fn der(eml: &[u8]) -> Vec<u8> {
    mime::unwrap_cms(eml, &mime::Limits::default()).unwrap().der
}

#[test]
fn a_kim_letter_is_what_kim_wants() {
    let w = world();
    let sealed = kim(&everybody());
    let outside = outer(&sealed);
    assert_eq!(outside.subject, "KOM-LE-Nachricht");
    assert_eq!(outside.content_type.parameter("smime-type"), Some("authenticated-enveloped-data"));
    assert_eq!(outside.header("X-KOM-LE-Version").collect::<Vec<_>>(), ["1.0"]);
    assert_eq!(outside.header("X-KIM-Dienstkennung").collect::<Vec<_>>(), ["KIM-Mail;Default;V1.0"]);
    let draft = kim_draft();
    assert_eq!((&outside.to, &outside.cc), (&draft.to, &draft.cc));
    assert_eq!(outside.message_id.as_deref(), Some("lettre-1@cabinet.example"));
    for (reader, key) in [(&w.amelie, "ecdh"), (&w.chloe, "ecdh"), (&w.bruno, "rsa-oaep-sha256")] {
        let judged = opened(&sealed, reader);
        assert_eq!(judged.trust(), Trust::SealedSigned, "{judged:?}");
        assert_eq!(codes(&judged), [""; 0], "{judged:?}");
        let [LayerReport::Encrypted(envelope), LayerReport::Signed(signed)] = judged.layers() else {
            panic!("{judged:?}");
        };
        assert_eq!((envelope.type_name, envelope.cipher), ("AuthEnvelopedData", "aes-256-gcm"));
        assert!(envelope.key.starts_with(key), "{}", envelope.key);
        assert_eq!(signed.algorithm.as_deref(), Some("rsa-pss-sha256"));
        let mut named = signed.ess.recipient_emails.clone();
        named.sort();
        assert_eq!(named, [AMELIE, BRUNO, CHLOE]);
        assert_eq!(judged.letter().subject, draft.subject);
        assert_eq!(judged.letter().text.trim_end(), draft.text);
        assert_eq!(judged.letter().parts[0].bytes, draft.parts[0].bytes);
        assert_eq!(judged.letter().hp, None);
    }
}

#[test]
fn every_copy_of_a_kim_letter_is_sealed_for_its_sender_too() {
    let w = world();
    let mut draft = kim_draft();
    draft.bcc = std::mem::take(&mut draft.cc);
    let recipients = [(w.amelie.recipient(), Profile::Kim), (w.chloe.recipient(), Profile::Kim)];
    let copies =
        seal_for_all(&draft, &w.bruno.sign, &w.bruno.recipient(), &recipients, NOW, &mut rng()).unwrap();
    assert_eq!(copies.outgoing.len(), 2);
    for (copy, reader) in copies.outgoing.iter().zip([&w.amelie, &w.chloe]) {
        assert_eq!(copy.rcpt_to, reader.own());
        for reader in [reader, &w.bruno] {
            let judged = opened(&copy.letter.eml, reader);
            assert_eq!((judged.trust(), codes(&judged)), (Trust::SealedSigned, Vec::new()), "{judged:?}");
        }
        assert!(!String::from_utf8_lossy(&copy.letter.eml).contains(CHLOE));
    }
    assert!(matches!(
        try_open(&copies.outgoing[0].letter.eml, &w.chloe, &w.trust),
        Err(Error::NotForThisKey)
    ));
}

/// An answer within KIM names nobody whose name the letter may have hidden, and no address that it hid.
#[test]
fn an_answer_in_kim_hides_what_was_hidden() {
    let mut answer = kim_draft();
    answer.in_reply_to = vec!["avant@cabinet.example".to_owned()];
    answer.kept_inside.addresses = vec![CHLOE.to_owned()];
    let recipients = everybody();
    let signer = &world().bruno.sign;
    let request = SealRequest { draft: &answer, signer, recipients: &recipients, profile: Profile::Kim };
    let outside = outer(&seal_with(request).eml);
    assert_eq!(outside.from, [mime::Address::bare(BRUNO)]);
    assert_eq!(outside.to, [mime::Address::bare(AMELIE)]);
    assert_eq!((outside.cc.len(), outside.in_reply_to.len(), outside.references.len()), (0, 0, 0));
}

#[test]
fn an_address_that_kims_list_cannot_hold_is_refused() {
    let w = world();
    let recipients = [Recipient { address: "zoé@cardio.example".to_owned(), ..w.amelie.recipient() }];
    let draft = kim_draft();
    let request =
        SealRequest { draft: &draft, signer: &w.bruno.sign, recipients: &recipients, profile: Profile::Kim };
    assert_eq!(seal(&request, NOW, &mut rng()).unwrap_err(), Error::BadAddress);
}

/// The parts of a ContentInfo with AuthEnvelopedData: those before the attributes, and the attributes.
fn split(der: &[u8]) -> (Vec<Vec<u8>>, Vec<u8>) {
    let mut info = Tlv::parse(der).unwrap().children().unwrap();
    info.any().unwrap();
    let mut fields = info.any().unwrap().children().unwrap().any().unwrap().children().unwrap();
    let mut all = Vec::new();
    while let Some(field) = fields.next_element().unwrap() {
        all.push(field.raw.to_vec());
    }
    let attributes = all.pop().unwrap();
    assert_eq!(attributes[0], 0xa2);
    (all, attributes)
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x84], &length[..], content].concat()
}

/// The same envelope with other attributes, or none.
fn with_attributes(der: &[u8], attributes: &[u8]) -> Vec<u8> {
    let (fields, _) = split(der);
    let body = tlv(0x30, &[fields.concat(), attributes.to_vec()].concat());
    let oid = [0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x17];
    tlv(0x30, &[&oid[..], &tlv(0xa0, &body)].concat())
}

/// An envelope that has no attributes, with some.
fn marked(der: &[u8], attributes: &[u8]) -> Vec<u8> {
    let mut info = Tlv::parse(der).unwrap().children().unwrap();
    let oid = info.any().unwrap().raw.to_vec();
    let fields = info.any().unwrap().children().unwrap().any().unwrap().contents;
    let body = tlv(0x30, &[fields, attributes].concat());
    tlv(0x30, &[oid, tlv(0xa0, &body)].concat())
}

#[test]
fn the_list_on_the_envelope_must_be_the_signed_one() {
    let w = world();
    let sealed = der(&kim(&everybody()));
    let (_, attributes) = split(&sealed);
    let (_, others) = split(&der(&kim(&[w.amelie.recipient(), w.bruno.recipient()])));
    let chloe = attributes.windows(CHLOE.len()).position(|window| window == CHLOE.as_bytes()).unwrap();
    let mut renamed = attributes.clone();
    renamed[chloe..chloe + 5].copy_from_slice(b"clara");
    let twice = tlv(0xa2, &[Tlv::parse(&attributes).unwrap().contents; 2].concat());
    for (attributes, expected) in [
        (attributes.as_slice(), &[][..]),
        (&[], &["recipient_emails_differ"]),
        (&others, &["recipient_emails_differ"]),
        (&renamed, &["recipient_emails_differ"]),
        (&twice, &["recipient_emails_differ"]),
        (&[0xa2, 0x02, 0x30, 0x00], &["recipient_emails_differ"]),
    ] {
        let judged = opened(&with_attributes(&sealed, attributes), &w.amelie);
        assert_eq!(judged.trust(), Trust::SealedSigned);
        assert_eq!(codes(&judged), expected, "{judged:?}");
    }
}

/// Amélie takes the signed letter out of its envelope and seals it for Chloé as if Bruno had.
#[test]
fn a_letter_sealed_anew_for_somebody_else_shows() {
    let w = world();
    let mut draft = kim_draft();
    draft.cc = Vec::new();
    let recipients = [w.amelie.recipient(), w.bruno.recipient()];
    let request =
        SealRequest { draft: &draft, signer: &w.bruno.sign, recipients: &recipients, profile: Profile::Kim };
    let sealed = seal_with(request).eml;
    let own = w.amelie.own();
    let mut request = OpenRequest::new(&sealed, w.amelie.keys(), &own, &w.trust, NOW);
    request.keep_layers = true;
    let judged = open(&request, &mut rng()).unwrap();
    let signed = judged.layer_contents().next().unwrap().to_vec();
    let to = [sceau_smime::cms::envelope::To {
        certificate: &w.chloe.encrypt.certificate,
        transport: sceau_smime::cms::recipients::Transport::Ecdh,
    }];
    let sealing = sceau_smime::cms::envelope::Sealing::Aes256Gcm { derive: false };
    let anew = sceau_smime::cms::envelope::seal(signed, &to, sealing, &mut rng()).unwrap().der;
    let stolen = split(&der(&sealed)).1;
    let told = ["recipient_emails_differ", "recipient_emails_incomplete", "recipient_emails_without_reader"];
    for (forged, expected) in [(anew.clone(), &told[..]), (marked(&anew, &stolen), &told[1..])] {
        let judged = opened(&forged, &w.chloe);
        assert_eq!(codes(&judged), expected);
        assert!(judged.has_code("not_addressed_to_reader"));
    }
}

#[test]
fn a_list_that_names_somebody_to_whom_the_letter_is_not_addressed_shows() {
    let w = world();
    let mut draft = kim_draft();
    draft.cc = Vec::new();
    let recipients = everybody();
    let request =
        SealRequest { draft: &draft, signer: &w.bruno.sign, recipients: &recipients, profile: Profile::Kim };
    let judged = opened(&seal_with(request).eml, &w.amelie);
    assert_eq!(codes(&judged), ["recipient_emails_not_addressed"]);
}

/// A letter that no list was signed for, in an envelope that has one.
#[test]
fn a_list_that_nobody_signed_shows() {
    let w = world();
    let draft = kim_draft();
    let recipients = everybody();
    let request = SealRequest {
        draft: &draft,
        signer: &w.bruno.sign,
        recipients: &recipients,
        profile: Profile::Default,
    };
    let plain = der(&seal_with(request).eml);
    let (_, attributes) = split(&der(&kim(&everybody())));
    let judged = opened(&marked(&plain, &attributes), &w.amelie);
    assert_eq!(codes(&judged), ["recipient_emails_unsigned"]);
    assert_eq!(judged.trust(), Trust::SealedSigned);
}

/// The same on an envelope that does not authenticate (`unprotectedAttrs [1]`, RFC 5652 §6.1).
#[test]
fn a_list_on_an_enveloped_data_is_seen_too() {
    let w = world();
    let (_, mut attributes) = split(&der(&kim(&everybody())));
    attributes[0] = 0xa1;
    let plain = der(&direct(&w.bruno.sign, &everybody()));
    let judged = opened(&marked(&plain, &attributes), &w.amelie);
    assert_eq!(codes(&judged), ["recipient_emails_unsigned"]);
}

#[test]
fn the_lists_of_the_published_sample_agree() {
    let Some(kim) = vectors("kim", 1) else { return };
    let folder = kim.join("recipientA");
    let key = [read_identity(folder.join("hci-enc-2-kim-bsp.prv"), folder.join("hci-enc-2-kim-bsp.crt"))];
    let bytes = std::fs::read(kim.join("message/inputEmail.txt.05.encryptedwrap")).unwrap();
    let trust = TrustSettings::default();
    for (own, expected) in [
        (vec!["musterempfaenger@komle.de".to_owned()], &[][..]),
        (vec!["jemand@komle.de".to_owned()], &["recipient_emails_without_reader"]),
    ] {
        let judged = open(&OpenRequest::new(&bytes, &key, &own, &trust, KIM_TIME), &mut rng()).unwrap();
        assert_eq!(codes(&judged), expected, "{judged:?}");
        let LayerReport::Signed(signed) = &judged.layers()[1] else { panic!("{judged:?}") };
        assert_eq!(signed.ess.recipient_emails, ["mustersender@komle.de", "musterempfaenger@komle.de"]);
    }
}

/// OpenSSL 3.0 expects another tag where RFC 5083 puts the attributes, so it gets the envelope without them.
#[test]
fn a_kim_letter_is_read_by_openssl() {
    let Some(openssl) = OpenSsl::find(3) else { return };
    let w = world();
    let sealed = kim(&everybody());
    let message = opened(&sealed, &w.bruno).message().to_vec();
    let bare = openssl.write("kim.der", &with_attributes(&der(&sealed), &[]));
    for name in ["bruno", "amelie", "chloe"] {
        let (certificate, key) = pair(&format!("{name}.encrypt"));
        let keys = ["-recip", &certificate, "-inkey", &key];
        let entity =
            openssl.cms(&[&["-decrypt", "-binary", "-inform", "DER", "-in", &bare][..], &keys].concat());
        let wrapped = verify(&openssl, &entity);
        assert!(wrapped.starts_with(b"Content-Type: message/rfc822\r\n"));
        assert!(wrapped.ends_with(&message));
    }
}

fn direct(signer: &Identity, recipients: &[Recipient]) -> Vec<u8> {
    let draft = kim_draft();
    seal_with(SealRequest { draft: &draft, signer, recipients, profile: Profile::Direct }).eml
}

#[test]
fn a_direct_letter_is_read_by_us_and_by_openssl() {
    let w = world();
    let sealed = direct(&w.bruno.sign, &everybody());
    let outside = outer(&sealed);
    assert_eq!((outside.subject.as_str(), outside.to[0].name.as_deref()), ("[...]", None));
    assert_eq!(outside.content_type.parameter("smime-type"), Some("enveloped-data"));
    let readers: [(&str, &Person); 3] = [("amelie", &w.amelie), ("chloe", &w.chloe), ("bruno", &w.bruno)];
    let openssl = OpenSsl::find(3);
    for (name, reader) in readers {
        let judged = opened(&sealed, reader);
        assert_eq!(judged.trust(), Trust::SealedSigned, "{judged:?}");
        let [LayerReport::Encrypted(envelope), LayerReport::Signed(signed)] = judged.layers() else {
            panic!("{judged:?}");
        };
        assert_eq!((envelope.type_name, envelope.cipher), ("EnvelopedData", "aes-256-cbc"));
        assert_eq!(signed.algorithm.as_deref(), Some("rsa-pkcs1-sha256"));
        assert_eq!(judged.letter().subject, kim_draft().subject);
        let Some(openssl) = &openssl else { continue };
        let mail = openssl.write("direct.eml", &sealed);
        let (certificate, key) = pair(&format!("{name}.encrypt"));
        let entity =
            openssl.cms(&["-decrypt", "-binary", "-in", &mail, "-recip", &certificate, "-inkey", &key]);
        let is_detached = mime::multipart_signed(&entity, &mime::Limits::default()).is_ok();
        assert!(is_detached, "{}", String::from_utf8_lossy(&entity));
        let wrapped = verify(openssl, &entity);
        assert!(wrapped.starts_with(b"Content-Type: message/rfc822\r\n"));
        assert!(wrapped.ends_with(judged.message()));
    }
}

#[test]
fn direct_takes_the_shorter_key_only_for_those_who_read_no_other() {
    let w = world();
    let known = |text: &str| Some(serde_json::from_str(text).unwrap());
    let base = r#""aes256_gcm":false,"rsa_oaep":false,"cek_hkdf":false,"aes128_cbc":true"#;
    let short = Recipient {
        capabilities: known(&format!(r#"{{{base},"aes256_cbc":false}}"#)),
        ..w.bruno.recipient()
    };
    let long =
        Recipient { capabilities: known(&format!(r#"{{{base},"aes256_cbc":true}}"#)), ..w.bruno.recipient() };
    for (recipient, cipher) in [(short, "aes-128-cbc"), (long, "aes-256-cbc")] {
        let judged = opened(&direct(&w.bruno.sign, &[recipient]), &w.bruno);
        let LayerReport::Encrypted(envelope) = &judged.layers()[0] else { panic!("{judged:?}") };
        assert_eq!((envelope.cipher, envelope.key.as_str()), (cipher, "rsa-pkcs1v15"));
    }
}
