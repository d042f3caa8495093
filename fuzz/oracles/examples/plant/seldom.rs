//! Content types that are seldom met.

use aes_kw::KeyInit;
use sceau_smime::cms::digested_data;
use sceau_smime::cms::encrypted_data;
use sceau_smime::mac::MacAlgorithm;

use super::beside::der;
use super::{Planter, rng};

/// What the reader shares with who writes to him, as the oracles know it.
const SHARED: [u8; 16] = [1; 16];

const MESSAGE: &[u8] = b"From: amelie.roche@cabinet.example\r\nSubject: bonjour\r\n\r\nBonjour\r\n";

const DATA: [u8; 11] = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
const COMPRESSED: [u8; 13] = [6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 9];
const ZLIB: [u8; 13] = [6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 3, 8];
const AUTHENTICATED: [u8; 13] = [6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 2];
const AES128_WRAP: [u8; 11] = [6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 5];
const HMAC_SHA256: [u8; 10] = [6, 8, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 9];

impl Planter {
    pub(super) fn seldom(&mut self) {
        let digest = <sha2::Sha256 as sha2::Digest>::digest(MESSAGE);
        self.written.insert(hex::encode(digest));
        self.plant(&["digested_data", "content_info"], "digested.der", &digested_data::write(MESSAGE));
        let encrypted = encrypted_data::write(MESSAGE.to_vec(), &SHARED, &mut rng()).unwrap();
        self.plant(&["encrypted_data", "content_info"], "encrypted.der", &encrypted);
        self.plant(&["compressed_data", "content_info"], "compressed.der", &compressed());
        self.plant(&["authenticated_data", "content_info"], "authenticated.der", &authenticated());
    }
}

fn content(content_type: &[u8], fields: &[&[u8]]) -> Vec<u8> {
    der(0x30, &[content_type, &der(0xa0, &[&der(0x30, fields)])])
}

fn encapsulated(octets: &[u8]) -> Vec<u8> {
    der(0x30, &[&DATA, &der(0xa0, &[&der(4, &[octets])])])
}

/// RFC 3274.
fn compressed() -> Vec<u8> {
    let stream = miniz_oxide::deflate::compress_to_vec_zlib(MESSAGE, 6);
    content(&COMPRESSED, &[&[2, 1, 0], &der(0x30, &[&ZLIB]), &encapsulated(&stream)])
}

/// RFC 5652 §9, for one shared key, without attributes.
fn authenticated() -> Vec<u8> {
    let mac_key = [8; 32];
    let mut wrapped = [0; 40];
    aes_kw::KwAes128::new(&SHARED.into()).wrap_key(&mac_key, &mut wrapped).unwrap();
    // [2] KEKRecipientInfo: version 4, the key's identifier, its algorithm, the wrapped key.
    let identifier = der(0x30, &[&der(4, &[b"id"])]);
    let recipient = der(0xa2, &[&[2, 1, 4], &identifier, &der(0x30, &[&AES128_WRAP]), &der(4, &[&wrapped])]);
    let code = MacAlgorithm::Sha256.compute(&mac_key, MESSAGE);
    let fields: [&[u8]; 5] = [
        &[2, 1, 0],
        &der(0x31, &[&recipient]),
        &der(0x30, &[&HMAC_SHA256, &[5, 0]]),
        &encapsulated(MESSAGE),
        &der(4, &[&code]),
    ];
    content(&AUTHENTICATED, &fields)
}
