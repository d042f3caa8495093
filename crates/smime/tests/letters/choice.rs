//! How to write to whom: from letters, certificates and directories, and never weaker in silence.

use sceau_mime as mime;
use sceau_smime::Error;
use sceau_smime::cms::capabilities::Capabilities;
use sceau_smime::letter::{
    Choice, Correspondent, LayerReport, Level, Listing, Network, Profile, Source, Weakness, choose,
    choose_for_all, seal_for_all,
};

use crate::world::{AMELIE, BRUNO, CHLOE, NOW, Person, draft, opened, rng, try_open, world};

fn nobody_knows(person: &Person) -> Correspondent<'_> {
    let certificate = &person.encrypt.certificate;
    Correspondent { certificate, address: &person.address, letter: None, directory: None, before: None }
}

/// Capabilities by the bits of a number.
fn capabilities(bits: usize) -> Capabilities {
    let bit = |number: usize| bits & (1 << number) != 0;
    Capabilities {
        aes256_gcm: bit(0),
        aes256_cbc: bit(1),
        rsa_oaep: bit(2),
        aes128_gcm: bit(3),
        aes128_cbc: bit(4),
        cek_hkdf: bit(5),
        ..Capabilities::default()
    }
}

fn listed(network: Network, capabilities: Option<Capabilities>) -> Option<Listing> {
    Some(Listing { network, capabilities })
}

#[test]
fn our_own_members_get_our_own_letters() {
    let w = world();
    for person in [&w.amelie, &w.bruno, &w.chloe] {
        let who = Correspondent { directory: listed(Network::Own, None), ..nobody_knows(person) };
        let choice = choose(&who, false).unwrap();
        assert_eq!((choice.profile, choice.source), (Profile::Default, Source::Directory));
        assert_eq!((choice.level(), choice.weaknesses.as_slice()), (Level::Authenticated, &[][..]));
    }
}

#[test]
fn who_never_said_anything_gets_what_every_program_reads_and_that_is_said() {
    let choice = choose(&nobody_knows(&world().bruno), false).unwrap();
    assert_eq!((choice.profile, choice.source), (Profile::Compat, Source::Nothing));
    use Weakness::{NotAuthenticated, OldKeyTransport, UnknownProgram};
    assert_eq!(choice.weaknesses, [NotAuthenticated, OldKeyTransport, UnknownProgram]);
}

/// The program's own word is newer than the directory's, in both directions.
#[test]
fn a_letter_counts_more_than_the_directory() {
    let w = world();
    let (weak, strong) = (capabilities(0b10), Capabilities::own());
    for (letter, directory, profile) in [
        (Some(weak), strong, Profile::Compat),
        (Some(strong), weak, Profile::Default),
        (None, weak, Profile::Compat),
    ] {
        let directory = listed(Network::Other, Some(directory));
        let who = Correspondent { letter, directory, ..nobody_knows(&w.bruno) };
        let choice = choose(&who, false).unwrap();
        assert_eq!(choice.profile, profile);
        assert_eq!(choice.source, if letter.is_some() { Source::Letter } else { Source::Directory });
    }
}

#[test]
fn the_directory_knows_the_network() {
    let w = world();
    for (network, profile, weaknesses) in [
        (Network::Kim, Profile::Kim, &[][..]),
        (Network::Direct, Profile::Direct, &[Weakness::NotAuthenticated, Weakness::OldKeyTransport]),
    ] {
        let who = Correspondent { directory: listed(network, None), ..nobody_knows(&w.bruno) };
        let choice = choose(&who, false).unwrap();
        assert_eq!((choice.profile, choice.weaknesses.as_slice()), (profile, weaknesses));
    }
}

#[test]
fn what_was_better_before_has_to_be_agreed_to() {
    let w = world();
    for before in [None, Some(Level::Unauthenticated), Some(Level::Authenticated), Some(Level::PostQuantum)] {
        for (letter, level) in
            [(None, Level::Unauthenticated), (Some(Capabilities::own()), Level::Authenticated)]
        {
            let choice = choose(&Correspondent { letter, before, ..nobody_knows(&w.bruno) }, false).unwrap();
            assert_eq!(choice.level(), level);
            assert_eq!(choice.needs_consent(), before.is_some_and(|before| before > level), "{before:?}");
        }
    }
}

#[test]
fn keys_that_only_sign_are_refused() {
    let w = world();
    let who = Correspondent { certificate: &w.bruno.sign.certificate, ..nobody_knows(&w.bruno) };
    assert_eq!(choose(&who, false).unwrap_err(), Error::WrongKeyKind);
    assert_eq!(choose_for_all(&[who], false).unwrap_err(), Error::WrongKeyKind);
}

#[test]
fn a_wish_that_cannot_be_met_is_said() {
    let w = world();
    let who = Correspondent { letter: Some(Capabilities::own()), ..nobody_knows(&w.bruno) };
    assert_eq!(choose(&who, true).unwrap().weaknesses, [Weakness::NotPostQuantum]);
}

/// For every set of capabilities, network and key: the letter that is made is the one that was chosen, and every way in which
/// it is weaker than our own was said.
#[test]
fn no_letter_is_weaker_than_its_choice_says() {
    let w = world();
    for bits in 0..64 {
        for network in [Network::Own, Network::Kim, Network::Direct, Network::Other] {
            // RSA, and for a sample of the sets an elliptic curve: the curve's ways do not depend on them.
            for person in [&w.bruno, &w.amelie].into_iter().take(if bits % 8 == 0 { 2 } else { 1 }) {
                let letter = Some(capabilities(bits));
                let who = Correspondent { letter, directory: listed(network, None), ..nobody_knows(person) };
                assert_says_what_it_is(person, &who);
            }
        }
    }
}

fn assert_says_what_it_is(person: &Person, who: &Correspondent<'_>) {
    let w = world();
    let chosen = choose_for_all(&[*who], false).unwrap();
    let choice = chosen[0].1.clone();
    let mut letter = draft();
    letter.from = mime::Address::bare(BRUNO);
    letter.to = vec![mime::Address::bare(person.address.as_str())];
    letter.parts.clear();
    let recipients = vec![(chosen[0].0.clone(), choice.profile)];
    let copies =
        seal_for_all(&letter, &w.bruno.sign, &w.bruno.recipient(), &recipients, NOW, &mut rng()).unwrap();
    let judged = opened(&copies.outgoing[0].letter.eml, person);
    let LayerReport::Encrypted(envelope) = &judged.layers()[0] else { panic!("{judged:?}") };
    let said = |weakness| choice.weaknesses.contains(&weakness);
    assert_eq!(envelope.cipher, choice.cipher.name(), "{choice:?}");
    assert_eq!(envelope.authenticated, !said(Weakness::NotAuthenticated), "{choice:?}");
    assert_eq!(
        envelope.key == "rsa-pkcs1v15",
        said(Weakness::OldKeyTransport),
        "{choice:?} {}",
        envelope.key
    );
    assert_eq!(envelope.cipher.contains("128"), said(Weakness::ShorterKey), "{choice:?}");
    assert!(choice.level() == Level::Authenticated || said(Weakness::NotAuthenticated));
}

/// More capabilities never make a choice weaker.
#[test]
fn to_say_more_never_weakens() {
    let w = world();
    let weaknesses = |bits: usize| -> Choice {
        choose(&Correspondent { letter: Some(capabilities(bits)), ..nobody_knows(&w.bruno) }, false).unwrap()
    };
    for bits in 0..64 {
        for more in 0..6 {
            let (before, after) = (weaknesses(bits), weaknesses(bits | (1 << more)));
            assert!(after.level() >= before.level(), "{bits} {more}");
        }
    }
}

/// Nobody weakens the copy of another: each class, and each who reads short keys only, gets a copy of its own.
#[test]
fn a_weak_correspondent_weakens_nobody_else() {
    let w = world();
    let strong = Some(Capabilities::own());
    let short = Some(Capabilities { aes128_gcm: true, ..Capabilities::default() });
    let everybody = [
        Correspondent { letter: strong, ..nobody_knows(&w.amelie) },
        Correspondent { letter: short, ..nobody_knows(&w.bruno) },
        nobody_knows(&w.chloe),
    ];
    let chosen = choose_for_all(&everybody, false).unwrap();
    let recipients: Vec<_> = chosen.into_iter().map(|(one, choice)| (one, choice.profile)).collect();
    let mut letter = draft();
    letter.to = [AMELIE, BRUNO, CHLOE].map(mime::Address::bare).to_vec();
    let signer = &w.amelie.sign;
    let copies = seal_for_all(&letter, signer, &w.amelie.recipient(), &recipients, NOW, &mut rng()).unwrap();
    let people = [&w.amelie, &w.bruno, &w.chloe];
    let ciphers = ["aes-256-gcm", "aes-128-gcm", "aes-256-cbc"];
    assert_eq!(copies.outgoing.len(), 3);
    for ((copy, person), cipher) in copies.outgoing.iter().zip(people).zip(ciphers) {
        assert_eq!(copy.rcpt_to, person.own());
        let judged = opened(&copy.letter.eml, person);
        let LayerReport::Encrypted(envelope) = &judged.layers()[0] else { panic!("{judged:?}") };
        assert_eq!(envelope.cipher, cipher);
        let others = people.into_iter().filter(|other| other.address != person.address);
        for other in others {
            let refused = try_open(&copy.letter.eml, other, &w.trust).unwrap_err();
            assert_eq!(refused, Error::NotForThisKey);
        }
    }
}

/// RFC 4262: the certificate itself may say what its owner's program reads.
#[test]
fn a_certificate_may_say_what_its_owner_reads() {
    let w = world();
    assert_eq!(Capabilities::of_certificate(&w.bruno.encrypt.certificate), None);
    let Some(openssl) = crate::openssl::OpenSsl::find(2) else { return };
    for (list, profile) in [("SEQUENCE:gcm", Profile::Default), ("SEQUENCE:cbc", Profile::Compat)] {
        let config = format!(
            "[req]\ndistinguished_name=dn\nx509_extensions=e\n[dn]\n[e]\nbasicConstraints=CA:FALSE\n\
             subjectAltName=email:{BRUNO}\n1.2.840.113549.1.9.15=ASN1:{list}\n[gcm]\na=SEQUENCE:gcm256\n\
             [gcm256]\na=OID:2.16.840.1.101.3.4.1.46\n[cbc]\na=SEQUENCE:cbc256\n[cbc256]\n\
             a=OID:2.16.840.1.101.3.4.1.42\n"
        );
        let config = openssl.write("cert.cnf", config.as_bytes());
        let (key, out) = (openssl.path("key"), openssl.path("cert.pem"));
        let files = [key.to_str().unwrap(), "-out", out.to_str().unwrap()];
        let fixed = [
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=b", "-config", &config, "-keyout",
        ];
        let run = std::process::Command::new("openssl").args(fixed).args(files).output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        let pem = std::fs::read(&out).unwrap();
        let certificate = sceau_smime::Certificate::read_all(&pem).unwrap().remove(0);
        let who = Correspondent { certificate: &certificate, ..nobody_knows(&w.bruno) };
        let choice = choose(&who, false).unwrap();
        assert_eq!((choice.profile, choice.source), (profile, Source::Certificate));
    }
}
