//! AES for modes whose blocks do not wait for each other. Over WebAssembly with lanes eight of them go at a time; elsewhere, and
//! where blocks do wait, the crate `aes` is faster.

#[cfg(not(all(feature = "fast", target_arch = "wasm32", target_feature = "simd128")))]
use aes as chosen;
#[cfg(all(feature = "fast", target_arch = "wasm32", target_feature = "simd128"))]
use sceau_aes as chosen;

#[cfg(feature = "containers")]
pub(super) use self::chosen::Aes192;
pub(super) use self::chosen::{Aes128, Aes256};
