//! The types, ciphers and recipients behind the feature `more`.

use super::attributes::{Attribute, encode};
use super::authenticated_data::AuthenticatedData;
use super::ber::{Tlv, tag};
use super::content_cipher::{Cipher, ContentAlgorithm};
use super::content_info::{ContentInfo, ContentType};
use super::envelope::{Envelope, Sealing, SharedWith, seal_shared_with};
use super::keyring::{KeyEncryptionKey, Keyring, RecipientPassword};
use super::{compressed_data, digested_data, encrypted_data, kek_recipient, oids, password_recipient};
use crate::asn1;
use crate::backend::{Rust, ready};
use crate::error::{Error, Limit};
use crate::key::DigestAlgorithm;
use crate::mac::MacAlgorithm;

fn rng() -> rand_core::UnwrapErr<getrandom::SysRng> {
    rand_core::UnwrapErr(getrandom::SysRng)
}

fn vectors(cases: usize) -> Option<std::path::PathBuf> {
    let found = std::env::var_os("SCEAU_VECTORS").map(std::path::PathBuf::from);
    if found.is_none() {
        eprintln!("SKIPPED: SCEAU_VECTORS is not set, {cases} cases not run");
    }
    found
}

/// RFC 9709 goes over each of the ciphers.
#[test]
fn every_written_cipher_opens_with_and_without_derivation() {
    let kek = [KeyEncryptionKey::new(&[1; 32], Some(b"id"))];
    let shared = SharedWith { keks: &kek, passwords: &[], rounds: 1 };
    let keyring = Keyring { keks: &kek, ..Keyring::default() };
    for derive in [false, true] {
        for (sealing, name) in [
            (Sealing::Aes128Gcm { derive }, "aes-128-gcm"),
            (Sealing::Aes192Gcm { derive }, "aes-192-gcm"),
            (Sealing::Aes256Gcm { derive }, "aes-256-gcm"),
            (Sealing::ChaCha20Poly1305 { derive }, "chacha20-poly1305"),
            (Sealing::Aes256Cbc, "aes-256-cbc"),
        ] {
            let sealed =
                ready(seal_shared_with(&Rust, b"contenu".to_vec(), &[], shared, sealing, &mut rng()))
                    .unwrap();
            let info = ContentInfo::read(&sealed.der).unwrap();
            let envelope = Envelope::read(&info).unwrap().unwrap();
            let cbc = sealing == Sealing::Aes256Cbc;
            assert_eq!(envelope.encrypted().algorithm.is_derived(), derive && !cbc);
            let opened = ready(envelope.open_with_keyring(&Rust, &keyring, &mut rng())).unwrap();
            assert_eq!((&opened.content[..], opened.cipher.name()), (&b"contenu"[..], name));
            assert_eq!((opened.authenticated, opened.transport.as_str()), (!cbc, "kek-aes256-wrap"));
        }
    }
}

#[test]
fn an_aead_has_no_place_in_encrypted_or_enveloped_data() {
    let algorithm = ContentAlgorithm::generate(Cipher::Aes256Gcm, false, &mut rng()).to_der();
    let content = asn1::sequence(&[&asn1::oid(oids::DATA), &algorithm, &[0x80, 1, 7]]);
    let data = asn1::sequence(&[&asn1::small_integer(0), &content]);
    let read = encrypted_data::EncryptedData::read(Tlv::parse(&data).unwrap()).unwrap();
    assert_eq!(read.algorithm(), Err(Error::AlgorithmParameters { oid: oids::ENCRYPTED_DATA }));
    let data = asn1::sequence(&[&asn1::small_integer(0), &asn1::set_of(vec![]), &content]);
    let refused = super::enveloped_data::EnvelopedData::read(Tlv::parse(&data).unwrap());
    assert_eq!(refused.err(), Some(Error::AlgorithmParameters { oid: oids::ENVELOPED_DATA }));
}

#[test]
fn pass_phrases_cannot_ask_for_endless_rounds() {
    let password = RecipientPassword::new("phrase");
    let most = crate::pbe::MAX_ITERATIONS;
    let mut left = most - 1;
    let recipient = |rounds: u32| {
        let info = ready(password_recipient::write(&Rust, &password, 1, &[5; 16], &mut rng())).unwrap();
        // One round in the derivation's parameters becomes as many as wanted.
        let one = [&asn1::small_integer(1)[..], &[0x30]].concat();
        let many = [&asn1::small_integer(rounds)[..], &[0x30]].concat();
        let at = info.windows(one.len()).position(|window| window == one).unwrap();
        [&info[..at], &many, &info[at + one.len()..]].concat()
    };
    // Lengths change with the number, so the levels above are written anew.
    let relength = |info: &[u8], rounds: u32| {
        let grown = u8::try_from(asn1::small_integer(rounds).len() - 3).unwrap();
        let mut out = info.to_vec();
        let kdf = out.iter().position(|octet| *octet == 0xa0).unwrap();
        let parameters = kdf + 2 + 2 + usize::from(out[kdf + 3]);
        out[kdf + 1] += grown;
        out[parameters + 1] += grown;
        let header = if out[1] == 0x81 { 2 } else { 1 };
        out[header] += grown;
        out
    };
    for (rounds, fault) in [
        (most, Error::LimitExceeded { limit: Limit::KdfIterations }),
        (most + 1, Error::LimitExceeded { limit: Limit::KdfIterations }),
    ] {
        let info = relength(&recipient(rounds), rounds);
        let read = password_recipient::PasswordRecipient::read(Tlv::parse(&info).unwrap()).unwrap();
        let read = super::recipients::RecipientInfo::Password(read);
        let refused = ready(read.recover_password(&Rust, &password, &mut left)).unwrap();
        assert_eq!(refused.err(), Some(fault));
    }
    assert_eq!(left, most - 1);
}

/// AuthenticatedData for one shared key, with or without attributes.
fn authenticated(content: &[u8], attributes: Option<&[Attribute]>, mac: MacAlgorithm, oid: &str) -> Vec<u8> {
    let kek = KeyEncryptionKey::new(&[1; 16], Some(b"id"));
    let mac_key = [8; 32];
    let recipient = kek_recipient::write(&kek, &mac_key).unwrap();
    let covered = attributes.map_or_else(|| content.to_vec(), |some| encode(asn1::SET, some));
    let digest = Tlv::parse(&DigestAlgorithm::Sha256.identifier_der()).unwrap().contents.to_vec();
    let (digest, attributes) = match attributes {
        Some(some) => (asn1::tlv(asn1::context(1), &digest), encode(asn1::context(2), some)),
        None => (Vec::new(), Vec::new()),
    };
    let inner = asn1::nest(asn1::context(0), &[&asn1::octet_string(content)]);
    let data = asn1::sequence(&[
        &asn1::small_integer(0),
        &asn1::set_of(vec![recipient]),
        &asn1::sequence(&[&asn1::oid(oid.parse().unwrap()), &asn1::null()]),
        &digest,
        &asn1::sequence(&[&asn1::oid(oids::DATA), &inner]),
        &attributes,
        &asn1::octet_string(&mac.compute(&mac_key, &covered)),
        &asn1::tlv(asn1::context(3), &[]),
    ]);
    asn1::sequence(&[&asn1::oid(oids::AUTHENTICATED_DATA), &asn1::nest(asn1::context(0), &[&data])])
}

fn named(content: &[u8], content_type: &[u8]) -> [Attribute; 2] {
    let digest = DigestAlgorithm::Sha256.hash(content);
    [
        Attribute::single(oids::CONTENT_TYPE, content_type),
        Attribute::single(oids::MESSAGE_DIGEST, &asn1::octet_string(&digest)),
    ]
}

fn check(bytes: &[u8], keyring: &Keyring<'_>) -> Result<String, Error> {
    let info = ContentInfo::read(bytes)?;
    ready(AuthenticatedData::read(info.content)?.check(&Rust, keyring, &mut rng()))
}

#[test]
fn authentication_codes_are_checked_over_content_or_attributes() {
    let keks = [KeyEncryptionKey::new(&[1; 16], None)];
    let keyring = Keyring { keks: &keks, ..Keyring::default() };
    let data = asn1::oid(oids::DATA);
    for (mac, oid) in [
        (MacAlgorithm::Sha1, "1.3.6.1.5.5.8.1.2"),
        (MacAlgorithm::Sha1, "1.2.840.113549.2.7"),
        (MacAlgorithm::Sha224, "1.2.840.113549.2.8"),
        (MacAlgorithm::Sha256, "1.2.840.113549.2.9"),
        (MacAlgorithm::Sha384, "1.2.840.113549.2.10"),
        (MacAlgorithm::Sha512, "1.2.840.113549.2.11"),
    ] {
        for attributes in [None, Some(&named(b"contenu", &data)[..])] {
            let message = authenticated(b"contenu", attributes, mac, oid);
            assert_eq!(check(&message, &keyring).as_deref(), Ok("kek-aes128-wrap"), "{oid}");
            assert_eq!(check(&message, &Keyring::default()), Err(Error::NotForThisKey));
            let other = [KeyEncryptionKey::new(&[2; 16], None)];
            assert_eq!(check(&message, &Keyring { keks: &other, ..keyring }), Err(Error::Decrypt));
        }
    }
    let mac = |attributes: &[Attribute]| {
        authenticated(b"contenu", Some(attributes), MacAlgorithm::Sha256, "1.2.840.113549.2.9")
    };
    let right = named(b"contenu", &data);
    for wrong in [
        &named(b"autre", &data)[..],
        &named(b"contenu", &asn1::oid(oids::SIGNED_DATA)),
        &right[..1],
        &right[1..],
        &[right[0].clone(), right[1].clone(), right[1].clone()],
    ] {
        assert_eq!(check(&mac(wrong), &keyring), Err(Error::Decrypt));
    }
}

/// Every changed octet is refused, or is in what no recipient's code covers.
#[test]
fn a_changed_authenticated_content_is_never_taken() {
    let keks = [KeyEncryptionKey::new(&[1; 16], None)];
    let keyring = Keyring { keks: &keks, ..Keyring::default() };
    let data = asn1::oid(oids::DATA);
    for attributes in [None, Some(&named(b"contenu", &data)[..])] {
        let message = authenticated(b"contenu", attributes, MacAlgorithm::Sha256, "1.2.840.113549.2.9");
        for at in 0..message.len() {
            let mut damaged = message.clone();
            damaged[at] ^= 0x40;
            let Ok(info) = ContentInfo::read(&damaged) else { continue };
            let Ok(read) = AuthenticatedData::read(info.content) else { continue };
            if ready(read.check(&Rust, &keyring, &mut rng())).is_ok() {
                assert_eq!(&*read.content, b"contenu", "octet {at}");
            }
        }
    }
}

/// BER with every constructed element of indefinite length and every OCTET STRING in pieces (X.690 §8.1.3.6, §8.7.3).
fn chopped(der: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = der;
    while !rest.is_empty() {
        let (element, after) = Tlv::parse_first(rest).unwrap();
        rest = after;
        let is_string = element.tag == tag::OCTET_STRING || element.tag == tag::context(0);
        if element.constructed {
            out.extend([element.raw[0], 0x80]);
            out.extend(chopped(element.contents));
        } else if is_string {
            out.extend([element.raw[0] | 0x20, 0x80]);
            let (first, second) = element.contents.split_at(element.contents.len() / 2);
            out.extend(asn1::octet_string(first));
            // Pieces may be in pieces again.
            out.extend([0x24, 0x80]);
            out.extend(asn1::octet_string(second));
            out.extend([0, 0]);
        } else {
            out.extend_from_slice(element.raw);
            continue;
        }
        out.extend([0, 0]);
    }
    out
}

/// What a message holds, opened with whatever these tests use.
fn held(bytes: &[u8], keyring: &Keyring<'_>) -> Vec<u8> {
    let info = ContentInfo::read(bytes).unwrap();
    if let Some(envelope) = Envelope::read(&info).unwrap() {
        return ready(envelope.open_with_keyring(&Rust, keyring, &mut rng())).unwrap().content;
    }
    match info.content_type {
        ContentType::CompressedData => {
            compressed_data::CompressedData::read(info.content).unwrap().decompress().unwrap()
        }
        ContentType::DigestedData => {
            let data = digested_data::DigestedData::read(info.content).unwrap();
            assert!(ready(data.is_intact(&Rust)).unwrap());
            data.content.into_owned()
        }
        ContentType::EncryptedData => {
            let data = encrypted_data::EncryptedData::read(info.content).unwrap();
            ready(data.open(&Rust, keyring.keks)).unwrap().content
        }
        ContentType::AuthenticatedData => {
            let data = AuthenticatedData::read(info.content).unwrap();
            ready(data.check(&Rust, keyring, &mut rng())).unwrap();
            data.content.into_owned()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn indefinite_lengths_and_pieces_are_read_at_every_place() {
    let keks = [KeyEncryptionKey::new(&[1; 16], Some(b"id"))];
    let passwords = [RecipientPassword::new("phrase")];
    let keyring = Keyring { keks: &keks, passwords: &passwords, ..Keyring::default() };
    let data = asn1::oid(oids::DATA);
    let attributes = named(b"contenu", &data);
    let seal = |keks, passwords, sealing| {
        let shared = SharedWith { keks, passwords, rounds: 10 };
        ready(seal_shared_with(&Rust, b"contenu".to_vec(), &[], shared, sealing, &mut rng())).unwrap().der
    };
    let hmac = (MacAlgorithm::Sha256, "1.2.840.113549.2.9");
    let messages = [
        seal(&keks, &[], Sealing::Aes256Cbc),
        seal(&[], &passwords, Sealing::Aes256Cbc),
        seal(&keks, &passwords, Sealing::ChaCha20Poly1305 { derive: true }),
        digested_data::write(b"contenu"),
        encrypted_data::write(b"contenu".to_vec(), &[1; 16], &mut rng()).unwrap(),
        authenticated(b"contenu", None, hmac.0, hmac.1),
        authenticated(b"contenu", Some(&attributes), hmac.0, hmac.1),
    ];
    for message in &messages {
        assert_eq!(held(message, &keyring), b"contenu");
        assert_eq!(held(&chopped(message), &keyring), b"contenu");
    }
}

/// The objects of RustCrypto's suite that open with a shared key or a pass phrase, as they are and chopped.
#[test]
fn shared_secrets_open_the_samples_of_rustcrypto() {
    let files = [
        ("enveloped_data_kekri.bin", true, false),
        ("enveloped_data_pwri.bin", false, true),
        ("enveloped_data_multi.bin", true, false),
        ("enveloped_data_multi.bin", false, true),
        ("encrypted_data.bin", true, false),
        ("digested_data.bin", false, false),
        ("compressed_data.bin", false, false),
    ];
    let Some(folder) = vectors(files.len()) else { return };
    let read = |name: &str| std::fs::read(folder.join("rustcrypto/cms").join(name)).unwrap();
    let key = hex::decode("0102030405060708090a0b0c0d0e0f00").unwrap();
    let keks = [KeyEncryptionKey::new(&key, Some(&[0xde, 0xad, 0xbe, 0xef]))];
    let passwords = [RecipientPassword::new("password")];
    let given = read("data.txt");
    let text_mode = [&given[..given.len() - 1], b"\r\n"].concat();
    for (file, by_key, by_password) in files {
        let keyring = Keyring {
            keks: if by_key { &keks } else { &[] },
            passwords: if by_password { &passwords } else { &[] },
            ..Keyring::default()
        };
        let bytes = read(file);
        let content = held(&bytes, &keyring);
        assert!(content == given || content == text_mode, "{file}: {}", String::from_utf8_lossy(&content));
        assert_eq!(held(&chopped(&bytes), &keyring), content, "{file}");
    }
}

/// Pieces within pieces end at a limit, in each of the types.
#[test]
fn strings_in_pieces_nest_to_a_limit() {
    let digested = |depth: usize| {
        let string = (0..depth).fold(asn1::octet_string(b"contenu"), |inner, _| asn1::tlv(0x24, &inner));
        let content = asn1::sequence(&[&asn1::oid(oids::DATA), &asn1::tlv(asn1::context(0), &string)]);
        let algorithm = DigestAlgorithm::Sha256.identifier_der();
        let digest = asn1::octet_string(&DigestAlgorithm::Sha256.hash(b"contenu"));
        let data = asn1::sequence(&[&asn1::small_integer(0), &algorithm, &content, &digest]);
        asn1::sequence(&[&asn1::oid(oids::DIGESTED_DATA), &asn1::tlv(asn1::context(0), &data)])
    };
    let deepest = super::ber::MAX_DEPTH + 1;
    assert_eq!(held(&digested(deepest), &Keyring::default()), b"contenu");
    let deeper = digested(deepest + 1);
    let refused = digested_data::DigestedData::read(ContentInfo::read(&deeper).unwrap().content);
    assert_eq!(refused.err(), Some(Error::LimitExceeded { limit: Limit::Nesting }));
}

/// RFC 5753 §3.1.1: an originator named by her certificate is told apart from a wrong key.
#[test]
fn a_static_originator_is_an_error_of_its_own() {
    use super::envelope::{To, seal};
    use super::recipients::Transport;
    use crate::ca::{Issue, Usage, self_signed};
    use crate::{Algorithm, Identity, PrivateKey, UnixTime};

    let key = PrivateKey::generate(Algorithm::P256, &mut rng()).unwrap();
    let issue = Issue { email: "a@b.example", usage: Usage::Both, days: 30 };
    let certificate = self_signed(&key, "A", issue, UnixTime(1_780_000_000), &mut rng()).unwrap();
    let to = [To { certificate: &certificate, transport: Transport::Ecdh }];
    let sealed = seal(b"x".to_vec(), &to, Sealing::Aes256Cbc, &mut rng()).unwrap().der;
    // The originatorKey [1] becomes a subjectKeyIdentifier [0] of the same length.
    let head: &[u8] = &[0xa1, 0x50, 0x30, 0x09];
    let at =
        sealed.windows(head.len()).position(|window| window[0] == 0xa1 && window[2..] == head[2..]).unwrap();
    let mut named = sealed.clone();
    named[at] = 0x80;
    let identities = [Identity::new(key, certificate, Vec::new()).unwrap()];
    let open = |bytes: &[u8]| {
        let info = ContentInfo::read(bytes).unwrap();
        Envelope::read(&info).unwrap().unwrap().open(&identities, &mut rng()).map(|opened| opened.content)
    };
    assert_eq!(open(&sealed).unwrap(), b"x");
    assert_eq!(open(&named), Err(Error::StaticOriginator));
}

/// RFC 5753 §3.1.1: several people in one KeyAgreeRecipientInfo, with keying material of the sender.
#[test]
fn one_agreement_serves_several_people() {
    use super::key_wrap::{AgreementKdf, KeyWrap};
    use crate::ca::{Issue, Usage, self_signed};
    use crate::{Algorithm, Identity, PrivateKey, UnixTime};

    let person = |name: &str| {
        let key = PrivateKey::generate(Algorithm::P384, &mut rng()).unwrap();
        let issue = Issue { email: "a@b.example", usage: Usage::Both, days: 30 };
        let certificate = self_signed(&key, name, issue, UnixTime(1_780_000_000), &mut rng()).unwrap();
        Identity::new(key, certificate, Vec::new()).unwrap()
    };
    let people = [person("A"), person("B"), person("C")];
    let ephemeral = PrivateKey::generate(Algorithm::P384, &mut rng()).unwrap();
    let algorithm = ContentAlgorithm::generate(Cipher::Aes128Cbc, false, &mut rng());
    let (kdf, wrap) = (AgreementKdf::Sha512, KeyWrap::Aes192);
    let encrypted_key = |one: &Identity, by_key_id: bool| {
        let shared = ephemeral.agree(&one.key.public_key()).unwrap();
        let kek = kdf.derive(&shared, &wrap.to_der(), Some(b"ukm"), wrap.key_bytes());
        let name = match one.certificate.subject_key_id().filter(|_| by_key_id) {
            Some(id) => asn1::nest(asn1::context(0), &[&asn1::octet_string(id)]),
            None => one.certificate.issuer_and_serial_der(),
        };
        asn1::sequence(&[&name, &asn1::octet_string(&wrap.wrap(&kek, &[4; 16]).unwrap())])
    };
    let originator = asn1::nest(
        asn1::context(1),
        &[
            &asn1::sequence(&[&asn1::oid(oids::EC_PUBLIC_KEY), &asn1::null()]),
            &asn1::bit_string(&ephemeral.public_key().key_bits()),
        ],
    );
    let keys = asn1::sequence(&[&encrypted_key(&people[0], false), &encrypted_key(&people[1], true)]);
    let recipient = asn1::nest(
        asn1::context(1),
        &[
            &asn1::small_integer(3),
            &asn1::nest(asn1::context(0), &[&originator]),
            &asn1::nest(asn1::context(1), &[&asn1::octet_string(b"ukm")]),
            &asn1::sequence(&[&asn1::oid(kdf.oid()), &wrap.to_der()]),
            &keys,
        ],
    );
    let content = algorithm.encrypt_cbc(&[4; 16], b"contenu".to_vec()).unwrap();
    let message = super::enveloped_data::write(2, vec![recipient], &algorithm, &content);
    for bytes in [message.clone(), chopped(&message)] {
        let info = ContentInfo::read(&bytes).unwrap();
        let envelope = Envelope::read(&info).unwrap().unwrap();
        let open = |one: &Identity| envelope.open(std::slice::from_ref(one), &mut rng());
        for one in &people[..2] {
            let opened = open(one).unwrap();
            assert_eq!(opened.content, b"contenu");
            assert_eq!(opened.transport, "ecdh-p384-sha512kdf-aes192-wrap");
        }
        assert_eq!(open(&people[2]).unwrap_err(), Error::NotForThisKey);
    }
}

/// RFC 8418: X25519's shared secret goes through HKDF; the key arrives under the identifier of the curve.
#[test]
fn hkdf_of_rfc_8418_unwraps_what_x25519_agreed() {
    use super::key_wrap::{AgreementKdf, KeyWrap};
    use x25519_dalek::{PublicKey, StaticSecret};

    let (alice, bob) = (StaticSecret::from([1; 32]), StaticSecret::from([2; 32]));
    let shared = alice.diffie_hellman(&PublicKey::from(&bob)).to_bytes();
    assert_eq!(shared, bob.diffie_hellman(&PublicKey::from(&alice)).to_bytes());
    for (arc, name, length) in [(19, "hkdf-sha256", 16), (20, "hkdf-sha384", 24), (21, "hkdf-sha512", 32)] {
        let oid = format!("1.2.840.113549.1.9.16.3.{arc}").parse().unwrap();
        let kdf = AgreementKdf::from_oid(oid).unwrap();
        assert_eq!((kdf.oid(), kdf.name()), (oid, name));
        let wrap = [KeyWrap::Aes128, KeyWrap::Aes192, KeyWrap::Aes256][length / 8 - 2];
        let kek = kdf.derive(&shared, &wrap.to_der(), Some(b"ukm"), wrap.key_bytes());
        // HKDF with the ECC-CMS-SharedInfo written out (RFC 5753 §7.2).
        let bits = u8::try_from(length * 8 % 256).unwrap();
        let bits = [0, 0, u8::from(length == 32), bits];
        let info = asn1::sequence(&[
            &wrap.to_der(),
            &asn1::tlv(asn1::context(0), &asn1::octet_string(b"ukm")),
            &asn1::tlv(asn1::context(2), &asn1::octet_string(&bits)),
        ]);
        let hash = [MacAlgorithm::Sha256, MacAlgorithm::Sha384, MacAlgorithm::Sha512][length / 8 - 2];
        let extracted = hash.compute(&vec![0; hash.output_len()], &shared);
        let expanded = hash.compute(&extracted, &[&info[..], &[1]].concat());
        assert_eq!(kek[..], expanded[..length], "{name}");
        let wrapped = wrap.wrap(&kek, &[5; 32]).unwrap();
        assert_eq!(*wrap.unwrap(&kek, &wrapped).unwrap(), [5; 32]);
    }
}

/// A right code makes no signature: the letter stays what it is without it.
#[test]
fn an_authenticated_letter_is_not_confirmed() {
    use crate::letter::{LayerReport, OpenRequest, TrustSettings, open};
    use crate::{Trust, UnixTime};

    let mail = b"From: a@b.example\r\nSubject: s\r\n\r\nbody\r\n";
    let message = authenticated(mail, None, MacAlgorithm::Sha256, "1.2.840.113549.2.9");
    let trust = TrustSettings::default();
    let keks = [KeyEncryptionKey::new(&[1; 16], Some(b"id"))];
    let request = OpenRequest { keks: &keks, ..OpenRequest::new(&message, &[], &[], &trust, UnixTime(0)) };
    let judged = open(&request, &mut rng()).unwrap();
    assert_eq!((judged.trust(), judged.message()), (Trust::Clear, &mail[..]));
    let [LayerReport::Authenticated(layer)] = judged.layers() else { panic!("{judged:?}") };
    assert_eq!((layer.mac, layer.key.as_str()), ("hmac-sha256", "kek-aes128-wrap"));
    assert!(judged.has_code("unsigned") && judged.has_code("plain_text_only") && !judged.may_render_html());
    let refused = open(&OpenRequest { keks: &[], ..request }, &mut rng());
    assert_eq!(refused.unwrap_err(), Error::NotForThisKey);
}
