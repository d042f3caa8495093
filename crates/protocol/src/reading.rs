//! What the page's worker asks of the one that reads what letters bring: HTML, winmail.dat, archives.
//!
//! That worker holds no key and reaches no relay. It is started at the first question, each question is answered once, and
//! octets go beside in buffers, in the order given here. Whatever it reads is hostile.

use serde::{Deserialize, Serialize};

use crate::{ArchiveView, HtmlView, UnixSeconds};

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadingAsk {
    /// Disarms HTML. Buffers: the pieces as UTF-8, then the images.
    Html {
        /// How many pieces there are.
        pieces: u32,
        /// `Content-ID` of each image, without angle brackets.
        images: Vec<String>,
    },
    /// Unpacks a winmail.dat. Buffers: the file.
    Tnef,
    /// Lists a ZIP. Buffers: the file.
    List,
    /// Takes one file out of a ZIP. Buffers: the ZIP.
    Extract {
        /// Its index in the list.
        entry: u32,
    },
    /// Packs files into a ZIP. Buffers: the files.
    Pack {
        /// Their names.
        names: Vec<String>,
        /// The time they are to bear.
        modified: UnixSeconds,
    },
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadingAnswer {
    /// HTML that can be shown. Buffers: its pieces as UTF-8.
    Html(HtmlView),
    /// What was in the winmail.dat. Buffers: the files.
    Tnef(Unpacked),
    /// What is in the ZIP.
    List(ArchiveView),
    /// The file. Buffers: it.
    File {
        /// Its name, without folders.
        name: String,
    },
    /// Nothing, for this reason.
    Refused(Refusal),
}

/// Why something is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// It asks for more work or more room than allowed.
    TooLarge,
    /// It is damaged, or not what it says.
    Damaged,
    /// It is under a pass phrase of its own.
    Encrypted,
}

/// What was in a winmail.dat.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unpacked {
    /// The letter as plain text.
    pub text: Option<String>,
    /// The letter as HTML, as hostile as it came.
    pub html: Option<String>,
    /// The files, whose octets go beside.
    pub files: Vec<UnpackedFile>,
    /// Whether all of it could be read.
    pub is_whole: bool,
}

/// A file of a winmail.dat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnpackedFile {
    /// Its name as sent.
    pub name: Option<String>,
    /// What the sender says it is.
    pub content_type: Option<String>,
    /// What the HTML calls it.
    pub content_id: Option<String>,
}
