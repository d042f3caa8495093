//! Whatever fails behind a key looks the same: in text, in type, in what comes out (nothing), and in the operations that
//! were done. A backend that writes down what it is asked stands in for whoever measures.

use std::cell::RefCell;
use std::convert::Infallible;
use std::path::Path;

use rand_core::{CryptoRng, Rng, TryCryptoRng, TryRng};
use zeroize::Zeroizing;

use super::ber::Tlv;
use super::content_cipher::{Cipher, ContentAlgorithm};
use super::keyring::{KeyEncryptionKey, RecipientPassword};
use super::recipients::{Transport, write_recipient};
use super::{auth_enveloped_data, encrypted_data, enveloped_data, kek_recipient, oids, password_recipient};
use crate::asn1;
use crate::backend::{Backend, Promise, Rust, ready};
use crate::ca::{Issue, Usage, self_signed, signed_by};
use crate::error::Error;
use crate::key::{DigestAlgorithm, MlKemSet, OaepParameters};
use crate::letter::{OpenRequest, TrustSettings, open_with};
use crate::mac::MacAlgorithm;
use crate::{Algorithm, Certificate, Identity, PrivateKey, PublicKey, UnixTime};

const NOW: UnixTime = UnixTime(1_796_113_020);
const KEY_BYTES: usize = 32;
const CONTENT: &[u8] = b"Content-Type: text/plain\r\n\r\nL'echographie est normale.\r\n";

/// The same numbers in every run: one wrong key in 256 gives octets that end like padding, and a test must not.
struct Fixed(u64);

impl TryRng for Fixed {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::try_from(self.try_next_u64()? >> 32).unwrap())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Ok(self.0)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for octet in out {
            *octet = self.try_next_u64()?.to_le_bytes()[7];
        }
        Ok(())
    }
}

impl TryCryptoRng for Fixed {}

/// The reference, and what it was asked: each operation with the length of what went in.
#[derive(Default)]
struct Counting(RefCell<Vec<(&'static str, usize)>>);

impl Counting {
    fn note(&self, operation: &'static str, length: usize) {
        self.0.borrow_mut().push((operation, length));
    }
}

impl Backend for Counting {
    fn digest<'a>(&'a self, algorithm: DigestAlgorithm, data: &'a [u8]) -> Promise<'a, Vec<u8>> {
        self.note("digest", data.len());
        Box::pin(async move { Ok(algorithm.hash(data)) })
    }

    fn decrypt_oaep<'a>(
        &'a self,
        key: &'a PrivateKey,
        parameters: &'a OaepParameters,
        ciphertext: &'a [u8],
        rng: &'a mut dyn CryptoRng,
    ) -> Promise<'a, Zeroizing<Vec<u8>>> {
        self.note("decrypt_oaep", ciphertext.len());
        Box::pin(async move { key.decrypt_oaep(parameters, ciphertext, rng) })
    }

    fn decrypt_pkcs1v15<'a>(
        &'a self,
        key: &'a PrivateKey,
        ciphertext: &'a [u8],
        length: usize,
        rng: &'a mut dyn CryptoRng,
    ) -> Promise<'a, Zeroizing<Vec<u8>>> {
        self.note("decrypt_pkcs1v15", ciphertext.len());
        Box::pin(async move { key.decrypt_pkcs1v15(ciphertext, length, rng) })
    }

    fn agree<'a>(&'a self, key: &'a PrivateKey, peer: &'a PublicKey) -> Promise<'a, Zeroizing<Vec<u8>>> {
        self.note("agree", 0);
        Box::pin(async move { key.agree(peer) })
    }

    fn open_authenticated<'a>(
        &'a self,
        algorithm: &'a ContentAlgorithm,
        key: &'a [u8],
        associated: &'a [u8],
        tag: &'a [u8],
        sealed: Vec<u8>,
    ) -> Promise<'a, Vec<u8>> {
        self.note("open_authenticated", sealed.len() + key.len());
        Box::pin(async move { Rust.open_authenticated(algorithm, key, associated, tag, sealed).await })
    }

    fn decrypt<'a>(
        &'a self,
        algorithm: &'a ContentAlgorithm,
        key: &'a [u8],
        sealed: std::borrow::Cow<'a, [u8]>,
    ) -> Promise<'a, Vec<u8>> {
        self.note("decrypt", sealed.len() + key.len());
        Box::pin(async move { Rust.decrypt(algorithm, key, sealed).await })
    }

    fn verify_mac<'a>(
        &'a self,
        algorithm: MacAlgorithm,
        key: &'a [u8],
        data: &'a [u8],
        code: &'a [u8],
    ) -> Promise<'a, ()> {
        self.note("verify_mac", data.len() + key.len());
        Box::pin(async move { Rust.verify_mac(algorithm, key, data, code).await })
    }

    fn derive_from_password<'a>(
        &'a self,
        mac: MacAlgorithm,
        password: &'a [u8],
        salt: &'a [u8],
        rounds: u32,
        length: usize,
    ) -> Promise<'a, Zeroizing<Vec<u8>>> {
        self.note("derive_from_password", length);
        Box::pin(async move { Rust.derive_from_password(mac, password, salt, rounds, length).await })
    }
}

/// Everything somebody holds who reads all of these letters.
struct Reader {
    identities: Vec<Identity>,
    keks: [KeyEncryptionKey; 1],
    passwords: [RecipientPassword; 1],
}

impl Reader {
    fn new(rng: &mut Fixed) -> Self {
        let world = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/world");
        let read = |name: &str| std::fs::read(world.join(name)).unwrap();
        let mut identities: Vec<Identity> = ["bruno", "amelie", "chloe"]
            .map(|name| {
                let key = PrivateKey::read(&read(&format!("{name}.encrypt.key")), None).unwrap();
                let certificate =
                    Certificate::read_all(&read(&format!("{name}.encrypt.crt"))).unwrap().remove(0);
                Identity::new(key, certificate, Vec::new()).unwrap()
            })
            .into();
        let issue = Issue { email: "d@hopital.example", usage: Usage::Both, days: 30 };
        let p521 = PrivateKey::generate(Algorithm::P521, rng).unwrap();
        let certificate = self_signed(&p521, "D", issue, NOW, rng).unwrap();
        let signer = Identity::new(p521, certificate, Vec::new()).unwrap();
        for algorithm in [Algorithm::X25519, Algorithm::MlKem(MlKemSet::MlKem768), Algorithm::MlKem768P256] {
            let key = PrivateKey::generate(algorithm, rng).unwrap();
            let certificate = signed_by(&signer, &key.public_key(), issue, NOW, rng).unwrap();
            identities.push(Identity::new(key, certificate, Vec::new()).unwrap());
        }
        identities.push(signer);
        Self {
            identities,
            keks: [KeyEncryptionKey::new(&[1; 16], Some(b"id"))],
            passwords: [RecipientPassword::new("phrase")],
        }
    }

    /// Opens a letter and tells how that ended, in every way that shows.
    fn ending(&self, message: &[u8], rng: &mut Fixed) -> Result<(), Ending> {
        let backend = Counting::default();
        let trust = TrustSettings::default();
        let request = OpenRequest {
            keks: &self.keks,
            passwords: &self.passwords,
            ..OpenRequest::new(message, &self.identities, &[], &trust, NOW)
        };
        let judged = ready(open_with(&backend, &request, rng));
        let operations = backend.0.into_inner();
        match judged {
            Ok(_) => Ok(()),
            Err(error) => {
                Err(Ending { text: error.to_string(), shown: format!("{error:?}"), error, operations })
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Ending {
    error: Error,
    text: String,
    shown: String,
    operations: Vec<(&'static str, usize)>,
}

/// How a content key goes to the reader.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    /// To the identity at this place.
    Key(usize, Transport),
    Kek,
    Password,
}

const WAYS: [(Way, &[&str]); 10] = [
    (Way::Key(0, Transport::RsaPkcs1v15), &["decrypt_pkcs1v15"]),
    (Way::Key(0, Transport::RsaOaep), &["decrypt_oaep"]),
    (Way::Key(1, Transport::Ecdh), &["agree"]),
    (Way::Key(2, Transport::Ecdh), &["agree"]),
    (Way::Key(6, Transport::Ecdh), &["agree"]),
    (Way::Key(3, Transport::Ecdh), &["agree"]),
    (Way::Key(4, Transport::Kem), &[]),
    (Way::Key(5, Transport::Kem), &[]),
    (Way::Kek, &[]),
    (Way::Password, &["derive_from_password"]),
];

/// A RecipientInfo that gives this key.
fn recipient(reader: &Reader, way: Way, key: &[u8], rng: &mut Fixed) -> Vec<u8> {
    match way {
        Way::Key(at, transport) => {
            let certificate = &reader.identities[at].certificate;
            ready(write_recipient(&Rust, certificate, transport, key, rng)).unwrap()
        }
        Way::Kek => kek_recipient::write(&reader.keks[0], key).unwrap(),
        Way::Password => ready(password_recipient::write(&Rust, &reader.passwords[0], 1, key, rng)).unwrap(),
    }
}

/// An envelope around [`CONTENT`], and its broken kin.
struct Envelopes {
    algorithm: ContentAlgorithm,
    key: [u8; KEY_BYTES],
    ciphertext: Vec<u8>,
    tag: Vec<u8>,
}

impl Envelopes {
    fn new(cipher: Cipher, rng: &mut Fixed) -> Self {
        let algorithm = ContentAlgorithm::generate(cipher, false, rng);
        let mut key = [0; KEY_BYTES];
        rng.fill_bytes(&mut key);
        let (ciphertext, tag) = if cipher.is_authenticated() {
            ready(Rust.seal_authenticated(&algorithm, &key, &[], CONTENT.to_vec())).unwrap()
        } else {
            (ready(Rust.encrypt(&algorithm, &key, CONTENT.to_vec())).unwrap(), Vec::new())
        };
        Self { algorithm, key, ciphertext, tag }
    }

    fn message(&self, info: Vec<u8>, ciphertext: &[u8], tag: &[u8]) -> Vec<u8> {
        if self.algorithm.cipher.is_authenticated() {
            auth_enveloped_data::write(vec![info], &self.algorithm, ciphertext, tag, &[])
        } else {
            enveloped_data::write(3, vec![info], &self.algorithm, ciphertext)
        }
    }

    /// Broken in every place that depends on a key. The names are for the failure of a test.
    fn broken(&self, reader: &Reader, way: Way, rng: &mut Fixed) -> Vec<(String, Vec<u8>)> {
        let mut all = Vec::new();
        let info = recipient(reader, way, &self.key, rng);
        for back in [1, 2, 9, 20] {
            let mut damaged = info.clone();
            let at = damaged.len() - back;
            damaged[at] ^= 0x40;
            all.push((format!("encrypted key, octet {back} from its end"), damaged));
        }
        all.push(("another key".to_owned(), recipient(reader, way, &[0x5a; KEY_BYTES], rng)));
        for length in [16, 24] {
            all.push((format!("a key of {length} octets"), recipient(reader, way, &self.key[..length], rng)));
        }
        if let Way::Key(at, Transport::RsaOaep | Transport::RsaPkcs1v15) = way {
            let mut random = info.clone();
            let size = reader.identities[at].key.rsa_octets().unwrap();
            let start = random.len() - size;
            rng.fill_bytes(&mut random[start..]);
            random[start] = 0;
            all.push(("random octets for padding".to_owned(), random));
        }
        let mut messages: Vec<(String, Vec<u8>)> = all
            .into_iter()
            .map(|(name, info)| (name, self.message(info, &self.ciphertext, &self.tag)))
            .collect();
        for (name, ciphertext, tag) in self.broken_content() {
            messages.push((name.to_owned(), self.message(info.clone(), &ciphertext, &tag)));
        }
        messages
    }

    fn broken_content(&self) -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
        let flipped = |octets: &[u8], back: usize, bits: u8| {
            let mut changed = octets.to_vec();
            let at = changed.len() - back;
            changed[at] ^= bits;
            changed
        };
        let (sealed, tag) = (&self.ciphertext, &self.tag);
        if self.algorithm.cipher.is_authenticated() {
            return vec![
                ("tag, first octet", sealed.clone(), flipped(tag, tag.len(), 1)),
                ("tag, last octet", sealed.clone(), flipped(tag, 1, 0x80)),
                ("ciphertext, first octet", flipped(sealed, sealed.len(), 1), tag.clone()),
                ("ciphertext, last octet", flipped(sealed, 1, 1), tag.clone()),
            ];
        }
        // A bit of the block before changes the same bit of the last one: its length octet becomes too long, or none.
        let block = 16;
        let padding = u8::try_from(block - CONTENT.len() % block).unwrap();
        vec![
            ("padding too long", flipped(sealed, block + 1, 0x80), Vec::new()),
            ("padding of no octet", flipped(sealed, block + 1, padding), Vec::new()),
            ("padding not alike", flipped(sealed, block + 2, 1), Vec::new()),
        ]
    }
}

/// One reader, ten ways, three ciphers, and everything that can be broken in each.
#[test]
fn no_failure_behind_a_key_can_be_told_from_another() {
    let mut rng = Fixed(0x5ce4_u64);
    let reader = Reader::new(&mut rng);
    let mut broken = 0;
    for cipher in [Cipher::Aes256Cbc, Cipher::Aes256Gcm, Cipher::ChaCha20Poly1305] {
        let last = if cipher.is_authenticated() { "open_authenticated" } else { "decrypt" };
        for (way, operations) in WAYS {
            let made = Envelopes::new(cipher, &mut rng);
            let whole =
                made.message(recipient(&reader, way, &made.key, &mut rng), &made.ciphertext, &made.tag);
            assert_eq!(reader.ending(&whole, &mut rng), Ok(()), "{way:?}");
            let mut first: Option<Ending> = None;
            for (name, message) in made.broken(&reader, way, &mut rng) {
                let ending = reader.ending(&message, &mut rng).expect_err(&name);
                assert_eq!(ending.error, Error::Decrypt, "{cipher:?} {way:?} {name}");
                let names: Vec<&str> = ending.operations.iter().map(|(name, _)| *name).collect();
                assert_eq!(names, [operations, &[last]].concat(), "{cipher:?} {way:?} {name}");
                let expected = first.get_or_insert_with(|| reader.ending(&message, &mut rng).unwrap_err());
                assert_eq!(&ending, expected, "{cipher:?} {way:?} {name}");
                broken += 1;
            }
        }
    }
    assert!(broken > 3 * WAYS.len() * 10, "{broken}");
}

/// AuthenticatedData for the shared key: its own key broken, or its code.
#[test]
fn a_wrong_code_looks_like_a_wrong_key() {
    let mut rng = Fixed(0xc0de);
    let reader = Reader::new(&mut rng);
    let mac = MacAlgorithm::Sha256;
    let key = [8; KEY_BYTES];
    let right = mac.compute(&key, CONTENT);
    let message = |info: Vec<u8>, code: &[u8]| {
        let algorithm = asn1::sequence(&[&asn1::oid("1.2.840.113549.2.9".parse().unwrap()), &asn1::null()]);
        let inner = asn1::nest(asn1::context(0), &[&asn1::octet_string(CONTENT)]);
        let content = asn1::sequence(&[&asn1::oid(oids::DATA), &inner]);
        let infos = asn1::set_of(vec![info]);
        let fields = [&asn1::small_integer(0)[..], &infos, &algorithm, &content, &asn1::octet_string(code)];
        let data = asn1::sequence(&fields);
        asn1::sequence(&[&asn1::oid(oids::AUTHENTICATED_DATA), &asn1::nest(asn1::context(0), &[&data])])
    };
    for (way, operations) in WAYS {
        let info = recipient(&reader, way, &key, &mut rng);
        assert_eq!(reader.ending(&message(info.clone(), &right), &mut rng), Ok(()), "{way:?}");
        let mut damaged = info.clone();
        let last = damaged.len() - 1;
        damaged[last] ^= 1;
        let mut wrong = right.clone();
        wrong[0] ^= 1;
        let another = recipient(&reader, way, &[9; KEY_BYTES], &mut rng);
        let endings = [message(damaged, &right), message(another, &right), message(info, &wrong)]
            .map(|broken| reader.ending(&broken, &mut rng).unwrap_err());
        for ending in &endings {
            assert_eq!(ending, &endings[0], "{way:?}");
            assert_eq!(ending.error, Error::Decrypt, "{way:?}");
            let names: Vec<&str> = ending.operations.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, [operations, &["verify_mac"]].concat(), "{way:?}");
        }
    }
}

/// EncryptedData has no recipient, only the shared key.
#[test]
fn encrypted_data_has_one_failure() {
    let mut rng = Fixed(0xed);
    let reader = Reader::new(&mut rng);
    let right = encrypted_data::write(CONTENT.to_vec(), &[1; 16], &mut rng).unwrap();
    assert_eq!(reader.ending(&right, &mut rng), Ok(()));
    let another = encrypted_data::write(CONTENT.to_vec(), &[2; 16], &mut rng).unwrap();
    let mut padding = right.clone();
    let at = padding.len() - 17;
    padding[at] ^= 0x80;
    let endings = [another, padding].map(|broken| reader.ending(&broken, &mut rng).unwrap_err());
    assert_eq!(endings[0], endings[1]);
    assert_eq!((&endings[0].error, endings[0].operations.len()), (&Error::Decrypt, 1));
    assert!(Tlv::parse(&right).is_ok());
}
