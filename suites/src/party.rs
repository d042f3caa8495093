//! Who takes part: other programs that write and read one layer at a time, and we, who read a message as a whole.

use crate::layer::Layer;
use crate::recipe::Recipe;
use crate::trouble::Trouble;

/// How a writer is to carry what it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carriage {
    /// As a mail of its own making, where it makes mails.
    pub mail: bool,
    /// With lengths that are not known beforehand.
    pub stream: bool,
    /// A mail has to have CR LF lines, because something will be signed around it.
    pub canonical: bool,
}

/// What a writer gave.
#[derive(Debug, Clone)]
pub enum Written {
    /// A bare object.
    Object(Vec<u8>),
    /// A whole entity.
    Entity(Vec<u8>),
}

/// Another program.
pub trait Oracle {
    /// Its version, as it says.
    ///
    /// # Errors
    /// When it does not run.
    fn version(&mut self) -> Result<String, Trouble>;

    /// Puts one layer around `content`.
    ///
    /// # Errors
    /// What the program says when it cannot.
    fn write(&mut self, layer: &Layer, content: &[u8], carriage: Carriage) -> Result<Written, Trouble>;

    /// Takes one layer off `message`.
    ///
    /// # Errors
    /// What the program says when it cannot.
    fn read(&mut self, layer: &Layer, message: &[u8]) -> Result<Vec<u8>, Trouble>;
}

/// One layer as we report it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Type, algorithm and the way of the key.
    pub summary: String,
    /// What became of the signature; `None` for other layers.
    pub verdict: Option<String>,
}

/// What we made of a message.
#[derive(Debug, Clone)]
pub struct Report {
    /// The innermost content.
    pub content: Vec<u8>,
    /// Outermost first.
    pub layers: Vec<Seen>,
    /// Whether the sender is confirmed.
    pub confirmed: bool,
}

/// A message of ours, and what its reader must find inside.
#[derive(Debug, Clone)]
pub struct Made {
    /// The message.
    pub message: Vec<u8>,
    /// SHA-256 of the innermost content.
    pub content_sha256: [u8; 32],
}

/// We: the library in this process, or the command in whatever form.
pub trait Ours: Sync {
    /// Which it is.
    fn name(&self) -> String;

    /// Whether it can write whole letters only.
    fn writes_letters_only(&self) -> bool {
        false
    }

    /// Makes the message.
    ///
    /// # Errors
    /// What we say when we cannot.
    fn write(&self, recipe: &Recipe, words: &[&str]) -> Result<Made, Trouble>;

    /// Opens and judges a message.
    ///
    /// # Errors
    /// What we say when we cannot.
    fn read(&self, recipe: &Recipe, message: &[u8]) -> Result<Report, Trouble>;
}
