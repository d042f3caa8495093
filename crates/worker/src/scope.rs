//! The worker's global scope.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::DedicatedWorkerGlobalScope;

/// The scope; the binary is only ever started as a dedicated worker.
pub(crate) fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// The origin the worker belongs to: a worker made from a `blob:` has no other place.
pub(crate) fn origin() -> String {
    scope().origin()
}

/// A property set on a plain object; cannot fail there.
pub(crate) fn set(object: &js_sys::Object, name: &str, value: &JsValue) {
    let _ = js_sys::Reflect::set(object, &name.into(), value);
}
