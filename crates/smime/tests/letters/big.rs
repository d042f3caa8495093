//! Letters read by ranges: what is said of them is what is said of letters in memory. Every test of this suite that opens a
//! letter opens it both ways, and with keys elsewhere, through [`open`].

use std::cell::RefCell;
use std::rc::Rc;

use rand_core::CryptoRng;
use sceau_smime::backend::{Promise, Rust, ready};
use sceau_smime::letter::{
    self, BigLetter, BigMail, BigRequest, BigSealRequest, Bounds, Judged, OpenRequest, Profile, SealRequest,
    sign_big,
};
use sceau_smime::stream::{Memory, Source, View};
use sceau_smime::{Error, Trust};

use crate::world::{AMELIE, BRUNO, NOW, draft, rng, seal_with, world};

/// So little in memory that every layer is read by ranges and every file has a hole.
const TIGHT: Bounds = Bounds { load_below: 0, load_most: Bounds::LOAD_MOST, text: Bounds::TEXT, file: 16 };

/// Opens a letter in memory, and asserts that by ranges it is the same, and with keys elsewhere.
pub(crate) fn open(request: &OpenRequest<'_>, rng: &mut impl CryptoRng) -> Result<Judged, Error> {
    let judged = letter::open(request, rng);
    let big = open_by_ranges(request, TIGHT);
    match (&judged, &big) {
        (Ok(judged), Ok(big)) => assert_same(judged, big),
        (Err(error), Err(by_ranges)) => assert_eq!(error, by_ranges),
        _ => panic!("in memory {judged:?}, by ranges {big:?}"),
    }
    let report = |judged: &Judged| serde_json::to_value(judged).unwrap();
    let elsewhere = crate::elsewhere::open(request);
    assert_eq!(judged.as_ref().map(report), elsewhere.as_ref().map(report));
    judged
}

fn open_by_ranges(request: &OpenRequest<'_>, bounds: Bounds) -> Result<BigLetter, Error> {
    let view = |bytes: &[u8]| Rc::new(Memory::new(bytes.to_vec())) as _;
    let big = BigRequest {
        request: *request,
        source: view(request.bytes),
        detached: request.detached.map(view),
        bounds,
    };
    letter::open_big(&big, &mut rng())
}

fn assert_same(judged: &Judged, big: &BigLetter) {
    let report = |judged: &Judged| serde_json::to_value(judged).unwrap();
    assert_eq!(report(judged), report(big.judged()));
    let (ours, theirs) = (judged.letter(), big.judged().letter());
    assert_eq!(ours.defects, theirs.defects);
    assert_eq!(ours.has_html, theirs.has_html);
    assert_eq!(ours.parts.len(), theirs.parts.len());
    assert_eq!(judged.content_key(), big.judged().content_key());
    assert_eq!(judged.signature_sha256(), big.judged().signature_sha256());
    let mut message = Vec::new();
    ready(big.write_message(&mut message)).unwrap();
    assert!(message == judged.message());
    assert_eq!(big.message_len(), message.len() as u64);
    for (at, part) in ours.parts.iter().enumerate() {
        let mut bytes = Vec::new();
        ready(big.write_part(at, &mut bytes)).unwrap();
        assert!(bytes == part.bytes, "part {at}");
    }
}

/// A draft with a file of so many octets, which look like nothing.
fn with_file(octets: usize) -> sceau_mime::Draft {
    let mut draft = draft();
    draft.parts[0].bytes = noise().take(octets).collect();
    draft
}

fn noise() -> impl Iterator<Item = u8> {
    (0_u32..).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[0])
}

#[test]
fn letters_of_several_windows_are_the_same_by_ranges() {
    let w = world();
    for profile in [Profile::Default, Profile::Compat] {
        for octets in [0, 1, 700_000, 786_432] {
            let (draft, recipients) = (with_file(octets), [w.bruno.recipient()]);
            let request =
                SealRequest { draft: &draft, signer: &w.amelie.sign, recipients: &recipients, profile };
            let sealed = seal_with(request);
            let own = w.bruno.own();
            let request = OpenRequest::new(&sealed.eml, w.bruno.keys(), &own, &w.trust, NOW);
            assert_eq!(open(&request, &mut rng()).unwrap().trust(), Trust::SealedSigned);
            let big = open_by_ranges(&request, TIGHT).unwrap();
            assert_eq!(big.ranged_layers(), 2, "{profile:?} {octets}");
            assert!(octets == 1 || big.judged().letter().parts[0].bytes.is_empty());
        }
    }
}

/// A mail as another program writes it: text, a binary file, a file in base64, an attached message.
fn mail(line_end: &str, octets: usize) -> Vec<u8> {
    let noise: Vec<u8> = noise().take(octets).collect();
    let base64 = pem(&noise, line_end);
    let head = format!(
        "From: Amelie Roche <{AMELIE}>\nTo: {BRUNO}\nSubject: Radiographies\nDate: Tue, 1 Dec 2026 08:17:00 +0000\n\
         Message-ID: <mail-1@cabinet.example>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"a b\"\n\n\
         before\n--a b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n\
         Cher confr=C3=A8re,=20\nvoici.\n--a b\nContent-Type: image/png; name=\"a.png\"\n\
         Content-Transfer-Encoding: base64\nContent-Disposition: attachment\n\n{base64}\n--a b\n\
         Content-Type: message/rfc822\n\nFrom: x@example\nContent-Type: multipart/mixed; boundary=inner\n\n--inner\n\n\
         {inner}\n--inner--\n--a b\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: quoted-printable\n\n\
         {quoted}\n--a b--\nafter\n",
        inner = "inner words\n".repeat(octets / 20),
        quoted = "=41 b=\n".repeat(octets / 10),
    );
    head.replace('\n', line_end).into_bytes()
}

fn pem(bytes: &[u8], line_end: &str) -> String {
    let text = sceau_smime::pem::encode("X", bytes);
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("-----")).collect();
    lines.join(line_end)
}

fn big_mail(mail: &[u8], bounds: &Bounds) -> BigMail {
    let source: View = Rc::new(Memory::new(mail.to_vec()));
    assert!(!ready(BigMail::is_protected(&source)).unwrap());
    ready(BigMail::read(&source, bounds)).unwrap()
}

fn draft_of(mail: &[u8]) -> sceau_mime::Draft {
    let limits = sceau_mime::Limits::default();
    let mut draft = draft();
    draft.given = Some(sceau_mime::Given::of_mail(mail, &limits).unwrap());
    draft.parts.clear();
    draft
}

#[test]
fn big_letters_are_sealed_as_small_ones_are() {
    let w = world();
    for (line_end, octets) in [("\r\n", 400_000), ("\n", 400_000), ("\n", 40)] {
        let mail = mail(line_end, octets);
        let draft = draft_of(&mail);
        let given = big_mail(&mail, &TIGHT);
        for profile in [Profile::Default, Profile::Compat] {
            let recipients = [w.bruno.recipient()];
            let small =
                SealRequest { draft: &draft, signer: &w.amelie.sign, recipients: &recipients, profile };
            let small = seal_with(small);
            let request = BigSealRequest { draft: &draft, mail: &given, signer: &w.amelie.sign, profile };
            let signed = ready(sign_big(&Rust, &request, NOW, &mut rng())).unwrap();
            let mut eml = Vec::new();
            let sealed = ready(signed.seal(&Rust, &recipients, &mut eml, &mut rng())).unwrap();
            assert_eq!(sealed.bytes, eml.len() as u64);
            assert_eq!(signed.message_sha256(), small.message_sha256);
            let own = w.bruno.own();
            let read = |eml| open(&OpenRequest::new(eml, w.bruno.keys(), &own, &w.trust, NOW), &mut rng());
            let theirs = read(&small.eml).unwrap();
            let ours = read(&eml).unwrap_or_else(|error| panic!("{profile:?} {octets}: {error}"));
            assert_eq!(ours.trust(), Trust::SealedSigned);
            assert!(ours.message() == theirs.message());
            // Only the signature's own length may differ.
            assert!(eml.len().abs_diff(small.eml.len()) < 4096, "{} {}", eml.len(), small.eml.len());
        }
    }
}

#[test]
fn a_letter_that_changes_after_it_was_judged_is_not_delivered() {
    let w = world();
    let (draft, recipients) = (with_file(700_000), [w.bruno.recipient()]);
    let request = SealRequest {
        draft: &draft,
        signer: &w.amelie.sign,
        recipients: &recipients,
        profile: Profile::Default,
    };
    let changing = Rc::new(Changing { bytes: RefCell::new(seal_with(request).eml) });
    let own = w.bruno.own();
    let request = OpenRequest::new(&[], w.bruno.keys(), &own, &w.trust, NOW);
    let big = BigRequest { request, source: changing.clone(), detached: None, bounds: TIGHT };
    let letter = letter::open_big(&big, &mut rng()).unwrap();
    let middle = changing.bytes.borrow().len() / 2;
    let octet = changing.bytes.borrow()[middle];
    changing.bytes.borrow_mut()[middle] = if octet == b'A' { b'B' } else { b'A' };
    assert_eq!(ready(letter.write_message(&mut Vec::new())).unwrap_err(), Error::Changed);
    assert_eq!(ready(letter.write_part(0, &mut Vec::new())).unwrap_err(), Error::Changed);
    assert_eq!(letter::open_big(&big, &mut rng()).unwrap_err(), Error::Decrypt);
}

struct Changing {
    bytes: RefCell<Vec<u8>>,
}

impl Source for Changing {
    fn len(&self) -> u64 {
        self.bytes.borrow().len() as u64
    }

    fn read_at<'a>(&'a self, offset: u64, buffer: &'a mut [u8]) -> Promise<'a, usize> {
        let bytes = self.bytes.borrow();
        let rest = &bytes[usize::try_from(offset).unwrap().min(bytes.len())..];
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        Box::pin(core::future::ready(Ok(length)))
    }
}
