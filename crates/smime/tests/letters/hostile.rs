//! Damaged and hostile input: refused or not confirmed, never a panic.

use std::path::PathBuf;

use sceau_mime as mime;
use sceau_smime::cms::ber::{MAX_DEPTH, Tlv};
use sceau_smime::cms::content_info::ContentInfo;
use sceau_smime::cms::envelope::{Envelope, MAX_ATTEMPTS, Sealing, To, seal as seal_envelope};
use sceau_smime::cms::recipients::{MAX_RECIPIENTS, Transport};
use sceau_smime::letter::{OpenRequest, Profile, Recipient, SealRequest, TrustSettings, seal};
use sceau_smime::{Error, Limit, Trust};

use crate::big::open;
use crate::world::{NOW, draft, identity, opened, rng, try_open, world};

/// How many of the octets of a foreign sample are changed.
const SAMPLES: usize = 400;

fn vectors(cases: usize) -> Option<PathBuf> {
    let found = std::env::var_os("SCEAU_VECTORS").map(PathBuf::from);
    if found.is_none() {
        eprintln!("SKIPPED: SCEAU_VECTORS is not set, {cases} cases not run");
    }
    found
}

#[test]
fn damaged_foreign_samples_never_panic_and_are_never_confirmed() {
    let files = [
        "kim/message/inputEmail.txt.02.signedcms",
        "kim/message/inputEmail.txt.04.encryptedcms",
        "kim/message/inputEmail.txt.05.encryptedwrap",
        "rustcrypto/cms/cms_ber.bin",
        "rustcrypto/cms/enveloped_data_multi.bin",
        "rustcrypto/cms/kms_ciphertext_for_recipient_4.ber",
        "rfc4134/4.4.bin",
        "rfc4134/4.8.eml",
        "rfc4134/4.10.bin",
        "rfc4134/5.3.eml",
    ];
    let Some(folder) = vectors(files.len()) else { return };
    let w = world();
    for file in files {
        let bytes = std::fs::read(folder.join(file)).unwrap();
        for at in (0..bytes.len()).step_by(bytes.len().div_ceil(SAMPLES)) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            let mut longer = bytes.clone();
            longer[at] = 0x84;
            for hostile in [&flipped, &longer, &bytes[..at].to_vec()] {
                if let Ok(judged) = try_open(hostile, &w.bruno, &w.trust) {
                    assert!(!judged.trust().is_confirmed(), "{file} {at}");
                }
            }
        }
    }
}

#[test]
fn the_signed_mails_of_pkits_are_all_read() {
    let Some(folder) = vectors(224) else { return };
    let trust = TrustSettings::default();
    let mut right = 0;
    for entry in std::fs::read_dir(folder.join("pkits/legacy-2001/smime")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let mut request = OpenRequest::new(&bytes, &[], &[], &trust, NOW);
        let refused = open(&request, &mut rng()).unwrap();
        assert!(refused.has_code("legacy_refused") || refused.has_code("algorithm_unsupported"));
        request.danger_legacy = true;
        let judged = open(&request, &mut rng()).unwrap();
        assert_eq!(judged.trust(), Trust::Clear);
        assert!(judged.has_code("legacy_algorithm"), "{judged:?}");
        right += 1;
    }
    assert_eq!(right, 224);
}

#[test]
fn garbage_out_of_cbc_is_one_opaque_error() {
    let w = world();
    let to = || [To { certificate: &w.bruno.encrypt.certificate, transport: Transport::RsaPkcs1v15 }];
    // What a wrong key makes of a letter: neither a message nor text. And CMS that is broken inside.
    let garbage: Vec<u8> =
        (0..500_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0] | 0x80).collect();
    let broken = [&[0x30, 0x82, 0x01, 0x00][..], &[7; 300]].concat();
    for content in [garbage.clone(), broken] {
        let sealed = seal_envelope(content, &to(), Sealing::Aes256Cbc, &mut rng()).unwrap().der;
        assert_eq!(try_open(&sealed, &w.bruno, &w.trust).unwrap_err(), Error::Decrypt);
    }
    // Authenticated garbage is what the sender sealed: a file to be saved.
    let sealed =
        seal_envelope(garbage.clone(), &to(), Sealing::Aes256Gcm { derive: false }, &mut rng()).unwrap().der;
    let judged = opened(&sealed, &w.bruno);
    assert_eq!(judged.trust(), Trust::SealedUnverified);
    assert_eq!(judged.message(), garbage);
}

#[test]
fn a_changed_pkcs1_key_looks_like_any_other_fault() {
    let w = world();
    let draft = draft();
    let recipients = [w.bruno.recipient()];
    let request = SealRequest {
        draft: &draft,
        signer: &w.amelie.sign,
        recipients: &recipients,
        profile: Profile::Compat,
    };
    let eml = seal(&request, NOW, &mut rng()).unwrap().eml;
    let der = mime::unwrap_cms(&eml, &mime::Limits::default()).unwrap().der;
    let serial = w.bruno.encrypt.certificate.issuer_and_serial_der();
    let rid = der.windows(serial.len()).position(|window| window == serial).unwrap();
    let key = rid + serial.len() + 15 + 4;
    for offset in [0, 1, 100, 255] {
        let mut changed = der.clone();
        changed[key + offset] ^= 1;
        assert_eq!(try_open(&changed, &w.bruno, &w.trust).unwrap_err(), Error::Decrypt, "octet {offset}");
    }
}

#[test]
fn recipients_are_limited_when_reading_and_writing() {
    let w = world();
    let one = To { certificate: &w.amelie.encrypt.certificate, transport: Transport::Ecdh };
    let seal_for = |count: usize| {
        seal_envelope(b"x".to_vec(), &vec![one.clone(); count], Sealing::Aes256Cbc, &mut rng())
            .map(|sealed| sealed.der)
    };
    let limit = Error::LimitExceeded { limit: Limit::Recipients };
    assert_eq!(seal_for(MAX_RECIPIENTS + 1).unwrap_err(), limit);
    assert!(matches!(seal_for(0).unwrap_err(), Error::Missing { .. }));
    // Reading counts too: one recipient more than allowed, written by somebody else.
    let der = seal_for(2).unwrap();
    let info = ContentInfo::read(&der).unwrap();
    assert!(Envelope::read(&info).is_ok());
    let many = with_recipients(&der, MAX_RECIPIENTS + 1);
    assert_eq!(Envelope::read(&ContentInfo::read(&many).unwrap()).unwrap_err(), limit);
    let enough = with_recipients(&der, MAX_RECIPIENTS);
    assert!(Envelope::read(&ContentInfo::read(&enough).unwrap()).is_ok());
}

#[test]
fn an_envelope_cannot_ask_for_endless_key_operations() {
    let w = world();
    let to = To { certificate: &w.amelie.encrypt.certificate, transport: Transport::Ecdh };
    let der = seal_envelope(b"From: a@b.example\r\n\r\nx".to_vec(), &[to], Sealing::Aes256Cbc, &mut rng())
        .unwrap()
        .der;
    // The right key counts only within the attempts allowed: those before it are wrong by one bit.
    for (before, opens) in
        [(0, true), (MAX_ATTEMPTS - 1, true), (MAX_ATTEMPTS, false), (MAX_RECIPIENTS - 1, false)]
    {
        let mut many = with_recipients(&der, before + 1);
        let recipient = first_recipient(&der);
        let start = many.windows(recipient.len()).position(|window| window == recipient).unwrap();
        for spoilt in 0..before {
            many[start + (spoilt + 1) * recipient.len() - 1] ^= 1;
        }
        let found = try_open(&many, &w.amelie, &w.trust);
        assert_eq!(found.is_ok(), opens, "{before}");
        assert!(found.err().is_none_or(|error| error == Error::Decrypt));
    }
}

fn first_recipient(der: &[u8]) -> &[u8] {
    let mut outer = Tlv::parse(der).unwrap().children().unwrap();
    outer.any().unwrap();
    let envelope = outer.any().unwrap().children().unwrap().any().unwrap();
    let mut fields = envelope.children().unwrap();
    fields.any().unwrap();
    fields.any().unwrap().children().unwrap().any().unwrap().raw
}

/// The envelope with its first recipient repeated, in BER with indefinite lengths.
fn with_recipients(der: &[u8], count: usize) -> Vec<u8> {
    let mut outer = Tlv::parse(der).unwrap().children().unwrap();
    let oid = outer.any().unwrap().raw;
    let envelope = outer.any().unwrap().children().unwrap().any().unwrap();
    let mut fields = envelope.children().unwrap();
    let version = fields.any().unwrap().raw;
    fields.any().unwrap();
    let recipient = first_recipient(der);
    let content = fields.any().unwrap().raw;
    let open = |tag: u8| vec![tag, 0x80];
    let close = vec![0, 0];
    [
        open(0x30),
        oid.to_vec(),
        open(0xa0),
        open(0x30),
        version.to_vec(),
        open(0x31),
        recipient.repeat(count),
        close.clone(),
        content.to_vec(),
        close.repeat(3),
    ]
    .concat()
}

#[test]
fn deep_nesting_is_refused_quickly() {
    let w = world();
    for depth in [MAX_DEPTH + 1, 100_000] {
        let mut bytes = [0x30, 0x80].repeat(depth);
        bytes.extend([0, 0].repeat(depth));
        assert!(try_open(&bytes, &w.bruno, &w.trust).is_err());
    }
}

#[test]
fn a_key_is_used_for_what_it_is_certified() {
    let w = world();
    let draft = draft();
    let to_signing_key = Recipient { certificate: w.bruno.sign.certificate.clone(), ..w.bruno.recipient() };
    let cases = [(&w.amelie.sign, to_signing_key), (&w.amelie.encrypt, w.bruno.recipient())];
    for (signer, recipient) in cases {
        let recipients = [recipient];
        let request =
            SealRequest { draft: &draft, signer, recipients: &recipients, profile: Profile::Default };
        assert_eq!(seal(&request, NOW, &mut rng()).unwrap_err(), Error::WrongKeyKind);
    }
    // And a letter signed with an encryption key all the same is not confirmed.
    let scheme = w.amelie.encrypt.key.default_scheme();
    let message = b"From: amelie.roche@cabinet.example\r\n\r\nBonjour";
    let enclosure = sceau_smime::cms::sign::Enclosure::Opaque;
    let der =
        sceau_smime::cms::sign::sign(message, enclosure, &w.amelie.encrypt, scheme, NOW, &mut rng()).unwrap();
    let judged = opened(&der, &w.bruno);
    assert_eq!(judged.trust(), Trust::Clear);
    assert!(judged.has_code("not_for_signing"));
}

#[test]
fn older_keys_open_older_letters() {
    let w = world();
    let recipients = [w.amelie.recipient()];
    let draft = draft();
    let request = SealRequest {
        draft: &draft,
        signer: &w.bruno.sign,
        recipients: &recipients,
        profile: Profile::Default,
    };
    let eml = seal(&request, NOW, &mut rng()).unwrap().eml;
    let keys = [identity("chloe.encrypt"), identity("bruno.encrypt"), identity("amelie.encrypt")];
    let judged = open(&OpenRequest::new(&eml, &keys, &[], &w.trust, NOW), &mut rng()).unwrap();
    assert_eq!(judged.letter().subject, draft.subject);
}
