//! What goes wrong, in a sentence.

/// A sentence for whoever runs a suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble(String);

impl Trouble {
    /// A trouble told in a sentence.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl core::fmt::Display for Trouble {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Trouble {}

/// Puts a sentence before the reason of another error.
pub fn told<E: core::fmt::Display>(what: &str) -> impl Fn(E) -> Trouble {
    move |error| Trouble::new(format!("{what}: {error}"))
}
