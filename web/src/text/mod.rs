//! Every word the interface says, in French and English.
//!
//! A language is one constant: a word left out does not compile. Facts (failures, reasons, verdicts) reach their
//! sentence through one exhaustive match each, shared by the languages.

mod dates;
mod en;
mod facts;
mod fr;
mod names;
mod sizes;
mod words;

pub use dates::Calendar;
pub use names::plain_name;
pub use words::{
    AccountWords, CautionWords, CharsetWords, ComposeWords, DeliveryWords, ElsewhereWords, FailureWords,
    FirstWords, FolderWords, FormattedWords, KeyFileWords, KeyWords, LetterWords, ListWords, NoticeWords,
    PartWords, PreviewWords, ReasonWords, ReportWords, SealWords, SettingsWords, SignInWords, StageWords,
    Words, WritingWords, fill,
};

/// A language of the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// French, the first one.
    #[default]
    Fr,
    /// English.
    En,
}

impl Lang {
    /// Its code (BCP 47).
    pub fn code(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }

    /// Reads a code; `fr-CA` is French.
    pub fn from_code(code: &str) -> Option<Self> {
        match code.split('-').next() {
            Some("fr") => Some(Self::Fr),
            Some("en") => Some(Self::En),
            _ => None,
        }
    }

    /// Its words.
    pub fn words(self) -> &'static Words {
        match self {
            Self::Fr => &fr::WORDS,
            Self::En => &en::WORDS,
        }
    }
}
