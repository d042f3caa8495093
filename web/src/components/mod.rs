//! Pieces of the page: properties and callbacks only.

mod dialog;
mod failure;
mod field;
mod frame;
mod icon;
mod key_file;
mod notices;
mod preferences;
mod progress;
mod recovery_code;
mod seal;

pub use dialog::Dialog;
pub use failure::FailureBox;
pub use field::{Field, FileField, SecretField};
pub use frame::Frame;
pub use icon::{Icon, IconButton, Sign};
pub use key_file::KeyFileForm;
pub use notices::NoticeList;
pub use preferences::PreferencesForm;
pub use progress::Busy;
pub use recovery_code::RecoveryCode;
pub use seal::SealMark;
