//! Letters larger than memory: read from and written to where JavaScript has them.

use std::rc::Rc;

use js_sys::Uint8Array;
use rand_core::Rng as _;
use sceau_mime::{Date, Draft, generate_message_id};
use sceau_smime::backend::{Promise, Rust};
use sceau_smime::letter::{
    self, BigMail, BigRequest, BigSealRequest, BigSigned, Bounds, Profile, Recipient, sign_big,
};
use sceau_smime::stream::{Sink, Source};
use sceau_smime::{Error, UnixTime};
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use crate::argument::Given;
use crate::error::Failure;
use crate::keys::Keys;
use crate::letter::Options;
use crate::report::to_js;
use crate::seal::{Correspondent, randomness, recipient};
use crate::trust::TrustSettings;

#[wasm_bindgen]
extern "C" {
    /// `{ size: number, read(offset: number, length: number): Promise<Uint8Array> }`
    pub type JsSource;

    #[wasm_bindgen(method, getter)]
    fn size(this: &JsSource) -> f64;

    #[wasm_bindgen(method, catch)]
    async fn read(this: &JsSource, offset: f64, length: f64) -> Result<JsValue, JsValue>;

    /// `{ write(octets: Uint8Array): Promise<void> }`
    pub type JsSink;

    #[wasm_bindgen(method, catch)]
    async fn write(this: &JsSink, octets: Uint8Array) -> Result<JsValue, JsValue>;
}

/// Lengths beyond this are no whole numbers in JavaScript.
const MAX_LENGTH: f64 = 9_007_199_254_740_991.0;

struct FromJs {
    source: JsSource,
    length: u64,
}

impl FromJs {
    fn new(source: JsSource) -> Result<Self, Failure> {
        let size = source.size();
        if !(0.0..=MAX_LENGTH).contains(&size) || size.fract() != 0.0 {
            return Err(Failure::BadArgument("a source has no size".to_owned()));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
        let length = size as u64;
        Ok(Self { source, length })
    }

    #[expect(clippy::cast_precision_loss, reason = "below MAX_LENGTH")]
    async fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, Error> {
        let left = self.length.saturating_sub(offset);
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        if wanted == 0 {
            return Ok(0);
        }
        let octets = self.source.read(offset as f64, wanted as f64).await.map_err(|_| Error::Storage)?;
        let octets = octets.dyn_into::<Uint8Array>().map_err(|_| Error::Storage)?;
        let length = usize::try_from(octets.length()).unwrap_or(usize::MAX);
        let target = buffer.get_mut(..length).filter(|_| length > 0).ok_or(Error::Storage)?;
        octets.copy_to(target);
        Ok(length)
    }
}

impl Source for FromJs {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at<'a>(&'a self, offset: u64, buffer: &'a mut [u8]) -> Promise<'a, usize> {
        Box::pin(self.read(offset, buffer))
    }
}

struct ToJs(JsSink);

impl Sink for ToJs {
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> Promise<'a, ()> {
        Box::pin(async move {
            if bytes.is_empty() {
                return Ok(());
            }
            self.0.write(Uint8Array::from(bytes)).await.map(|_| ()).map_err(|_| Error::Storage)
        })
    }
}

/// Names in [`Options`]; what a detached signature is over comes as a source of its own.
const OPTIONS: &[&str] = &["now", "self", "dangerLegacy"];

/// A letter that was judged and can be delivered.
#[wasm_bindgen]
#[derive(Debug)]
pub struct BigLetter {
    letter: letter::BigLetter,
}

/// Opens a letter of any size with own keys and judges it. `detached` is what a detached signature is over.
///
/// # Errors
/// As `open`; `storage` when the source fails, `changed`, `limit_exceeded`.
#[wasm_bindgen(js_name = openBig)]
pub async fn open_big(
    source: JsSource,
    keys: &Keys,
    trust: &TrustSettings,
    options: JsValue,
    detached: Option<JsSource>,
) -> Result<BigLetter, Failure> {
    judge(source, keys.identities(), trust, options, detached).await
}

/// The same without keys: for letters that are signed only.
///
/// # Errors
/// As [`open_big`].
#[wasm_bindgen(js_name = verifyBig)]
pub async fn verify_big(
    source: JsSource,
    trust: &TrustSettings,
    options: JsValue,
    detached: Option<JsSource>,
) -> Result<BigLetter, Failure> {
    judge(source, &[], trust, options, detached).await
}

async fn judge(
    source: JsSource,
    identities: &[sceau_smime::Identity],
    trust: &TrustSettings,
    options: JsValue,
    detached: Option<JsSource>,
) -> Result<BigLetter, Failure> {
    let options = Options::read(&options, OPTIONS)?;
    let big = BigRequest {
        request: options.request(&[], identities, trust),
        source: Rc::new(FromJs::new(source)?),
        detached: match detached {
            Some(detached) => Some(Rc::new(FromJs::new(detached)?)),
            None => None,
        },
        bounds: Bounds::default(),
    };
    Ok(BigLetter { letter: letter::open_big_with(&Rust, &big, &mut randomness()).await? })
}

#[wasm_bindgen]
impl BigLetter {
    /// The state.
    #[wasm_bindgen(getter)]
    pub fn trust(&self) -> String {
        self.letter.judged().trust().code().to_owned()
    }

    /// The whole report, as `sceau open --json` prints it.
    ///
    /// # Errors
    /// `bad_argument` when JavaScript cannot hold it.
    #[wasm_bindgen(getter)]
    pub fn report(&self) -> Result<JsValue, Failure> {
        to_js(self.letter.judged())
    }

    /// Plain text of the letter.
    #[wasm_bindgen(getter)]
    pub fn text(&self) -> String {
        self.letter.judged().letter().text.clone()
    }

    /// Writes the message exactly as it was protected.
    ///
    /// # Errors
    /// `storage`; `changed`: what was written is to be thrown away.
    #[wasm_bindgen(js_name = writeMessage)]
    pub async fn write_message(&self, sink: JsSink) -> Result<(), Failure> {
        Ok(self.letter.write_message(&mut ToJs(sink)).await?)
    }

    /// Writes the content of an attachment, counted as in the report's `parts`.
    ///
    /// # Errors
    /// `no_such_part`; as [`Self::write_message`].
    #[wasm_bindgen(js_name = writePart)]
    pub async fn write_part(&self, index: usize, sink: JsSink) -> Result<(), Failure> {
        if index >= self.letter.judged().letter().parts.len() {
            return Err(Failure::NoSuchPart);
        }
        Ok(self.letter.write_part(index, &mut ToJs(sink)).await?)
    }
}

/// Names in the order of [`seal_big`].
const ORDER: &[&str] = &["now", "recipients"];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sealed {
    bytes: f64,
    sha256: String,
    message_sha256: String,
}

/// Signs a mail of any size and seals one copy for all of `recipients`, who are written for as the first of them. With `sent`
/// the sender's own copy is written too.
///
/// # Errors
/// As `seal`; `storage` when a source or a sink fails.
#[wasm_bindgen(js_name = sealBig)]
pub async fn seal_big(
    mail: JsSource,
    keys: &Keys,
    order: JsValue,
    sink: JsSink,
    sent: Option<JsSink>,
) -> Result<JsValue, Failure> {
    let order = Given::new(&order, ORDER)?;
    // Seconds since 1970.
    let now = UnixTime(order.get("now")?);
    let found = order
        .get::<Vec<Correspondent>>("recipients")?
        .into_iter()
        .map(recipient)
        .collect::<Result<Vec<_>, _>>()?;
    let profile = found.first().map(|(_, profile)| *profile).unwrap_or_default();
    let recipients: Vec<Recipient> = found.into_iter().map(|(recipient, _)| recipient).collect();
    let mail = BigMail::read(&(Rc::new(FromJs::new(mail)?) as _), &Bounds::default()).await?;
    let job = Job { mail: &mail, keys, profile, now };
    let draft = job.draft()?;
    let open_draft = Draft { bcc: Vec::new(), ..draft.clone() };
    let signed = job.sign(&open_draft).await?;
    let sealed = signed.seal(&Rust, &recipients, &mut ToJs(sink), &mut randomness()).await?;
    if let Some(sent) = sent {
        let own = [job.own(&draft)?];
        let again = if draft.bcc.is_empty() { None } else { Some(job.sign(&draft).await?) };
        again.as_ref().unwrap_or(&signed).seal(&Rust, &own, &mut ToJs(sent), &mut randomness()).await?;
    }
    #[expect(clippy::cast_precision_loss, reason = "below MAX_LENGTH")]
    let bytes = sealed.bytes as f64;
    to_js(&Sealed {
        bytes,
        sha256: hex::encode(sealed.sha256),
        message_sha256: hex::encode(signed.message_sha256()),
    })
}

struct Job<'a> {
    mail: &'a BigMail,
    keys: &'a Keys,
    profile: Profile,
    now: UnixTime,
}

impl Job<'_> {
    fn draft(&self) -> Result<Draft, Failure> {
        let fresh = |from: &sceau_mime::Address| {
            let mut random = [0_u8; 16];
            randomness().fill_bytes(&mut random);
            generate_message_id(&random, from.domain())
        };
        let draft = Draft::of_letter(self.mail.letter().clone(), Date::utc(self.now.0), fresh);
        draft.ok_or(Failure::Smime(Error::BadAddress))
    }

    async fn sign(&self, draft: &Draft) -> Result<BigSigned, Failure> {
        let (mail, signer, profile) = (self.mail, self.keys.signer()?, self.profile);
        let request = BigSealRequest { draft, mail, signer, profile };
        Ok(sign_big(&Rust, &request, self.now, &mut randomness()).await?)
    }

    /// The sender is a recipient of her own copy.
    fn own(&self, draft: &Draft) -> Result<Recipient, Failure> {
        let certificate = self.keys.sealing_certificate()?.clone();
        Ok(Recipient { certificate, address: draft.from.email.clone(), capabilities: None })
    }
}
