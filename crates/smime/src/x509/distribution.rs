//! Distribution points: where lists are, and which of them speaks for what (RFC 5280 §4.2.1.13, §5.2.5).

use super::{Certificate, GeneralName, read_general_names};
use crate::asn1::{self, NotDer, Reader, Tlv};
use crate::name::Name;
use crate::oids;

/// Most points we look at in one certificate; real ones have one or two.
const MAX_POINTS: usize = 16;

/// A set of revocation reasons (ReasonFlags, RFC 5280 §4.2.1.13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reasons(u16);

impl Reasons {
    pub(crate) const NONE: Self = Self(0);
    /// keyCompromise (1) to aACompromise (8); bit 0 is unused.
    pub(crate) const ALL: Self = Self(0x1fe);
    /// certificateHold.
    pub(crate) const HOLD: Self = Self(1 << 6);

    pub(crate) fn read(value: &Tlv<'_>) -> Self {
        let bits = (1_u16..9).filter(|bit| value.bit(usize::from(*bit)));
        Self(bits.fold(0, |set, bit| set | (1 << bit)))
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn contains(self, other: Self) -> bool {
        self.and(other) == other
    }
}

/// DistributionPointName.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PointName {
    Full(Vec<GeneralName>),
    /// One encoded RelativeDistinguishedName, below the name of who issues the list.
    Relative(Vec<u8>),
}

impl PointName {
    pub(crate) fn read(field: &Tlv<'_>) -> Result<Self, NotDer> {
        let mut reader = field.reader();
        let choice = reader.next()?;
        reader.finish()?;
        match choice.tag {
            tag if tag == asn1::context(0) => read_general_names(choice.reader()).map(Self::Full),
            tag if tag == asn1::context(1) => Ok(Self::Relative(asn1::tlv(asn1::SET, choice.value))),
            _ => Err(NotDer),
        }
    }

    /// The names meant, when the list is issued by `issuer`.
    pub(crate) fn names(&self, issuer: &Name) -> Vec<GeneralName> {
        match self {
            Self::Full(names) => names.clone(),
            Self::Relative(rdn) => issuer.child(rdn).into_iter().map(GeneralName::Directory).collect(),
        }
    }
}

/// One DistributionPoint of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DistributionPoint {
    pub(crate) name: Option<PointName>,
    pub(crate) reasons: Reasons,
    /// cRLIssuer: its directory names; empty when the certificate's issuer serves the list itself.
    pub(crate) issuers: Vec<Name>,
}

impl DistributionPoint {
    /// The point RFC 5280 §6.3.3 assumes for lists that no point names.
    fn of_issuer(certificate: &Certificate) -> Self {
        let name = GeneralName::Directory(certificate.issuer().clone());
        Self { name: Some(PointName::Full(vec![name])), reasons: Reasons::ALL, issuers: Vec::new() }
    }

    fn read(point: &Tlv<'_>) -> Result<Self, NotDer> {
        let mut reader = point.reader();
        let name = reader.optional(asn1::context(0))?.map(|name| PointName::read(&name)).transpose()?;
        let reasons = reader.optional(asn1::context_primitive(1))?;
        let issuers = match reader.optional(asn1::context(2))? {
            Some(issuers) => directory_names(read_general_names(issuers.reader())?),
            None => Vec::new(),
        };
        reader.finish()?;
        Ok(Self { name, reasons: reasons.map_or(Reasons::ALL, |bits| Reasons::read(&bits)), issuers })
    }

    /// All names of the point (RFC 5280 §6.3.3 b 2 i): its own, else those of who issues its lists.
    pub(crate) fn names(&self, certificate: &Certificate) -> Vec<GeneralName> {
        match &self.name {
            Some(name) => name.names(self.issuers.first().unwrap_or(certificate.issuer())),
            None => self.issuers.iter().cloned().map(GeneralName::Directory).collect(),
        }
    }
}

/// The certificate's points, then the assumed one. An extension that cannot be read names no point.
pub(crate) fn points(certificate: &Certificate) -> Vec<DistributionPoint> {
    let extension = certificate.extensions().get(oids::CRL_DISTRIBUTION_POINTS);
    let mut found = extension.and_then(|extension| read(&extension.value).ok()).unwrap_or_default();
    found.truncate(MAX_POINTS);
    found.push(DistributionPoint::of_issuer(certificate));
    found
}

fn read(value: &[u8]) -> Result<Vec<DistributionPoint>, NotDer> {
    Reader::only(value, asn1::SEQUENCE)?.all()?.iter().map(DistributionPoint::read).collect()
}

pub(crate) fn directory_names(names: Vec<GeneralName>) -> Vec<Name> {
    let names = names.into_iter().filter_map(|name| match name {
        GeneralName::Directory(name) => Some(name),
        _ => None,
    });
    names.collect()
}
