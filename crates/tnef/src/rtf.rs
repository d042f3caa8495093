//! RTF: decompressed (MS-OXRTFCP), and read for what is encapsulated in it (MS-OXRTFEX).

mod compressed;
mod encapsulated;
mod fonts;
mod tokens;

pub use compressed::decompress_rtf;
pub use encapsulated::{Encapsulated, de_encapsulate};
