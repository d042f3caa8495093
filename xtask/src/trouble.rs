//! What went wrong and what to do next: the only error a person sees.

use std::fmt;

/// A failure, as a sentence, with what to do about it.
#[derive(Debug)]
pub(crate) struct Trouble {
    what: String,
    next: String,
}

/// Makes a [`Trouble`] of two sentences.
pub(crate) fn trouble(what: impl Into<String>, next: impl Into<String>) -> Trouble {
    Trouble { what: what.into(), next: next.into() }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stopped: {}\n{}", self.what, self.next)
    }
}
