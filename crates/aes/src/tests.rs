//! Against FIPS 197 by its definition, and against the crate `aes`.

use crate::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use crate::key::AFFINE;
use crate::sbox;
use crate::{Aes128, Aes192, Aes256};

/// A product in GF(2⁸) (FIPS 197 §4.2).
fn times(one: u8, other: u8) -> u8 {
    (0..8).rev().fold(0, |sum, bit| {
        let doubled = (sum << 1) ^ if sum & 0x80 == 0 { 0 } else { 0x1b };
        if other >> bit & 1 == 1 { doubled ^ one } else { doubled }
    })
}

/// FIPS 197 §5.1.1 by its words.
fn substituted(octet: u8) -> u8 {
    let inverse = (0..=255).find(|other| times(octet, *other) == 1).unwrap_or(0);
    [0, 1, 2, 3, 4].map(|places| inverse.rotate_left(places)).into_iter().fold(AFFINE, |sum, term| sum ^ term)
}

fn planes(octet: u8) -> [u32; 8] {
    core::array::from_fn(|bit| u32::from(octet >> bit) & 1)
}

fn octet(planes: [u32; 8]) -> u8 {
    planes.into_iter().enumerate().fold(0, |octet, (bit, plane)| octet | u8::try_from(plane).unwrap() << bit)
}

#[test]
fn the_circuits_are_those_of_the_standard() {
    for value in 0..=255 {
        assert_eq!(octet(sbox::sub_bytes(planes(value))) ^ AFFINE, substituted(value), "{value}");
        assert_eq!(octet(sbox::inv_sub_bytes(planes(substituted(value) ^ AFFINE))), value, "{value}");
        assert_eq!(sbox::sub_word([value, !value, 0, 1]), [value, !value, 0, 1].map(substituted));
    }
}

/// FIPS 197 appendix C.
#[test]
fn the_examples_of_the_standard() {
    let key: [u8; 32] = core::array::from_fn(|at| u8::try_from(at).unwrap());
    let plain: [u8; 16] = core::array::from_fn(|at| u8::try_from(at * 0x11).unwrap());
    let sealed = |text| u128::from_str_radix(text, 16).unwrap().to_be_bytes();
    let check = |cipher: &dyn Fn([u8; 16]) -> ([u8; 16], [u8; 16]), wanted| {
        assert_eq!(cipher(plain), (sealed(wanted), plain));
    };
    fn both<C: BlockCipherEncrypt<BlockSize = crate::cipher::consts::U16> + BlockCipherDecrypt>(
        cipher: &C,
        plain: [u8; 16],
    ) -> ([u8; 16], [u8; 16]) {
        let mut block = plain.into();
        cipher.encrypt_block(&mut block);
        let sealed = block.into();
        cipher.decrypt_block(&mut block);
        (sealed, block.into())
    }
    check(
        &|plain| both(&Aes128::new_from_slice(&key[..16]).unwrap(), plain),
        "69c4e0d86a7b0430d8cdb78070b4c55a",
    );
    check(
        &|plain| both(&Aes192::new_from_slice(&key[..24]).unwrap(), plain),
        "dda97ca4864cdfe06eaf70a0ec0d7191",
    );
    check(&|plain| both(&Aes256::new_from_slice(&key).unwrap(), plain), "8ea2b7ca516745bfeafc49904b496089");
}

/// Any number of blocks, whole eights and what is left, in place and beside.
#[test]
fn random_blocks_are_those_of_the_crate_aes() {
    fn compare<Ours, Theirs>()
    where
        Ours: KeyInit + BlockCipherEncrypt<BlockSize = Theirs::BlockSize> + BlockCipherDecrypt,
        Theirs: KeyInit<KeySize = Ours::KeySize> + BlockCipherEncrypt + BlockCipherDecrypt,
    {
        for number in 0..50 {
            let mut key = crate::cipher::Key::<Ours>::default();
            getrandom::fill(&mut key).unwrap();
            let mut plain = vec![crate::cipher::Block::<Ours>::default(); number];
            plain.iter_mut().for_each(|block| getrandom::fill(block).unwrap());
            let (ours, theirs) = (Ours::new(&key), Theirs::new(&key));
            let (mut sealed, mut wanted) = (plain.clone(), plain.clone());
            ours.encrypt_blocks(&mut sealed);
            theirs.encrypt_blocks(&mut wanted);
            assert!(sealed == wanted, "{number}");
            let mut opened = plain.clone();
            ours.decrypt_blocks_b2b(&sealed, &mut opened).unwrap();
            assert!(opened == plain, "{number}");
        }
    }
    compare::<Aes128, aes::Aes128>();
    compare::<Aes192, aes::Aes192>();
    compare::<Aes256, aes::Aes256>();
}
