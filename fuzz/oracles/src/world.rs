//! Fixed people, and the letters that were really written: whatever else counts as theirs is a forgery.

use core::convert::Infallible;
use std::sync::LazyLock;

use rand_core::{TryCryptoRng, TryRng};
use sceau_smime::cms::keyring::KeyEncryptionKey;
use sceau_smime::letter::TrustSettings;
use sceau_smime::path::Anchors;
use sceau_smime::{Certificate, Identity, PrivateKey, UnixTime};
use sha2::{Digest, Sha256};

/// 2026-12-01T08:17:00Z, when the people's certificates are valid.
pub(crate) const NOW: UnixTime = UnixTime(1_796_113_020);

/// The reader of every seed.
pub(crate) static READER: LazyLock<Vec<Identity>> = LazyLock::new(|| {
    vec![identity(
        include_bytes!("../../../crates/smime/tests/world/bruno.encrypt.key"),
        include_bytes!("../../../crates/smime/tests/world/bruno.encrypt.crt"),
    )]
});

/// A key that the reader shares with who writes to him.
pub(crate) static SHARED: LazyLock<[KeyEncryptionKey; 1]> =
    LazyLock::new(|| [KeyEncryptionKey::new(&[1; 16], Some(b"id"))]);

/// Trust in the people's authority.
pub(crate) static TRUST: LazyLock<TrustSettings> = LazyLock::new(|| TrustSettings {
    anchors: Anchors::from_certificates(certificates(include_bytes!(
        "../../../crates/smime/tests/world/ca.crt"
    ))),
    ..TrustSettings::default()
});

/// SHA-256 of each message that was signed, as `fuzz/oracles/examples/plant/main.rs` printed it.
const WRITTEN: &str = include_str!("../../seeds/written.txt");

/// Whether the message is one that was really signed.
pub(crate) fn was_written(message: &[u8]) -> bool {
    let digest: String = Sha256::digest(message).iter().map(|octet| format!("{octet:02x}")).collect();
    WRITTEN.lines().any(|line| line == digest)
}

pub(crate) fn certificates(pem: &[u8]) -> Vec<Certificate> {
    Certificate::read_all(pem).unwrap_or_default()
}

#[expect(clippy::expect_used, reason = "our own files, and nothing can be found without them")]
fn identity(key: &[u8], certificate: &[u8]) -> Identity {
    let key = PrivateKey::read(key, None).expect("the reader's key");
    let certificate = certificates(certificate).into_iter().next().expect("the reader's certificate");
    Identity::new(key, certificate, Vec::new()).expect("the reader")
}

/// Randomness that is none: a finding must be found again.
pub(crate) struct Fixed(u64);

impl Fixed {
    pub(crate) fn new() -> Self {
        Self(0)
    }
}

impl TryRng for Fixed {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut octets = [0; 4];
        self.try_fill_bytes(&mut octets)?;
        Ok(u32::from_le_bytes(octets))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut octets = [0; 8];
        self.try_fill_bytes(&mut octets)?;
        Ok(u64::from_le_bytes(octets))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for chunk in out.chunks_mut(32) {
            self.0 = self.0.wrapping_add(1);
            let block = Sha256::digest(self.0.to_le_bytes());
            chunk.iter_mut().zip(block).for_each(|(place, octet)| *place = octet);
        }
        Ok(())
    }
}

impl TryCryptoRng for Fixed {}
