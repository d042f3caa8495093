//! A CMS object without its big content: the structure as a small copy, and where the content lies.
//!
//! The readers of [`crate::cms`] read the copy, in which the content is an empty string; so there is one reader of
//! structures for small letters and big ones.

use super::view::{Cached, Pieces, Slice};
use super::{View, WINDOW, read_range, to_u64, to_usize};
use crate::asn1;
use crate::cms::ber::{BerError, Class, MAX_DEPTH, Tag, class_of, read_tag_number, tag};
use crate::cms::content_info::{ContentType, is_padding};
use crate::cms::oids;
use crate::error::{Error, Limit, Result};

/// Most octets of everything beside the content: recipients, certificates, revocation lists. The lists of large authorities
/// have some megabytes.
const MAX_FIELDS: usize = 8 * 1024 * 1024;

/// Longest identifier and length octets together that are read: five and nine.
const MAX_HEAD: usize = 14;

/// A CMS object without its content.
pub(crate) struct Outline {
    /// The ContentInfo in BER, its content an empty string.
    pub(crate) skeleton: Vec<u8>,
    /// The content's octets, joined when they came in pieces; `None` when there is no content.
    pub(crate) content: Option<View>,
}

/// Identifier and length of an element.
#[derive(Debug, Clone, Copy)]
struct Head {
    tag: Tag,
    /// First octet of the identifier.
    first: u8,
    at: u64,
    /// Where the contents begin.
    contents: u64,
    /// `None` for the indefinite form.
    length: Option<u64>,
}

impl Head {
    fn is_constructed(&self) -> bool {
        self.first & 0x20 != 0
    }

    fn is_end(&self) -> bool {
        self.tag == Tag { class: Class::Universal, number: 0 }
    }

    /// Where the contents end, when the length says so.
    fn end(&self) -> Result<Option<u64>> {
        let Some(length) = self.length else { return Ok(None) };
        let end = self.contents.checked_add(length).ok_or(BerError::BadLength)?;
        Ok(Some(end))
    }
}

/// The elements within another.
struct Siblings {
    at: u64,
    end: Option<u64>,
}

/// Reads the outline of the object that `source` consists of, padding after it included.
///
/// # Errors
/// `Malformed` when the octets are no ContentInfo, `UnsupportedAlgorithm` for a type whose content does not lie as it is,
/// `LimitExceeded`, `Storage`.
pub(crate) async fn outline(source: &View) -> Result<Outline> {
    let walk = Walk { source, cached: Cached::new(source) };
    let outer = walk.head(0).await?;
    let mut fields = walk.inside(&outer, tag::SEQUENCE)?;
    let oid = walk.copy(&walk.expect(&mut fields, tag::OID).await?).await?;
    let wrapper = walk.expect(&mut fields, tag::context(0)).await?;
    let mut only = walk.inside(&wrapper, tag::context(0))?;
    let body = walk.next(&mut only).await?.ok_or(BerError::Truncated)?;
    let (body_copy, content) = walk.body(&oid, &body).await?;
    only.at = walk.after(&body).await?;
    walk.finish(&mut only).await?;
    fields.at = only.at;
    walk.finish(&mut fields).await?;
    walk.only_padding(fields.at).await?;
    let skeleton = asn1::sequence(&[&oid, &asn1::tlv(asn1::context(0), &body_copy)]);
    Ok(Outline { skeleton, content })
}

struct Walk<'a> {
    source: &'a View,
    cached: Cached,
}

impl Walk<'_> {
    async fn body(&self, oid: &[u8], body: &Head) -> Result<(Vec<u8>, Option<View>)> {
        let content_type = ContentType::from_oid(oids::read(crate::cms::ber::Tlv::parse(oid)?)?);
        match content_type {
            ContentType::Data => self.empty(body).await,
            ContentType::SignedData | ContentType::EnvelopedData | ContentType::AuthEnvelopedData => {
                self.around_content(body).await
            }
            other => Err(Error::UnsupportedAlgorithm { oid: other.oid() }),
        }
    }

    /// A structure whose first SEQUENCE is the EncapsulatedContentInfo or the EncryptedContentInfo.
    async fn around_content(&self, body: &Head) -> Result<(Vec<u8>, Option<View>)> {
        let mut fields = self.inside(body, tag::SEQUENCE)?;
        let (mut copy, mut content, mut found) = (Vec::new(), None, false);
        while let Some(field) = self.next(&mut fields).await? {
            if field.tag == tag::SEQUENCE && !found {
                found = true;
                let (info, octets) = self.content_info(&field).await?;
                copy.extend_from_slice(&info);
                content = octets;
            } else {
                copy.extend_from_slice(&self.copy(&field).await?);
            }
            if copy.len() > MAX_FIELDS {
                return Err(Error::LimitExceeded { limit: Limit::InputSize });
            }
            fields.at = self.after(&field).await?;
        }
        Ok((asn1::tlv(asn1::SEQUENCE, &copy), content))
    }

    /// Type, algorithm where there is one, and `[0]`: the string itself, or around it.
    async fn content_info(&self, info: &Head) -> Result<(Vec<u8>, Option<View>)> {
        let mut fields = self.inside(info, tag::SEQUENCE)?;
        let (mut copy, mut content, mut has_algorithm) = (Vec::new(), None, false);
        while let Some(field) = self.next(&mut fields).await? {
            if field.tag == tag::context(0) && content.is_none() {
                let (string, octets) =
                    if has_algorithm { self.empty(&field).await? } else { self.explicit(&field).await? };
                copy.extend_from_slice(&string);
                content = octets;
            } else {
                has_algorithm |= field.tag == tag::SEQUENCE;
                copy.extend_from_slice(&self.copy(&field).await?);
            }
            fields.at = self.after(&field).await?;
        }
        Ok((asn1::tlv(asn1::SEQUENCE, &copy), content))
    }

    /// The one element within an explicit tag, emptied.
    async fn explicit(&self, wrapper: &Head) -> Result<(Vec<u8>, Option<View>)> {
        let mut only = self.inside(wrapper, tag::context(0))?;
        let element = self.next(&mut only).await?.ok_or(BerError::Truncated)?;
        let (string, content) = self.empty(&element).await?;
        only.at = self.after(&element).await?;
        self.finish(&mut only).await?;
        Ok((asn1::tlv(asn1::context(0), &string), content))
    }

    /// An element without its contents, and the contents: those of a string's pieces, of anything else as they stand.
    async fn empty(&self, element: &Head) -> Result<(Vec<u8>, Option<View>)> {
        if element.first & 0x1f == 0x1f {
            return Err(BerError::BadTag.into());
        }
        let is_string = element.tag == tag::OCTET_STRING || element.tag.class == Class::Context;
        let mut pieces = Pieces::default();
        if element.is_constructed() && is_string {
            self.pieces(element, &mut pieces).await?;
            return Ok((vec![element.first & !0x20, 0], Some(pieces.of(self.source))));
        }
        let after = self.after(element).await?;
        let end = if element.length.is_some() { after } else { after.saturating_sub(2) };
        let view = Slice::new(self.source, element.contents, end);
        Ok((vec![element.first, 0], Some(std::rc::Rc::new(view))))
    }

    /// Strings within strings, in order.
    async fn pieces(&self, string: &Head, pieces: &mut Pieces) -> Result<()> {
        let mut open = vec![Siblings { at: string.contents, end: string.end()? }];
        while let Some(siblings) = open.last_mut() {
            let Some(piece) = self.next(siblings).await? else {
                let after = siblings.at;
                open.pop();
                if let Some(outer) = open.last_mut() {
                    outer.at = after;
                }
                continue;
            };
            if piece.tag != tag::OCTET_STRING {
                return Err(BerError::BadPieces.into());
            }
            if piece.is_constructed() {
                open.push(Siblings { at: piece.contents, end: piece.end()? });
                if open.len() > MAX_DEPTH {
                    return Err(BerError::TooDeep.into());
                }
            } else {
                pieces.push(piece.contents, piece.length.unwrap_or_default())?;
                siblings.at = self.after(&piece).await?;
            }
        }
        Ok(())
    }

    fn inside(&self, element: &Head, tag: Tag) -> Result<Siblings> {
        if element.tag != tag || !element.is_constructed() {
            return Err(BerError::UnexpectedTag.into());
        }
        Ok(Siblings { at: element.contents, end: element.end()? })
    }

    /// The next element; `None` at the end, with `at` behind it.
    async fn next(&self, siblings: &mut Siblings) -> Result<Option<Head>> {
        if siblings.end == Some(siblings.at) {
            return Ok(None);
        }
        let head = self.head(siblings.at).await?;
        if head.is_end() {
            if siblings.end.is_some() || head.length != Some(0) || head.contents != head.at.saturating_add(2)
            {
                return Err(BerError::BadIndefinite.into());
            }
            siblings.at = head.contents;
            siblings.end = Some(head.contents);
            return Ok(None);
        }
        match (head.end()?, siblings.end) {
            (Some(end), Some(limit)) if end > limit => Err(BerError::Truncated.into()),
            (None, Some(limit)) if head.contents > limit => Err(BerError::Truncated.into()),
            _ => Ok(Some(head)),
        }
    }

    async fn expect(&self, siblings: &mut Siblings, tag: Tag) -> Result<Head> {
        let head = self.next(siblings).await?.ok_or(BerError::Truncated)?;
        if head.tag != tag {
            return Err(BerError::UnexpectedTag.into());
        }
        siblings.at = if tag == tag::OID { self.after(&head).await? } else { siblings.at };
        Ok(head)
    }

    async fn finish(&self, siblings: &mut Siblings) -> Result<()> {
        match self.next(siblings).await? {
            None => Ok(()),
            Some(_) => Err(BerError::TrailingBytes.into()),
        }
    }

    /// Where the element after this one begins.
    async fn after(&self, element: &Head) -> Result<u64> {
        if let Some(end) = element.end()? {
            return Ok(end);
        }
        let (mut at, mut open) = (element.contents, 1_usize);
        loop {
            let head = self.head(at).await?;
            at = head.contents;
            if head.is_end() {
                open = open.saturating_sub(1);
                if open == 0 {
                    return Ok(at);
                }
                continue;
            }
            match head.end()? {
                Some(end) => at = end,
                None => open = open.saturating_add(1),
            }
            if open > MAX_DEPTH {
                return Err(BerError::TooDeep.into());
            }
        }
    }

    /// An element as it stands.
    async fn copy(&self, element: &Head) -> Result<Vec<u8>> {
        let length = to_usize(self.after(element).await?.saturating_sub(element.at))?;
        if length > MAX_FIELDS {
            return Err(Error::LimitExceeded { limit: Limit::InputSize });
        }
        Ok(read_range(&self.cached, element.at, length).await?.to_vec())
    }

    async fn head(&self, at: u64) -> Result<Head> {
        let mut octets = [0; MAX_HEAD];
        let read = super::fill(&self.cached, at, &mut octets).await?;
        let head = read_head(octets.get(..read).unwrap_or_default(), at)?;
        match head.end()? {
            Some(end) if end > self.source.len() => Err(BerError::Truncated.into()),
            _ => Ok(head),
        }
    }

    /// What may follow an object, to the end.
    async fn only_padding(&self, from: u64) -> Result<()> {
        let mut at = from;
        while at < self.source.len() {
            let size = to_usize(self.source.len().saturating_sub(at)).unwrap_or(WINDOW).min(WINDOW);
            let window = read_range(self.source.as_ref(), at, size).await?;
            if !window.iter().all(|octet| is_padding(*octet)) {
                return Err(BerError::TrailingBytes.into());
            }
            at = at.saturating_add(to_u64(size));
        }
        Ok(())
    }
}

/// Identifier and length octets (X.690 §8.1.2, §8.1.3). An end-of-contents is let through.
fn read_head(octets: &[u8], at: u64) -> core::result::Result<Head, BerError> {
    let &first = octets.first().ok_or(BerError::Truncated)?;
    let (number, size) = read_tag_number(first, octets)?;
    let rest = octets.get(size..).unwrap_or_default();
    let (&short, rest) = rest.split_first().ok_or(BerError::Truncated)?;
    let (length, rest) = match short {
        0..=0x7f => (Some(u64::from(short)), rest),
        0x80 => (None, rest),
        _ => long_length(usize::from(short & 0x7f), rest)?,
    };
    let size = to_u64(octets.len().saturating_sub(rest.len()));
    if length.is_none() && first & 0x20 == 0 {
        return Err(BerError::BadIndefinite);
    }
    Ok(Head {
        tag: Tag { class: class_of(first), number },
        first,
        at,
        contents: at.saturating_add(size),
        length,
    })
}

fn long_length(count: usize, rest: &[u8]) -> core::result::Result<(Option<u64>, &[u8]), BerError> {
    let octets = rest.get(..count).ok_or(BerError::BadLength)?;
    let mut length = 0_u64;
    for octet in octets {
        if length > u64::MAX >> 16 {
            return Err(BerError::BadLength);
        }
        length = length << 8 | u64::from(*octet);
    }
    Ok((Some(length), rest.get(count..).unwrap_or_default()))
}
