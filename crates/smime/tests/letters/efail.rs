//! EFAIL (USENIX Security 2018): ciphertexts of CBC rearranged around chosen plaintext, and AES-GCM rewritten as CBC. Every
//! one of ten thousand is the same refusal as every other fault: nothing is rendered, nothing is told.

use std::collections::BTreeMap;

use sceau_mime as mime;
use sceau_smime::cms::ber::Tlv;
use sceau_smime::cms::content_info::ContentInfo;
use sceau_smime::cms::envelope::{Envelope, Sealing, To, seal as seal_envelope};
use sceau_smime::cms::recipients::Transport;
use sceau_smime::cms::sign::{Enclosure, compat_scheme, sign};
use sceau_smime::letter::OpenRequest;
use sceau_smime::{Error, Trust};

use crate::beside::{children, der};
use crate::big::open;
use crate::world::{AMELIE, NOW, rng, try_open, world};

const MUTATIONS: usize = 10_000;
const BLOCK: usize = 16;
const SEED: u64 = 0x5ce0_efa1_1000_0001;

/// What an attacker wants read: sixteen octets each, closed by the noise that follows.
const CHOSEN: [&[u8; BLOCK]; 8] = [
    b"<img src=\"//x.y/",
    b"<base href='//x.",
    b"\r\nFrom: a@b.exam",
    b"\" x=\"           ",
    b"</script><style>",
    b"Content-Type: te",
    b"\r\n\r\n<a href=//x/",
    b"--b\r\n\r\nhttp://x.",
];

/// Numbers that are the same in every run (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }
}

/// A CBC envelope taken apart.
struct Cbc {
    name: &'static str,
    /// The fields of EnvelopedData before its content.
    before: Vec<Vec<u8>>,
    content_type: Vec<u8>,
    cipher: Vec<u8>,
    iv: [u8; BLOCK],
    blocks: Vec<[u8; BLOCK]>,
    plain: Vec<[u8; BLOCK]>,
}

fn blocks(bytes: &[u8]) -> Vec<[u8; BLOCK]> {
    bytes.as_chunks::<BLOCK>().0.to_vec()
}

fn xor(parts: [[u8; BLOCK]; 3]) -> [u8; BLOCK] {
    std::array::from_fn(|at| parts[0][at] ^ parts[1][at] ^ parts[2][at])
}

impl Cbc {
    fn of(name: &'static str, entity: &[u8]) -> Self {
        let w = world();
        let to = To { certificate: &w.bruno.encrypt.certificate, transport: Transport::RsaOaep };
        let sealed = seal_envelope(entity.to_vec(), &[to], Sealing::Aes256Cbc, &mut rng()).unwrap().der;
        let info = ContentInfo::read(&sealed).unwrap();
        let opened = Envelope::read(&info).unwrap().unwrap().open(w.bruno.keys(), &mut rng()).unwrap();
        assert_eq!(opened.content, entity);
        let mut before = children(&children(&children(&sealed)[1])[0]);
        let content = children(&before.pop().unwrap());
        let algorithm = children(&content[1]);
        Self {
            name,
            before,
            content_type: content[0].clone(),
            cipher: algorithm[0].clone(),
            iv: Tlv::parse(&algorithm[1]).unwrap().contents.try_into().unwrap(),
            blocks: blocks(&Tlv::parse(&content[2]).unwrap().octets().unwrap()),
            plain: blocks(entity),
        }
    }

    fn write(&self, iv: &[u8; BLOCK], ciphertext: &[[u8; BLOCK]]) -> Vec<u8> {
        let algorithm = der(0x30, &[&self.cipher, &der(4, &[iv])]);
        let content = der(0x30, &[&self.content_type, &algorithm, &der(0x80, &[&ciphertext.concat()])]);
        let fields = [self.before.concat(), content].concat();
        let oid = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 3];
        der(0x30, &[&oid, &der(0xa0, &[&der(0x30, &[&fields])])])
    }

    /// Two blocks that decrypt to noise and then to `chosen`: the previous block is bent so that a known one turns.
    fn gadget(&self, known: usize, chosen: &[u8; BLOCK]) -> [[u8; BLOCK]; 2] {
        let previous = if known == 0 { self.iv } else { self.blocks[known - 1] };
        [xor([previous, self.plain[known], *chosen]), self.blocks[known]]
    }

    /// One rearrangement: gadgets put in, put over, put before the end, or before blocks that are cut out.
    fn mutated(&self, numbers: &mut Numbers) -> Vec<u8> {
        let count = 1 + numbers.below(4);
        let mut gadgets = Vec::new();
        for _ in 0..count {
            let known = numbers.below(self.plain.len());
            gadgets.extend(self.gadget(known, CHOSEN[numbers.below(CHOSEN.len())]));
        }
        let mut ciphertext = self.blocks.clone();
        let at = numbers.below(ciphertext.len() - 1);
        match numbers.below(4) {
            0 => drop(ciphertext.splice(at..at, gadgets)),
            1 => {
                let end = (at + gadgets.len()).min(ciphertext.len() - 1);
                drop(ciphertext.splice(at..end, gadgets));
            }
            2 => {
                // The last two blocks keep the padding right.
                let end = ciphertext.len() - 2;
                drop(ciphertext.splice(at.min(end)..end, gadgets));
            }
            _ => {
                let end = (at + 1 + numbers.below(8)).min(ciphertext.len() - 1);
                let copied: Vec<_> = ciphertext[at..end].to_vec();
                drop(ciphertext.splice(at..at, gadgets.into_iter().chain(copied)));
            }
        }
        self.write(&self.iv, &ciphertext)
    }
}

/// Letters as programs with CBC write them.
fn letters() -> Vec<Cbc> {
    let w = world();
    let html = format!(
        "Content-Type: text/html; charset=utf-8\r\nFrom: {AMELIE}\r\nSubject: secret\r\n\r\n<html><body><p>{}</p></body></html>\r\n",
        "Le patient va bien. ".repeat(40)
    );
    let opaque = |signer: &crate::world::Person| {
        let scheme = compat_scheme(&signer.sign);
        let signed = sign(html.as_bytes(), Enclosure::Opaque, &signer.sign, scheme, NOW, &mut rng()).unwrap();
        mime::wrap_cms(&signed, "signed-data", &[], mime::WrapEncoding::Base64).unwrap()
    };
    let scheme = compat_scheme(&w.amelie.sign);
    let detached = sceau_smime::letter::sign_entity(
        html.as_bytes(),
        Enclosure::Detached,
        &w.amelie.sign,
        scheme,
        &[],
        NOW,
        &mut rng(),
    )
    .unwrap();
    vec![
        Cbc::of("unsigned html", html.as_bytes()),
        Cbc::of("opaque, ECDSA", &opaque(&w.amelie)),
        Cbc::of("opaque, RSA", &opaque(&w.bruno)),
        Cbc::of("multipart/signed", &detached),
    ]
}

#[test]
fn ten_thousand_gadgets_are_one_refusal() {
    let w = world();
    let letters = letters();
    for letter in &letters {
        // Taken apart and put together again each of them opens.
        let whole = try_open(&letter.write(&letter.iv, &letter.blocks), &w.bruno, &w.trust).unwrap();
        assert_eq!(whole.letter().subject, "secret", "{}", letter.name);
    }
    let mut numbers = Numbers(SEED);
    let mut refused: BTreeMap<(String, String), usize> = BTreeMap::new();
    let own = w.bruno.own();
    for number in 0..MUTATIONS {
        let letter = &letters[number % letters.len()];
        let bytes = letter.mutated(&mut numbers);
        let mut request = OpenRequest::new(&bytes, w.bruno.keys(), &own, &w.trust, NOW);
        request.keep_layers = true;
        match open(&request, &mut rng()) {
            Ok(judged) => panic!(
                "{} number {number}: {judged:?} {:?}",
                letter.name,
                String::from_utf8_lossy(judged.message())
            ),
            Err(error) => *refused.entry((error.code().to_owned(), error.to_string())).or_default() += 1,
        }
    }
    let uniform = (Error::Decrypt.code().to_owned(), Error::Decrypt.to_string());
    assert_eq!(refused, BTreeMap::from([(uniform, MUTATIONS)]));
}

/// The first block alone can be chosen without any noise, by way of the IV. Nothing tells such a letter from a real one, so
/// it is what every unsigned letter is: plain text, without links, and no letter that was signed stays confirmed.
#[test]
fn a_bent_first_block_is_plain_text_at_most() {
    let w = world();
    let mut shown = 0;
    for letter in letters() {
        for chosen in CHOSEN {
            let iv = xor([letter.iv, letter.plain[0], *chosen]);
            match try_open(&letter.write(&iv, &letter.blocks), &w.bruno, &w.trust) {
                Err(error) => assert_eq!(error, Error::Decrypt, "{}", letter.name),
                Ok(judged) => {
                    shown += 1;
                    assert_eq!(judged.trust(), Trust::SealedUnverified, "{} {chosen:?}", letter.name);
                    assert!(!judged.may_render_html() && !judged.may_follow_links() && !judged.may_quote());
                    assert!(judged.has_code("plain_text_only") && judged.has_code("not_authenticated"));
                }
            }
        }
    }
    assert!(shown > 0);
}

/// AES-GCM is counter mode: with the tag thrown away its blocks can be replayed as CBC under the same key.
#[test]
fn gcm_rewritten_as_cbc_is_the_same_refusal() {
    let w = world();
    let mut numbers = Numbers(SEED);
    let mut refused = 0;
    let html =
        format!("Content-Type: text/html\r\nFrom: {AMELIE}\r\n\r\n<p>{}</p>\r\n", "Bonjour. ".repeat(60));
    for transport in [Transport::RsaOaep, Transport::RsaPkcs1v15] {
        let to = To { certificate: &w.bruno.encrypt.certificate, transport };
        let gcm = Sealing::Aes256Gcm { derive: false };
        let sealed = seal_envelope(html.clone().into_bytes(), &[to], gcm, &mut rng()).unwrap().der;
        assert_eq!(try_open(&sealed, &w.bruno, &w.trust).unwrap().trust(), Trust::SealedUnverified);
        let fields = children(&children(&children(&sealed)[1])[0]);
        let content = children(&fields[2]);
        let ciphertext = Tlv::parse(&content[2]).unwrap().octets().unwrap().into_owned();
        let aes256_cbc = [6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 42];
        for _ in 0..250 {
            let mut iv = [0; BLOCK];
            iv.fill_with(|| numbers.next().to_le_bytes()[0]);
            let start = numbers.below(ciphertext.len() / BLOCK - 2);
            let length = 1 + numbers.below(ciphertext.len() / BLOCK - start - 1);
            let part = &ciphertext[start * BLOCK..(start + length) * BLOCK];
            let algorithm = der(0x30, &[&aes256_cbc, &der(4, &[&iv])]);
            let content = der(0x30, &[&content[0], &algorithm, &der(0x80, &[part])]);
            let enveloped = der(0x30, &[&[2, 1, 0], &fields[1], &content]);
            let oid = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 3];
            let rewritten = der(0x30, &[&oid, &der(0xa0, &[&enveloped])]);
            assert_eq!(try_open(&rewritten, &w.bruno, &w.trust).unwrap_err(), Error::Decrypt);
            refused += 1;
        }
    }
    assert_eq!(refused, 500);
}
