//! What a relay is called among those over one database.

use std::str::FromStr;

/// The longest name, as of a machine (RFC 1035 §2.3.4).
const LONGEST: usize = 255;

/// The name under which a relay writes the access trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NodeName(String);

impl NodeName {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for NodeName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || ".-_".contains(letter);
        match (1..=LONGEST).contains(&text.len()) && text.chars().all(plain) {
            true => Ok(Self(text.to_owned())),
            false => Err("a relay's name is of letters, digits, points, hyphens and underscores"),
        }
    }
}
