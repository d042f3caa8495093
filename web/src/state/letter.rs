//! The reading pane.

use sceau_protocol::{EmailId, Failure, LetterView, Progress};

/// Which letter the pane is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// A letter of the account.
    Email(EmailId),
    /// A file of this name.
    File(String),
    /// A letter within a letter, by the name of its file.
    Part(String),
}

/// What the pane shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Reading {
    /// No letter is chosen.
    #[default]
    Nothing,
    /// It is being fetched, opened and judged.
    Opening(Which, Option<Progress>),
    /// An opened and judged letter: the only state with words in it.
    Shown(Which, Box<LetterView>),
    /// It could not be opened.
    Failed(Which, Failure),
}

impl Reading {
    /// The letter the pane is about.
    pub fn which(&self) -> Option<&Which> {
        match self {
            Self::Nothing => None,
            Self::Opening(which, _) | Self::Shown(which, _) | Self::Failed(which, _) => Some(which),
        }
    }

    /// The account's letter the pane is about.
    pub fn email(&self) -> Option<&EmailId> {
        match self.which() {
            Some(Which::Email(email)) => Some(email),
            Some(Which::File(_) | Which::Part(_)) | None => None,
        }
    }

    /// The opened letter.
    pub fn view(&self) -> Option<&LetterView> {
        match self {
            Self::Shown(_, view) => Some(view),
            Self::Nothing | Self::Opening(..) | Self::Failed(..) => None,
        }
    }

    /// Whether the pane waits for this very letter: a late answer about another one is dropped.
    pub fn waits_for(&self, which: &Which) -> bool {
        matches!(self, Self::Opening(waiting, _) if waiting == which)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_letter_asked_for_is_awaited() {
        let first = Which::Email(EmailId("e1".into()));
        let reading = Reading::Opening(first.clone(), None);
        assert!(reading.waits_for(&first));
        assert!(!reading.waits_for(&Which::File("a.eml".into())));
        assert!(!Reading::Failed(first.clone(), sceau_protocol::FailureCode::Gone.into()).waits_for(&first));
    }
}
