//! The extensions that speak of certificate policies (RFC 5280 §4.2.1.4, §4.2.1.5, §4.2.1.11, §4.2.1.14).

use const_oid::ObjectIdentifier;

use super::extensions::sequence;
use crate::asn1::{self, NotDer, Tlv};
use crate::oids;

/// What a certificate says of policies. Qualifiers are not read: RFC 9618 §5.5 does not recommend returning them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyExtensions {
    /// certificatePolicies; `None` when absent.
    pub stated: Option<Vec<ObjectIdentifier>>,
    /// policyMappings: issuerDomainPolicy and subjectDomainPolicy; empty when absent.
    pub mappings: Vec<(ObjectIdentifier, ObjectIdentifier)>,
    /// requireExplicitPolicy of policyConstraints.
    pub require_explicit: Option<u32>,
    /// inhibitPolicyMapping of policyConstraints.
    pub inhibit_mapping: Option<u32>,
    /// inhibitAnyPolicy.
    pub inhibit_any: Option<u32>,
}

impl PolicyExtensions {
    /// Takes in one extension, if it is about policies.
    pub(super) fn understand(&mut self, oid: ObjectIdentifier, value: &Tlv<'_>) -> Result<(), NotDer> {
        match oid {
            oids::CERTIFICATE_POLICIES => self.stated = Some(stated(value)?),
            oids::POLICY_MAPPINGS => self.mappings = mappings(value)?,
            oids::POLICY_CONSTRAINTS => self.constrain(value)?,
            oids::INHIBIT_ANY_POLICY if value.tag == asn1::INTEGER => {
                self.inhibit_any = Some(value.small_uint()?);
            }
            oids::INHIBIT_ANY_POLICY => return Err(NotDer),
            _ => {}
        }
        Ok(())
    }

    /// RFC 5280 §4.2.1.11: an empty sequence must not be issued, and says nothing.
    fn constrain(&mut self, value: &Tlv<'_>) -> Result<(), NotDer> {
        let mut reader = sequence(value)?;
        let mut number = |tag| match reader.optional(asn1::context_primitive(tag))? {
            Some(number) => number.small_uint().map(Some),
            None => Ok(None),
        };
        self.require_explicit = number(0)?;
        self.inhibit_mapping = number(1)?;
        reader.finish()
    }
}

/// SEQUENCE SIZE (1..MAX) OF PolicyInformation.
fn stated(value: &Tlv<'_>) -> Result<Vec<ObjectIdentifier>, NotDer> {
    let mut found = Vec::new();
    for policy in sequence(value)?.all()? {
        found.push(sequence(&policy)?.expect(asn1::OID)?.oid()?);
    }
    if found.is_empty() { Err(NotDer) } else { Ok(found) }
}

/// SEQUENCE SIZE (1..MAX) OF SEQUENCE { issuerDomainPolicy, subjectDomainPolicy }.
fn mappings(value: &Tlv<'_>) -> Result<Vec<(ObjectIdentifier, ObjectIdentifier)>, NotDer> {
    let mut found = Vec::new();
    for pair in sequence(value)?.all()? {
        let mut pair = sequence(&pair)?;
        found.push((pair.expect(asn1::OID)?.oid()?, pair.expect(asn1::OID)?.oid()?));
        pair.finish()?;
    }
    if found.is_empty() { Err(NotDer) } else { Ok(found) }
}
