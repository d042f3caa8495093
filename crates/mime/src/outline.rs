//! Reading a letter of which only an outline is in memory: its header sections, delimiters and words, with holes where its
//! files are.

use std::ops::Range;

use mail_parser::{DecodeProblems, Message, MessagePart, MessageRef};

use crate::entity::{ContentType, Entity};
use crate::error::{Error, Result};
use crate::letter::{self, Defect, Header, Letter};
use crate::limits::Limits;
use crate::text::decode_text;

/// What stands at the beginning of an entity.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Octets of the header section, and of that of a message which the entity is nothing but a wrapper of.
    pub octets: usize,
    /// Whether the header section ends within what was given.
    pub complete: bool,
    /// Whether the body may be text that is shown.
    pub text: bool,
    /// The boundaries that are declared.
    pub boundaries: Vec<String>,
}

impl Head {
    /// Reads the header section that `bytes` begin with, and those of the messages directly inside.
    #[must_use]
    pub fn read(bytes: &[u8], limits: &Limits) -> Self {
        let mut head = Self { text: true, ..Self::default() };
        for _ in 0..limits.nesting {
            let rest = bytes.get(head.octets..).unwrap_or_default();
            let Ok(entity) = Entity::split(rest, limits) else { break };
            head.octets = bytes.len().saturating_sub(entity.body.len());
            head.complete = !entity.body.is_empty();
            let media = &entity.content_type.media;
            head.text = media.starts_with("text/") && !entity.headers().iter().any(is_attachment);
            head.boundaries.extend(entity.content_type.parameter("boundary").map(str::to_owned));
            if !media.starts_with("message/") {
                break;
            }
            head.text = true;
        }
        head
    }
}

fn is_attachment(field: &Header) -> bool {
    let kind = field.value.split(';').next().unwrap_or_default();
    field.name.eq_ignore_ascii_case("Content-Disposition") && kind.trim().eq_ignore_ascii_case("attachment")
}

/// How the octets of a part are written (RFC 2045 §6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As they are.
    Identity,
    /// Base64.
    Base64,
    /// Quoted-printable.
    QuotedPrintable,
}

impl Encoding {
    fn of(part: &MessagePart<'_>) -> Self {
        match part.encoding() {
            mail_parser::Encoding::None => Self::Identity,
            mail_parser::Encoding::Base64 => Self::Base64,
            mail_parser::Encoding::QuotedPrintable => Self::QuotedPrintable,
        }
    }
}

/// Decodes whole lines of quoted-printable as [`crate::read`] does, and says whether something in them was damaged.
#[must_use]
pub fn decode_quoted_printable(lines: &[u8]) -> (Vec<u8>, bool) {
    let (decoded, damaged) = mail_parser::Encoding::QuotedPrintable.decode_checked(lines);
    (decoded.into_owned(), damaged)
}

/// Where the octets of a file lie in an outline, its hole included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// From the first octet of the body to behind its last.
    pub body: Range<usize>,
    /// How they are written.
    pub encoding: Encoding,
}

/// A letter as far as it can be known from its outline.
pub struct Outline {
    /// The letter; files with a hole have no octets.
    pub letter: Letter,
    /// For each of the letter's parts, where its octets lie; `None` when the letter has them.
    pub places: Vec<Option<Place>>,
    /// Every boundary that is declared in it.
    pub boundaries: Vec<String>,
}

/// Reads an outline. `holes` are the places in `bytes` at which something was left out, in order. Files are read around
/// theirs; a text with a hole cannot be shown.
///
/// # Errors
/// As [`crate::read`]; `DecodedTooLong` for a text with a hole.
pub fn read_outline(bytes: &[u8], holes: &[usize], limits: &Limits) -> Result<Outline> {
    let message = letter::parse(bytes, limits)?;
    let (mut letter, problems) = letter::read_message(&message, limits);
    let root = message.root();
    let is_holed = |octets: &Range<usize>| holes.iter().any(|hole| octets.contains(hole));
    for part in root.text_body().filter(MessagePart::is_text) {
        // A part without the empty line is all body.
        let octets = offset(part.offset_header())..offset(part.offset_end());
        if is_holed(&octets) {
            return Err(Error::DecodedTooLong { found: octets.len(), limit: octets.len() });
        }
    }
    let files: Vec<MessagePart<'_>> = kept_parts(&root).collect();
    let places: Vec<Option<Place>> = files
        .iter()
        .map(|part| Place { body: octets_of(part), encoding: Encoding::of(part) })
        .map(|place| is_holed(&place.body).then_some(place))
        .collect();
    for (part, _) in letter.parts.iter_mut().zip(&places).filter(|(_, place)| place.is_some()) {
        part.bytes.clear();
    }
    letter.defects = defects(&root, files.iter().zip(&places), problems, &letter);
    let boundaries = boundaries(&message);
    Ok(Outline { letter, places, boundaries })
}

impl Outline {
    /// Notes that a file's transfer encoding turned out to be damaged.
    pub fn note_damaged_encoding(&mut self) {
        letter::note_problems(DecodeProblems::MALFORMED_TRANSFER_ENCODING, &mut self.letter);
    }
}

/// The parts that a letter keeps as files, in its order.
fn kept_parts<'m>(root: &MessageRef<'m>) -> impl Iterator<Item = MessagePart<'m>> {
    let unreadable = root.text_body().filter(MessagePart::is_text).filter(letter::is_unreadable);
    unreadable.chain(root.parts().filter(letter::is_file))
}

/// The letter's defects, of which those of decoding are found anew: what has a hole cannot be decoded here.
fn defects<'p, 'm: 'p>(
    root: &MessageRef<'m>,
    files: impl Iterator<Item = (&'p MessagePart<'m>, &'p Option<Place>)>,
    of_fields: DecodeProblems,
    letter: &Letter,
) -> Vec<Defect> {
    let mut found = Letter::default();
    letter::note_problems(of_fields, &mut found);
    for part in root.text_body().filter(MessagePart::is_text) {
        letter::note_problems(decode_text(&part).problems, &mut found);
    }
    for (part, place) in files {
        let unknown = DecodeProblems::UNKNOWN_TRANSFER_ENCODING;
        match place {
            None => letter::note_problems(part.decoded_checked().1, &mut found),
            Some(_) if !part.has_known_transfer_encoding() => letter::note_problems(unknown, &mut found),
            Some(_) => {}
        }
    }
    let decoding = |defect: &&Defect| matches!(defect, Defect::DamagedCharset | Defect::DamagedEncoding);
    let others = letter.defects.iter().filter(|defect| !decoding(defect)).cloned();
    std::mem::take(&mut found.defects).into_iter().chain(others).collect()
}

fn octets_of(part: &MessagePart<'_>) -> Range<usize> {
    offset(part.offset_body())..offset(part.offset_end())
}

fn offset(found: u32) -> usize {
    usize::try_from(found).unwrap_or(usize::MAX)
}

fn boundaries(message: &Message<'_>) -> Vec<String> {
    let all = message.parts().map(|part| ContentType::of_part(&part));
    all.filter_map(|found| found.parameter("boundary").map(str::to_owned)).collect()
}
