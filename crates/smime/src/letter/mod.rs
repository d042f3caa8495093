//! Letters: sealed, opened and judged (RFC 8551, RFC 9788).
//!
//! [`seal`] makes one copy for one class of recipients, [`seal_for_all`] every copy a draft needs. [`open`] takes
//! whatever people hand over, peels its layers and gives a [`Judged`] letter: the only way to one, so that
//! nothing is shown that was not judged.

#[cfg(feature = "more")]
mod additions;
#[cfg(feature = "more")]
mod big;
mod card;
#[cfg(feature = "more")]
mod carried;
#[cfg(feature = "more")]
mod choose;
mod held;
mod judged;
#[cfg(feature = "more")]
mod named_recipients;
#[cfg(feature = "more")]
mod networks;
mod open;
mod padding;
mod peel;
#[cfg(feature = "more")]
mod plain_layers;
mod seal;
#[cfg(feature = "more")]
mod seldom;
#[cfg(feature = "more")]
mod signed_only;
mod signer;

#[cfg(feature = "more")]
pub use self::additions::{Countersignature, Timestamp};
#[cfg(feature = "more")]
pub use self::big::{
    BigLetter, BigMail, BigRequest, BigSealRequest, BigSealed, BigSigned, Bounds, open_big, open_big_with,
    sign_big,
};
pub use self::card::{Card, CardPart, JudgedCard, PREVIEW_CHARS, open_card, open_card_with};
#[cfg(feature = "more")]
pub use self::choose::{
    Choice, Correspondent, Level, Listing, Network, Source, Weakness, choose, choose_for_all,
};
pub use self::judged::{ContentHash, EncryptedLayer, Judged, LayerReport, SignedLayer, Signer};
#[cfg(feature = "more")]
pub(crate) use self::open::judge_apart;
pub use self::open::{OpenRequest, TrustSettings, open, open_with};
pub use self::padding::padme_length;
pub use self::peel::MAX_LAYERS;
#[cfg(feature = "more")]
pub(crate) use self::peel::is_control;
#[cfg(feature = "more")]
pub use self::plain_layers::{AuthenticatedLayer, CompressedLayer, DigestedLayer};
#[cfg(feature = "fast")]
pub use self::seal::seal_copy_with;
pub use self::seal::{
    Copies, Outgoing, Profile, Recipient, SealRequest, SealedLetter, seal, seal_for_all, seal_for_all_with,
    seal_with, sign_entity,
};
#[cfg(feature = "more")]
pub use self::signed_only::sign_letter;
pub use self::signer::{CLOCK_TOLERANCE_SECONDS, Verified};
