use super::*;
use crate::ca::{Issue, Usage, self_signed};
use crate::key::Algorithm;
use crate::time::UnixTime;
use rand_core::CryptoRng;

fn rng() -> impl CryptoRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}

fn identity(algorithm: Algorithm, name: &str) -> Identity {
    let key = PrivateKey::generate(algorithm, &mut rng()).unwrap();
    let issue = Issue { email: "a@b.example", usage: Usage::Both, days: 30 };
    let certificate = self_signed(&key, name, issue, UnixTime(1_780_000_000), &mut rng()).unwrap();
    Identity::new(key, certificate, Vec::new()).unwrap()
}

#[test]
fn what_is_written_is_read_again() {
    let identities = [identity(Algorithm::P256, "Clé une"), identity(Algorithm::Rsa2048, "Clé deux")];
    for password in ["", "00", "mot de passe é 💊"] {
        let bytes = write_with_iterations(&identities, password, 10, &mut rng()).unwrap();
        assert!(Pkcs12::is_pkcs12(&bytes));
        let read = Pkcs12::read(&bytes, Some(password)).unwrap();
        assert_eq!(read.mac.as_deref(), Some("hmac-sha256, 10 iterations"));
        assert_eq!((read.keys.len(), read.certificates.len(), read.unreadable.len()), (2, 2, 0));
        let found = read.identities();
        assert_eq!(found.len(), 2);
        for (found, written) in found.iter().zip(&identities) {
            assert_eq!(found.certificate, written.certificate);
            assert!(found.key.matches(&written.key.public_key()));
        }
    }
}

#[test]
fn a_wrong_pass_phrase_is_told_from_damage() {
    let bytes = write_with_iterations(&[identity(Algorithm::P256, "A")], "juste", 10, &mut rng()).unwrap();
    assert_eq!(Pkcs12::read(&bytes, Some("faux")).err(), Some(Error::WrongPassword));
    assert_eq!(Pkcs12::read(&bytes, None).err(), Some(Error::PasswordRequired));
    // The last octets belong to the iteration count and salt of the check, the middle to a key.
    let mut damaged_check = bytes.clone();
    let salt = bytes.len() - 10;
    damaged_check[salt] ^= 1;
    let damage = Some(Error::Malformed { what: crate::Structure::Pkcs12 });
    assert_eq!(Pkcs12::read(&damaged_check, Some("juste")).err(), damage);
    assert_eq!(Pkcs12::read(&bytes[..bytes.len() - 1], Some("juste")).err(), damage);
    assert_eq!(Pkcs12::read(b"not a container", Some("juste")).err(), damage);
}

#[test]
fn no_single_changed_octet_opens_to_anything_else_or_panics() {
    let written = identity(Algorithm::P256, "A");
    let bytes = write_with_iterations(std::slice::from_ref(&written), "juste", 2, &mut rng()).unwrap();
    let mut unnoticed = 0;
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        if let Ok(read) = Pkcs12::read(&damaged, Some("juste")) {
            // Only the parameters of the check's own hash are not covered by it.
            assert_eq!(read.certificates, std::slice::from_ref(&written.certificate), "octet {at}");
            assert_eq!(read.keys.len(), 1, "octet {at}");
            unnoticed += 1;
        }
    }
    assert!(unnoticed <= 2, "{unnoticed}");
}
