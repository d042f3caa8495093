//! The boundary as JavaScript sees it, run by Node:
//! `CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner \
//!  cargo test --target wasm32-unknown-unknown -p sceau-wasm`.

#![cfg(target_arch = "wasm32")]

// `cfg(test)` tells clippy that what is in there is test code.
#[cfg(test)]
mod boundary;
