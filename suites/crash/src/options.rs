//! `--name value`, read.

use std::collections::BTreeMap;

use crate::trouble::Trouble;

/// Every name, with its value.
pub struct Words(BTreeMap<String, String>);

impl Words {
    /// Reads pairs.
    ///
    /// # Errors
    /// When a value is missing.
    pub fn read(words: &[String]) -> Result<Self, Trouble> {
        let mut pairs = BTreeMap::new();
        for pair in words.chunks(2) {
            let [name, value] = pair else { return Err(Trouble::new("a value is missing")) };
            let name = name.strip_prefix("--").ok_or_else(|| Trouble(format!("'{name}' is no option")))?;
            pairs.insert(name.to_owned(), value.clone());
        }
        Ok(Self(pairs))
    }

    /// The value of a name.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    /// The same as a number.
    ///
    /// # Errors
    /// When it is none.
    pub fn number(&self, name: &str, otherwise: u64) -> Result<u64, Trouble> {
        match self.0.get(name) {
            None => Ok(otherwise),
            Some(text) => text.parse().map_err(|_| Trouble(format!("--{name} wants a number"))),
        }
    }
}
