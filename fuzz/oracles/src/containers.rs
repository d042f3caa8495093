//! Private keys and the files they come in.

use core::hint::black_box;

use sceau_smime::{Pkcs12, PrivateKey, pem as armour};

/// A private key that was read and written is the same key.
pub(crate) fn private_key(data: &[u8]) {
    for password in [None, Some("password")] {
        let Ok(read) = PrivateKey::read(data, password) else { continue };
        let again = read.to_pkcs8_der().and_then(|der| PrivateKey::read(&der, None));
        assert!(again.is_ok_and(|again| again.matches(&read.public_key())), "another key came back");
    }
}

/// Identities of a container have matching keys.
pub(crate) fn pkcs12(data: &[u8]) {
    black_box(Pkcs12::is_pkcs12(data));
    let Ok(read) = Pkcs12::read(data, Some("password")) else { return };
    for identity in read.identities() {
        assert!(identity.certificate.public_key().is_ok_and(|key| identity.key.matches(&key)));
    }
}

/// A block of PEM that was read and written is the same block.
pub(crate) fn pem(data: &[u8]) {
    black_box(armour::is_pem(data));
    for block in armour::blocks(data).unwrap_or_default() {
        let again = armour::blocks(armour::encode(&block.label, &block.der).as_bytes());
        assert!(again.is_ok_and(|again| again.len() == 1 && again.iter().all(|one| *one.der == *block.der)));
    }
}
