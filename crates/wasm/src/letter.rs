//! Opening and judging letters.

use js_sys::Uint8Array;
use sceau_smime::UnixTime;
use sceau_smime::backend::Backend;
#[cfg(feature = "all")]
use sceau_smime::backend::{Rust, ready};
use sceau_smime::letter::{self, Judged, OpenRequest};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::argument::Given;
use crate::bytes::Bytes;
use crate::engine::Engine;
use crate::error::Failure;
use crate::keys::Keys;
use crate::report::to_js;
use crate::trust::TrustSettings;

/// Names in [`Options`].
const OPTIONS: &[&str] = &["now", "self", "detached", "dangerLegacy"];

/// What a caller may say besides.
#[derive(Debug)]
pub(crate) struct Options {
    /// The present, or the moment to judge for, in seconds since 1970: `Math.floor(Date.now() / 1000)`.
    now: i64,
    /// The reader's own addresses.
    own_addresses: Vec<String>,
    /// What a detached signature is over.
    detached: Option<Bytes>,
    /// Reads SHA-1 and short keys; never gives a green state.
    danger_legacy: bool,
}

impl Options {
    /// Reads what JavaScript gives; `known` names what may stand there.
    ///
    /// # Errors
    /// `BadArgument`.
    pub(crate) fn read(object: &JsValue, known: &[&str]) -> Result<Self, Failure> {
        let given = Given::new(object, known)?;
        Ok(Self {
            now: given.get("now")?,
            own_addresses: given.get_or_default("self")?,
            detached: given.get_or_default("detached")?,
            danger_legacy: given.get_or_default("dangerLegacy")?,
        })
    }

    /// The request for these octets.
    pub(crate) fn request<'a>(
        &'a self,
        bytes: &'a [u8],
        identities: &'a [sceau_smime::Identity],
        trust: &'a TrustSettings,
    ) -> OpenRequest<'a> {
        OpenRequest {
            danger_legacy: self.danger_legacy,
            detached: self.detached.as_ref().map(|bytes| bytes.0.as_slice()),
            ..OpenRequest::new(bytes, identities, &self.own_addresses, trust.settings(), UnixTime(self.now))
        }
    }
}

/// A letter that was opened and judged.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Letter {
    judged: Judged,
}

/// Opens a letter (a mail, or CMS in PEM or DER) with own keys and judges it.
///
/// `options`: `{ now, self?: [address], detached?: Uint8Array, dangerLegacy?: boolean }`.
///
/// # Errors
/// An `Error` with a `code`: `not_for_this_key`, `cannot_open`, `malformed` and others. A bad signature is no error
/// but a verdict in the report.
#[cfg(feature = "all")]
#[wasm_bindgen]
pub fn open(
    bytes: &[u8],
    keys: &Keys,
    trust: &TrustSettings,
    #[wasm_bindgen(unchecked_param_type = "OpenOptions")] options: JsValue,
) -> Result<Letter, Failure> {
    let options = Options::read(&options, OPTIONS)?;
    ready(judge(&Rust, bytes, keys.identities(), trust, &options))
}

/// Opens a letter (a mail, or CMS in PEM or DER) with own keys and judges it, by the primitives of an engine.
///
/// # Errors
/// As [`open`].
#[wasm_bindgen(js_name = openWith)]
pub async fn open_with(
    engine: &Engine,
    bytes: &[u8],
    keys: &Keys,
    trust: &TrustSettings,
    #[wasm_bindgen(unchecked_param_type = "OpenOptions")] options: JsValue,
) -> Result<Letter, Failure> {
    let options = Options::read(&options, OPTIONS)?;
    judge(engine.backend(), bytes, keys.identities(), trust, &options).await
}

/// The same without keys: for letters that are signed only.
///
/// # Errors
/// As [`open`].
#[cfg(feature = "all")]
#[wasm_bindgen]
pub fn verify(
    bytes: &[u8],
    trust: &TrustSettings,
    #[wasm_bindgen(unchecked_param_type = "OpenOptions")] options: JsValue,
) -> Result<Letter, Failure> {
    let options = Options::read(&options, OPTIONS)?;
    ready(judge(&Rust, bytes, &[], trust, &options))
}

/// [`verify`] by the primitives of an engine.
///
/// # Errors
/// As [`open`].
#[wasm_bindgen(js_name = verifyWith)]
pub async fn verify_with(
    engine: &Engine,
    bytes: &[u8],
    trust: &TrustSettings,
    #[wasm_bindgen(unchecked_param_type = "OpenOptions")] options: JsValue,
) -> Result<Letter, Failure> {
    let options = Options::read(&options, OPTIONS)?;
    judge(engine.backend(), bytes, &[], trust, &options).await
}

async fn judge(
    backend: &dyn Backend,
    bytes: &[u8],
    identities: &[sceau_smime::Identity],
    trust: &TrustSettings,
    options: &Options,
) -> Result<Letter, Failure> {
    let request = options.request(bytes, identities, trust);
    Ok(Letter { judged: letter::open_with(backend, &request, &mut crate::seal::randomness()).await? })
}

#[wasm_bindgen]
impl Letter {
    /// The state: `sealed_signed`, `signed`, `gateway`, `sealed_unverified`, `clear` or `broken`.
    #[wasm_bindgen(getter)]
    pub fn trust(&self) -> String {
        self.judged.trust().code().to_owned()
    }

    /// Whether the complete module would say the same; always so there.
    #[wasm_bindgen(getter)]
    pub fn settled(&self) -> bool {
        cfg!(feature = "all") || crate::settled::is_settled(&self.judged)
    }

    /// The whole report, as `sceau open --json` prints it.
    ///
    /// # Errors
    /// `bad_argument` when JavaScript cannot hold it.
    #[wasm_bindgen(getter, unchecked_return_type = "Report")]
    pub fn report(&self) -> Result<JsValue, Failure> {
        to_js(&self.judged)
    }

    /// What the sender's program said that it reads; only of a letter whose sender is confirmed.
    ///
    /// # Errors
    /// `bad_argument` when JavaScript cannot hold it.
    #[wasm_bindgen(getter, js_name = senderCapabilities, unchecked_return_type = "Capabilities | null")]
    pub fn sender_capabilities(&self) -> Result<JsValue, Failure> {
        to_js(&self.judged.sender_capabilities())
    }

    /// Plain text of the letter.
    #[wasm_bindgen(getter)]
    pub fn text(&self) -> String {
        self.judged.letter().text.clone()
    }

    /// The message exactly as it was protected. Copies.
    #[wasm_bindgen(getter)]
    pub fn message(&self) -> Uint8Array {
        Uint8Array::from(self.judged.message())
    }

    /// The content of an attachment, counted as in the report's `parts`. Copies.
    ///
    /// # Errors
    /// `no_such_part`.
    pub fn part(&self, index: usize) -> Result<Uint8Array, Failure> {
        let part = self.judged.letter().parts.get(index).ok_or(Failure::NoSuchPart)?;
        Ok(Uint8Array::from(part.bytes.as_slice()))
    }
}
