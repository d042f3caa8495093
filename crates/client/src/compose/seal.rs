//! Where drafts and letters become CMS.

use sceau_mime::{Address, Date, Limits, WrapEncoding, unwrap_cms, wrap_cms};
use sceau_protocol::FailureCode;
use sceau_smime::Certificate;
use sceau_smime::cms::content_info::ContentInfo;
use sceau_smime::cms::envelope::{self, Envelope, Sealing, To};
use sceau_smime::cms::recipients::Transport;

use crate::failure::{Error, Result};
use crate::generator::Generator;
use crate::own;
use crate::unlocked::Unlocked;

/// Puts what is for nobody else into a mail to oneself: the relay takes nothing but CMS.
pub(crate) async fn seal_own(unlocked: &Unlocked, sealed: &[u8], rng: &mut Generator) -> Result<Vec<u8>> {
    const DEFECT: Error = Error::Defect { what: "draft envelope" };
    let certificate = own::sealing_certificate(unlocked)?;
    let kind = certificate.public_key().map_err(|_| DEFECT)?.kind();
    let to = [To { certificate: &certificate, transport: Transport::for_key(kind, true) }];
    let how = Sealing::Aes256Gcm { derive: true };
    let envelope = envelope::seal_with(unlocked.crypto(), sealed.to_vec(), &to, how, rng).await;
    let envelope = envelope.map_err(|_| DEFECT)?;
    let own = Address::bare(unlocked.address.as_str());
    let id = sceau_mime::generate_message_id(&rng.array(), own.domain());
    let outer = sceau_mime::Draft::new(own, Date::utc(unlocked.now_seconds()), id);
    let headers =
        sceau_mime::compose(&outer, &sceau_mime::Outer::default()).map_err(|_| DEFECT)?.outer_headers;
    wrap_cms(&envelope.der, "authEnveloped-data", &headers, WrapEncoding::Base64).map_err(|_| DEFECT)
}

/// Opens what [`seal_own`] made.
///
/// # Errors
/// `CannotOpen`.
pub(crate) async fn open_own(unlocked: &Unlocked, eml: &[u8]) -> Result<Vec<u8>> {
    let cannot = |_| Error::of(FailureCode::CannotOpen);
    let cms = unwrap_cms(eml, &Limits::default()).map_err(|_| Error::of(FailureCode::CannotOpen))?;
    let info = ContentInfo::read(&cms.der).map_err(cannot)?;
    let envelope = Envelope::read(&info).map_err(cannot)?.ok_or(Error::of(FailureCode::CannotOpen))?;
    let identities = own::openers(unlocked)?;
    let opened = envelope.open_with(unlocked.crypto(), &identities, &mut unlocked.rng()?).await;
    opened.map(|opened| opened.content).map_err(cannot)
}

/// Whether the owner of a certificate reads AuthEnvelopedData, as far as the certificate tells (RFC 4262). Without a
/// statement the directory's word counts: who publishes there reads with our program.
pub(crate) fn reads_authenticated(certificate: &Certificate) -> bool {
    certificate
        .extensions()
        .get(SMIME_CAPABILITIES)
        .is_none_or(|stated| contains(&stated.value, AES256_GCM_DER))
}

/// smimeCapabilities (RFC 8551 §2.5.2), as a certificate extension (RFC 4262).
const SMIME_CAPABILITIES: const_oid::ObjectIdentifier =
    const_oid::ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.15");
/// id-aes256-GCM (RFC 5084 §3.2) in DER, as it stands within the list.
const AES256_GCM_DER: &[u8] = &[0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2e];

fn contains(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|window| window == needle)
}
