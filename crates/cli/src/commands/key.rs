//! `sceau key`: keys for people.

use sceau_smime::ca::{CertificationRequest, Issue, Usage, self_signed, signed_by};
use sceau_smime::key::MlDsaSet;
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
    let algorithms = algorithms(args.algorithm);
    check(args, algorithms)?;
    files::must_not_exist(&args.out)?;
    let password = password::to_write(&args.out, args.container.password_file.as_deref())?;
    let usages: &[Usage] = if args.single { &[Usage::Both] } else { &[Usage::Sign, Usage::Encrypt] };
    let now = files::moment(None)?;
    let mut rng = files::randomness();
    let mut identities: Vec<Identity> = Vec::new();
    let mut requests = String::new();
    for usage in usages {
        let (signing, sealing) = algorithms;
        let key = PrivateKey::generate(if *usage == Usage::Encrypt { sealing } else { signing }, &mut rng)?;
        let issue = Issue { email: &args.email, usage: *usage, days: args.days };
        let certificate = match identities.first() {
            // A key that only seals cannot sign its own certificate.
            Some(signer) if signing != sealing => signed_by(signer, &key.public_key(), issue, now, &mut rng)?,
            _ => self_signed(&key, &args.name, issue, now, &mut rng)?,
        };
        if args.csr.is_some() {
            let request = CertificationRequest::generate(&key, &args.name, &args.email, *usage, &mut rng)?;
            requests.push_str(&request.to_pem());
        }
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

/// The kinds of the key that signs and of the one that letters are sealed to.
fn algorithms(argument: AlgorithmArg) -> (Algorithm, Algorithm) {
    let both = |algorithm| (algorithm, algorithm);
    match argument {
        AlgorithmArg::Rsa2048 => both(Algorithm::Rsa2048),
        AlgorithmArg::Rsa3072 => both(Algorithm::Rsa3072),
        AlgorithmArg::Rsa4096 => both(Algorithm::Rsa4096),
        AlgorithmArg::P256 => both(Algorithm::P256),
        AlgorithmArg::P384 => both(Algorithm::P384),
        AlgorithmArg::P521 => both(Algorithm::P521),
        AlgorithmArg::Ed25519 => (Algorithm::Ed25519, Algorithm::X25519),
        AlgorithmArg::MlDsa65 => (Algorithm::MlDsa(MlDsaSet::MlDsa65), Algorithm::MlKem768P256),
    }
}

/// What a key that only signs beside one that only seals cannot do.
fn check(args: &KeyNew, (signing, sealing): (Algorithm, Algorithm)) -> Result<(), Failure> {
    if signing == sealing {
        return Ok(());
    }
    let (signing, sealing) = (signing.name(), sealing.name());
    if args.single {
        let text =
            format!("a key of kind {signing} only signs: leave out --single to get one for sealing too");
        return Err(Failure::usage(text));
    }
    if args.csr.is_some() {
        let text = format!("a key of kind {sealing} only seals and cannot sign a request: leave out --csr");
        return Err(Failure::usage(text));
    }
    Ok(())
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
