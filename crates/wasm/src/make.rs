//! Making keys, requests and containers.

use sceau_smime::ca::{CertificationRequest, Issue, Usage, self_signed, signed_by};
use sceau_smime::key::MlDsaSet;
use sceau_smime::{Algorithm, Identity, PrivateKey, UnixTime, pkcs12};
use serde::Deserialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use zeroize::Zeroizing;

use crate::argument::from_js;
use crate::error::Failure;
use crate::keys::Keys;
use crate::seal::randomness;

/// Names in [`Person`].
const PERSON: &[&str] = &["name", "email", "algorithm", "single", "days", "now"];
/// As `sceau key new --days`.
const DAYS: i64 = 396;

#[derive(Debug, Deserialize)]
struct Person {
    name: String,
    email: String,
    #[serde(default)]
    algorithm: AlgorithmName,
    #[serde(default)]
    single: bool,
    #[serde(default = "days")]
    days: i64,
    /// Seconds since 1970.
    now: i64,
}

fn days() -> i64 {
    DAYS
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
enum AlgorithmName {
    #[serde(rename = "rsa2048")]
    Rsa2048,
    #[serde(rename = "rsa3072")]
    Rsa3072,
    #[serde(rename = "rsa4096")]
    Rsa4096,
    #[default]
    #[serde(rename = "p256")]
    P256,
    #[serde(rename = "p384")]
    P384,
    #[serde(rename = "p521")]
    P521,
    #[serde(rename = "ed25519")]
    Ed25519,
    #[serde(rename = "ml-dsa-65")]
    MlDsa65,
}

impl AlgorithmName {
    /// The kinds of the key that signs and of the one that letters are sealed to.
    fn pair(self) -> (Algorithm, Algorithm) {
        let both = |algorithm| (algorithm, algorithm);
        match self {
            Self::Rsa2048 => both(Algorithm::Rsa2048),
            Self::Rsa3072 => both(Algorithm::Rsa3072),
            Self::Rsa4096 => both(Algorithm::Rsa4096),
            Self::P256 => both(Algorithm::P256),
            Self::P384 => both(Algorithm::P384),
            Self::P521 => both(Algorithm::P521),
            Self::Ed25519 => (Algorithm::Ed25519, Algorithm::X25519),
            Self::MlDsa65 => (Algorithm::MlDsa(MlDsaSet::MlDsa65), Algorithm::MlKem768P256),
        }
    }
}

#[wasm_bindgen]
impl Keys {
    /// Makes keys with self-signed certificates, for tests and first exchanges: one that signs and one that letters are
    /// sealed to, or with `single` one for both.
    ///
    /// `person`: `{ name, email, now, algorithm?, single?, days? }`.
    ///
    /// # Errors
    /// `bad_argument`, `bad_address`.
    pub fn generate(
        #[wasm_bindgen(unchecked_param_type = "NewKeys")] person: JsValue,
    ) -> Result<Self, Failure> {
        let person: Person = from_js(person, PERSON)?;
        let (signing, sealing) = person.algorithm.pair();
        if person.single && signing != sealing {
            let text = format!("a key of kind {} only signs: leave out `single`", signing.name());
            return Err(Failure::BadArgument(text));
        }
        let usages: &[Usage] = if person.single { &[Usage::Both] } else { &[Usage::Sign, Usage::Encrypt] };
        let now = UnixTime(person.now);
        let mut rng = randomness();
        let mut keys = Self::new();
        for usage in usages {
            let algorithm = if *usage == Usage::Encrypt { sealing } else { signing };
            let key = PrivateKey::generate(algorithm, &mut rng)?;
            let issue = Issue { email: &person.email, usage: *usage, days: person.days };
            let certificate = match keys.identities().first() {
                // A key that only seals cannot sign its own certificate.
                Some(signer) if signing != sealing => {
                    signed_by(signer, &key.public_key(), issue, now, &mut rng)?
                }
                _ => self_signed(&key, &person.name, issue, now, &mut rng)?,
            };
            keys.push(Identity::new(key, certificate, Vec::new())?);
        }
        Ok(keys)
    }

    /// A certification request (PKCS#10, RFC 2986) in PEM for every key: what an authority answers with a certificate.
    ///
    /// # Errors
    /// `wrong_key_kind` for a key that cannot sign a request, `bad_address`.
    #[wasm_bindgen(js_name = toRequests)]
    pub fn to_requests(&self, name: &str, email: &str) -> Result<String, Failure> {
        let mut all = String::new();
        for identity in self.identities() {
            let usage = match (identity.certificate.can_sign(), identity.certificate.can_encrypt()) {
                (true, false) => Usage::Sign,
                (false, true) => Usage::Encrypt,
                _ => Usage::Both,
            };
            let request =
                CertificationRequest::generate(&identity.key, name, email, usage, &mut randomness())?;
            all.push_str(&request.to_pem());
        }
        Ok(all)
    }

    /// All keys with their certificates in a PKCS#12 container (RFC 7292), closed with a pass phrase.
    ///
    /// # Errors
    /// `bad_argument` for an empty pass phrase.
    #[wasm_bindgen(js_name = toPkcs12)]
    pub fn to_pkcs12(&self, password: String) -> Result<Vec<u8>, Failure> {
        let password = Zeroizing::new(password);
        if password.is_empty() {
            return Err(Failure::BadArgument("an empty pass phrase".to_owned()));
        }
        Ok(pkcs12::write(self.identities(), &password, &mut randomness())?)
    }
}
