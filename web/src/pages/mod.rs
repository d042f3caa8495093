//! One folder per page: reads the state, starts work.

mod compose;
mod first_login;
mod mail;
mod sign_in;

pub use compose::{ComposeDialogs, ComposePanel};
pub use first_login::FirstLoginPage;
pub use mail::MailPage;
pub use sign_in::{ElsewherePage, SignInPage};
