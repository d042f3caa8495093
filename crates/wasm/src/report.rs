//! Looking into files without judging them.

#[cfg(feature = "all")]
use sceau_mime::{Limits, Node};
use serde::Serialize;
use wasm_bindgen::JsValue;
#[cfg(feature = "all")]
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::Failure;

/// One entity of a mail.
#[cfg(feature = "all")]
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Entity<'a> {
    /// Media type.
    #[serde(rename = "type")]
    media: &'a str,
    name: Option<&'a str>,
    /// Length of the decoded content; of a container 0.
    bytes: usize,
    children: Vec<Self>,
}

#[cfg(feature = "all")]
#[derive(Serialize)]
struct Inspection<'a> {
    kind: &'static str,
    tree: Entity<'a>,
}

/// The structure of a mail: `{ kind: "mail", tree: { type, name, bytes, children } }`. Needs no key and judges
/// nothing.
///
/// # Errors
/// `not_a_message`, or the limit that was passed.
#[cfg(feature = "all")]
#[wasm_bindgen(unchecked_return_type = "Inspection")]
pub fn inspect(mail: &[u8]) -> Result<JsValue, Failure> {
    let tree = sceau_mime::structure(mail, &Limits::default())?;
    to_js(&Inspection { kind: "mail", tree: entity(&tree) })
}

/// Plain objects, `null` for what is not there, `Uint8Array` for octets.
pub(crate) fn to_js(value: &impl Serialize) -> Result<JsValue, Failure> {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible().serialize_bytes_as_arrays(false);
    Ok(value.serialize(&serializer)?)
}

#[cfg(feature = "all")]
fn entity(node: &Node) -> Entity<'_> {
    Entity {
        media: &node.content_type.media,
        name: node.name.as_deref(),
        bytes: node.decoded.len(),
        children: node.children.iter().map(entity).collect(),
    }
}
