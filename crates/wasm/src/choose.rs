//! How to write to each correspondent.

use sceau_smime::cms::capabilities::Capabilities;
use sceau_smime::cms::recipients::Transport;
use sceau_smime::letter::{self, Choice, Level, Listing, Source, Weakness};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::argument::from_js;
use crate::bytes::Bytes;
use crate::error::Failure;
use crate::report::to_js;
use crate::seal::{ProfileName, certificate};

/// Names in [`Request`].
const ASKED: &[&str] = &["correspondents", "postQuantum"];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    correspondents: Vec<Correspondent>,
    /// Whether the writer wishes for keys that no quantum computer opens.
    #[serde(default)]
    post_quantum: bool,
}

#[derive(Debug, Deserialize)]
struct Correspondent {
    address: String,
    /// PEM or DER.
    certificate: Bytes,
    letter: Option<Capabilities>,
    directory: Option<Listing>,
    before: Option<Level>,
}

#[derive(Serialize)]
struct Chosen {
    address: String,
    profile: ProfileName,
    capabilities: Option<Capabilities>,
    cipher: &'static str,
    transport: &'static str,
    source: Source,
    level: Level,
    weaknesses: Vec<Weakness>,
    needs_consent: bool,
}

/// Chooses for every correspondent how to write to her, from what her program said, her certificate and the directory.
///
/// `question`: `{ correspondents: [{address, certificate, letter?, directory?, before?}], postQuantum? }`; `letter` is what
/// `senderCapabilities` gave of her newest confirmed letter, `before` the `level` chosen the last time. Gives for each
/// `{ address, profile, capabilities, cipher, transport, source, level, weaknesses, needs_consent }`.
///
/// # Errors
/// An `Error` with a `code`: `wrong_key_kind` for a certificate that nothing can be sealed to, `malformed`, `missing` and others.
#[wasm_bindgen(unchecked_return_type = "Choice[]")]
pub fn choose(
    #[wasm_bindgen(unchecked_param_type = "Correspondents")] question: JsValue,
) -> Result<JsValue, Failure> {
    let request: Request = from_js(question, ASKED)?;
    let certificates: Vec<_> =
        request.correspondents.iter().map(|who| certificate(&who.certificate)).collect::<Result<_, _>>()?;
    let known = request.correspondents.iter().zip(&certificates).map(|(who, certificate)| {
        let Correspondent { address, letter, directory, before, .. } = who;
        letter::Correspondent {
            certificate,
            address,
            letter: *letter,
            directory: *directory,
            before: *before,
        }
    });
    let chosen = letter::choose_for_all(&known.collect::<Vec<_>>(), request.post_quantum)?;
    let chosen = chosen.into_iter().map(|(recipient, choice)| told(recipient, choice));
    to_js(&chosen.collect::<Vec<_>>())
}

fn told(recipient: letter::Recipient, choice: Choice) -> Chosen {
    Chosen {
        address: recipient.address,
        profile: choice.profile.into(),
        capabilities: recipient.capabilities,
        cipher: choice.cipher.name(),
        transport: match choice.transport {
            Transport::RsaOaep => "rsa-oaep",
            Transport::RsaPkcs1v15 => "rsa-pkcs1v15",
            Transport::Ecdh => "ecdh",
            Transport::Kem => "kem",
        },
        source: choice.source,
        level: choice.level(),
        needs_consent: choice.needs_consent(),
        weaknesses: choice.weaknesses,
    }
}
