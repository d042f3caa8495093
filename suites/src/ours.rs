//! We ourselves: the library, in this process.

use rand_core::CryptoRng;
use sceau_mime as mime;
use sceau_smime::backend::{Rust, ready};
use sceau_smime::cms::envelope::{Sealing, SharedWith, To, seal_shared_with};
use sceau_smime::cms::keyring::{KeyEncryptionKey, RecipientPassword};
use sceau_smime::cms::recipients::Transport;
use sceau_smime::cms::sign::{Enclosure, sign};
use sceau_smime::key::{DigestAlgorithm, SignatureScheme};
use sceau_smime::letter::{Judged, LayerReport, OpenRequest, Profile, Recipient, SealRequest, open, seal};
use sceau_smime::{Error, Identity};
use sha2::{Digest, Sha256};

use crate::carry;
use crate::layer::{Layer, Sealed, Signed};
use crate::party::{Made, Ours, Report, Seen};
use crate::random::Seeded;
use crate::recipe::Recipe;
use crate::trouble::{Trouble, told};
use crate::world::{ADDRESS, NOW, PASSWORD, SIGNED_AT, World, kek};

/// Rounds for pass phrases we seal to: few, because nothing here is to be kept.
const ROUNDS: u32 = 1_000;

/// The library.
#[derive(Debug, Clone, Copy)]
pub struct Library<'a> {
    /// The people.
    pub world: &'a World,
}

impl Ours for Library<'_> {
    fn name(&self) -> String {
        "the library".to_owned()
    }

    fn write(&self, recipe: &Recipe, words: &[&str]) -> Result<Made, Trouble> {
        let mut rng = Seeded::new(&[words, &["writing"]].concat());
        if recipe.profile.is_some() {
            return self.letter(recipe, &mut rng);
        }
        let mut content = recipe.content.clone();
        let last = recipe.layers.len().saturating_sub(1);
        for (at, layer) in recipe.layers.iter().enumerate() {
            let cms = self.layer(layer, &content, &mut rng).map_err(told("we could not write"))?;
            content = if at == last {
                carry::outermost(layer, &cms, &content, recipe.form)?
            } else {
                carry::inner(layer, &cms, &content, recipe.inner_base64)?
            };
        }
        Ok(Made { message: content, content_sha256: Sha256::digest(&recipe.content).into() })
    }

    fn read(&self, recipe: &Recipe, message: &[u8]) -> Result<Report, Trouble> {
        let keys = self.keys_of(recipe);
        let (keks, passwords) = shared_of(recipe);
        let own = [ADDRESS.to_owned()];
        let request = OpenRequest {
            keks: &keks,
            passwords: &passwords,
            ..OpenRequest::new(message, &keys, &own, &self.world.trust, NOW)
        };
        let mut rng = Seeded::new(&["sceau suites", "blinding"]);
        let judged = open(&request, &mut rng).map_err(told("we could not read"))?;
        Ok(report(&judged))
    }
}

fn report(judged: &Judged) -> Report {
    let seen = |layer: &LayerReport| Seen {
        summary: layer.summary(),
        verdict: match layer {
            LayerReport::Signed(signed) => Some(format!("{:?}", signed.verdict).to_lowercase()),
            _ => None,
        },
    };
    Report {
        content: judged.message().to_vec(),
        layers: judged.layers().iter().map(seen).collect(),
        confirmed: judged.trust().is_confirmed(),
    }
}

/// What the reader of this message shares with its sender.
fn shared_of(recipe: &Recipe) -> (Vec<KeyEncryptionKey>, Vec<RecipientPassword>) {
    let (mut keks, mut passwords) = (Vec::new(), Vec::new());
    for way in readers(recipe) {
        if let Some(octets) = way.kek_octets() {
            let (key, identifier) = kek(octets);
            keks.push(KeyEncryptionKey::new(&key, Some(&identifier)));
        } else if way.method == "password" {
            passwords.push(RecipientPassword::new(PASSWORD));
        }
    }
    (keks, passwords)
}

fn readers(recipe: &Recipe) -> impl Iterator<Item = &crate::layer::Way> {
    recipe.layers.iter().filter_map(|layer| match layer {
        Layer::Sealed(sealed) => sealed.recipients.get(sealed.reader),
        _ => None,
    })
}

impl Library<'_> {
    fn keys_of(&self, recipe: &Recipe) -> Vec<Identity> {
        let names = readers(recipe).map(|way| way.key).filter(|key| !key.is_empty());
        names.filter_map(|name| self.world.person(name).ok().cloned()).collect()
    }

    fn layer(&self, layer: &Layer, content: &[u8], rng: &mut Seeded) -> Result<Vec<u8>, Trouble> {
        match layer {
            Layer::Signed(signed) => self.signed(signed, content, rng),
            Layer::Sealed(sealed) => self.sealed(sealed, content, rng),
            Layer::Compressed => Err(Trouble::new("we write no compressed data")),
        }
    }

    fn signed(&self, signed: &Signed, content: &[u8], rng: &mut Seeded) -> Result<Vec<u8>, Trouble> {
        let enclosure = if signed.detached { Enclosure::Detached } else { Enclosure::Opaque };
        let signer = self.world.person(signed.key)?;
        sign(content, enclosure, signer, scheme(signed.scheme)?, SIGNED_AT, rng).map_err(told("signing"))
    }

    fn sealed(&self, sealed: &Sealed, content: &[u8], rng: &mut Seeded) -> Result<Vec<u8>, Trouble> {
        let mut to = Vec::new();
        let (mut keks, mut passwords) = (Vec::new(), Vec::new());
        for way in &sealed.recipients {
            if let Some(octets) = way.kek_octets() {
                let (key, identifier) = kek(octets);
                keks.push(KeyEncryptionKey::new(&key, Some(&identifier)));
            } else if way.method == "password" {
                passwords.push(RecipientPassword::new(PASSWORD));
            } else {
                let certificate = &self.world.person(way.key)?.certificate;
                to.push(To { certificate, transport: transport(way.method)? });
            }
        }
        let sealing = sealing(sealed.cipher)?;
        let made = if keks.is_empty() && passwords.is_empty() {
            sceau_smime::cms::envelope::seal(content.to_vec(), &to, sealing, rng)
        } else {
            let shared = SharedWith { keks: &keks, passwords: &passwords, rounds: ROUNDS };
            ready(seal_shared_with(&Rust, content.to_vec(), &to, shared, sealing, rng))
        };
        made.map(|sealed| sealed.der).map_err(told("sealing"))
    }

    /// A letter as its profile writes it.
    fn letter(&self, recipe: &Recipe, rng: &mut impl CryptoRng) -> Result<Made, Trouble> {
        let [Layer::Signed(signed), Layer::Sealed(sealed)] = recipe.layers.as_slice() else {
            return Err(Trouble::new("a letter of ours is signed, then sealed"));
        };
        let reader = sealed.recipients.first().map(|way| way.key).unwrap_or_default();
        let recipient = Recipient {
            certificate: self.world.person(reader)?.certificate.clone(),
            address: ADDRESS.to_owned(),
            capabilities: None,
        };
        let request = SealRequest {
            draft: &draft(recipe),
            signer: self.world.person(signed.key)?,
            recipients: &[recipient],
            profile: if recipe.profile == Some("profile-compat") {
                Profile::Compat
            } else {
                Profile::Default
            },
        };
        let sealed = seal(&request, SIGNED_AT, rng).map_err(told("sealing a letter"))?;
        Ok(Made { message: sealed.eml, content_sha256: sealed.message_sha256 })
    }
}

/// A letter with the content as its text.
#[must_use]
pub fn draft(recipe: &Recipe) -> mime::Draft {
    let someone = mime::Address::new("Quelqu'un", ADDRESS);
    let date = mime::Date::utc(SIGNED_AT.0);
    let mut draft = mime::Draft::new(someone.clone(), date, "lettre-1@suites.example");
    draft.to = vec![someone];
    draft.subject = "Compte rendu".to_owned();
    draft.text = String::from_utf8_lossy(&recipe.content).into_owned();
    draft
}

fn transport(method: &str) -> Result<Transport, Trouble> {
    match method {
        "rsa-oaep-sha256" => Ok(Transport::RsaOaep),
        "rsa-pkcs1v15" => Ok(Transport::RsaPkcs1v15),
        "ecdh" | "x25519" => Ok(Transport::Ecdh),
        "ml-kem-768" => Ok(Transport::Kem),
        other => Err(Trouble::new(format!("we do not write {other}"))),
    }
}

fn sealing(cipher: &str) -> Result<Sealing, Trouble> {
    match cipher {
        "aes-256-cbc" => Ok(Sealing::Aes256Cbc),
        "aes-128-gcm" => Ok(Sealing::Aes128Gcm { derive: false }),
        "aes-192-gcm" => Ok(Sealing::Aes192Gcm { derive: false }),
        "aes-256-gcm" => Ok(Sealing::Aes256Gcm { derive: false }),
        "aes-256-gcm-hkdf" => Ok(Sealing::Aes256Gcm { derive: true }),
        "chacha20-poly1305" => Ok(Sealing::ChaCha20Poly1305 { derive: false }),
        other => Err(Trouble::new(format!("we do not write {other}"))),
    }
}

fn scheme(name: &str) -> Result<SignatureScheme, Trouble> {
    let (family, hash) = name.rsplit_once('-').unwrap_or((name, ""));
    let digest = match hash {
        "sha384" => DigestAlgorithm::Sha384,
        "sha512" => DigestAlgorithm::Sha512,
        _ => DigestAlgorithm::Sha256,
    };
    match family {
        "rsa-pkcs1" => Ok(SignatureScheme::RsaPkcs1(digest)),
        "rsa-pss" => Ok(SignatureScheme::pss(digest)),
        "ecdsa" => Ok(SignatureScheme::Ecdsa(digest)),
        "ed25519" => Ok(SignatureScheme::Ed25519),
        other => Err(Trouble::new(format!("we do not sign with {other}"))),
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::new(error.to_string())
    }
}
