//! Known answers of the AEADs, and every length of AES-CCM.

use aes::cipher::{BlockCipherEncrypt, KeyInit};

use super::{CCM_MIN_TAG_BYTES, CCM_NONCE_BYTES, ContentAlgorithm};
use crate::asn1;
use crate::cms::oids;
use crate::error::Error;

/// CCM after RFC 3610 §2, written out for any lengths, to check the lengths that types have to name.
fn ccm(key: &[u8], nonce: &[u8], tag_bytes: usize, associated: &[u8], plain: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let aes = aes::Aes256::new_from_slice(key).unwrap();
    let block = |input: &[u8]| {
        let mut block: [u8; 16] = input.try_into().unwrap();
        aes.encrypt_block((&mut block).into());
        block
    };
    let octet = |length: usize| u8::try_from(length).unwrap();
    let length_bytes = 15 - nonce.len();
    let flags =
        64 * u8::from(!associated.is_empty()) + 8 * octet((tag_bytes - 2) / 2) + octet(length_bytes) - 1;
    let length = plain.len().to_be_bytes();
    let length: Vec<u8> = std::iter::repeat_n(0, 16).chain(length).collect();
    let mut macced = [&[flags], nonce, &length[length.len() - length_bytes..]].concat();
    if !associated.is_empty() {
        macced.extend([0, octet(associated.len())]);
        macced.extend_from_slice(associated);
        macced.resize(macced.len().next_multiple_of(16), 0);
    }
    macced.extend_from_slice(plain);
    macced.resize(macced.len().next_multiple_of(16), 0);
    let mut mac = [0_u8; 16];
    for chunk in macced.chunks(16) {
        let mixed: Vec<u8> = mac.iter().zip(chunk).map(|(a, b)| a ^ b).collect();
        mac = block(&mixed);
    }
    let stream = |counter: u8| {
        let mut input = [&[octet(length_bytes) - 1], nonce, &vec![0; length_bytes]].concat();
        *input.last_mut().unwrap() = counter;
        block(&input)
    };
    let tag = mac.iter().zip(stream(0)).take(tag_bytes).map(|(a, b)| a ^ b).collect();
    let key_stream = (1..).flat_map(stream);
    (plain.iter().zip(key_stream).map(|(a, b)| a ^ b).collect(), tag)
}

fn ccm_algorithm(nonce: &[u8], tag_bytes: Option<usize>) -> Result<ContentAlgorithm, Error> {
    let tag_bytes =
        tag_bytes.map(|length| asn1::small_integer(u32::try_from(length).unwrap())).unwrap_or_default();
    let parameters = asn1::sequence(&[&asn1::octet_string(nonce), &tag_bytes]);
    ContentAlgorithm::from_der(&asn1::sequence(&[&asn1::oid(oids::AES256_CCM), &parameters]))
}

#[test]
fn every_length_of_ccm_that_is_read_opens() {
    let key = [3; 32];
    let plain: Vec<u8> = (0..100).collect();
    let mut opened = 0;
    for nonce_bytes in CCM_NONCE_BYTES {
        let nonce = vec![9; nonce_bytes];
        for tag_bytes in (CCM_MIN_TAG_BYTES..=16).step_by(2) {
            let algorithm = ccm_algorithm(&nonce, Some(tag_bytes)).unwrap();
            for associated in [&b""[..], b"attributes"] {
                let (mut sealed, mut tag) = ccm(&key, &nonce, tag_bytes, associated, &plain);
                let untouched = sealed.clone();
                algorithm.open_aead(&key, associated, &tag, &mut sealed).unwrap();
                assert_eq!(algorithm.authenticates(), tag_bytes >= 8);
                assert_eq!(sealed, plain, "{nonce_bytes} {tag_bytes}");
                tag[0] ^= 1;
                let refused = algorithm.open_aead(&key, associated, &tag, &mut untouched.clone());
                assert_eq!(refused, Err(Error::Decrypt));
                opened += 1;
            }
        }
    }
    assert_eq!(opened, 7 * 7 * 2);
    assert!(ccm_algorithm(&[9; 12], None).is_ok_and(|it| it.to_der().ends_with(&[2, 1, 12])));
    for (nonce_bytes, tag_bytes) in [(6, 16), (14, 16), (12, 2), (12, 5), (12, 9), (12, 18)] {
        let oid = oids::AES256_CCM;
        let refused = ccm_algorithm(&vec![9; nonce_bytes], Some(tag_bytes));
        assert_eq!(refused, Err(Error::AlgorithmParameters { oid }), "{nonce_bytes} {tag_bytes}");
    }
}

/// SP 800-38C example 3.
#[test]
fn ccm_known_answer() {
    let nonce = hex::decode("101112131415161718191a1b").unwrap();
    let parameters = asn1::sequence(&[&asn1::octet_string(&nonce), &asn1::small_integer(8)]);
    let der = asn1::sequence(&[&asn1::oid(oids::AES128_CCM), &parameters]);
    let algorithm = ContentAlgorithm::from_der(&der).unwrap();
    assert_eq!((algorithm.cipher.name(), algorithm.to_der()), ("aes-128-ccm", der));
    let mut content = hex::decode("e3b201a9f5b71a7a9b1ceaeccd97e70b6176aad9a4428aa5").unwrap();
    let key: Vec<u8> = (0x40..0x50).collect();
    let associated: Vec<u8> = (0..20).collect();
    algorithm.open_aead(&key, &associated, &hex::decode("484392fbc1b09951").unwrap(), &mut content).unwrap();
    assert_eq!(content, (0x20..0x38).collect::<Vec<u8>>());
    assert!(algorithm.seal_aead(&key, &[], &mut content).is_err(), "read only");
}

/// RFC 8439 §2.8.2, with the parameters of RFC 8103 §2.
#[test]
fn chacha20_poly1305_known_answer() {
    let nonce = hex::decode("070000004041424344454647").unwrap();
    let der = asn1::sequence(&[&asn1::oid(oids::CHACHA20_POLY1305), &asn1::octet_string(&nonce)]);
    let algorithm = ContentAlgorithm::from_der(&der).unwrap();
    assert_eq!(algorithm.to_der(), der);
    let key: Vec<u8> = (0x80..0xa0).collect();
    let associated = hex::decode("50515253c0c1c2c3c4c5c6c7").unwrap();
    let plain = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the \
                  future, sunscreen would be it.";
    let mut content = plain.to_vec();
    let tag = algorithm.seal_aead(&key, &associated, &mut content).unwrap();
    assert_eq!(hex::encode(&tag), "1ae10b594f09e26a7e902ecbd0600691");
    assert!(hex::encode(&content).starts_with("d31a8d34648e60db7b86afbc53ef7ec2"));
    algorithm.open_aead(&key, &associated, &tag, &mut content).unwrap();
    assert_eq!(content, plain);
    let short = asn1::sequence(&[&asn1::oid(oids::CHACHA20_POLY1305), &asn1::octet_string(&nonce[1..])]);
    assert!(ContentAlgorithm::from_der(&short).is_err());
}
