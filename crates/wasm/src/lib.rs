//! sceau-wasm
