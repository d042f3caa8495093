//! The letter within a stream (MS-OXTNEF §2.1.3.3; properties in MS-OXPROPS and MS-OXCMSG).

use crate::attributes::{self, Attribute, attributes, is_tnef};
use crate::code_page::{DEFAULT_CODE_PAGE, decode, decode_wide};
use crate::cursor::Cursor;
use crate::error::{Defect, Error, Result};
use crate::limits::Limits;
use crate::properties::{GUID_LENGTH, Property, Value, properties};
use crate::rtf::{Encapsulated, de_encapsulate, decompress_rtf};
use crate::wipe::Wiped;

/// The content type of a message within the message: its octets are a stream for [`read`].
pub const NESTED: &str = "application/ms-tnef";

const PR_SUBJECT: u16 = 0x0037;
const PR_BODY: u16 = 0x1000;
const PR_RTF_COMPRESSED: u16 = 0x1009;
const PR_BODY_HTML: u16 = 0x1013;
const PR_DISPLAY_NAME: u16 = 0x3001;
const PR_ATTACH_DATA: u16 = 0x3701;
const PR_ATTACH_FILENAME: u16 = 0x3704;
const PR_ATTACH_LONG_FILENAME: u16 = 0x3707;
const PR_ATTACH_MIME_TAG: u16 = 0x370e;
const PR_ATTACH_CONTENT_ID: u16 = 0x3712;
const PR_INTERNET_CPID: u16 = 0x3fde;

/// What a stream holds. Wiped when it is dropped.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Tnef {
    /// The subject.
    pub subject: Option<String>,
    /// The letter as plain text: its own, or what is in the RTF where that is no HTML.
    pub text: Option<String>,
    /// The letter as HTML: its own (`PR_BODY_HTML`), or what is encapsulated in the RTF. As hostile as any.
    pub html: Option<String>,
    /// The files, in their order.
    pub attachments: Vec<Attachment>,
    /// What is odd about the stream.
    pub defects: Vec<Defect>,
}

/// A file, or a message within the message. Wiped when it is dropped.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Attachment {
    /// Its name as it was sent, the long one where there are two. It may be a path, or try to be one.
    pub name: Option<String>,
    /// What the sender says it is (`PR_ATTACH_MIME_TAG`); [`NESTED`] for whatever begins as a stream does.
    pub content_type: Option<String>,
    /// What the HTML calls it, without angle brackets if it was sent without.
    pub content_id: Option<String>,
    /// Its octets.
    pub bytes: Vec<u8>,
}

/// Reads a TNEF stream (MS-OXTNEF), untrusted: the octets of a part of type `application/ms-tnef`, or of a file
/// `winmail.dat`, after its transfer encoding is undone.
///
/// A message within it is given as a file of type [`NESTED`] and not read: how deep to go is the caller's choice.
///
/// # Errors
/// [`Error::NotTnef`] for anything else, and where it asks for more than `limits` allow.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Tnef> {
    let mut defects = Vec::new();
    let mut found = Found::default();
    let mut left = limits.properties;
    for attribute in attributes(bytes, limits.attributes, &mut defects)? {
        if let Some(list) = list_of(&attribute) {
            for property in properties(list, limits.properties, &mut left, &mut defects)? {
                if attribute.id == attributes::MESSAGE_PROPERTIES {
                    found.message_property(&property);
                } else {
                    found.file()?.property(&property);
                }
            }
        } else {
            found.attribute(&attribute)?;
        }
        if found.files.len() > limits.attachments {
            return Err(Error::TooManyAttachments { limit: limits.attachments });
        }
    }
    let tnef = found.decoded(limits, defects)?;
    let limit = bytes.len().saturating_mul(limits.expansion);
    let found = tnef.octets();
    if found > limit { Err(Error::OutputTooLong { found, limit }) } else { Ok(tnef) }
}

/// The list of properties that an attribute is.
fn list_of<'a>(attribute: &Attribute<'a>) -> Option<&'a [u8]> {
    let is_list = matches!(attribute.id, attributes::MESSAGE_PROPERTIES | attributes::ATTACHMENT_PROPERTIES);
    is_list.then_some(attribute.value)
}

impl Tnef {
    /// Octets of everything that was read.
    #[must_use]
    pub fn octets(&self) -> usize {
        let of = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let files = self.attachments.iter().map(|file| {
            of(&file.name)
                .saturating_add(of(&file.content_type))
                .saturating_add(of(&file.content_id))
                .saturating_add(file.bytes.len())
        });
        let bodies = [&self.subject, &self.text, &self.html].into_iter().map(of);
        bodies.chain(files).fold(0, usize::saturating_add)
    }
}

/// A text as it stands in the stream, and what it is worth beside another of the same meaning.
#[derive(Clone, Copy)]
struct Text<'a> {
    value: Value<'a>,
    worth: u8,
}

/// Keeps the text of the greater worth; of two that are worth the same, the first. An empty one is worth nothing.
fn keep<'a>(place: &mut Option<Text<'a>>, value: Value<'a>, worth: u8) {
    let octets = match value {
        Value::Narrow(octets) | Value::Wide(octets) | Value::Binary(octets) => octets,
        Value::Number(_) | Value::Object(_) | Value::Other => return,
    };
    if octets.iter().any(|octet| *octet != 0) && place.is_none_or(|kept| kept.worth < worth) {
        *place = Some(Text { value, worth });
    }
}

/// What was found, where it stands: nothing is copied before all of it is known.
#[derive(Default)]
struct Found<'a> {
    code_page: Option<u32>,
    internet_code_page: Option<u32>,
    subject: Option<Text<'a>>,
    text: Option<Text<'a>>,
    html: Option<Text<'a>>,
    rtf: Option<&'a [u8]>,
    files: Vec<FoundFile<'a>>,
}

#[derive(Default)]
struct FoundFile<'a> {
    name: Option<Text<'a>>,
    content_type: Option<Text<'a>>,
    content_id: Option<Text<'a>>,
    bytes: &'a [u8],
}

impl<'a> Found<'a> {
    fn attribute(&mut self, attribute: &Attribute<'a>) -> Result<()> {
        let narrow = Value::Narrow(attribute.value);
        match attribute.id {
            attributes::OEM_CODE_PAGE => self.code_page = Cursor::new(attribute.value).u32(),
            attributes::SUBJECT => keep(&mut self.subject, narrow, 1),
            attributes::BODY => keep(&mut self.text, narrow, 1),
            attributes::ATTACH_REND_DATA => self.files.push(FoundFile::default()),
            attributes::ATTACH_TITLE => keep(&mut self.file()?.name, narrow, 3),
            attributes::ATTACH_DATA => self.file()?.bytes = attribute.value,
            _ => (),
        }
        Ok(())
    }

    /// The file that attributes are of: the last that began, or one that begins without saying so.
    fn file(&mut self) -> Result<&mut FoundFile<'a>> {
        if self.files.is_empty() {
            self.files.push(FoundFile::default());
        }
        self.files.last_mut().ok_or(Error::TooManyAttachments { limit: 0 })
    }

    fn message_property(&mut self, property: &Property<'a>) {
        match (property.id, property.value) {
            (PR_SUBJECT, value) => keep(&mut self.subject, value, 2),
            (PR_BODY, value) => keep(&mut self.text, value, 2),
            (PR_BODY_HTML, value) => keep(&mut self.html, value, 2),
            (PR_RTF_COMPRESSED, Value::Binary(octets)) => self.rtf = Some(octets),
            (PR_INTERNET_CPID, Value::Number(code_page)) => self.internet_code_page = Some(code_page),
            _ => (),
        }
    }

    fn decoded(self, limits: &Limits, mut defects: Vec<Defect>) -> Result<Tnef> {
        let code_page = self.code_page.unwrap_or(DEFAULT_CODE_PAGE);
        let html_code_page = self.internet_code_page.unwrap_or(code_page);
        let mut tnef = Tnef::default();
        tnef.subject = text(self.subject, code_page, code_page, &mut defects);
        tnef.text = text(self.text, code_page, code_page, &mut defects);
        tnef.html = text(self.html, code_page, html_code_page, &mut defects);
        if let Some(rtf) = self.rtf.filter(|_| tnef.html.is_none()) {
            tnef.add_rtf(rtf, limits, &mut defects)?;
        }
        tnef.attachments = self.files.iter().map(|file| file.decoded(code_page, &mut defects)).collect();
        tnef.defects = defects;
        Ok(tnef)
    }
}

impl Tnef {
    fn add_rtf(&mut self, compressed: &[u8], limits: &Limits, defects: &mut Vec<Defect>) -> Result<()> {
        let rtf = Wiped(decompress_rtf(compressed, limits, defects)?);
        match de_encapsulate(&rtf, defects) {
            Encapsulated::Html(html) => self.html = Some(html),
            Encapsulated::Text(mut text) => {
                if self.text.is_none() && !text.is_empty() {
                    self.text = Some(text);
                } else {
                    crate::wipe::wipe_text(&mut text);
                }
            }
        }
        Ok(())
    }
}

impl<'a> FoundFile<'a> {
    fn property(&mut self, property: &Property<'a>) {
        match (property.id, property.value) {
            (PR_ATTACH_LONG_FILENAME, value) => keep(&mut self.name, value, 4),
            (PR_ATTACH_FILENAME, value) => keep(&mut self.name, value, 2),
            (PR_DISPLAY_NAME, value) => keep(&mut self.name, value, 1),
            (PR_ATTACH_MIME_TAG, value) => keep(&mut self.content_type, value, 1),
            (PR_ATTACH_CONTENT_ID, value) => keep(&mut self.content_id, value, 1),
            (PR_ATTACH_DATA, Value::Binary(octets)) => self.bytes = octets,
            // The identifier of the interface is not the object's.
            (PR_ATTACH_DATA, Value::Object(octets)) => {
                self.bytes = octets.get(GUID_LENGTH..).unwrap_or_default()
            }
            _ => (),
        }
    }

    fn decoded(&self, code_page: u32, defects: &mut Vec<Defect>) -> Attachment {
        let mut read = |found| text(found, code_page, code_page, defects);
        let stated = read(self.content_type);
        Attachment {
            name: read(self.name),
            content_type: if is_tnef(self.bytes) { Some(NESTED.to_owned()) } else { stated },
            content_id: read(self.content_id),
            bytes: self.bytes.to_vec(),
        }
    }
}

/// A text without the zeros that end it; none where nothing else is in it.
fn text(found: Option<Text<'_>>, narrow: u32, binary: u32, defects: &mut Vec<Defect>) -> Option<String> {
    let (mut text, right) = match found?.value {
        Value::Narrow(octets) => decode(octets, narrow),
        Value::Binary(octets) => decode(octets, binary),
        Value::Wide(octets) => decode_wide(octets),
        Value::Number(_) | Value::Object(_) | Value::Other => return None,
    };
    if !right && !defects.contains(&Defect::CodePage) {
        defects.push(Defect::CodePage);
    }
    text.truncate(text.trim_end_matches('\0').len());
    (!text.is_empty()).then_some(text)
}
