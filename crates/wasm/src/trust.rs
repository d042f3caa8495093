//! Whom the caller trusts.

use sceau_smime::letter::TrustSettings as Settings;
use sceau_smime::{Anchor, Certificate, Crl, RevocationMode};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::Failure;

/// Anchors, intermediates and revocation lists. A new one trusts nobody.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct TrustSettings {
    settings: Settings,
}

#[wasm_bindgen]
impl TrustSettings {
    /// Trusts nobody yet; revocation is checked if lists are given.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts the authorities in a PEM or DER file. `domains` names the mail domains they may speak for; without
    /// it they may speak for all.
    ///
    /// # Errors
    /// `malformed`, `missing`.
    #[wasm_bindgen(js_name = addAnchors)]
    pub fn add_anchors(&mut self, certificates: &[u8], domains: Option<Vec<String>>) -> Result<(), Failure> {
        for certificate in Certificate::read_all(certificates)? {
            let mut anchor = Anchor::new(certificate);
            anchor.domains.clone_from(&domains);
            self.settings.anchors.push(anchor);
        }
        Ok(())
    }

    /// Adds certificates that may complete a path; they are not trusted by themselves.
    ///
    /// # Errors
    /// `malformed`, `missing`.
    #[wasm_bindgen(js_name = addIntermediates)]
    pub fn add_intermediates(&mut self, certificates: &[u8]) -> Result<(), Failure> {
        self.settings.intermediates.extend(Certificate::read_all(certificates)?);
        Ok(())
    }

    /// Adds revocation lists; each counts only when its own signature does.
    ///
    /// # Errors
    /// `malformed`, `missing`.
    #[wasm_bindgen(js_name = addCrls)]
    pub fn add_crls(&mut self, lists: &[u8]) -> Result<(), Failure> {
        self.settings.crls.extend(Crl::read_all(lists)?);
        Ok(())
    }

    /// Adds OCSP answers; each counts only when its own signature does.
    ///
    /// # Errors
    /// `malformed`, `missing`.
    #[cfg(feature = "all")]
    #[wasm_bindgen(js_name = addOcsp)]
    pub fn add_ocsp(&mut self, answers: &[u8]) -> Result<(), Failure> {
        self.settings.ocsp.extend(sceau_smime::OcspResponse::read_all(answers)?);
        Ok(())
    }

    /// Whether a certificate that names a mail domain and no address speaks for every address of that domain, as the Direct
    /// network has them; such letters carry `domain_bound_certificate`.
    #[cfg(feature = "all")]
    #[wasm_bindgen(js_name = setDomainBound)]
    pub fn set_domain_bound(&mut self, believed: bool) {
        self.settings.domain_bound = believed;
    }

    /// How revocation is asked for: `require`, `if-given` or `off`.
    ///
    /// # Errors
    /// `bad_argument`.
    #[wasm_bindgen(js_name = setRevocation)]
    pub fn set_revocation(&mut self, mode: &str) -> Result<(), Failure> {
        self.settings.revocation = revocation_mode(mode)?;
        Ok(())
    }
}

impl TrustSettings {
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }
}

fn revocation_mode(mode: &str) -> Result<RevocationMode, Failure> {
    match mode {
        "require" => Ok(RevocationMode::Require),
        "if-given" => Ok(RevocationMode::IfGiven),
        "off" => Ok(RevocationMode::Off),
        other => Err(Failure::BadArgument(format!("revocation {other:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use sceau_smime::RevocationMode;

    use super::{Failure, revocation_mode};

    #[test]
    fn revocation_modes_are_those_of_the_command_line() {
        assert_eq!(revocation_mode("require"), Ok(RevocationMode::Require));
        assert_eq!(revocation_mode("if-given"), Ok(RevocationMode::IfGiven));
        assert_eq!(revocation_mode("off"), Ok(RevocationMode::Off));
        assert_eq!(revocation_mode("none"), Err(Failure::BadArgument("revocation \"none\"".into())));
    }
}
