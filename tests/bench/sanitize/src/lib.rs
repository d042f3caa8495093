//! The sanitizer as a module of its own: what `./x bench mime` measures beside `DOMPurify`.

use sceau_sanitize::{Limits, NoParts};
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// A letter's HTML that can be shown; its images are not asked for.
///
/// # Errors
/// The sentence of [`sceau_sanitize::Error`].
#[wasm_bindgen]
pub fn sanitize(html: &str) -> Result<String, JsError> {
    Ok(sceau_sanitize::sanitize(html, &NoParts, &Limits::default())?.html)
}
