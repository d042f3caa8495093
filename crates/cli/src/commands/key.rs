//! `sceau key`: keys for people.

use sceau_smime::ca::{CertificationRequest, Issue, Usage, self_signed};
use sceau_smime::{Algorithm, Certificate, Identity, PrivateKey, pkcs12};

use crate::args::{AlgorithmArg, KeyCertify, KeyCommand, KeyNew};
use crate::failure::Failure;
use crate::{files, keys, password, trust};

pub(crate) fn run(command: &KeyCommand) -> Result<u8, Failure> {
    match command {
        KeyCommand::New(args) => new(args),
        KeyCommand::Certify(args) => certify(args),
    }
}

fn new(args: &KeyNew) -> Result<u8, Failure> {
    let algorithm = algorithm(args.algorithm)?;
    files::must_not_exist(&args.out)?;
    let password = password::to_write(&args.out, args.container.password_file.as_deref())?;
    let usages: &[Usage] = if args.single { &[Usage::Both] } else { &[Usage::Sign, Usage::Encrypt] };
    let now = files::moment(None)?;
    let mut rng = files::randomness();
    let mut identities = Vec::new();
    let mut requests = String::new();
    for usage in usages {
        let key = PrivateKey::generate(algorithm, &mut rng)?;
        let issue = Issue { email: &args.email, usage: *usage, days: args.days };
        let certificate = self_signed(&key, &args.name, issue, now, &mut rng)?;
        let request = CertificationRequest::generate(&key, &args.name, &args.email, *usage, &mut rng)?;
        requests.push_str(&request.to_pem());
        identities.push(Identity::new(key, certificate, Vec::new())?);
    }
    files::write_secret(
        &args.out,
        &pkcs12::write_with_integrity(
            &identities,
            &password,
            args.container.danger_iterations,
            args.container.integrity(),
            &mut rng,
        )?,
    )?;
    match &args.csr {
        Some(path) => files::write_public(Some(path), requests.as_bytes())?,
        None => {
            let certificates: String = identities.iter().map(|i| i.certificate.to_pem()).collect();
            files::write_public(None, certificates.as_bytes())?;
        }
    }
    Ok(0)
}

fn algorithm(argument: AlgorithmArg) -> Result<Algorithm, Failure> {
    match argument {
        AlgorithmArg::Rsa2048 => Ok(Algorithm::Rsa2048),
        AlgorithmArg::Rsa3072 => Ok(Algorithm::Rsa3072),
        AlgorithmArg::Rsa4096 => Ok(Algorithm::Rsa4096),
        AlgorithmArg::P256 => Ok(Algorithm::P256),
        AlgorithmArg::P384 => Ok(Algorithm::P384),
        AlgorithmArg::Ed25519 => Err(Failure::later("--algorithm ed25519 is", "Ed25519 keys")),
    }
}

fn certify(args: &KeyCertify) -> Result<u8, Failure> {
    files::must_not_exist(&args.out)?;
    let password_file = args.container.password_file.as_deref();
    let held = keys::identities(&args.key, password_file)?;
    let issued = trust::all_certificates(&args.cert)?;
    let mut certified: Vec<Identity> = Vec::new();
    for identity in held {
        let found = keys::matching(&identity.key, issued.clone());
        certified.extend(found.into_iter().map(|identity| with_chain(identity, &issued)));
    }
    if certified.is_empty() {
        return Err(Failure::from(sceau_smime::Error::KeyMismatch));
    }
    let password = password::to_write(&args.out, password_file)?;
    let iterations = args.container.danger_iterations;
    let integrity = args.container.integrity();
    let mut rng = files::randomness();
    let container = pkcs12::write_with_integrity(&certified, &password, iterations, integrity, &mut rng)?;
    files::write_secret(&args.out, &container)?;
    Ok(0)
}

/// Only authorities belong into the chain, not the person's other certificates.
fn with_chain(identity: Identity, issued: &[Certificate]) -> Identity {
    let is_authority = |c: &&Certificate| c.extensions().basic_constraints.is_some_and(|basic| basic.ca);
    Identity { chain: issued.iter().filter(is_authority).cloned().collect(), ..identity }
}
