//! The entries of a list (RFC 5280 §5.3).

use std::sync::Arc;

use sceau_mime::order;

use super::RevocationReason;
use crate::asn1::{self, Of, Reader, Tlv};
use crate::error::{Result, Structure};
use crate::name::Name;
use crate::time::UnixTime;
use crate::x509::distribution::directory_names;
use crate::x509::{Extension, read_general_names};
use crate::{oids, x509};

/// One revoked certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedEntry {
    /// The content octets of its serial number.
    pub serial: Vec<u8>,
    /// When it was revoked.
    pub date: UnixTime,
    /// Why.
    pub reason: RevocationReason,
    /// Since when the key or the certificate must have been bad (invalidityDate, RFC 5280 §5.3.2).
    pub invalid_since: Option<UnixTime>,
    /// Who issued it, in an indirect list (certificateIssuer, RFC 5280 §5.3.3); `None` means who issued the list.
    pub issuers: Option<Arc<[Name]>>,
}

impl RevokedEntry {
    /// The earliest moment for which the certificate must not be believed any more.
    #[must_use]
    pub fn since(&self) -> UnixTime {
        self.invalid_since.map_or(self.date, |earlier| earlier.min(self.date))
    }

    /// Whether the entry is about certificates of this issuer, in a list of `list_issuer`.
    pub(super) fn is_of(&self, issuer: &Name, list_issuer: &Name) -> bool {
        match &self.issuers {
            Some(issuers) => issuers.contains(issuer),
            None => issuer == list_issuer,
        }
    }
}

/// Reads all entries, sorted by serial number. Sets `unusable` for a critical extension that is not understood: then the whole
/// list must not be used (RFC 5280 §5.3).
pub(super) fn read_all(list: &Tlv<'_>, unusable: &mut bool) -> Result<Vec<RevokedEntry>> {
    let mut found: Vec<RevokedEntry> = Vec::new();
    let mut issuers = None;
    let mut reader = list.reader();
    while !reader.is_empty() {
        let item = reader.expect(asn1::SEQUENCE).of(Structure::Crl)?;
        let mut entry = read(&item, unusable)?;
        // An issuer stands until the next one (RFC 5280 §5.3.3).
        issuers = entry.issuers.take().or(issuers);
        entry.issuers.clone_from(&issuers);
        found.push(entry);
    }
    order::sort_by(&mut found, |a, b| a.serial.cmp(&b.serial));
    Ok(found)
}

fn read(item: &Tlv<'_>, unusable: &mut bool) -> Result<RevokedEntry> {
    let what = Structure::Crl;
    let mut reader = item.reader();
    let mut entry = RevokedEntry {
        serial: reader.expect(asn1::INTEGER).of(what)?.value.to_vec(),
        date: UnixTime::from_asn1(&reader.next().of(what)?)?,
        reason: RevocationReason::Unspecified,
        invalid_since: None,
        issuers: None,
    };
    if !reader.is_empty() {
        for extension in x509::extension_sequence(reader.next().of(what)?.raw).of(what)? {
            understand(&mut entry, &extension, unusable)?;
        }
    }
    reader.finish().of(what)?;
    Ok(entry)
}

fn understand(entry: &mut RevokedEntry, extension: &Extension, unusable: &mut bool) -> Result<()> {
    let what = Structure::Crl;
    let mut value = Reader::new(&extension.value);
    match extension.oid {
        oids::CRL_REASON => {
            let code = value.expect(asn1::ENUMERATED).and_then(|code| code.small_uint()).of(what)?;
            entry.reason = RevocationReason::from_number(code);
        }
        oids::INVALIDITY_DATE => entry.invalid_since = Some(UnixTime::from_asn1(&value.next().of(what)?)?),
        oids::CERTIFICATE_ISSUER => {
            let names = read_general_names(value.expect(asn1::SEQUENCE).of(what)?.reader()).of(what)?;
            entry.issuers = Some(directory_names(names).into());
        }
        _ => *unusable |= extension.critical,
    }
    Ok(())
}
