//! Revocation lists and answers that travel in a letter (RFC 5652 §10.2.1, RFC 5940 §2, RFC 8550 §2.1).

use crate::cms::signed_data::SignedData;
use crate::crl::Crl;
use crate::ocsp::OcspResponse;
use crate::path::{Budget, PathError, RevocationMode, RevocationState, ValidPath, Validation, validate};
use crate::x509::Certificate;

/// What the layers of a letter carried; what cannot be read is left out.
#[derive(Debug, Default)]
pub(super) struct Carried {
    crls: Vec<Crl>,
    ocsp: Vec<OcspResponse>,
}

impl Carried {
    pub(super) fn take(&mut self, signed: &SignedData<'_>) {
        self.crls.extend(signed.crls.iter().filter_map(|der| Crl::from_der(der).ok()));
        self.ocsp.extend(signed.ocsp.iter().filter_map(|der| OcspResponse::from_der(der).ok()));
    }

    /// Asks the letter where what was given leaves a question open. Whoever hands a list on, it is its signer who speaks; but
    /// what travels along is as old as the letter, so that it counts only while it is current, and when it confirms or revokes.
    pub(super) fn complete(
        &self,
        certificate: &Certificate,
        validation: &Validation<'_>,
        given: Result<ValidPath, PathError>,
    ) -> Result<ValidPath, PathError> {
        let is_open = match &given {
            Ok(path) => path.revocation != RevocationState::Good,
            Err(error) => matches!(error, PathError::RevocationUnknown { .. }),
        };
        if !is_open || validation.revocation == RevocationMode::Off {
            return given;
        }
        let now = validation.now;
        let lists = self.crls.iter().filter(|list| list.is_current_at(now));
        let answers =
            self.ocsp.iter().filter(|response| response.answer().is_some_and(|a| a.is_current_at(now)));
        let crls: Vec<Crl> = validation.crls.iter().chain(lists).cloned().collect();
        let ocsp: Vec<OcspResponse> = validation.ocsp.iter().chain(answers).cloned().collect();
        if (crls.len(), ocsp.len()) == (validation.crls.len(), validation.ocsp.len()) {
            return given;
        }
        let both = Validation { crls: &crls, ocsp: &ocsp, ..*validation };
        match validate(certificate, &both, Budget::default()) {
            Ok(path) if path.revocation == RevocationState::Good => Ok(path),
            Err(revoked @ PathError::Revoked { .. }) => Err(revoked),
            _ => given,
        }
    }
}
