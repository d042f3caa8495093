//! Ranges give what the whole gives.

use std::rc::Rc;

use sceau_mime as mime;

use super::base64::Base64;
use super::crlf::Crlf;
use super::scan::{Finder, TextFacts, has_other_line_ends};
use super::transducer::{Machine, Transduced};
use super::view::{Cached, Joined, Memory, Pieces, Slice};
use super::{Source, Veil, View, WINDOW, fill, read_all};
use crate::backend::ready;
use crate::cms::content_cipher::ranges::{RangedAead, Sealer, open_cbc};
use crate::cms::content_cipher::{Cipher, ContentAlgorithm};
use crate::error::Error;

fn view(bytes: &[u8]) -> View {
    Rc::new(Memory::new(bytes.to_vec()))
}

fn noise(octets: usize) -> Vec<u8> {
    (0_u32..).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[0]).take(octets).collect()
}

/// A generator that gives the same numbers every time (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }
}

#[track_caller]
fn assert_reads_as(source: &dyn Source, expected: &[u8]) {
    assert_eq!(source.len(), expected.len() as u64);
    let whole = ready(read_all(source, u64::MAX)).unwrap();
    assert!(*whole == expected);
    let mut numbers = Numbers(7);
    for _ in 0..50 {
        let start = numbers.below(expected.len() + 2);
        let mut buffer = vec![0; numbers.below(2 * WINDOW)];
        let read = ready(fill(source, start as u64, &mut buffer)).unwrap();
        let end = (start + buffer.len()).min(expected.len());
        assert!(buffer[..read] == *expected.get(start..end).unwrap_or_default(), "{start} {read}");
    }
}

#[test]
fn ranges_pieces_and_rows_read_as_the_whole() {
    let whole = noise(700_000);
    let source = view(&whole);
    assert_reads_as(&Slice::new(&source, 1_000, 650_001), &whole[1_000..650_001]);
    assert_reads_as(&Cached::new(&source), &whole);
    let row = Joined::new([source.clone(), view(&[]), view(b"abc"), source.clone()]);
    assert_reads_as(&row, &[whole.as_slice(), b"abc", &whole].concat());
    let (mut pieces, mut expected) = (Pieces::default(), Vec::new());
    for (start, length) in (0..400).map(|at| (at * 1_100, 1_024)).chain([(441_000, 3), (450_000, 200_000)]) {
        pieces.push(start, length).unwrap();
        let (start, length) = (usize::try_from(start).unwrap(), usize::try_from(length).unwrap());
        expected.extend_from_slice(&whole[start..start + length]);
    }
    assert_reads_as(pieces.of(&source).as_ref(), &expected);
}

#[test]
fn pieces_of_many_lengths_are_limited() {
    let mut pieces = Pieces::default();
    let failed = (0..).find_map(|at| pieces.push(at * 3, 1 + at % 2).err());
    assert!(matches!(failed, Some(Error::LimitExceeded { .. })));
}

#[test]
fn machines_read_as_what_they_make_of_the_whole() {
    let text =
        noise(600_000).iter().map(|octet| if octet % 7 == 0 { b'\n' } else { *octet }).collect::<Vec<_>>();
    assert_reads_as(&ready(Transduced::<Crlf>::new(&view(&text))).unwrap().0, &made_by::<Crlf>(&text));
    let letters =
        noise(600_000).iter().map(|octet| b"AZaz09+/ \r\n"[usize::from(*octet) % 11]).collect::<Vec<_>>();
    assert_reads_as(
        &ready(Transduced::<Base64>::new(&view(&letters))).unwrap().0,
        &made_by::<Base64>(&letters),
    );
}

fn made_by<M: Machine>(input: &[u8]) -> Vec<u8> {
    let (mut machine, mut output) = (M::default(), Vec::new());
    machine.push(input, &mut output);
    machine.finish(&mut output);
    output
}

#[test]
fn base64_and_line_ends_are_those_of_small_letters() {
    let mut numbers = Numbers(11);
    let limits = mime::Limits::default();
    for _ in 0..3_000 {
        let alphabet = [b"ABCD".as_slice(), b"AB=", b"AB=\r\n-"][numbers.below(3)];
        let body: Vec<u8> = (0..numbers.below(14)).map(|_| alphabet[numbers.below(alphabet.len())]).collect();
        let mail =
            [b"Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n".as_slice(), &body].concat();
        let letter = mime::read(&mail, &limits).unwrap();
        let (mut machine, mut decoded) = (Base64::default(), Vec::new());
        machine.push(&body, &mut decoded);
        machine.finish(&mut decoded);
        let shown = String::from_utf8_lossy(&body);
        assert_eq!(decoded, letter.parts[0].bytes, "{shown:?}");
        let damaged = letter.defects.contains(&mime::Defect::DamagedEncoding);
        assert_eq!(machine.is_damaged(), damaged, "{shown:?}");
        let text: Vec<u8> = body.iter().map(|octet| if *octet == b'A' { b'\n' } else { *octet }).collect();
        let signed = mime::MultipartSigned { content: &text, signature: Vec::new(), micalg: None };
        assert_eq!(made_by::<Crlf>(&text), *signed.canonical());
        assert_eq!(
            !ready(has_other_line_ends(&*view(&text))).unwrap(),
            mime::is_lines_of_text(&text),
            "{text:?}"
        );
    }
}

#[test]
fn words_are_found_wherever_they_lie() {
    let mut text = noise(3 * WINDOW);
    let places = [0, 5, WINDOW - 3, 2 * WINDOW - 1, 3 * WINDOW - 6];
    for at in places {
        text[at..at + 4].copy_from_slice(b"\0abc");
    }
    let source = view(&text);
    let mut finder = Finder::new(source.as_ref(), vec![b"\0abc".to_vec(), b"\0abcdefghijklmnop".to_vec()], 0);
    let mut found = Vec::new();
    while let Some(place) = ready(finder.next()).unwrap() {
        found.push(usize::try_from(place).unwrap());
    }
    assert_eq!(found, places);
}

#[test]
fn facts_about_text_do_not_depend_on_windows() {
    let long = "é".repeat(WINDOW);
    let field = format!("{}Content-Transfer-Encoding: 8bit\r\n", "x".repeat(WINDOW - 10));
    for (text, plain, eight_bit) in [
        (b"a\xc3\xa9b".as_slice(), true, false),
        (b"a\xc3", false, false),
        (b"a\xff", false, false),
        (b"a\0", false, false),
        (&[b"a", long.as_bytes()].concat(), true, false),
        (field.as_bytes(), true, true),
    ] {
        let facts = ready(TextFacts::of(view(text).as_ref())).unwrap();
        assert_eq!((facts.is_plain_text(), facts.declares_8bit), (plain, eight_bit));
    }
}

#[test]
fn what_waits_behind_a_veil_is_hidden_and_comes_back() {
    let octets = noise(300_000);
    let veil = Veil::new(&mut rand_core::UnwrapErr(getrandom::SysRng));
    let mut hidden = octets.clone();
    for (at, piece) in hidden.chunks_mut(70_001).enumerate() {
        veil.apply(at as u64 * 70_001, piece);
    }
    assert!(hidden.iter().zip(&octets).filter(|(one, other)| one == other).count() < 3_000);
    assert_reads_as(veil.over(view(&hidden)).as_ref(), &octets);
}

#[test]
fn aeads_by_ranges_are_those_of_the_whole() {
    let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    for cipher in [Cipher::Aes128Gcm, Cipher::Aes192Gcm, Cipher::Aes256Gcm, Cipher::ChaCha20Poly1305] {
        for length in [0, 1, 15, 16, 17, WINDOW, 2 * WINDOW + 5] {
            let algorithm = ContentAlgorithm::generate(cipher, length % 2 == 0, &mut rng);
            let (key, plain) = (noise(cipher.key_bytes()), noise(length));
            let mut sealed = plain.clone();
            let tag = algorithm.seal_aead(&key, b"beside", &mut sealed).unwrap();
            let open = |tag: &[u8]| {
                let aead = RangedAead::new(&algorithm, &key, b"beside").unwrap();
                ready(aead.open(&view(&sealed), tag))
            };
            assert_reads_as(open(&tag).unwrap().as_ref(), &plain);
            let wrong: Vec<u8> = tag.iter().map(|octet| octet ^ 1).collect();
            assert_eq!(open(&wrong).err(), Some(Error::Decrypt));
            let (again, tag) = sealed_by_windows(&algorithm, &key, &plain);
            let mut expected = plain.clone();
            assert_eq!(tag, Some(algorithm.seal_aead(&key, &[], &mut expected).unwrap()));
            assert!(again == expected);
        }
    }
}

#[test]
fn cbc_by_ranges_is_that_of_the_whole() {
    let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    for cipher in [Cipher::Aes128Cbc, Cipher::Aes192Cbc, Cipher::Aes256Cbc] {
        for length in [0, 15, 16, WINDOW, 2 * WINDOW + 5] {
            let algorithm = ContentAlgorithm::generate(cipher, false, &mut rng);
            let (key, plain) = (noise(cipher.key_bytes()), noise(length));
            let sealed = algorithm.encrypt_cbc(&key, plain.clone()).unwrap();
            assert_reads_as(ready(open_cbc(&algorithm, &key, &view(&sealed))).unwrap().as_ref(), &plain);
            assert!(sealed_by_windows(&algorithm, &key, &plain).0 == sealed);
            // What the whole refuses is refused: no whole blocks, or padding that is none.
            for wrong in [&sealed[..sealed.len() - 1], &[], &noise(4_096)] {
                let by_ranges = ready(open_cbc(&algorithm, &key, &view(wrong))).err();
                assert_eq!(by_ranges, algorithm.decrypt_cbc(&key, wrong.to_vec()).err());
            }
        }
    }
}

fn sealed_by_windows(algorithm: &ContentAlgorithm, key: &[u8], plain: &[u8]) -> (Vec<u8>, Option<Vec<u8>>) {
    let mut sealer = Sealer::new(algorithm, key, plain.len() as u64).unwrap();
    let mut sealed = Vec::new();
    let last = plain.len().div_ceil(WINDOW).max(1);
    for at in 0..last {
        let end = ((at + 1) * WINDOW).min(plain.len());
        let mut window = plain[at * WINDOW..end].to_vec();
        sealer.seal(&mut window, at + 1 == last).unwrap();
        sealed.extend_from_slice(&window);
    }
    (sealed, sealer.finish().map(|tag| tag.to_vec()))
}
