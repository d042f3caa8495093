//! By whose primitives letters are opened and sealed.

use sceau_smime::backend::Backend;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::Failure;

/// The primitives that letters are opened and sealed with: the reference in pure Rust, or the browser's WebCrypto where it
/// has them. Both give the same answers.
///
/// WebCrypto's keeps private keys as `CryptoKey`s that nobody can take out again, until [`Engine::forget`].
#[wasm_bindgen]
pub struct Engine {
    backend: Box<dyn Backend>,
}

#[wasm_bindgen]
impl Engine {
    /// `rust` or `webcrypto`; the latter is the former where there is no WebCrypto. The core has WebCrypto alone, and what
    /// that one cannot do is unsupported there.
    ///
    /// # Errors
    /// `bad_argument` for any other name.
    #[wasm_bindgen(constructor)]
    pub fn new(name: &str) -> Result<Self, Failure> {
        let backend: Box<dyn Backend> = match name {
            #[cfg(feature = "all")]
            "rust" => Box::new(sceau_smime::backend::Rust),
            #[cfg(feature = "webcrypto")]
            "webcrypto" => Box::<sceau_webcrypto::WebCrypto>::default(),
            other => return Err(Failure::BadArgument(format!("backend {other:?}"))),
        };
        Ok(Self { backend })
    }

    /// Which primitives really run.
    #[wasm_bindgen(getter)]
    pub fn name(&self) -> String {
        self.backend.name().to_owned()
    }

    /// Forgets what was kept of keys.
    pub fn forget(&self) {
        self.backend.forget();
    }
}

impl Engine {
    pub(crate) fn backend(&self) -> &dyn Backend {
        &*self.backend
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Engine").field(&self.backend.name()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{Engine, Failure};

    #[test]
    fn backends_have_names() {
        assert_eq!(Engine::new("rust").unwrap().name(), "rust");
        assert_eq!(Engine::new("other").unwrap_err(), Failure::BadArgument("backend \"other\"".into()));
    }
}
