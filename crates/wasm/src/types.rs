//! What TypeScript is told of the plain objects that cross.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("../../../packages/smime/src/types.d.ts");
