//! `sceau p12`: what is in a container.

use sceau_smime::key::DigestAlgorithm;
use sceau_smime::{Error, Pkcs12};
use serde::Serialize;

use crate::args::P12Args;
use crate::failure::Failure;
use crate::{files, output, password};

#[derive(Serialize)]
struct Report {
    mac: Option<String>,
    bags: Vec<String>,
    certificates: Vec<CertificateReport>,
    keys: Vec<KeyReport>,
    unreadable: Vec<String>,
}

#[derive(Serialize)]
struct CertificateReport {
    sha256: String,
    subject: String,
    emails: Vec<String>,
    serial: String,
    not_after: String,
}

#[derive(Serialize)]
struct KeyReport {
    spki_sha256: String,
    algorithm: String,
}

pub(crate) fn run(args: &P12Args) -> Result<u8, Failure> {
    let bytes = files::read(&args.file)?;
    let report = report(open(&args.file, &bytes, args.password_file.as_deref())?);
    if args.json {
        output::json(&report)?
    } else {
        output::text(&rendered(&report))?
    }
    Ok(0)
}

fn open(path: &str, bytes: &[u8], password_file: Option<&str>) -> Result<Pkcs12, Failure> {
    let about = |error: Error| Failure::about(path, &error);
    if let Some(password) = password::given(password_file)? {
        return Pkcs12::read(bytes, Some(&password)).map_err(about);
    }
    match Pkcs12::read(bytes, None) {
        Err(Error::PasswordRequired) => {
            Pkcs12::read(bytes, Some(&password::to_read(path, None)?)).map_err(about)
        }
        other => other.map_err(about),
    }
}

fn report(container: Pkcs12) -> Report {
    let certificates = container.certificates.iter().map(|certificate| CertificateReport {
        sha256: hex::encode(certificate.sha256()),
        subject: certificate.subject().to_string(),
        emails: certificate.emails().into_iter().map(str::to_owned).collect(),
        serial: certificate.serial_hex(),
        not_after: certificate.not_after().to_rfc3339(),
    });
    let keys = container.keys.iter().map(|key| KeyReport {
        spki_sha256: hex::encode(DigestAlgorithm::Sha256.hash(&key.spki_der())),
        algorithm: key.kind().to_string(),
    });
    Report {
        certificates: certificates.collect(),
        keys: keys.collect(),
        unreadable: container.unreadable.iter().map(Error::to_string).collect(),
        mac: container.mac,
        bags: container.bags,
    }
}

fn rendered(report: &Report) -> String {
    let mut lines = vec![format!("mac: {}", report.mac.as_deref().unwrap_or("none"))];
    lines.extend(report.bags.iter().map(|bag| format!("bag: {bag}")));
    for certificate in &report.certificates {
        let emails = certificate.emails.join(" ");
        lines.push(format!("certificate: {} <{emails}> {}", certificate.subject, certificate.sha256));
    }
    lines.extend(report.keys.iter().map(|key| format!("key: {} {}", key.algorithm, key.spki_sha256)));
    lines.extend(report.unreadable.iter().map(|why| format!("unreadable: {why}")));
    lines.join("\n") + "\n"
}
