//! issuingDistributionPoint (RFC 5280 §5.2.5) against cRLDistributionPoints (§4.2.1.13).

use crate::asn1::{self, NotDer, Reader, Tlv};
use crate::oids;
use crate::x509::{Certificate, GeneralName, read_general_names};

/// Which certificates of its issuer a list speaks about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DistributionScope {
    /// Names of the distribution point; empty when the list is for all.
    names: Vec<GeneralName>,
    only_users: bool,
    only_authorities: bool,
    /// Indirect, for some reasons only, for attribute certificates, or at a relative name.
    unsupported: bool,
}

impl DistributionScope {
    pub(super) fn read(value: &[u8]) -> Result<Self, NotDer> {
        let mut reader = Reader::only(value, asn1::SEQUENCE)?;
        let mut scope = Self::default();
        if let Some(point) = reader.optional(asn1::context(0))? {
            match full_name(&point)? {
                Some(names) => scope.names = names,
                None => scope.unsupported = true,
            }
        }
        scope.only_users = flag(&mut reader, 1)?;
        scope.only_authorities = flag(&mut reader, 2)?;
        scope.unsupported |= reader.optional(asn1::context_primitive(3))?.is_some();
        scope.unsupported |= flag(&mut reader, 4)?;
        scope.unsupported |= flag(&mut reader, 5)?;
        reader.finish()?;
        Ok(scope)
    }

    pub(super) fn covers(&self, certificate: &Certificate) -> bool {
        let is_authority = certificate.extensions().basic_constraints.is_some_and(|basic| basic.ca);
        !self.unsupported
            && !(self.only_users && is_authority)
            && !(self.only_authorities && !is_authority)
            && (self.names.is_empty() || self.names_point_of(certificate))
    }

    /// RFC 5280 §6.3.3 b 2 i: one name of the list's point is a name of the certificate's point.
    fn names_point_of(&self, certificate: &Certificate) -> bool {
        let Some(extension) = certificate.extensions().get(oids::CRL_DISTRIBUTION_POINTS) else {
            return false;
        };
        let points = points(&extension.value).unwrap_or_default();
        points.iter().any(|name| self.names.contains(name))
    }
}

fn flag(reader: &mut Reader<'_>, number: u8) -> Result<bool, NotDer> {
    reader.optional(asn1::context_primitive(number))?.map_or(Ok(false), |value| value.boolean())
}

/// DistributionPointName; `None` for a name relative to the issuer.
fn full_name(point: &Tlv<'_>) -> Result<Option<Vec<GeneralName>>, NotDer> {
    let choice = point.reader().next()?;
    if choice.tag != asn1::context(0) {
        return Ok(None);
    }
    read_general_names(choice.reader()).map(Some)
}

/// All names of all points that are for every reason and served by the issuer itself.
fn points(value: &[u8]) -> Result<Vec<GeneralName>, NotDer> {
    let mut found = Vec::new();
    for point in Reader::only(value, asn1::SEQUENCE)?.all()? {
        let mut reader = point.reader();
        let names = match reader.optional(asn1::context(0))? {
            Some(name) => full_name(&name)?,
            None => None,
        };
        if reader.is_empty() {
            found.extend(names.unwrap_or_default());
        }
    }
    Ok(found)
}
