//! Letters exchanged with OpenSSL, in both directions.

use std::path::PathBuf;
use std::process::Command;

use sceau_mime as mime;
use sceau_smime::Trust;
use sceau_smime::cms::sign::{Enclosure, compat_scheme};
use sceau_smime::letter::{Judged, LayerReport, Profile, SealRequest, TrustSettings, sign_entity};

use crate::world::{BRUNO, NOW, Person, draft, folder, opened, rng, seal_with, try_open, world};

/// A folder to work in and the program, or `None` after saying loudly what is not run.
pub(crate) struct OpenSsl {
    pub(crate) folder: tempfile::TempDir,
}

const ENTITY: &str = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nL'échographie est normale.\r\n";

impl OpenSsl {
    pub(crate) fn find(cases: usize) -> Option<Self> {
        let version = Command::new("openssl").arg("version").output();
        let found = version.is_ok_and(|out| out.stdout.starts_with(b"OpenSSL 3"));
        if !found {
            eprintln!("SKIPPED: no OpenSSL 3 program on the path, {cases} cases not run");
            return None;
        }
        Some(Self { folder: tempfile::tempdir().unwrap() })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> String {
        std::fs::write(self.path(name), bytes).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Runs `openssl cms` and gives what it wrote.
    pub(crate) fn cms(&self, arguments: &[&str]) -> Vec<u8> {
        let out = self.path("out");
        let _ = std::fs::remove_file(&out);
        let run = Command::new("openssl").arg("cms").args(arguments).arg("-out").arg(&out).output().unwrap();
        assert!(run.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&run.stderr));
        std::fs::read(&out).unwrap()
    }

    pub(crate) fn sign(&self, content: &[u8], signer: &str, options: &[&str]) -> Vec<u8> {
        let content = self.write("to-sign", content);
        let (certificate, key) = pair(&format!("{signer}.sign"));
        let from = address(signer);
        let fixed = ["-sign", "-in", &content, "-signer", &certificate, "-inkey", &key, "-from", &from];
        self.cms(&[&fixed, options].concat())
    }

    pub(crate) fn encrypt(&self, content: &[u8], options: &[&str]) -> Vec<u8> {
        let content = self.write("to-seal", content);
        self.cms(&[&["-encrypt", "-binary", "-in", &content, "-from", BRUNO], options].concat())
    }
}

pub(crate) fn pair(name: &str) -> (String, String) {
    let file = |kind: &str| folder().join(format!("{name}.{kind}")).to_str().unwrap().to_owned();
    (file("crt"), file("key"))
}

fn address(name: &str) -> String {
    let w = world();
    let person = match name {
        "amelie" => &w.amelie,
        "bruno" => &w.bruno,
        _ => &w.chloe,
    };
    person.address.clone()
}

fn only_signed(judged: &Judged) -> (Trust, String) {
    let algorithm = judged.layers().iter().find_map(|layer| match layer {
        LayerReport::Signed(signed) => signed.algorithm.clone(),
        _ => None,
    });
    (judged.trust(), algorithm.unwrap_or_default())
}

fn only_encrypted(judged: &Judged) -> String {
    let found = judged.layers().iter().find_map(|layer| match layer {
        LayerReport::Encrypted(it) => Some(format!("{} {} {}", it.type_name, it.cipher, it.key)),
        _ => None,
    });
    found.unwrap_or_default()
}

#[test]
fn what_openssl_signs_is_verified() {
    let pss = ["-keyopt", "rsa_padding_mode:pss"];
    let salt = ["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:11"];
    let cases: &[(&str, &[&str], &str)] = &[
        ("bruno", &[], "rsa-pkcs1-sha256"),
        ("bruno", &["-md", "sha512"], "rsa-pkcs1-sha512"),
        ("bruno", &pss, "rsa-pss-sha256"),
        ("bruno", &salt, "rsa-pss-sha256"),
        ("bruno", &["-md", "sha384", "-keyid"], "rsa-pkcs1-sha384"),
        ("amelie", &[], "ecdsa-sha256"),
        ("amelie", &["-md", "sha512"], "ecdsa-sha512"),
        ("chloe", &["-md", "sha384"], "ecdsa-sha384"),
        ("chloe", &["-noattr"], "ecdsa-sha256"),
        ("chloe", &["-cades"], "ecdsa-sha256"),
    ];
    let Some(openssl) = OpenSsl::find(cases.len() * 4) else { return };
    for (signer, options, algorithm) in cases {
        for enclosure in
            [&["-nodetach"][..], &["-nodetach", "-stream", "-outform", "SMIME"], &[], &["-stream"]]
        {
            // OpenSSL 3.0 cannot stream RSASSA-PSS ("illegal zero content").
            if options.contains(&"-keyopt") && enclosure.contains(&"-stream") {
                continue;
            }
            let all = [enclosure, options].concat();
            let mail = openssl.sign(ENTITY.as_bytes(), signer, &all);
            let judged = opened(&mail, &world().chloe);
            assert_eq!(only_signed(&judged), (Trust::Signed, (*algorithm).to_owned()), "{all:?} {judged:?}");
            assert_eq!(judged.letter().text.trim_end(), "L'échographie est normale.", "{all:?}");
        }
    }
}

#[test]
fn what_openssl_signs_in_der_and_pem_is_verified() {
    let Some(openssl) = OpenSsl::find(4) else { return };
    let message = format!("From: {BRUNO}\r\n{ENTITY}");
    for form in ["DER", "PEM"] {
        for stream in [&[][..], &["-stream"]] {
            let options = [&["-nodetach", "-binary", "-outform", form], stream].concat();
            let file = openssl.sign(message.as_bytes(), "bruno", &options);
            assert_eq!(opened(&file, &world().chloe).trust(), Trust::Signed, "{options:?}");
        }
    }
}

#[test]
fn several_signers_are_all_checked() {
    let Some(openssl) = OpenSsl::find(2) else { return };
    let (certificate, key) = pair("chloe.sign");
    let second = ["-signer", &certificate, "-inkey", &key];
    for enclosure in [&["-nodetach"][..], &[]] {
        let mail = openssl.sign(ENTITY.as_bytes(), "bruno", &[enclosure, &second].concat());
        let judged = opened(&mail, &world().amelie);
        assert_eq!(judged.trust(), Trust::Signed, "{judged:?}");
        assert_eq!(judged.layers().len(), 2);
        assert_eq!(judged.sender_name(), Some("Bruno Keller"));
        assert!(judged.has_code("several_signers"));
    }
}

#[test]
fn what_openssl_seals_is_opened() {
    let aes = "EnvelopedData aes-256-cbc";
    let (bruno, _) = pair("bruno.encrypt");
    let (amelie, _) = pair("amelie.encrypt");
    let (chloe, _) = pair("chloe.encrypt");
    let oaep = ["-recip", &bruno, "-keyopt", "rsa_padding_mode:oaep"];
    let oaep256 = [&oaep[..], &["-keyopt", "rsa_oaep_md:sha256"]].concat();
    let oaep512 = [&oaep[..], &["-keyopt", "rsa_oaep_md:sha512", "-keyopt", "rsa_mgf1_md:sha1"]].concat();
    let w = world();
    let with = |cipher: &'static str, recipient: &[&str]| -> Vec<String> {
        std::iter::once(cipher).chain(recipient.iter().copied()).map(str::to_owned).collect()
    };
    let cases: Vec<(Vec<String>, &Person, String)> = vec![
        (
            with("-aes-128-cbc", &["-recip", &bruno]),
            &w.bruno,
            "EnvelopedData aes-128-cbc rsa-pkcs1v15".into(),
        ),
        (
            with("-aes-192-cbc", &["-recip", &bruno]),
            &w.bruno,
            "EnvelopedData aes-192-cbc rsa-pkcs1v15".into(),
        ),
        (with("-aes-256-cbc", &["-recip", &bruno, "-keyid"]), &w.bruno, format!("{aes} rsa-pkcs1v15")),
        (with("-aes-256-cbc", &oaep), &w.bruno, format!("{aes} rsa-oaep-sha1")),
        (with("-aes-256-cbc", &oaep256), &w.bruno, format!("{aes} rsa-oaep-sha256")),
        (with("-aes-256-cbc", &oaep512), &w.bruno, format!("{aes} rsa-oaep-sha512")),
        (
            with("-aes-128-gcm", &["-recip", &bruno]),
            &w.bruno,
            "AuthEnvelopedData aes-128-gcm rsa-pkcs1v15".into(),
        ),
        (with("-aes-256-gcm", &oaep256), &w.bruno, "AuthEnvelopedData aes-256-gcm rsa-oaep-sha256".into()),
        (with("-aes-256-gcm", &["-recip", &amelie]), &w.amelie, String::new()),
        (with("-aes-256-cbc", &["-recip", &amelie]), &w.amelie, String::new()),
        (with("-aes-256-cbc", &["-recip", &chloe, "-keyopt", "ecdh_kdf_md:sha384"]), &w.chloe, String::new()),
        (
            with("-aes-128-cbc", &["-recip", &amelie, "-recip", &bruno, "-recip", &chloe]),
            &w.chloe,
            String::new(),
        ),
        (
            with("-aes-128-cbc", &["-recip", &amelie, "-recip", &bruno, "-recip", &chloe]),
            &w.bruno,
            String::new(),
        ),
    ];
    let Some(openssl) = OpenSsl::find(cases.len() * 3) else { return };
    let message = format!("From: {BRUNO}\r\n{ENTITY}");
    for (options, reader, expected) in &cases {
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        for form in [&["-outform", "DER"][..], &["-outform", "SMIME"], &["-outform", "PEM", "-stream"]] {
            let file = openssl.encrypt(message.as_bytes(), &[form, &options].concat());
            let judged = opened(&file, reader);
            assert_eq!(judged.trust(), Trust::SealedUnverified, "{options:?}");
            assert!(
                only_encrypted(&judged).starts_with(expected.as_str()),
                "{} {options:?}",
                only_encrypted(&judged)
            );
            assert_eq!(judged.letter().text.trim_end(), "L'échographie est normale.", "{options:?}");
            assert!(!judged.may_render_html());
        }
    }
}

#[test]
fn a_big_streamed_letter_is_opened() {
    let Some(openssl) = OpenSsl::find(1) else { return };
    let mut message = format!("From: {BRUNO}\r\nContent-Type: text/plain\r\n\r\n").into_bytes();
    message.extend(std::iter::repeat_n(b"Ligne de remplissage.\r\n", 50_000).flatten());
    let signed = openssl.sign(&message, "bruno", &["-nodetach", "-binary", "-stream", "-outform", "DER"]);
    let (bruno, _) = pair("bruno.encrypt");
    let entity =
        [b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: binary\r\n\r\n", &signed[..]]
            .concat();
    let sealed = openssl.encrypt(&entity, &["-aes-256-cbc", "-stream", "-outform", "DER", "-recip", &bruno]);
    let judged = opened(&sealed, &world().bruno);
    assert_eq!(judged.trust(), Trust::SealedSigned);
    assert_eq!(judged.message(), message);
}

#[test]
fn what_openssl_signs_then_seals_is_confirmed() {
    let Some(openssl) = OpenSsl::find(6) else { return };
    let w = world();
    let (recipient, _) = pair("chloe.encrypt");
    for enclosure in [&["-nodetach"][..], &[], &["-nodetach", "-stream"]] {
        for cipher in ["-aes-256-cbc", "-aes-256-gcm"] {
            let message = format!("From: {BRUNO}\r\nSubject: dedans\r\n{ENTITY}");
            let signed = openssl.sign(message.as_bytes(), "bruno", enclosure);
            let sealed = openssl.encrypt(&signed, &[cipher, "-recip", &recipient]);
            let judged = opened(&sealed, &w.chloe);
            assert_eq!(judged.trust(), Trust::SealedSigned, "{cipher} {enclosure:?} {judged:?}");
            assert_eq!(judged.letter().subject, "dedans");
            assert_eq!(judged.sender_name(), Some("Bruno Keller"));
            let nobody = try_open(&sealed, &w.chloe, &TrustSettings::default()).unwrap();
            assert_eq!(nobody.trust(), Trust::SealedUnverified);
        }
    }
}

#[test]
fn old_ciphers_are_opened_and_never_confirmed() {
    let Some(openssl) = OpenSsl::find(2) else { return };
    let (bruno, _) = pair("bruno.encrypt");
    let signed = openssl.sign(format!("From: {BRUNO}\r\n{ENTITY}").as_bytes(), "bruno", &["-nodetach"]);
    for (options, cipher) in [
        (&["-des3"][..], "3des-cbc"),
        (&["-rc2-128", "-provider", "legacy", "-provider", "default"], "rc2-cbc"),
    ] {
        let sealed = openssl.encrypt(&signed, &[options, &["-recip", &bruno]].concat());
        let judged = opened(&sealed, &world().bruno);
        assert_eq!(judged.trust(), Trust::SealedUnverified, "{cipher}");
        assert!(judged.has_code("legacy_cipher"));
        assert!(only_encrypted(&judged).contains(cipher), "{}", only_encrypted(&judged));
    }
}

#[test]
fn our_letters_are_read_by_openssl() {
    let Some(openssl) = OpenSsl::find(6) else { return };
    let w = world();
    for profile in [Profile::Default, Profile::Compat] {
        for (name, reader) in [("bruno", &w.bruno), ("amelie", &w.amelie), ("chloe", &w.chloe)] {
            let draft = draft();
            let recipients = [w.amelie.recipient(), w.bruno.recipient(), w.chloe.recipient()];
            let request =
                SealRequest { draft: &draft, signer: &w.bruno.sign, recipients: &recipients, profile };
            let mut sealed = seal_with(request);
            let message = opened(&sealed.eml, reader).message().to_vec();
            let mail = openssl.write("sealed.eml", &sealed.eml);
            sealed.eml.clear();
            let (certificate, key) = pair(&format!("{name}.encrypt"));
            let entity =
                openssl.cms(&["-decrypt", "-binary", "-in", &mail, "-recip", &certificate, "-inkey", &key]);
            assert_eq!(verify(&openssl, &entity), message, "{profile:?} {name}");
        }
    }
}

#[test]
fn our_signatures_are_verified_by_openssl() {
    let Some(openssl) = OpenSsl::find(8) else { return };
    let w = world();
    let outer = mime::Outer { transfer: mime::TransferSafety::SevenBit, ..mime::Outer::default() };
    let composed = mime::compose(&draft(), &outer).unwrap();
    for person in [&w.amelie, &w.bruno, &w.chloe] {
        for scheme in [person.sign.key.default_scheme(), compat_scheme(&person.sign)] {
            for enclosure in [Enclosure::Opaque, Enclosure::Detached] {
                let headers = &composed.outer_headers;
                let mail =
                    sign_entity(&composed.message, enclosure, &person.sign, scheme, headers, NOW, &mut rng())
                        .unwrap();
                assert_eq!(verify(&openssl, &mail), composed.message, "{scheme:?} {enclosure:?}");
            }
        }
    }
}

/// Verifies a signed entity, giving OpenSSL the bare structure where its own MIME reader knows no binary.
pub(crate) fn verify(openssl: &OpenSsl, entity: &[u8]) -> Vec<u8> {
    let anchor = folder().join("ca.crt");
    let anchor = anchor.to_str().unwrap();
    let fixed = ["-verify", "-CAfile", anchor];
    match mime::unwrap_cms(entity, &mime::Limits::default()) {
        Ok(cms) => {
            let file = openssl.write("signed.der", &cms.der);
            openssl.cms(&[&fixed[..], &["-binary", "-inform", "DER", "-in", &file]].concat())
        }
        Err(_) => {
            let file = openssl.write("signed.eml", entity);
            openssl.cms(&[&fixed[..], &["-in", &file]].concat())
        }
    }
}
