//! What the page knows: plain structs with methods, tested natively, without a browser in sight.

pub mod account;
pub mod announced;
pub mod compose;
pub mod connection;
pub mod drawn;
pub mod hearing;
pub mod jobs;
pub mod keys;
pub mod letter;
pub mod letter_text;
pub mod list_layout;
pub mod mailbox;
pub mod markup;
pub mod notices;
pub mod place;
pub mod preview;
pub mod settings;
pub mod weight;
