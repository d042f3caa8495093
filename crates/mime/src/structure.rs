//! The tree of entities that a message is made of (RFC 2046 §5), for looking into files.

use mail_parser::{MessagePart, MessageRef};

use crate::entity::{ContentType, header_section};
use crate::error::Result;
use crate::letter::{Header, parse};
use crate::limits::Limits;
use crate::text::{body, decode_text};

/// One entity and what it contains.
#[derive(Clone, PartialEq, Eq)]
pub struct Node {
    /// Header fields in order.
    pub headers: Vec<Header>,
    /// Media type and parameters.
    pub content_type: ContentType,
    /// `inline`, `attachment` or another disposition, in lower case.
    pub disposition: Option<String>,
    /// File name, decoded.
    pub name: Option<String>,
    /// Content-Transfer-Encoding in lower case, when it is declared.
    pub transfer_encoding: Option<String>,
    /// Content of a leaf after transfer decoding; empty for containers.
    pub decoded: Vec<u8>,
    /// Text of a text leaf after charset decoding, line ends LF.
    pub text: Option<String>,
    /// The parts of a multipart, or the one message of a `message/rfc822`.
    pub children: Vec<Node>,
}

/// Reads the structure of untrusted bytes, with the same leniency as [`crate::read`].
///
/// # Errors
/// `NotAMessage`, or the limit that was passed.
pub fn structure(bytes: &[u8], limits: &Limits) -> Result<Node> {
    let message = parse(bytes, limits)?;
    Ok(message_node(&message.root()))
}

fn message_node(message: &MessageRef<'_>) -> Node {
    node(&message.root_part())
}

/// Recursion is bounded by [`Limits::nesting`], which the parser has enforced.
fn node(part: &MessagePart<'_>) -> Node {
    let children: Vec<Node> = match part.nested() {
        Some(message) => vec![message_node(&message)],
        None => part.children().map(|child| node(&child)).collect(),
    };
    let is_leaf = !part.is_multipart() && !part.is_message();
    Node {
        headers: header_section(part),
        content_type: ContentType::of_part(part),
        disposition: part.content_disposition().map(|found| found.ctype().to_ascii_lowercase()),
        name: part.attachment_name().map(str::to_owned),
        transfer_encoding: part.content_transfer_encoding().map(|it| it.trim().to_ascii_lowercase()),
        decoded: if is_leaf { body(part).into_owned() } else { Vec::new() },
        text: part.is_text().then(|| decode_text(part).text.take()),
        children,
    }
}
