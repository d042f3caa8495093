//! Reads what letters bring: HTML, winmail.dat, archives (docs/design/reading.md).
//!
//! The page's worker, which holds keys, hands hostile files to a worker that holds none. [`answer`] is all that one does;
//! natively it is called as it is, in tests.

mod archive;
mod html;
mod tnef;

use sceau_protocol::{ReadingAnswer, ReadingAsk, Refusal};

/// Octets beside a question or an answer.
pub type Buffers = Vec<Vec<u8>>;

/// Answers a question. Everything beside it is untrusted; what cannot be read is answered with the reason.
#[must_use]
pub fn answer(ask: ReadingAsk, buffers: Buffers) -> (ReadingAnswer, Buffers) {
    let answered = match ask {
        ReadingAsk::Html { pieces, images } => html::disarm(pieces, &images, &buffers),
        ReadingAsk::Tnef => tnef::unpack(&buffers),
        ReadingAsk::List => archive::list(&buffers),
        ReadingAsk::Extract { entry } => archive::extract(entry, &buffers),
        ReadingAsk::Pack { names, modified } => archive::pack(&names, modified, &buffers),
    };
    answered.unwrap_or_else(|refusal| (ReadingAnswer::Refused(refusal), Buffers::new()))
}

type Answered = Result<(ReadingAnswer, Buffers), Refusal>;
