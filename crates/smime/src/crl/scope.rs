//! issuingDistributionPoint (RFC 5280 §5.2.5): what a list is about.

use crate::asn1::{self, NotDer, Reader};
use crate::name::Name;
use crate::x509::Certificate;
use crate::x509::distribution::{DistributionPoint, PointName, Reasons};

/// Which certificates, and which reasons, a list speaks about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistributionScope {
    /// The list's point; `None` when the list is for all points.
    point: Option<PointName>,
    only_users: bool,
    only_authorities: bool,
    only_attributes: bool,
    indirect: bool,
    reasons: Reasons,
}

impl Default for DistributionScope {
    /// The scope of a list without the extension.
    fn default() -> Self {
        Self {
            point: None,
            only_users: false,
            only_authorities: false,
            only_attributes: false,
            indirect: false,
            reasons: Reasons::ALL,
        }
    }
}

impl DistributionScope {
    pub(super) fn read(value: &[u8]) -> Result<Self, NotDer> {
        let mut reader = Reader::only(value, asn1::SEQUENCE)?;
        let point = reader.optional(asn1::context(0))?.map(|name| PointName::read(&name)).transpose()?;
        let only_users = flag(&mut reader, 1)?;
        let only_authorities = flag(&mut reader, 2)?;
        let reasons = reader.optional(asn1::context_primitive(3))?;
        let indirect = flag(&mut reader, 4)?;
        let only_attributes = flag(&mut reader, 5)?;
        reader.finish()?;
        let reasons = reasons.map_or(Reasons::ALL, |bits| Reasons::read(&bits));
        Ok(Self { point, only_users, only_authorities, only_attributes, indirect, reasons })
    }

    /// Whether the list may hold certificates of other issuers.
    #[must_use]
    pub fn is_indirect(&self) -> bool {
        self.indirect
    }

    /// For which reasons of revocation a list of `issuer` with this scope speaks about the certificate, when it is looked for at
    /// one of the certificate's points (RFC 5280 §6.3.3 b and d). Empty when it does not.
    pub(crate) fn reasons_for(
        &self,
        issuer: &Name,
        certificate: &Certificate,
        point: &DistributionPoint,
    ) -> Reasons {
        let is_authority = certificate.extensions().basic_constraints.is_some_and(|basic| basic.ca);
        let of_kind = !self.only_attributes
            && !(self.only_users && is_authority)
            && !(self.only_authorities && !is_authority);
        let by_issuer = if point.issuers.is_empty() {
            issuer == certificate.issuer()
        } else {
            self.indirect && point.issuers.contains(issuer)
        };
        let at_point = self.point.as_ref().is_none_or(|own| {
            let wanted = point.names(certificate);
            own.names(issuer).iter().any(|name| wanted.contains(name))
        });
        if of_kind && by_issuer && at_point { self.reasons.and(point.reasons) } else { Reasons::NONE }
    }
}

fn flag(reader: &mut Reader<'_>, number: u8) -> Result<bool, NotDer> {
    reader.optional(asn1::context_primitive(number))?.map_or(Ok(false), |value| value.boolean())
}
