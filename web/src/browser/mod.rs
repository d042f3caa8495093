//! Every call into the browser. Nothing here decides anything.

pub mod clock;
pub mod dom;
pub mod editor;
pub mod files;
#[cfg(feature = "fixtures")]
pub mod fixtures;
mod frame_line;
pub mod frames;
pub mod keyboard;
pub mod link;
pub mod page;
pub mod preferences;
pub mod preview;
pub mod print;
pub mod seat;
#[cfg(not(feature = "fixtures"))]
pub mod worker;
