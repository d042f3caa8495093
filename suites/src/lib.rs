//! Long runs against other programs, started by `./x suites`.
//!
//! `differential` exchanges random messages with OpenSSL, PKI.js and Bouncy Castle; `timing` measures whether three kinds of
//! broken RSA padding can be told apart. What they mean stands in `docs/design/suites.md`.

pub mod carry;
pub mod chooser;
pub mod command;
pub(crate) mod content;
pub mod differential;
pub mod exchange;
pub mod layer;
pub mod lines;
pub mod openssl;
pub mod ours;
pub mod padding;
pub mod party;
pub mod probe;
pub mod random;
pub mod recipe;
pub mod rows;
pub mod statistics;
pub mod table;
pub mod trouble;
pub mod world;
