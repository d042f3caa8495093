//! What is told of a certificate that was judged for itself, by the command and by the npm package alike.

use serde::Serialize;

use super::{PathError, ValidPath, certificate_has_name};
use crate::verdict::Note;
use crate::x509::{Certificate, GeneralName};

/// The only reason in a [`PathReport`] that is not one of [`PathError::CODES`].
pub const NAME_MISMATCH: &str = "name_mismatch";

/// The verdict on a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PathReport {
    /// Whether a path was found and every wanted name is there.
    pub valid: bool,
    /// The subjects of the path, the certificate's own first; empty without a path.
    pub path: Vec<String>,
    /// The policies that the path is valid for (RFC 9618 §5.5).
    pub policies: Vec<String>,
    /// Why it is not valid.
    pub reasons: Vec<Note>,
}

impl PathReport {
    /// What `found` says of `certificate`, which must have all of `names` besides; the caller asks for these.
    #[must_use]
    pub fn new(
        certificate: &Certificate,
        found: &Result<ValidPath, PathError>,
        names: &[GeneralName],
    ) -> Self {
        let mut report = match found {
            Ok(path) => Self {
                valid: true,
                path: path.certificates.iter().map(|one| one.subject().to_string()).collect(),
                policies: path.policies.iter().map(ToString::to_string).collect(),
                reasons: Vec::new(),
            },
            Err(error) => Self {
                valid: false,
                path: Vec::new(),
                policies: Vec::new(),
                reasons: vec![Note::from(error)],
            },
        };
        for name in names.iter().filter(|name| !certificate_has_name(certificate, name)) {
            report.valid = false;
            let text = format!("the certificate does not have the name {name}");
            report.reasons.push(Note { code: NAME_MISMATCH, text });
        }
        report
    }
}
