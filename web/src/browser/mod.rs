//! Every call into the browser. Nothing here decides anything.

pub mod clock;
pub mod dom;
pub mod files;
pub mod keyboard;
pub mod link;
pub mod page;
pub mod preferences;
pub mod worker;
