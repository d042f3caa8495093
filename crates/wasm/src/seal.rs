//! Sealing letters.

use getrandom::SysRng;
use rand_core::{Rng as _, UnwrapErr};
use sceau_mime::{Address, Attachment, Date, Draft, generate_message_id};
use sceau_smime::backend::Backend;
#[cfg(feature = "all")]
use sceau_smime::backend::{Rust, ready};
use sceau_smime::cms::capabilities::Capabilities;
use sceau_smime::letter::{self, Copies, Outgoing, Profile, Recipient, SealRequest, SealedLetter};
use sceau_smime::{Certificate, UnixTime};
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::argument::{FromJs, FromObject, Given};
use crate::bytes::Bytes;
use crate::engine::Engine;
use crate::error::Failure;
use crate::keys::Keys;
use crate::report::to_js;

/// Names in [`Request`].
const LETTER: &[&str] = &[
    "from",
    "to",
    "cc",
    "bcc",
    "subject",
    "text",
    "parts",
    "inReplyTo",
    "references",
    "now",
    "offsetMinutes",
    "recipients",
];

/// A letter as JavaScript gives it.
#[derive(Debug)]
struct Request {
    from: Address,
    to: Vec<Address>,
    cc: Vec<Address>,
    bcc: Vec<Address>,
    subject: String,
    text: String,
    parts: Vec<File>,
    in_reply_to: Vec<String>,
    references: Vec<String>,
    /// Seconds since 1970.
    now: i64,
    /// Minutes east of UTC: `-new Date().getTimezoneOffset()`.
    offset_minutes: i16,
    recipients: Vec<Correspondent>,
}

#[derive(Debug)]
struct File {
    name: String,
    content_type: String,
    bytes: Bytes,
}

#[derive(Debug)]
pub(crate) struct Correspondent {
    address: String,
    /// PEM or DER.
    certificate: Bytes,
    profile: ProfileName,
    /// What the recipient's program reads, as `choose` gives it.
    capabilities: Option<Capabilities>,
    /// Whether the recipient's program is known to read RSAES-OAEP; asked for in profiles `compat` and `direct` only.
    oaep: bool,
}

/// A profile by its name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "all", derive(Serialize), serde(rename_all = "lowercase"))]
pub(crate) enum ProfileName {
    #[default]
    Default,
    Compat,
    Kim,
    Direct,
    Pq,
}

#[cfg(feature = "all")]
impl From<Profile> for ProfileName {
    fn from(profile: Profile) -> Self {
        match profile {
            Profile::Default => Self::Default,
            Profile::Compat => Self::Compat,
            Profile::Kim => Self::Kim,
            Profile::Direct => Self::Direct,
            Profile::Pq => Self::Pq,
        }
    }
}

impl Request {
    fn read(letter: &JsValue) -> Result<Self, Failure> {
        let given = Given::new(letter, LETTER)?;
        let mailboxes = |name| -> Result<Vec<Address>, Failure> {
            Ok(given.get_or_default::<Vec<Mailbox>>(name)?.into_iter().map(|it| it.0).collect())
        };
        Ok(Self {
            from: given.get::<Mailbox>("from")?.0,
            to: mailboxes("to")?,
            cc: mailboxes("cc")?,
            bcc: mailboxes("bcc")?,
            subject: given.get("subject")?,
            text: given.get("text")?,
            parts: given.get_or_default("parts")?,
            in_reply_to: given.get_or_default("inReplyTo")?,
            references: given.get_or_default("references")?,
            now: given.get("now")?,
            offset_minutes: given.get_or_default("offsetMinutes")?,
            recipients: given.get("recipients")?,
        })
    }
}

/// Of a foreign type.
struct Mailbox(Address);

impl FromObject for Mailbox {
    fn from_object(given: &Given<'_>) -> Result<Self, Failure> {
        Ok(Self(Address { name: given.get_or_default("name")?, email: given.get("email")? }))
    }
}

impl FromObject for File {
    fn from_object(given: &Given<'_>) -> Result<Self, Failure> {
        Ok(Self { name: given.get("name")?, content_type: given.get("type")?, bytes: given.get("bytes")? })
    }
}

impl FromObject for Correspondent {
    fn from_object(given: &Given<'_>) -> Result<Self, Failure> {
        Ok(Self {
            address: given.get("address")?,
            certificate: given.get("certificate")?,
            profile: given.get_or_default("profile")?,
            capabilities: given.get_or_default::<Option<Reads>>("capabilities")?.map(|reads| reads.0),
            oaep: given.get_or_default("oaep")?,
        })
    }
}

/// Of a foreign type, too.
struct Reads(Capabilities);

impl FromObject for Reads {
    fn from_object(given: &Given<'_>) -> Result<Self, Failure> {
        Ok(Self(Capabilities {
            aes256_gcm: given.get("aes256_gcm")?,
            aes256_cbc: given.get("aes256_cbc")?,
            rsa_oaep: given.get("rsa_oaep")?,
            cek_hkdf: given.get("cek_hkdf")?,
            aes128_gcm: given.get_or_default("aes128_gcm")?,
            aes128_cbc: given.get_or_default("aes128_cbc")?,
            rsa_pss: given.get_or_default("rsa_pss")?,
            ecdh: given.get_or_default("ecdh")?,
        }))
    }
}

impl FromJs for ProfileName {
    fn from_js(value: &JsValue) -> Option<Self> {
        match value.as_string()?.as_str() {
            "default" => Some(Self::Default),
            "compat" => Some(Self::Compat),
            "kim" => Some(Self::Kim),
            "direct" => Some(Self::Direct),
            "pq" => Some(Self::Pq),
            _ => None,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sealed {
    outgoing: Vec<SealedCopy>,
    sent: SealedMail,
    message_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SealedCopy {
    rcpt_to: Vec<String>,
    is_blind: bool,
    #[serde(flatten)]
    mail: SealedMail,
}

#[derive(Serialize)]
struct SealedMail {
    eml: Bytes,
    card: Bytes,
}

/// Signs and seals a letter: one copy per class of recipients, one per Bcc, and the sender's own.
///
/// `keys` must hold the sender's signing key and a certificate to seal her own copy to. `letter`:
/// `{ from: {name, email}, to, cc, bcc, subject, text, parts: [{name, type, bytes}], inReplyTo, references, now,
/// offsetMinutes, recipients: [{address, certificate, profile?}] }`. Certificates are taken as given: judging
/// them is the caller's part. Gives `{ outgoing: [{rcptTo, isBlind, eml, card}], sent: {eml, card}, messageId }`.
///
/// # Errors
/// An `Error` with a `code`: `bad_argument`, `bad_address`, `missing`, `wrong_key_kind`, `no_key` and others.
#[cfg(feature = "all")]
#[wasm_bindgen(unchecked_return_type = "SealedLetter")]
pub fn seal(
    keys: &Keys,
    #[wasm_bindgen(unchecked_param_type = "LetterToSeal")] letter: JsValue,
) -> Result<JsValue, Failure> {
    ready(every_copy(&Rust, keys, letter))
}

/// [`seal`] by the primitives of an engine.
///
/// # Errors
/// As [`seal`].
#[wasm_bindgen(js_name = sealWith, unchecked_return_type = "SealedLetter")]
pub async fn seal_with(
    engine: &Engine,
    keys: &Keys,
    #[wasm_bindgen(unchecked_param_type = "LetterToSeal")] letter: JsValue,
) -> Result<JsValue, Failure> {
    every_copy(engine.backend(), keys, letter).await
}

/// Signs and seals one mail for all recipients, who must be of one profile: no copy for each blind recipient, none for
/// the sender, no cards.
///
/// # Errors
/// As [`seal`]; `bad_argument` for recipients of several profiles or in Bcc.
#[wasm_bindgen(js_name = sealCopyWith, unchecked_return_type = "Uint8Array")]
pub async fn seal_copy_with(
    engine: &Engine,
    keys: &Keys,
    #[wasm_bindgen(unchecked_param_type = "LetterToSeal")] letter: JsValue,
) -> Result<Vec<u8>, Failure> {
    let request = Request::read(&letter)?;
    let now = UnixTime(request.now);
    let (draft, recipients) = prepare(request)?;
    let profile = recipients.first().map(|(_, profile)| *profile).unwrap_or_default();
    if !draft.bcc.is_empty() || recipients.iter().any(|(_, other)| *other != profile) {
        return Err(Failure::BadArgument(
            "one copy is for recipients of one profile, none in bcc".to_owned(),
        ));
    }
    let recipients: Vec<Recipient> = recipients.into_iter().map(|(recipient, _)| recipient).collect();
    let request = SealRequest { draft: &draft, signer: keys.signer()?, recipients: &recipients, profile };
    Ok(letter::seal_copy_with(engine.backend(), &request, now, &mut randomness()).await?)
}

async fn every_copy(backend: &dyn Backend, keys: &Keys, letter: JsValue) -> Result<JsValue, Failure> {
    let request = Request::read(&letter)?;
    let now = UnixTime(request.now);
    let own = Recipient {
        certificate: keys.sealing_certificate()?.clone(),
        address: request.from.email.clone(),
        capabilities: None,
    };
    let (draft, recipients) = prepare(request)?;
    let signer = keys.signer()?;
    let rng = &mut randomness();
    let copies = letter::seal_for_all_with(backend, &draft, signer, &own, &recipients, now, rng).await?;
    to_js(&sealed(copies, draft.message_id))
}

/// The browser's or Node's own source.
pub(crate) fn randomness() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

fn prepare(request: Request) -> Result<(Draft, Vec<(Recipient, Profile)>), Failure> {
    let mut random = [0_u8; 16];
    randomness().fill_bytes(&mut random);
    let message_id = generate_message_id(&random, request.from.domain());
    let date = Date { unix: request.now, offset_minutes: request.offset_minutes };
    let mut draft = Draft::new(request.from, date, message_id);
    draft.to = request.to;
    draft.cc = request.cc;
    draft.bcc = request.bcc;
    draft.subject = request.subject;
    draft.text = request.text;
    draft.in_reply_to = request.in_reply_to;
    draft.references = request.references;
    draft.parts = request.parts.into_iter().map(attachment).collect();
    let recipients = request.recipients.into_iter().map(recipient).collect::<Result<_, _>>()?;
    Ok((draft, recipients))
}

fn attachment(file: File) -> Attachment {
    Attachment { name: file.name, content_type: file.content_type, bytes: file.bytes.0 }
}

pub(crate) fn recipient(found: Correspondent) -> Result<(Recipient, Profile), Failure> {
    let profile = match found.profile {
        ProfileName::Default => Profile::Default,
        ProfileName::Compat => Profile::Compat,
        #[cfg(feature = "all")]
        ProfileName::Kim => Profile::Kim,
        #[cfg(feature = "all")]
        ProfileName::Direct => Profile::Direct,
        #[cfg(feature = "all")]
        ProfileName::Pq => Profile::Pq,
        // The core's word for "ask the complete module".
        #[cfg(not(feature = "all"))]
        ProfileName::Kim | ProfileName::Direct | ProfileName::Pq => {
            return Err(sceau_smime::Error::WrongKeyKind.into());
        }
    };
    let with_oaep = || Capabilities { rsa_oaep: true, ..found.capabilities.unwrap_or_default() };
    let capabilities = if found.oaep { Some(with_oaep()) } else { found.capabilities };
    Ok((
        Recipient { certificate: certificate(&found.certificate)?, address: found.address, capabilities },
        profile,
    ))
}

/// The first certificate of a file, PEM or DER.
pub(crate) fn certificate(file: &Bytes) -> Result<Certificate, Failure> {
    let first = Certificate::read_all(&file.0)?.into_iter().next();
    Ok(first.ok_or(sceau_smime::Error::Missing { what: sceau_smime::Structure::Certificate })?)
}

fn sealed(copies: Copies, message_id: String) -> Sealed {
    let outgoing = copies.outgoing.into_iter().map(|copy: Outgoing| SealedCopy {
        rcpt_to: copy.rcpt_to,
        is_blind: copy.is_blind,
        mail: mail(copy.letter),
    });
    Sealed { outgoing: outgoing.collect(), sent: mail(copies.sent), message_id }
}

fn mail(letter: SealedLetter) -> SealedMail {
    SealedMail { eml: Bytes(letter.eml), card: Bytes(letter.card) }
}
