//! What others attest. `openssl` answers and stamps; its keys are made here and thrown away.

use std::fs;
use std::path::Path;
use std::process::Command;

use sceau_mime as mime;
use sceau_smime::Crl;
use sceau_smime::cms::sign::{Enclosure, sign};
use sceau_smime::ess::make_receipt;
use sceau_smime::letter::{OpenRequest, Profile, Recipient, SealRequest, TrustSettings, open, seal};
use sceau_smime::path::Anchors;
use sha2::{Digest, Sha256};

use super::beside::{attribute, children, der, fields, signature_value, with_lists, with_unsigned};
use super::{NOW, Planter, draft, rng};

const TOKEN: [u8; 13] = [6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 14];

/// id-ri-ocsp-response (RFC 5940 §2).
const OCSP_IN_CMS: [u8; 10] = [6, 8, 0x2b, 6, 1, 5, 5, 7, 0x10, 2];
const MESSAGE: &[u8] = b"From: amelie.roche@cabinet.example\r\n\r\nBonjour\r\n";

const CONFIGURATION: &str = "
[req]
distinguished_name = none
[none]
[clock]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
[tsa]
default_tsa = stamps
[stamps]
serial = serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
";

impl Planter {
    pub(super) fn attested(&mut self) {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        fs::write(folder.join("conf"), CONFIGURATION).unwrap();
        self.answers(folder);
        self.stamp(folder);
        self.receipt();
    }

    /// Two answers about the reader's authority's certificates 1 and 2.
    fn answers(&mut self, folder: &Path) {
        fs::copy(self.world.join("ca.crt"), folder.join("ca.crt")).unwrap();
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
        run(
            folder,
            &format!("req -x509 {key} -config conf -subj /CN=Repondeur -keyout r.key -out r.crt -days 36500"),
        );
        let index = "V\t21250101000000Z\t\t01\tunknown\t/CN=un\nR\t21250101000000Z\t260101000000Z\t02\tunknown\t/CN=deux\n";
        fs::write(folder.join("index"), index).unwrap();
        for (serial, name) in [(1, "good"), (2, "revoked")] {
            run(folder, &format!("ocsp -issuer ca.crt -serial {serial} -reqout request"));
            run(
                folder,
                "ocsp -index index -CA ca.crt -rsigner r.crt -rkey r.key -reqin request -ndays 36500 -respout answer",
            );
            self.plant(&["ocsp"], &format!("{name}.der"), &fs::read(folder.join("answer")).unwrap());
            self.plant(&["ocsp"], &format!("{name}-request.der"), &fs::read(folder.join("request")).unwrap());
        }
        fs::copy(folder.join("r.crt"), self.seeds.join("responder.crt")).unwrap();
        self.carried(&fs::read(folder.join("answer")).unwrap());
    }

    /// A signature that carries a list and an answer.
    fn carried(&mut self, answer: &[u8]) {
        let signer = self.identity("amelie.sign");
        let signed = sign(MESSAGE, Enclosure::Opaque, &signer, signer.key.default_scheme(), NOW, &mut rng());
        let lists = Crl::read_all(&fs::read(self.world.join("ca.crl")).unwrap()).unwrap();
        let answer = der(0xa1, &[&OCSP_IN_CMS, answer]);
        let carrying = with_lists(&signed.unwrap(), &[lists[0].der(), &answer]);
        self.plant(&["signed_data"], "carrying.der", &carrying);
        self.written.insert(hex::encode(Sha256::digest(MESSAGE)));
    }

    /// A signature with a time-stamp, and what the stamp says.
    fn stamp(&self, folder: &Path) {
        let signer = self.identity("amelie.sign");
        let scheme = signer.key.default_scheme();
        let signed = sign(MESSAGE, Enclosure::Opaque, &signer, scheme, NOW, &mut rng()).unwrap();
        fs::write(folder.join("stamped"), signature_value(&signed)).unwrap();
        fs::write(folder.join("serial"), "01").unwrap();
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config conf";
        run(
            folder,
            &format!(
                "req -x509 {key} -extensions root -subj /CN=Horloge -keyout root.key -out root.crt -days 36500"
            ),
        );
        run(folder, &format!("req {key} -subj /CN=horloge -keyout c.key -out c.csr"));
        run(
            folder,
            "x509 -req -in c.csr -CA root.crt -CAkey root.key -CAcreateserial -extfile conf -extensions clock -days 36500 -out c.crt",
        );
        run(folder, "ts -query -config conf -data stamped -sha256 -cert -out query");
        run(
            folder,
            "ts -reply -config conf -queryfile query -signer c.crt -inkey c.key -token_out -out token",
        );
        let token = fs::read(folder.join("token")).unwrap();
        let stamped = with_unsigned(&signed, &[attribute(&TOKEN, &token)]);
        self.plant(&["timestamp"], "stamped.der", &stamped);
        self.plant(&["timestamp"], "info.der", &content(&token));
        fs::copy(folder.join("root.crt"), self.seeds.join("clock.crt")).unwrap();
    }

    /// A letter that asks for a receipt, what it signed, and the receipt.
    fn receipt(&self) {
        let draft = mime::Draft { receipt: true, ..draft() };
        let recipients = [Recipient {
            certificate: self.certificate("bruno.encrypt"),
            address: "bruno.keller@cardio.example".to_owned(),
            capabilities: None,
        }];
        let signer = self.identity("amelie.sign");
        let request = SealRequest {
            draft: &draft,
            signer: &signer,
            recipients: &recipients,
            profile: Profile::Default,
        };
        let asked = seal(&request, NOW, &mut rng()).unwrap().eml;
        fs::write(self.seeds.join("asked.eml"), &asked).unwrap();

        let readers = [self.identity("bruno.encrypt")];
        let anchors = Anchors::from_certificates(vec![self.certificate("ca")]);
        let trust = TrustSettings { anchors, ..TrustSettings::default() };
        let open_it =
            OpenRequest { keep_layers: true, ..OpenRequest::new(&asked, &readers, &[], &trust, NOW) };
        let judged = open(&open_it, &mut rng()).unwrap();
        let own = ["bruno.keller@cardio.example".to_owned()];
        let receipt =
            make_receipt(&judged, &own, &self.identity("bruno.sign"), NOW, &mut rng()).unwrap().unwrap();
        self.plant(&["receipt", "signed_data"], "receipt.der", &receipt.der);
        self.plant(&["receipt"], "content.der", &content(&receipt.der));
        let signed = judged.layer_contents().find_map(|content| {
            mime::unwrap_cms(content, &mime::Limits::default()).ok().map(|cms| cms.der.to_vec())
        });
        self.plant(&["ess"], "asked.der", &signed_attributes(unpadded(&signed.unwrap())));
        self.plant(&["ess"], "receipt.der", &signed_attributes(&receipt.der));
    }
}

/// The octets that a SignedData holds.
fn content(signed: &[u8]) -> Vec<u8> {
    let octets = children(&children(&fields(signed)[2])[1])[0].clone();
    sceau_smime::cms::ber::Tlv::parse(&octets).unwrap().octets().unwrap().into_owned()
}

/// A structure of 256 to 65,535 octets without the padding behind it.
fn unpadded(signed: &[u8]) -> &[u8] {
    assert_eq!(signed[..2], [0x30, 0x82]);
    &signed[..4 + usize::from(u16::from_be_bytes([signed[2], signed[3]]))]
}

/// The signed attributes of the first signer, under the tag they are digested with.
fn signed_attributes(signed: &[u8]) -> Vec<u8> {
    let signer = &children(fields(signed).last().unwrap())[0];
    let mut attributes = children(signer).into_iter().find(|field| field[0] == 0xa0).unwrap();
    attributes[0] = 0x31;
    attributes
}

fn run(folder: &Path, arguments: &str) {
    let run = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
    assert!(run.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&run.stderr));
}
