//! What a page knows of policies: enough to refuse what it cannot check.
//!
//! Only an explicit policy that is asked for can make a path invalid (RFC 5280 §6.1.5 g). A page asks for none itself;
//! where a certificate on the path does, the graph would be needed, which a page does not carry.

use const_oid::ObjectIdentifier;

use super::PolicyInput;
use crate::oids::ANY_POLICY;
use crate::path::{Budget, PathError};
use crate::x509::Certificate;

/// Whether anything on the path asks for a policy.
pub(in crate::path) struct Policies {
    required: bool,
}

impl Policies {
    /// For a path below this anchor.
    pub(in crate::path) fn new(input: PolicyInput<'_>, _length: usize, anchor: &Certificate) -> Self {
        let limits = !input.acceptable.is_empty() || input.require_explicit;
        Self { required: limits || asks(anchor) }
    }

    /// Takes in a certificate of the path.
    pub(in crate::path) fn enter(
        &mut self,
        certificate: &Certificate,
        _is_last: bool,
        _budget: &mut Budget,
    ) -> Result<(), PathError> {
        self.required |= asks(certificate);
        if self.required { Err(refused(certificate)) } else { Ok(()) }
    }

    /// Before the next certificate: anyPolicy may not be mapped (RFC 5280 §6.1.4 a).
    pub(in crate::path) fn descend(
        &mut self,
        authority: &Certificate,
        _budget: &mut Budget,
    ) -> Result<(), PathError> {
        let mut mappings = authority.extensions().policies.mappings.iter();
        if mappings.any(|(issuer, subject)| *issuer == ANY_POLICY || *subject == ANY_POLICY) {
            return Err(PathError::PolicyMapping { subject: authority.subject().to_string() });
        }
        Ok(())
    }

    /// The end of the path; nothing limits its policies here.
    pub(in crate::path) fn finish(
        self,
        certificate: &Certificate,
    ) -> Result<Vec<ObjectIdentifier>, PathError> {
        if self.required { Err(refused(certificate)) } else { Ok(vec![ANY_POLICY]) }
    }
}

fn asks(certificate: &Certificate) -> bool {
    certificate.extensions().policies.require_explicit.is_some()
}

fn refused(certificate: &Certificate) -> PathError {
    PathError::Policy { subject: certificate.subject().to_string() }
}
