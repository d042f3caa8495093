//! `sceau receipt make` and `sceau receipt verify` (RFC 2634).

use std::path::Path;

use sceau_mime::{Address, Date, Draft, Outer, WrapEncoding, generate_message_id, wrap_cms};
use sceau_smime::ess::{JudgedReceipt, MadeReceipt, ReceiptRefusal, make_receipt, verify_receipt};
use sceau_smime::letter::{Judged, OpenRequest, TrustSettings, open};
use sceau_smime::{Error, Identity, UnixTime};
use serde::Serialize;

use crate::args::{ReceiptCommand, ReceiptMake, ReceiptVerify, TrustArgs};
use crate::failure::{Failure, OwnCause};
use crate::output::Note;
use crate::{files, keys, output, trust};

pub(crate) fn run(command: &ReceiptCommand) -> Result<u8, Failure> {
    match command {
        ReceiptCommand::Make(args) => make(args),
        ReceiptCommand::Verify(args) => verify(args),
    }
}

/// What was made, or why nothing was.
#[derive(Serialize)]
struct MakeReport {
    made: bool,
    to: Vec<String>,
    content_identifier: Option<String>,
    signature_sha256: Option<String>,
    reasons: Vec<Note>,
}

fn make(args: &ReceiptMake) -> Result<u8, Failure> {
    let settings = trust::settings(&args.trust, &[], args.revocation)?;
    let now = files::moment(args.trust.at.as_deref())?;
    let from = keys::identities(&args.from, args.password_file.as_deref())?;
    let opening = match args.key.is_empty() {
        true => from.clone(),
        false => keys::identities(&args.key, args.password_file.as_deref())?,
    };
    let signer = signer(&from, now)?;
    let own = match args.own.is_empty() {
        true => signer.certificate.emails().into_iter().map(str::to_owned).collect(),
        false => args.own.clone(),
    };
    let judged = opened(&args.file, &opening, &own, &args.trust, &settings, now)?;
    let mut rng = files::randomness();
    match make_receipt(&judged, &own, signer, now, &mut rng)? {
        Ok(made) => {
            files::write_public(args.out.as_deref(), &written(&made, args.out.as_deref(), signer, now)?)?;
            tell_made(args, &judged, Ok(&made))
        }
        Err(refusal) => tell_made(args, &judged, Err(refusal)),
    }
}

fn signer(from: &[Identity], now: UnixTime) -> Result<&Identity, Failure> {
    let fits =
        |identity: &&Identity| identity.certificate.can_sign() && identity.certificate.is_valid_at(now);
    from.iter().find(fits).ok_or_else(|| {
        let text = "no key given with --from can sign now: its certificate must be valid and for signing";
        Failure::refused(OwnCause::NoSigningKey, text.to_owned())
    })
}

/// DER where the file's name asks for it, else a mail to the letter's signer.
fn written(
    made: &MadeReceipt,
    out: Option<&str>,
    signer: &Identity,
    now: UnixTime,
) -> Result<Vec<u8>, Failure> {
    let extension = out.and_then(|out| Path::new(out).extension()).and_then(|found| found.to_str());
    if matches!(extension, Some("der" | "p7m" | "p7s")) {
        return Ok(made.der.clone());
    }
    let about = |error: sceau_mime::Error| Failure::from(Error::from(&error));
    let author = signer.certificate.emails().first().copied().unwrap_or_default().to_owned();
    let from = Address::bare(author);
    let id = generate_message_id(&random(), from.domain());
    let mut draft = Draft::new(from, Date::utc(now.0), id);
    draft.to = made.to.iter().map(Address::bare).collect();
    let headers = sceau_mime::compose(&draft, &Outer::default()).map_err(about)?.outer_headers;
    wrap_cms(&made.der, "signed-receipt", &headers, WrapEncoding::Base64).map_err(about)
}

fn random() -> [u8; 16] {
    use rand_core::Rng;
    let mut random = [0; 16];
    files::randomness().fill_bytes(&mut random);
    random
}

fn tell_made(
    args: &ReceiptMake,
    judged: &Judged,
    found: Result<&MadeReceipt, ReceiptRefusal>,
) -> Result<u8, Failure> {
    let refusal = found.err();
    if args.json {
        let made = found.ok();
        output::json(&MakeReport {
            made: made.is_some(),
            to: made.map(|made| made.to.clone()).unwrap_or_default(),
            content_identifier: made.map(|made| hex::encode(&made.content_identifier)),
            signature_sha256: judged.signature_sha256().map(hex::encode),
            reasons: refusal.iter().map(note).collect(),
        })?;
    } else if let Some(refusal) = refusal {
        output::notice(&format!("{}: {refusal}", refusal.code()));
    }
    Ok(u8::from(refusal.is_some()))
}

fn note(refusal: &ReceiptRefusal) -> Note {
    Note { code: refusal.code().to_owned(), text: format!("{refusal}.") }
}

fn verify(args: &ReceiptVerify) -> Result<u8, Failure> {
    let settings = trust::settings(&args.trust, &args.tsa_trust, args.revocation)?;
    let now = files::moment(args.trust.at.as_deref())?;
    let identities = keys::identities(&args.key, args.password_file.as_deref())?;
    let original = opened(&args.original, &identities, &[], &args.trust, &settings, now)?;
    let bytes = files::read(&args.file)?;
    let request = OpenRequest {
        danger_legacy: args.trust.danger_legacy,
        ..OpenRequest::new(&bytes, &identities, &[], &settings, now)
    };
    let receipt = verify_receipt(&request, &original, &mut files::randomness())
        .map_err(|error| Failure::about(&args.file, &error))?;
    if args.json {
        output::json(&receipt)?;
    } else {
        output::text(&rendered(&receipt))?;
    }
    Ok(u8::from(!receipt.valid))
}

fn rendered(receipt: &JudgedReceipt) -> String {
    let who = receipt.signature.signer.as_ref().map_or("nobody", |signer| signer.subject.as_str());
    let verdict = if receipt.valid { "valid" } else { "not valid" };
    let mut text = format!("{verdict}: by {who}, {}\n", receipt.judged_at.to_rfc3339());
    let notes = receipt.reasons.iter().chain(&receipt.signature.reasons).chain(&receipt.warnings);
    for note in notes {
        text.push_str(&format!("{}: {}\n", note.code, note.text));
    }
    text
}

fn opened(
    file: &str,
    identities: &[Identity],
    own: &[String],
    args: &TrustArgs,
    settings: &TrustSettings,
    now: UnixTime,
) -> Result<Judged, Failure> {
    let bytes = files::read(file)?;
    let request = OpenRequest {
        danger_legacy: args.danger_legacy,
        ..OpenRequest::new(&bytes, identities, own, settings, now)
    };
    open(&request, &mut files::randomness()).map_err(|error| Failure::about(file, &error))
}
