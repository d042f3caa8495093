//! Writes `fuzz/seeds` anew: `cargo run -p sceau-oracles --example plant`.
//!
//! The letters are sealed with fresh keys, so the files differ each time; `written.txt` tells which messages are real.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a tool for whoever changes the seeds")]

#[allow(dead_code, reason = "the tests of the crate use all of it")]
#[path = "../../../../crates/archive/tests/all/samples.rs"]
mod archives;
mod attested;
#[path = "../../../../crates/smime/tests/letters/beside.rs"]
mod beside;
#[allow(dead_code, reason = "the tests of the crate use all of it")]
#[path = "../../../../crates/archive/tests/all/builder.rs"]
mod builder;
#[allow(dead_code, reason = "the tests of the crate use all of it")]
#[path = "../../../../crates/tnef/tests/all/encoder.rs"]
mod encoder;
#[allow(dead_code, reason = "the tests of the crate use all of it")]
#[path = "../../../../crates/tnef/tests/all/samples.rs"]
mod samples;
mod seldom;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rand_core::UnwrapErr;
use sceau_mime as mime;
use sceau_smime::ca::{CertificationRequest, Usage};
use sceau_smime::cms::content_cipher::{Cipher, ContentAlgorithm};
use sceau_smime::cms::sign::Enclosure;
use sceau_smime::letter::{Profile, Recipient, SealRequest, seal, sign_entity};
use sceau_smime::{Algorithm, Certificate, Identity, PrivateKey, UnixTime, pkcs12};

const NOW: UnixTime = UnixTime(1_796_113_020);

struct Planter {
    seeds: PathBuf,
    world: PathBuf,
    written: BTreeSet<String>,
}

fn main() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut planter = Planter {
        seeds: here.join("../seeds"),
        world: here.join("../../crates/smime/tests/world"),
        written: BTreeSet::new(),
    };
    planter.letters();
    planter.certificates();
    planter.containers();
    planter.messages();
    planter.seldom();
    planter.attested();
    planter.winmail();
    planter.archives();
    let written: Vec<String> = planter.written.iter().map(|digest| format!("{digest}\n")).collect();
    fs::write(planter.seeds.join("written.txt"), written.concat()).unwrap();
}

fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

impl Planter {
    fn plant(&self, folders: &[&str], name: &str, octets: &[u8]) {
        for folder in folders {
            let folder = self.seeds.join(folder);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(name), octets).unwrap();
        }
    }

    fn winmail(&self) {
        for (name, stream) in ["outlook", "html", "old", "text", "nested"].iter().zip(samples::all()) {
            self.plant(&["tnef"], &format!("{name}.dat"), &stream);
        }
    }

    fn archives(&self) {
        for (name, octets) in archives::all() {
            self.plant(&["archive"], &format!("{name}.zip"), &octets);
        }
    }

    fn certificate(&self, name: &str) -> Certificate {
        let pem = fs::read(self.world.join(format!("{name}.crt"))).unwrap();
        Certificate::read_all(&pem).unwrap().remove(0)
    }

    fn identity(&self, name: &str) -> Identity {
        let key = fs::read(self.world.join(format!("{name}.key"))).unwrap();
        Identity::new(PrivateKey::read(&key, None).unwrap(), self.certificate(name), Vec::new()).unwrap()
    }

    fn letters(&mut self) {
        let signer = self.identity("amelie.sign");
        let draft = draft();
        let recipients = [Recipient {
            certificate: self.certificate("bruno.encrypt"),
            address: "bruno.keller@cardio.example".to_owned(),
            capabilities: None,
        }];
        for (profile, folder) in
            [(Profile::Default, "auth_enveloped_data"), (Profile::Compat, "enveloped_data")]
        {
            let request = SealRequest { draft: &draft, signer: &signer, recipients: &recipients, profile };
            let sealed = seal(&request, NOW, &mut rng()).unwrap();
            self.written.insert(hex::encode(sealed.message_sha256));
            let cms = mime::unwrap_cms(&sealed.eml, &mime::Limits::default()).unwrap();
            self.plant(&[folder, "content_info", "ber"], &format!("{folder}.der"), &cms.der);
            self.plant(&["letter", "message"], &format!("{folder}.eml"), &sealed.eml);
            self.plant(&["card"], &format!("{folder}.eml"), &sealed.card);
        }
        self.signed(&signer, &draft);
    }

    fn signed(&mut self, signer: &Identity, draft: &mime::Draft) {
        let outer = mime::Outer { transfer: mime::TransferSafety::SevenBit, legacy_display: true };
        let message = mime::compose(draft, &outer).unwrap().message;
        let scheme = signer.key.default_scheme();
        for (enclosure, name) in [(Enclosure::Opaque, "opaque"), (Enclosure::Detached, "detached")] {
            let eml = sign_entity(&message, enclosure, signer, scheme, &[], NOW, &mut rng()).unwrap();
            self.plant(&["letter", "message", "signed_data"], &format!("{name}.eml"), &eml);
            if enclosure == Enclosure::Opaque {
                let cms = mime::unwrap_cms(&eml, &mime::Limits::default()).unwrap();
                self.plant(&["signed_data", "content_info", "ber"], "signed.der", &cms.der);
            }
        }
        let digest = <sha2::Sha256 as sha2::Digest>::digest(&message);
        self.written.insert(hex::encode(digest));
    }

    fn certificates(&self) {
        for name in ["ca", "amelie.sign", "bruno.encrypt", "old-amelie", "sha1-amelie"] {
            let certificate = self.certificate(name);
            self.plant(&["certificate", "ber"], &format!("{name}.der"), certificate.der());
            self.plant(&["name"], &format!("{name}.der"), certificate.subject().der());
        }
        let crl = fs::read(self.world.join("ca.crl")).unwrap();
        let crl = sceau_smime::crl::Crl::read_all(&crl).unwrap().remove(0);
        self.plant(&["crl"], "ca.der", crl.der());
        let key = PrivateKey::generate(Algorithm::P256, &mut rng()).unwrap();
        let request =
            CertificationRequest::generate(&key, "Amélie", "a@b.example", Usage::Sign, &mut rng()).unwrap();
        self.plant(&["request"], "p256.der", request.der());
        for cipher in [Cipher::Aes256Gcm, Cipher::Aes128Cbc] {
            for derive in [false, true] {
                let algorithm = ContentAlgorithm::generate(cipher, derive, &mut rng());
                self.plant(&["algorithm"], &format!("{}-{derive}.der", cipher.name()), &algorithm.to_der());
            }
        }
    }

    fn containers(&self) {
        for (algorithm, name) in
            [(Algorithm::P256, "p256"), (Algorithm::P384, "p384"), (Algorithm::Rsa2048, "rsa")]
        {
            let key = PrivateKey::generate(algorithm, &mut rng()).unwrap();
            self.plant(&["private_key"], &format!("{name}.der"), &key.to_pkcs8_der().unwrap());
            self.plant(
                &["private_key", "pem"],
                &format!("{name}.pem"),
                key.to_pkcs8_pem().unwrap().as_bytes(),
            );
        }
        let identity = self.identity("amelie.sign");
        let file = pkcs12::write_with_iterations(std::slice::from_ref(&identity), "password", 1, &mut rng())
            .unwrap();
        self.plant(&["pkcs12"], "amelie.p12", &file);
    }

    fn messages(&self) {
        let message = mime::compose(&draft(), &mime::Outer::default()).unwrap().message;
        self.plant(&["message", "letter"], "plain.eml", &message);
        let html = "<html><head><title>x</title></head><body><p class='a'>Bonjour &eacute; &#233;<br>\
                    <script>if (a<b) evil()</script><table><tr><td>a<td>b</table><pre> x\n y</pre></body></html>";
        let mut outside = b"From: amelie.roche@cabinet.example\r\nSubject: [...]\r\n\r\n\0".to_vec();
        outside.extend_from_slice(&message);
        self.plant(&["header_protection"], "composed.bin", &outside);
        self.plant(&["html"], "letter.html", html.as_bytes());
    }
}

fn draft() -> mime::Draft {
    let from = mime::Address::new("Amélie Roche", "amelie.roche@cabinet.example");
    let mut draft = mime::Draft::new(from, mime::Date::utc(NOW.0), "lettre-1@cabinet.example");
    draft.to = vec![mime::Address::new("Bruno Keller", "bruno.keller@cardio.example")];
    draft.subject = "Compte rendu d’échocardiographie".to_owned();
    draft.text = "Cher confrère,\nvoici le compte rendu.\n\nAmélie Roche".to_owned();
    draft.parts = vec![mime::Attachment {
        name: "résultat.pdf".to_owned(),
        content_type: "application/pdf".to_owned(),
        bytes: (0..=255).collect(),
    }];
    draft
}
