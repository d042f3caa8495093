//! Objects that JavaScript gives.

use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast as _, JsValue};

use crate::error::Failure;

/// Reads an object. A name that is not in `known` is refused: a misspelt `self` or `bcc` must not go unnoticed,
/// and serde does not see what it does not ask for.
///
/// # Errors
/// `BadArgument`.
pub(crate) fn from_js<T: DeserializeOwned>(object: JsValue, known: &[&str]) -> Result<T, Failure> {
    let named = object.dyn_ref::<js_sys::Object>().map(js_sys::Object::keys).unwrap_or_default();
    for name in named.iter().filter_map(|name| name.as_string()) {
        if !known.contains(&name.as_str()) {
            return Err(Failure::BadArgument(format!("unknown name {name:?}")));
        }
    }
    Ok(serde_wasm_bindgen::from_value(object)?)
}
