//! The CMS types that letters seldom have.

use sceau_mime::{Limits, structure};
use sceau_smime::Error;
use sceau_smime::cms::authenticated_data::AuthenticatedData;
use sceau_smime::cms::compressed_data::CompressedData;
use sceau_smime::cms::content_info::{ContentInfo, ContentType};
use sceau_smime::cms::digested_data::DigestedData;
use sceau_smime::cms::encrypted_data::EncryptedData;

use super::{MAX_DEPTH, Node, mail_node, recipient_kind, type_name};

/// The tree of one of them; another type is named only.
pub(super) fn node(info: &ContentInfo<'_>, depth: usize) -> Result<Node, Error> {
    let children = match info.content_type {
        ContentType::CompressedData => {
            let data = CompressedData::read(info.content)?;
            content(data.content_type, &data.decompress()?, depth)
        }
        ContentType::DigestedData => {
            let data = DigestedData::read(info.content)?;
            let mut children = vec![Node::leaf("digest", data.algorithm.name())];
            children.extend(content(data.content_type, &data.content, depth));
            children
        }
        ContentType::EncryptedData => {
            let data = EncryptedData::read(info.content)?;
            let cipher = data.algorithm().map_or_else(|e| e.to_string(), |a| a.cipher.name().to_owned());
            let content_type = Node::leaf("content type", type_name(data.content_type));
            vec![Node::leaf("cipher", cipher), content_type]
        }
        ContentType::AuthenticatedData => {
            let data = AuthenticatedData::read(info.content)?;
            let mut children = vec![Node::leaf("mac", data.algorithm.name())];
            let recipients = data.recipients.iter().map(|one| Node::leaf("recipient", recipient_kind(one)));
            children.extend(recipients);
            children.extend(content(data.content_type, &data.content, depth));
            children
        }
        other => return Ok(Node::leaf("content", type_name(other))),
    };
    Ok(Node::branch(&type_name(info.content_type), children))
}

fn content(content_type: ContentType, bytes: &[u8], depth: usize) -> Vec<Node> {
    let mut children =
        vec![Node::leaf("content type", type_name(content_type)), Node::leaf("content octets", bytes.len())];
    if depth < MAX_DEPTH
        && let Ok(mail) = structure(bytes, &Limits::default())
        && !mail.headers.is_empty()
    {
        children.push(mail_node(&mail, bytes, depth + 1));
    }
    children
}
