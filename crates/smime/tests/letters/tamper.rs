//! One bit changed at every octet of a sealed letter: the letter is refused, or not confirmed, or nothing that
//! counts has changed and the octet lies in a region named here as unauthenticated.

use std::collections::BTreeMap;
use std::ops::Range;

use sceau_mime as mime;
use sceau_smime::Trust;
use sceau_smime::cms::ber::{Tlv, tag};
use sceau_smime::cms::content_info::ContentInfo;
use sceau_smime::cms::envelope::Envelope;
use sceau_smime::letter::{Judged, Profile, SealRequest};

use crate::world::{Person, draft, opened, rng, seal_with, try_open, world};

/// Above this size octets are sampled.
const SAMPLED_ABOVE: usize = 100_000;

/// The regions nobody vouches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Region {
    /// Header fields outside: whoever carries the mail may change them, and the report shows the inner ones.
    OuterHeaders,
    /// Line ends and the last unused bits of base64.
    Base64Slack,
    /// What is sealed for the other recipients.
    OtherRecipients,
    /// How the envelope names the reader: names compare without regard to letter case (RFC 5280 §7.1).
    OwnName,
    /// CMS version numbers, which readers pass over.
    Versions,
    /// The IV of CBC changes the first block of the MIME wrapper around the signed part: letter case.
    FirstCbcBlock,
    /// The MIME wrapper around the signed part inside CBC: parameters, delimiters, the padding after it.
    CbcWrapper,
}

struct Sealed {
    eml: Vec<u8>,
    /// Where the base64 body begins.
    body: usize,
    /// For each base64 character its place in the mail.
    characters: Vec<usize>,
    /// Regions of the decoded object.
    regions: Vec<(Region, Range<usize>)>,
}

impl Sealed {
    fn new(eml: Vec<u8>, reader: &Person) -> Self {
        let own = own_place(&eml, reader);
        let name = reader.encrypt.certificate.issuer_and_serial_der();
        let signed = signed_place(&eml, reader);
        let body = eml.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        let is_base64 = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/');
        let characters = (body..eml.len()).filter(|&at| is_base64(eml[at])).collect();
        let der = mime::unwrap_cms(&eml, &mime::Limits::default()).unwrap().der;
        Self { regions: regions(&der, own, &name, &signed), eml, body, characters }
    }

    fn region(&self, at: usize) -> Option<Region> {
        if at < self.body {
            return Some(Region::OuterHeaders);
        }
        let Ok(index) = self.characters.binary_search(&at) else { return Some(Region::Base64Slack) };
        // The last characters may hold bits that belong to no octet.
        if index + 2 >= self.characters.len() {
            return Some(Region::Base64Slack);
        }
        let octets = index * 6 / 8..=(index * 6 + 5) / 8;
        let within = |range: &Range<usize>| octets.clone().any(|octet| range.contains(&octet));
        self.regions.iter().find(|(_, range)| within(range)).map(|(region, _)| *region)
    }
}

/// Where the unauthenticated parts of an envelope lie. `own` is the place of the reader among the recipients, `name`
/// how she is named there, `signed` where the signed octets lie in the content.
fn regions(der: &[u8], own: usize, name: &[u8], signed: &Range<usize>) -> Vec<(Region, Range<usize>)> {
    let place = |tlv: &Tlv<'_>| {
        let start = tlv.raw.as_ptr().addr() - der.as_ptr().addr();
        start..start + tlv.raw.len()
    };
    let mut found = Vec::new();
    let mut outer = Tlv::parse(der).unwrap().children().unwrap();
    outer.any().unwrap();
    let envelope = outer.any().unwrap().children().unwrap().any().unwrap();
    let mut fields = envelope.children().unwrap();
    found.push((Region::Versions, place(&fields.expect(tag::INTEGER).unwrap())));
    let mut recipients = fields.expect(tag::SET).unwrap().children().unwrap();
    let mut number = 0;
    while let Some(recipient) = recipients.next_element().unwrap() {
        if number == own {
            let version = recipient.children().unwrap().any().unwrap();
            found.push((Region::Versions, place(&version)));
            let whole = place(&recipient);
            let at = recipient.raw.windows(name.len()).position(|window| window == name).unwrap();
            found.push((Region::OwnName, whole.start + at..whole.start + at + name.len()));
        } else {
            found.push((Region::OtherRecipients, place(&recipient)));
        }
        number += 1;
    }
    let mut content = fields.expect(tag::SEQUENCE).unwrap().children().unwrap();
    content.any().unwrap();
    let algorithm = content.any().unwrap();
    let ciphertext = content.any().unwrap();
    if fields.is_empty() {
        found.push((Region::FirstCbcBlock, place(&algorithm)));
        let start = place(&ciphertext).end - ciphertext.contents.len();
        found.push((Region::CbcWrapper, start..start + signed.start));
        found.push((Region::CbcWrapper, start + signed.end..place(&ciphertext).end));
    }
    found
}

/// Which recipient of the written (and so sorted) list is the reader: the one whose envelope opens alone.
fn own_place(eml: &[u8], reader: &Person) -> usize {
    let der = mime::unwrap_cms(eml, &mime::Limits::default()).unwrap().der;
    let serial = reader.encrypt.certificate.issuer_and_serial_der();
    let mut outer = Tlv::parse(&der).unwrap().children().unwrap();
    outer.any().unwrap();
    let envelope = outer.any().unwrap().children().unwrap().any().unwrap();
    let mut fields = envelope.children().unwrap();
    fields.any().unwrap();
    let mut recipients = fields.any().unwrap().children().unwrap();
    let mut place = 0;
    while let Some(recipient) = recipients.next_element().unwrap() {
        if recipient.raw.windows(serial.len()).any(|window| window == serial) {
            return place;
        }
        place += 1;
    }
    panic!("the reader is no recipient");
}

/// Where the signed octets lie in the content of the envelope.
fn signed_place(eml: &[u8], reader: &Person) -> Range<usize> {
    let message = opened(eml, reader).message().to_vec();
    let der = mime::unwrap_cms(eml, &mime::Limits::default()).unwrap().der;
    let info = ContentInfo::read(&der).unwrap();
    let content = Envelope::read(&info).unwrap().unwrap().open(reader.keys(), &mut rng()).unwrap().content;
    let start = content.windows(message.len()).position(|window| window == message).unwrap();
    start..start + message.len()
}

/// What must not change unnoticed.
#[derive(PartialEq, Eq)]
struct Essence {
    trust: Trust,
    message: Vec<u8>,
    protected: Vec<(String, String)>,
    signer: Vec<u8>,
}

impl Essence {
    fn of(judged: &Judged) -> Self {
        let protected = judged.headers().iter().filter(|field| field.state != mime::State::None);
        Self {
            trust: judged.trust(),
            message: judged.message().to_vec(),
            protected: protected.map(|field| (field.name.clone(), field.value.clone())).collect(),
            signer: judged.verified().unwrap().certificate().der().to_vec(),
        }
    }
}

fn tamper(eml: Vec<u8>, reader: &Person) -> BTreeMap<Region, usize> {
    let trust = &world().trust;
    let original = Essence::of(&opened(&eml, reader));
    let sealed = Sealed::new(eml, reader);
    let step = if sealed.eml.len() > SAMPLED_ABOVE { sealed.eml.len() / 150 } else { 1 };
    let mut unnoticed = BTreeMap::new();
    for at in (0..sealed.eml.len()).step_by(step) {
        let mut changed = sealed.eml.clone();
        changed[at] ^= 1 << (at % 8);
        let Ok(judged) = try_open(&changed, reader, trust) else { continue };
        if !judged.trust().is_confirmed() {
            assert!(!judged.may_render_html(), "octet {at}");
            continue;
        }
        assert!(Essence::of(&judged) == original, "octet {at} changed the letter unnoticed");
        let region = sealed.region(at);
        let region = region.unwrap_or_else(|| panic!("octet {at} is in no region named as unauthenticated"));
        *unnoticed.entry(region).or_default() += 1;
    }
    unnoticed
}

fn letter(profile: Profile, readers: &[&Person], bytes: usize) -> Vec<u8> {
    let mut draft = draft();
    draft.parts.truncate(1);
    draft.parts[0].bytes.resize(bytes, 42);
    let recipients: Vec<_> = readers.iter().map(|reader| reader.recipient()).collect();
    let signer = &world().amelie.sign;
    seal_with(SealRequest { draft: &draft, signer, recipients: &recipients, profile }).eml
}

#[test]
fn every_octet_of_a_default_letter() {
    let w = world();
    let unnoticed = tamper(letter(Profile::Default, &[&w.chloe, &w.amelie], 100), &w.amelie);
    assert!(
        unnoticed.contains_key(&Region::OuterHeaders) && unnoticed.contains_key(&Region::OtherRecipients)
    );
    assert!(!unnoticed.contains_key(&Region::FirstCbcBlock) && !unnoticed.contains_key(&Region::CbcWrapper));
}

#[test]
fn every_octet_of_a_compat_letter() {
    let w = world();
    let unnoticed = tamper(letter(Profile::Compat, &[&w.chloe, &w.amelie], 100), &w.amelie);
    assert!(
        unnoticed.contains_key(&Region::OuterHeaders) && unnoticed.contains_key(&Region::OtherRecipients)
    );
}

#[test]
fn a_big_letter_sampled() {
    let w = world();
    for profile in [Profile::Default, Profile::Compat] {
        let unnoticed = tamper(letter(profile, &[&w.bruno], 150_000), &w.bruno);
        assert!(!unnoticed.contains_key(&Region::OtherRecipients));
    }
}

#[test]
fn truncated_letters_are_refused_or_not_confirmed() {
    let w = world();
    let eml = letter(Profile::Default, &[&w.amelie], 100);
    let body = eml.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    for end in (0..eml.len() - 4).step_by(7) {
        match try_open(&eml[..end], &w.amelie, &w.trust) {
            Err(_) => {}
            Ok(judged) => assert!(!judged.trust().is_confirmed() && end < body + 8, "{end} octets"),
        }
    }
}
