//! The second part of this worker's module, which `boot.js` joins to the first.

use sceau_client::world::{Local, Secondary, TransportError};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// Broken when the file could not be fetched, or is not the one that the page names.
    #[wasm_bindgen(js_namespace = sceau, js_name = loadSecondary, catch)]
    async fn load_secondary() -> Result<JsValue, JsValue>;
}

/// The file that `./x build` makes of what only the client's secondary module reaches.
pub(crate) struct SecondaryModule;

impl Secondary for SecondaryModule {
    fn load(&self) -> Local<'_, Result<(), TransportError>> {
        Box::pin(async { load_secondary().await.map(drop).map_err(|_| TransportError::Unreachable) })
    }
}
