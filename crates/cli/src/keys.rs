//! KEY arguments: PKCS#12, PKCS#8, SEC1 or PKCS#1, in PEM or DER, with a certificate.

use sceau_smime::{Certificate, Error, Identity, Pkcs12, PrivateKey};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::{files, password};

/// `KEY[,cert=F][,password-file=F]`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct KeySource {
    path: String,
    certificate: Option<String>,
    password_file: Option<String>,
}

impl KeySource {
    /// Splits an argument. `password_file` is what the command says for all keys.
    pub(crate) fn parse(argument: &str, password_file: Option<&str>) -> Self {
        let mut source =
            Self { path: String::new(), certificate: None, password_file: password_file.map(str::to_owned) };
        for (at, piece) in argument.split(',').enumerate() {
            if let Some(file) = piece.strip_prefix("cert=") {
                source.certificate = Some(file.to_owned());
            } else if let Some(file) = piece.strip_prefix("password-file=") {
                source.password_file = Some(file.to_owned());
            } else {
                // A comma may be part of the file name.
                source.path.push_str(if at > 0 { "," } else { "" });
                source.path.push_str(piece);
            }
        }
        source
    }

    /// Every key with its certificate.
    pub(crate) fn identities(&self) -> Result<Vec<Identity>, Failure> {
        let bytes = files::read(&self.path)?;
        let found = if Pkcs12::is_pkcs12(&bytes) {
            let container = self.with_password(|password| Pkcs12::read(&bytes, password))?;
            let mut found = container.identities();
            for key in &container.keys {
                found.extend(self.beside(key)?);
            }
            found
        } else {
            let key = self.with_password(|password| PrivateKey::read(&bytes, password))?;
            let mut found = self.beside(&key)?;
            if found.is_empty() {
                found = matching(&key, Certificate::read_all(&bytes).unwrap_or_default());
            }
            found
        };
        if found.is_empty() {
            let text = format!("{}: no certificate belongs to the key; add ,cert=FILE", self.path);
            return Err(Failure::usage(text));
        }
        Ok(found)
    }

    /// The certificates named with `cert=` that belong to the key.
    fn beside(&self, key: &PrivateKey) -> Result<Vec<Identity>, Failure> {
        let Some(path) = &self.certificate else { return Ok(Vec::new()) };
        let bytes = files::read(path)?;
        let certificates = Certificate::read_all(&bytes).map_err(|error| Failure::about(path, &error))?;
        Ok(matching(key, certificates))
    }

    /// Tries without a pass phrase first, so that nobody is asked in vain.
    fn with_password<T>(&self, read: impl Fn(Option<&str>) -> Result<T, Error>) -> Result<T, Failure> {
        let about = |error: Error| Failure::about(&self.path, &error);
        if let Some(password) = password::given(self.password_file.as_deref())? {
            // A key that is not encrypted is read whatever pass phrase is in the air.
            return read(Some(&password)).or_else(|error| read(None).map_err(|_| about(error)));
        }
        match read(None) {
            Err(Error::PasswordRequired) => {
                let password: Zeroizing<String> = password::to_read(&self.path, None)?;
                read(Some(&password)).map_err(about)
            }
            other => other.map_err(about),
        }
    }
}

/// The certificates of a key, each with all others as its possible chain.
pub(crate) fn matching(key: &PrivateKey, certificates: Vec<Certificate>) -> Vec<Identity> {
    let (own, others): (Vec<_>, Vec<_>) =
        certificates.into_iter().partition(|c| c.public_key().is_ok_and(|public| key.matches(&public)));
    own.into_iter()
        .map(|certificate| Identity { key: key.clone(), certificate, chain: others.clone() })
        .collect()
}

/// All identities of several KEY arguments.
pub(crate) fn identities(
    arguments: &[String],
    password_file: Option<&str>,
) -> Result<Vec<Identity>, Failure> {
    let mut found = Vec::new();
    for argument in arguments {
        found.extend(KeySource::parse(argument, password_file).identities()?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_split() {
        let source = KeySource::parse("a,b.p12,cert=c.pem,password-file=p", Some("q"));
        assert_eq!(source.path, "a,b.p12");
        assert_eq!(source.certificate.as_deref(), Some("c.pem"));
        assert_eq!(source.password_file.as_deref(), Some("p"));
        assert_eq!(KeySource::parse("k", Some("q")).password_file.as_deref(), Some("q"));
    }
}
