//! What letters seldom are, exchanged with OpenSSL in both directions.

use rand_core::Rng;
use sceau_smime::backend::{Rust, ready};
use sceau_smime::cms::envelope::{Sealing, SharedWith, To, seal, seal_shared_with};
use sceau_smime::cms::keyring::{KeyEncryptionKey, RecipientPassword};
use sceau_smime::cms::recipients::Transport;
use sceau_smime::cms::{digested_data, encrypted_data};
use sceau_smime::letter::{Judged, LayerReport, OpenRequest};
use sceau_smime::{Error, Trust};

use crate::big::open;
use crate::openssl::{OpenSsl, pair};
use crate::world::{BRUNO, NOW, Person, opened, rng, world};

const PASSWORD: &str = "phrase partagée";

fn message() -> Vec<u8> {
    format!("From: {BRUNO}\r\nSubject: s\r\n\r\nL'échographie est normale.\r\n").into_bytes()
}

/// A key of this many octets, and its hexadecimal form.
fn key(length: usize) -> (Vec<u8>, String) {
    let mut key = vec![0; length];
    rng().fill_bytes(&mut key);
    let hex = key.iter().map(|octet| format!("{octet:02x}")).collect();
    (key, hex)
}

fn open_shared(
    bytes: &[u8],
    keks: &[KeyEncryptionKey],
    passwords: &[RecipientPassword],
) -> Result<Judged, Error> {
    let request = OpenRequest { keks, passwords, ..OpenRequest::new(bytes, &[], &[], &world().trust, NOW) };
    open(&request, &mut rng())
}

/// What the only layer says, after it was found that nothing confirms the letter.
fn only_layer(judged: &Judged) -> String {
    let [layer] = judged.layers() else { panic!("{judged:?}") };
    assert_eq!(judged.message(), message());
    assert!(
        !judged.trust().is_confirmed() && !judged.may_render_html() && judged.has_code("plain_text_only")
    );
    match layer {
        LayerReport::Encrypted(it) => {
            assert_eq!(judged.trust(), Trust::SealedUnverified);
            format!("{} {} {}", it.type_name, it.cipher, it.key)
        }
        LayerReport::Digested(it) => {
            assert_eq!(judged.trust(), Trust::Clear);
            format!("{} {}", it.digest, it.intact)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn keys_shared_with_openssl_open_its_envelopes() {
    let ciphers = ["-aes-128-cbc", "-aes-256-cbc", "-aes-128-gcm", "-aes-256-gcm"];
    let Some(openssl) = OpenSsl::find(ciphers.len() * 6) else { return };
    let mut run = 0;
    for cipher in ciphers {
        let kind = if cipher.ends_with("gcm") { "AuthEnvelopedData" } else { "EnvelopedData" };
        for length in [16, 24, 32] {
            let (key, hex) = key(length);
            for form in [&["-outform", "DER"][..], &["-outform", "PEM", "-stream"]] {
                let secret = [cipher, "-secretkey", &hex, "-secretkeyid", "DEADBEEF"];
                let sealed = openssl.encrypt(&message(), &[form, &secret].concat());
                let named = [KeyEncryptionKey::new(&key, Some(&[0xde, 0xad, 0xbe, 0xef]))];
                let judged = open_shared(&sealed, &named, &[]).unwrap();
                let expected = format!("{kind} {} kek-aes{}-wrap", &cipher[1..], length * 8);
                assert_eq!(only_layer(&judged), expected);
                let unnamed = [KeyEncryptionKey::new(&[7; 40], None), KeyEncryptionKey::new(&key, None)];
                assert_eq!(only_layer(&open_shared(&sealed, &unnamed, &[]).unwrap()), expected);
                let other = [KeyEncryptionKey::new(&key, Some(&[0]))];
                assert_eq!(open_shared(&sealed, &other, &[]).unwrap_err(), Error::NotForThisKey);
                let wrong = [KeyEncryptionKey::new(&vec![7; length], None)];
                assert_eq!(open_shared(&sealed, &wrong, &[]).unwrap_err(), Error::Decrypt);
                run += 1;
            }
        }
    }
    assert_eq!(run, 24);
}

/// Such an envelope of little takes fewer than 128 octets, so that its length takes one.
#[test]
fn the_shortest_envelopes_of_openssl_are_found_however_they_are_carried() {
    let ciphers = ["-des3", "-aes-128-cbc"];
    let Some(openssl) = OpenSsl::find(ciphers.len() * 3 * 3) else { return };
    let (key, hex) = key(16);
    let mut shortest = usize::MAX;
    for cipher in ciphers {
        for content in [&b""[..], b"a", b"\r\nabcdefgh\r\n"] {
            for form in ["DER", "PEM", "SMIME"] {
                let shared = [cipher, "-secretkey", &hex, "-secretkeyid", "01", "-outform", form];
                let sealed = openssl.encrypt(content, &shared);
                let own = [KeyEncryptionKey::new(&key, None)];
                let judged = open_shared(&sealed, &own, &[]).unwrap();
                assert_eq!((judged.trust(), judged.message()), (Trust::SealedUnverified, content));
                shortest = shortest.min(sealed.len());
            }
        }
    }
    assert!(shortest < 128, "{shortest}");
}

#[test]
fn pass_phrases_shared_with_openssl_open_its_envelopes() {
    let ciphers = ["-aes-128-cbc", "-aes-192-cbc", "-aes-256-cbc", "-des3"];
    let Some(openssl) = OpenSsl::find(ciphers.len()) else { return };
    for cipher in ciphers {
        let sealed = openssl.encrypt(&message(), &[cipher, "-pwri_password", PASSWORD, "-outform", "DER"]);
        let passwords = [RecipientPassword::new("autre"), RecipientPassword::new(PASSWORD)];
        let layer = only_layer(&open_shared(&sealed, &[], &passwords).unwrap());
        assert!(layer.contains("password-pwri-"), "{cipher}: {layer}");
        assert_eq!(open_shared(&sealed, &[], &passwords[..1]).unwrap_err(), Error::Decrypt);
        assert_eq!(open_shared(&sealed, &[], &[]).unwrap_err(), Error::NotForThisKey);
    }
}

#[test]
fn encrypted_and_digested_data_of_openssl_are_read() {
    let Some(openssl) = OpenSsl::find(8) else { return };
    for (cipher, name, length) in [
        ("-aes-128-cbc", "aes-128-cbc", 16),
        ("-aes-192-cbc", "aes-192-cbc", 24),
        ("-aes-256-cbc", "aes-256-cbc", 32),
        ("-des3", "3des-cbc", 24),
    ] {
        let (key, hex) = key(length);
        let input = openssl.write("plain", &message());
        let create = ["-EncryptedData_encrypt", "-binary", "-in", &input, cipher, "-secretkey", &hex];
        let sealed = openssl.cms(&[&create[..], &["-outform", "DER"]].concat());
        let judged = open_shared(&sealed, &[KeyEncryptionKey::new(&key, None)], &[]).unwrap();
        assert_eq!(only_layer(&judged), format!("EncryptedData {name} content-key"));
        let short = [KeyEncryptionKey::new(&key[..8], None)];
        assert_eq!(open_shared(&sealed, &short, &[]).unwrap_err(), Error::NotForThisKey);
    }
    for digest in ["sha1", "sha256", "sha384", "sha512"] {
        let input = openssl.write("plain", &message());
        let create = ["-digest_create", "-binary", "-in", &input, "-md", digest, "-outform", "DER"];
        let judged = open_shared(&openssl.cms(&create), &[], &[]).unwrap();
        assert_eq!(only_layer(&judged), format!("{digest} true"));
    }
}

#[test]
fn openssl_agrees_by_every_scheme_and_wrap() {
    let kdfs = ["sha1", "sha224", "sha256", "sha384", "sha512"];
    let wraps = ["aes128", "aes192", "aes256", "des3"];
    let Some(openssl) = OpenSsl::find(2 * kdfs.len() * 2 * wraps.len()) else { return };
    let w = world();
    let mut run = 0;
    for (name, person, curve) in [("amelie", &w.amelie, "p256"), ("chloe", &w.chloe, "p384")] {
        let (recipient, _) = pair(&format!("{name}.encrypt"));
        for kdf in kdfs {
            let kdf_option = format!("ecdh_kdf_md:{kdf}");
            for mode in ["ecdh_cofactor_mode:0", "ecdh_cofactor_mode:1"] {
                for wrap in wraps {
                    let wrap_option = format!("-{wrap}-wrap");
                    let options =
                        ["-aes-256-cbc", &wrap_option, "-recip", &recipient, "-keyopt", &kdf_option];
                    let sealed = openssl
                        .encrypt(&message(), &[&options[..], &["-keyopt", mode, "-outform", "DER"]].concat());
                    let shown = wrap.replace("des3", "3des");
                    let expected = format!("EnvelopedData aes-256-cbc ecdh-{curve}-{kdf}kdf-{shown}-wrap");
                    assert_eq!(only_layer(&opened(&sealed, person)), expected, "{mode}");
                    run += 1;
                }
            }
        }
    }
    assert_eq!(run, 80);
}

/// One KeyAgreeRecipientInfo may stand for several people (RFC 5753 §3.1.1); OpenSSL writes one for each, named either way.
#[test]
fn recipients_of_an_agreement_are_found_by_either_name() {
    let Some(openssl) = OpenSsl::find(4) else { return };
    let w = world();
    let [(amelie, _), (chloe, _)] = ["amelie.encrypt", "chloe.encrypt"].map(pair);
    for names in [&[][..], &["-keyid"]] {
        let options = ["-aes-256-gcm", "-outform", "DER", "-recip", &amelie, "-recip", &chloe];
        let sealed = openssl.encrypt(&message(), &[&options[..], names].concat());
        for (person, curve) in [(&w.amelie, "p256"), (&w.chloe, "p384")] {
            let layer = only_layer(&opened(&sealed, person));
            assert!(layer.starts_with(&format!("AuthEnvelopedData aes-256-gcm ecdh-{curve}-")), "{layer}");
        }
    }
}

#[test]
fn openssl_transports_keys_with_every_oaep() {
    let hashes = ["sha1", "sha256", "sha384", "sha512"];
    let Some(openssl) = OpenSsl::find(hashes.len() * hashes.len() * 2) else { return };
    let (recipient, _) = pair("bruno.encrypt");
    let mut run = 0;
    for hash in hashes {
        for mask in hashes {
            for label in [None, Some("rsa_oaep_label:0a0b0c")] {
                let (hash_option, mask_option) =
                    (format!("rsa_oaep_md:{hash}"), format!("rsa_mgf1_md:{mask}"));
                let mut options = vec!["-aes-128-cbc", "-outform", "DER", "-recip", &recipient];
                options.extend(["-keyopt", "rsa_padding_mode:oaep", "-keyopt", &hash_option]);
                options.extend(["-keyopt", &mask_option]);
                options.extend(label.iter().flat_map(|label| ["-keyopt", label]));
                let judged = opened(&openssl.encrypt(&message(), &options), &world().bruno);
                assert_eq!(
                    only_layer(&judged),
                    format!("EnvelopedData aes-128-cbc rsa-oaep-{hash}"),
                    "{mask}"
                );
                run += 1;
            }
        }
    }
    assert_eq!(run, 32);
}

/// Opens with OpenSSL what we sealed.
fn decrypt(openssl: &OpenSsl, sealed: &[u8], options: &[&str]) -> Vec<u8> {
    let input = openssl.write("sealed.der", sealed);
    openssl.cms(&[&["-decrypt", "-binary", "-inform", "DER", "-in", &input], options].concat())
}

#[test]
fn openssl_opens_what_is_sealed_to_shared_secrets() {
    let Some(openssl) = OpenSsl::find(8) else { return };
    for sealing in [Sealing::Aes256Cbc, Sealing::Aes256Gcm { derive: false }] {
        for length in [16, 24, 32] {
            let (key, hex) = key(length);
            let keks = [KeyEncryptionKey::new(&key, Some(&[1, 2]))];
            let shared = SharedWith { keks: &keks, passwords: &[], rounds: 1 };
            let sealed = ready(seal_shared_with(&Rust, message(), &[], shared, sealing, &mut rng())).unwrap();
            let options = ["-secretkey", &hex, "-secretkeyid", "0102"];
            assert_eq!(decrypt(&openssl, &sealed.der, &options), message(), "{sealing:?} {length}");
        }
        let passwords = [RecipientPassword::new(PASSWORD)];
        let shared = SharedWith { keks: &[], passwords: &passwords, rounds: 1_000 };
        let sealed = ready(seal_shared_with(&Rust, message(), &[], shared, sealing, &mut rng())).unwrap();
        assert_eq!(decrypt(&openssl, &sealed.der, &["-pwri_password", PASSWORD]), message(), "{sealing:?}");
    }
}

#[test]
fn openssl_reads_our_encrypted_and_digested_data() {
    let Some(openssl) = OpenSsl::find(4) else { return };
    for length in [16, 24, 32] {
        let (key, hex) = key(length);
        let sealed = encrypted_data::write(message(), &key, &mut rng()).unwrap();
        let input = openssl.write("sealed.der", &sealed);
        let options =
            ["-EncryptedData_decrypt", "-binary", "-inform", "DER", "-in", &input, "-secretkey", &hex];
        assert_eq!(openssl.cms(&options), message());
    }
    assert!(encrypted_data::write(message(), &[1; 17], &mut rng()).is_err());
    let input = openssl.write("digest.der", &digested_data::write(&message()));
    assert_eq!(openssl.cms(&["-digest_verify", "-binary", "-inform", "DER", "-in", &input]), message());
}

#[test]
fn openssl_opens_every_length_of_gcm_key() {
    let Some(openssl) = OpenSsl::find(9) else { return };
    let w = world();
    for sealing in [
        Sealing::Aes128Gcm { derive: false },
        Sealing::Aes192Gcm { derive: false },
        Sealing::Aes256Gcm { derive: false },
    ] {
        for (name, person, transport) in [
            ("bruno", &w.bruno, Transport::RsaOaep),
            ("amelie", &w.amelie, Transport::Ecdh),
            ("chloe", &w.chloe, Transport::Ecdh),
        ] {
            let person: &Person = person;
            let to = [To { certificate: &person.encrypt.certificate, transport }];
            let sealed = seal(message(), &to, sealing, &mut rng()).unwrap();
            let (certificate, key) = pair(&format!("{name}.encrypt"));
            let plain = decrypt(&openssl, &sealed.der, &["-recip", &certificate, "-inkey", &key]);
            assert_eq!(plain, message(), "{sealing:?} {name}");
        }
    }
}
