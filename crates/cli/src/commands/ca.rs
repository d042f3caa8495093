//! `sceau ca`: an authority whose key and state are two files side by side.

use std::path::{Path, PathBuf};

use sceau_smime::ca::{Authority, AuthorityState, CertificationRequest, Issue, Usage};
use sceau_smime::crl::RevocationReason;
use sceau_smime::{Error, Identity, Pkcs12, Structure, pkcs12};

use crate::args::{CaCommand, CaCrl, CaIssue, CaNew, CaRevoke, UsageArg};
use crate::failure::Failure;
use crate::lock::Lock;
use crate::{files, output, password};

pub(crate) fn run(command: &CaCommand) -> Result<u8, Failure> {
    match command {
        CaCommand::New(args) => new(args),
        CaCommand::Issue(args) => issue(args),
        CaCommand::Revoke(args) => revoke(args),
        CaCommand::Crl(args) => crl(args),
    }
}

fn new(args: &CaNew) -> Result<u8, Failure> {
    files::must_not_exist(&args.out)?;
    let password = password::to_write(&args.out, args.container.password_file.as_deref())?;
    let mut rng = files::randomness();
    let authority = Authority::generate(&args.name, &args.domain, files::moment(None)?, &mut rng)?;
    let iterations = args.container.danger_iterations;
    let identity = std::slice::from_ref(&authority.identity);
    let integrity = args.container.integrity();
    let container = pkcs12::write_with_integrity(identity, &password, iterations, integrity, &mut rng)?;
    files::write_secret(&args.out, &container)?;
    store(&state_path(&args.out), &authority.state)?;
    let certificate = &authority.identity.certificate;
    let path = args.cert.as_deref();
    files::write_public(path, &files::armoured(path, "CERTIFICATE", certificate.der()))?;
    output::notice(&format!("Fingerprint (SHA-256): {}", fingerprint(&certificate.sha256())));
    Ok(0)
}

fn issue(args: &CaIssue) -> Result<u8, Failure> {
    let mut open = OpenAuthority::open(&args.ca, args.password_file.as_deref())?;
    let bytes = files::read(&args.csr)?;
    let requests =
        CertificationRequest::read_all(&bytes).map_err(|error| Failure::about(&args.csr, &error))?;
    let now = files::moment(None)?;
    let mut certificates = Vec::new();
    for request in &requests {
        let usage = args.usage.map(usage).or(request.usage()).unwrap_or(Usage::Both);
        let issue = Issue { email: &args.email, usage, days: args.days };
        let issued = open.authority.issue(request, issue, now, &mut files::randomness());
        certificates.push(issued.map_err(|error| refused(&error, &args.email, &open.authority))?);
    }
    // First remembered, then handed out: a certificate nobody can revoke must not exist.
    open.store()?;
    let path = args.out.as_deref();
    let bytes: Vec<u8> = match certificates.as_slice() {
        [one] => files::armoured(path, "CERTIFICATE", one.der()),
        several => several.iter().map(sceau_smime::Certificate::to_pem).collect::<String>().into_bytes(),
    };
    files::write_public(path, &bytes)?;
    Ok(0)
}

fn refused(error: &Error, email: &str, authority: &Authority) -> Failure {
    if *error != Error::BadAddress {
        return Failure::from(error.clone());
    }
    let domains = authority.domains().join(", ");
    let own = Failure::from(error.clone());
    Failure {
        text: format!("{email} cannot be certified: this authority certifies addresses at {domains}"),
        ..own
    }
}

fn usage(argument: UsageArg) -> Usage {
    match argument {
        UsageArg::Sign => Usage::Sign,
        UsageArg::Encrypt => Usage::Encrypt,
        UsageArg::Both => Usage::Both,
    }
}

fn revoke(args: &CaRevoke) -> Result<u8, Failure> {
    let reason = RevocationReason::from_name(&args.reason).ok_or_else(|| {
        Failure::usage(format!("--reason {}: not a reason of RFC 5280 §5.3.1", args.reason))
    })?;
    let mut open = OpenAuthority::open(&args.ca, args.password_file.as_deref())?;
    open.authority.revoke(&args.serial, reason, files::moment(None)?).map_err(|error| Failure {
        text: format!("this authority issued no certificate with serial number {}", args.serial),
        ..Failure::from(error)
    })?;
    open.store()?;
    Ok(0)
}

fn crl(args: &CaCrl) -> Result<u8, Failure> {
    let mut open = OpenAuthority::open(&args.ca, args.password_file.as_deref())?;
    let list = open.authority.crl(args.hours, files::moment(None)?, &mut files::randomness())?;
    open.store()?;
    let path = args.out.as_deref();
    files::write_public(path, &files::armoured(path, "X509 CRL", &list))?;
    Ok(0)
}

/// An authority whose state file is locked until it is dropped, so that two commands at once
/// cannot lose what the other one issued.
struct OpenAuthority {
    authority: Authority,
    state: PathBuf,
    _lock: Lock,
}

impl OpenAuthority {
    fn open(path: &str, password_file: Option<&str>) -> Result<Self, Failure> {
        let about = |error: Error| Failure::about(path, &error);
        let state = state_path(path);
        let lock = Lock::take(&state)?;
        let bytes = files::read(path)?;
        let password = password::to_read(path, password_file)?;
        let container = Pkcs12::read(&bytes, Some(&password)).map_err(about)?;
        let identity = container.identities().into_iter().find(is_authority);
        let identity = identity.ok_or(Error::Missing { what: Structure::Certificate }).map_err(about)?;
        let authority = Authority { identity, state: load(&state)? };
        Ok(Self { authority, state, _lock: lock })
    }

    fn store(&self) -> Result<(), Failure> {
        store(&self.state, &self.authority.state)
    }
}

fn is_authority(identity: &Identity) -> bool {
    identity.certificate.extensions().basic_constraints.is_some_and(|basic| basic.ca)
}

/// The state of `ca.p12` lies in `ca.p12.state`.
fn state_path(container: &str) -> PathBuf {
    PathBuf::from(format!("{container}.state"))
}

fn load(path: &Path) -> Result<AuthorityState, Failure> {
    let shown = path.display().to_string();
    let bytes = files::read(&shown)?;
    serde_json::from_slice(&bytes)
        .map_err(|_| Failure::about(&shown, &Error::Malformed { what: Structure::AuthorityState }))
}

fn store(path: &Path, state: &AuthorityState) -> Result<(), Failure> {
    let json = serde_json::to_vec_pretty(state)
        .map_err(|_| Failure::from(Error::Malformed { what: Structure::AuthorityState }))?;
    files::replace_private(path, &json)
}

/// Groups of four digits, as people compare them.
fn fingerprint(sha256: &[u8; 32]) -> String {
    let hex = hex::encode_upper(sha256);
    let groups: Vec<&str> = (0..hex.len()).step_by(4).filter_map(|at| hex.get(at..at + 4)).collect();
    groups.join(" ")
}
