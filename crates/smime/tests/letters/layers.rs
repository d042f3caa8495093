//! Layers that neither seal nor sign, alone and among others: what they change in a verdict, and what they do not.

use sceau_smime::backend::{Rust, ready};
use sceau_smime::cms::envelope::{Sealing, SharedWith, To, seal, seal_shared_with};
use sceau_smime::cms::keyring::KeyEncryptionKey;
use sceau_smime::cms::recipients::Transport;
use sceau_smime::cms::sign::Enclosure;
use sceau_smime::cms::{digested_data, encrypted_data};
use sceau_smime::letter::{Judged, LayerReport, MAX_LAYERS, OpenRequest, sign_entity};
use sceau_smime::{Error, Limit, Trust};

use crate::big::open;
use crate::world::{BRUNO, NOW, rng, world};

const KEK: [u8; 16] = [9; 16];

fn mail() -> Vec<u8> {
    format!("From: {BRUNO}\r\nSubject: s\r\nContent-Type: text/html\r\n\r\n<p>bonjour</p>\r\n").into_bytes()
}

fn signed(entity: &[u8]) -> Vec<u8> {
    let bruno = &world().bruno.sign;
    sign_entity(entity, Enclosure::Opaque, bruno, bruno.key.default_scheme(), &[], NOW, &mut rng()).unwrap()
}

fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let contents = parts.concat();
    let length = u32::try_from(contents.len()).unwrap().to_be_bytes();
    [&[tag, 0x84][..], &length, &contents].concat()
}

const DATA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];

/// CompressedData over a zlib stream of stored blocks (RFC 1951 §3.2.4).
fn compressed(content: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = content.chunks(0xffff).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap();
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend_from_slice(block);
    }
    let (mut low, mut high) = (1_u32, 0_u32);
    for octet in content {
        low = (low + u32::from(*octet)) % 65_521;
        high = (high + low) % 65_521;
    }
    stream.extend((high << 16 | low).to_be_bytes());
    let zlib: &[u8] = &[6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 3, 8];
    let inner = tlv(0x30, &[DATA, &tlv(0xa0, &[&tlv(4, &[&stream])])]);
    let data = tlv(0x30, &[&[2, 1, 0], &tlv(0x30, &[zlib]), &inner]);
    let oid: &[u8] = &[6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 9];
    tlv(0x30, &[oid, &tlv(0xa0, &[&data])])
}

fn enveloped(content: Vec<u8>, sealing: Sealing) -> Vec<u8> {
    let certificate = &world().chloe.encrypt.certificate;
    seal(content, &[To { certificate, transport: Transport::Ecdh }], sealing, &mut rng()).unwrap().der
}

fn try_open(bytes: &[u8]) -> Result<Judged, Error> {
    let keks = [KeyEncryptionKey::new(&KEK, Some(&[1]))];
    let w = world();
    open(
        &OpenRequest { keks: &keks, ..OpenRequest::new(bytes, w.chloe.keys(), &[], &w.trust, NOW) },
        &mut rng(),
    )
}

fn kinds(judged: &Judged) -> String {
    let kind = |layer: &LayerReport| match layer {
        LayerReport::Encrypted(_) => "encrypted",
        LayerReport::Signed(_) => "signed",
        LayerReport::Compressed(_) => "compressed",
        LayerReport::Digested(_) => "digested",
        LayerReport::Authenticated(_) => "authenticated",
    };
    judged.layers().iter().map(kind).collect::<Vec<_>>().join(" ")
}

#[test]
fn verdicts_come_from_signatures_and_envelopes_alone() {
    let gcm = Sealing::Aes256Gcm { derive: false };
    let shared = |content: Vec<u8>| {
        let keks = [KeyEncryptionKey::new(&KEK, Some(&[1]))];
        let shared = SharedWith { keks: &keks, passwords: &[], rounds: 1 };
        ready(seal_shared_with(&Rust, content, &[], shared, gcm, &mut rng())).unwrap().der
    };
    let encrypted = |content: Vec<u8>| encrypted_data::write(content, &KEK, &mut rng()).unwrap();
    let cases = [
        (compressed(&mail()), Trust::Clear, "compressed"),
        (digested_data::write(&mail()), Trust::Clear, "digested"),
        (compressed(&digested_data::write(&mail())), Trust::Clear, "compressed digested"),
        (compressed(&signed(&mail())), Trust::Signed, "compressed signed"),
        (digested_data::write(&signed(&mail())), Trust::Signed, "digested signed"),
        (compressed(&enveloped(mail(), gcm)), Trust::SealedUnverified, "compressed encrypted"),
        (enveloped(compressed(&mail()), gcm), Trust::SealedUnverified, "encrypted compressed"),
        (enveloped(compressed(&mail()), Sealing::Aes256Cbc), Trust::SealedUnverified, "encrypted compressed"),
        (enveloped(compressed(&signed(&mail())), gcm), Trust::SealedSigned, "encrypted compressed signed"),
        (
            enveloped(digested_data::write(&signed(&mail())), gcm),
            Trust::SealedSigned,
            "encrypted digested signed",
        ),
        // A signature around the envelope alone vouches for nothing inside.
        (
            signed_der(&enveloped(compressed(&mail()), gcm)),
            Trust::SealedUnverified,
            "signed encrypted compressed",
        ),
        (encrypted(mail()), Trust::SealedUnverified, "encrypted"),
        (encrypted(signed(&mail())), Trust::SealedSigned, "encrypted signed"),
        (shared(mail()), Trust::SealedUnverified, "encrypted"),
        (shared(signed(&mail())), Trust::SealedSigned, "encrypted signed"),
    ];
    for (bytes, trust, layers) in &cases {
        let judged = try_open(bytes).unwrap();
        assert_eq!((judged.trust(), kinds(&judged).as_str()), (*trust, *layers));
        assert_eq!(judged.message(), mail(), "{layers}");
        let confirmed = trust.is_confirmed();
        assert_eq!(
            (judged.may_render_html(), judged.may_follow_links(), judged.may_quote()),
            (confirmed, confirmed, confirmed)
        );
        assert_eq!(judged.has_code("plain_text_only"), !confirmed, "{layers}");
    }
    assert_eq!(cases.len(), 15);
}

/// A signed entity around CMS that is not text.
fn signed_der(der: &[u8]) -> Vec<u8> {
    let head = b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: binary\r\n\r\n";
    signed(&[head, der].concat())
}

#[test]
fn a_wrong_digest_breaks_even_a_signed_letter() {
    let mut digested = digested_data::write(&signed(&mail()));
    *digested.last_mut().unwrap() ^= 1;
    let judged = try_open(&digested).unwrap();
    assert_eq!(judged.trust(), Trust::Broken);
    assert!(judged.has_code("content_digest_mismatch") && judged.verified().is_none());
}

#[test]
fn compressed_mails_are_found_in_their_mime_form() {
    let der = compressed(&signed(&mail()));
    let head = "MIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime; smime-type=compressed-data; name=smime.p7z\r\n";
    let binary = [head.as_bytes(), b"Content-Transfer-Encoding: binary\r\n\r\n", &der].concat();
    let base64 = sceau_smime::pem::encode("X", &der);
    let lines: String =
        base64.lines().filter(|line| !line.starts_with('-')).map(|line| format!("{line}\r\n")).collect();
    let text = format!("From: {BRUNO}\r\n{head}Content-Transfer-Encoding: base64\r\n\r\n{lines}");
    for bytes in [&binary[..], text.as_bytes(), base64.replace(" X-", " CMS-").as_bytes()] {
        let judged = try_open(bytes).unwrap();
        assert_eq!((judged.trust(), kinds(&judged).as_str()), (Trust::Signed, "compressed signed"));
    }
}

#[test]
fn layers_are_limited_whatever_they_are() {
    let nested = |layers: usize| (0..layers).fold(mail(), |inside, _| compressed(&inside));
    assert_eq!(try_open(&nested(MAX_LAYERS)).unwrap().layers().len(), MAX_LAYERS);
    let limit = Error::LimitExceeded { limit: Limit::Layers };
    assert_eq!(try_open(&nested(MAX_LAYERS + 1)).unwrap_err(), limit);
}

/// Whatever is damaged behind a cipher that does not authenticate looks the same.
#[test]
fn damage_behind_cbc_is_one_opaque_error() {
    let mut damaged = compressed(&mail());
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    assert!(matches!(try_open(&damaged).unwrap_err(), Error::Malformed { .. }));
    assert_eq!(try_open(&enveloped(damaged.clone(), Sealing::Aes256Cbc)).unwrap_err(), Error::Decrypt);
    let encrypted = encrypted_data::write(damaged, &KEK, &mut rng()).unwrap();
    assert_eq!(try_open(&encrypted).unwrap_err(), Error::Decrypt);
}

/// No octet of these types can be changed so that a letter is confirmed that was not, or that anything panics.
#[test]
fn no_changed_octet_confirms_anybody() {
    let keyed = encrypted_data::write(mail(), &KEK, &mut rng()).unwrap();
    let mut tried = 0;
    for message in [compressed(&mail()), digested_data::write(&mail()), keyed] {
        for at in 0..message.len() {
            for change in [0x01, 0x20, 0x80, 0xff] {
                let mut damaged = message.clone();
                damaged[at] ^= change;
                if let Ok(judged) = try_open(&damaged) {
                    assert!(!judged.trust().is_confirmed(), "octet {at}");
                }
                tried += 1;
            }
        }
    }
    assert!(tried > 1_500, "{tried}");
}
