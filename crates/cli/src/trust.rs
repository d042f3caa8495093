//! What the caller trusts: anchors, intermediates, revocation lists, OCSP answers.

use sceau_smime::letter::TrustSettings;
use sceau_smime::{Anchors, Certificate, Crl, OcspResponse, RevocationMode};

use crate::args::{RevocationArg, TrustArgs};
use crate::failure::Failure;
use crate::files;

/// Everything that letters and receipts are judged by. Without `--trust` nothing is trusted.
pub(crate) fn settings(
    args: &TrustArgs,
    tsa_trust: &[String],
    asked: RevocationArg,
) -> Result<TrustSettings, Failure> {
    Ok(TrustSettings {
        anchors: anchors(&args.trust)?,
        intermediates: all_certificates(&args.intermediates)?,
        crls: crls(&args.crl)?,
        ocsp: answers(&args.ocsp)?,
        tsa_anchors: anchors(tsa_trust)?,
        revocation: match asked {
            RevocationArg::Require => RevocationMode::Require,
            RevocationArg::IfGiven => RevocationMode::IfGiven,
            RevocationArg::Off => RevocationMode::Off,
        },
        ..TrustSettings::default()
    })
}

/// Certificates of a file in any form.
pub(crate) fn certificates(path: &str) -> Result<Vec<Certificate>, Failure> {
    let bytes = files::read(path)?;
    Certificate::read_all(&bytes).map_err(|error| Failure::about(path, &error))
}

/// Certificates of several files.
pub(crate) fn all_certificates(paths: &[String]) -> Result<Vec<Certificate>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        found.extend(certificates(path)?);
    }
    Ok(found)
}

/// The anchors of `--trust`. Without it nothing is trusted.
pub(crate) fn anchors(paths: &[String]) -> Result<Anchors, Failure> {
    Ok(Anchors::from_certificates(all_certificates(paths)?))
}

/// The lists of `--crl`.
pub(crate) fn crls(paths: &[String]) -> Result<Vec<Crl>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        let bytes = files::read(path)?;
        found.extend(Crl::read_all(&bytes).map_err(|error| Failure::about(path, &error))?);
    }
    Ok(found)
}

/// The answers of `--ocsp`.
pub(crate) fn answers(paths: &[String]) -> Result<Vec<OcspResponse>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        let bytes = files::read(path)?;
        found.extend(OcspResponse::read_all(&bytes).map_err(|error| Failure::about(path, &error))?);
    }
    Ok(found)
}
