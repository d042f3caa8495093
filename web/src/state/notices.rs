//! Short words at the foot of the page: what was done, and how to undo it.

use sceau_protocol::{DraftId, EmailId, Failure, LastSignIn, LetterId, MailboxRole, Quote};

use super::compose::Compose;

/// Seconds a letter waits at the relay so that sending can be undone.
pub const UNDO_SEND_SECONDS: u32 = 10;
/// Seconds a notice with a way back stays, or one with a date to compare.
const UNDO_SECONDS: u32 = 10;
/// Seconds a notice without one stays.
const PLAIN_SECONDS: u32 = 5;
/// Seconds a sentence that takes longer to read stays.
const LONG_SECONDS: u32 = 15;
/// A notice that stays until the person has answered it.
const STAYS: u32 = u32::MAX;
/// Notices shown at once.
const AT_ONCE: usize = 3;

/// What a notice says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// The letter was handed to the relay.
    Sent,
    /// The letter was taken back.
    Unsent,
    /// Letters were moved to this folder.
    Moved(MailboxRole),
    /// Letters will be destroyed.
    Destroyed,
    /// The draft is thrown away.
    Discarded,
    /// The quote was taken out of the letter being written.
    QuoteRemoved,
    /// The quote stands in its text now.
    QuoteShown,
    /// The file was saved under this name.
    Saved(String),
    /// A text is on the clipboard.
    Copied,
    /// The letter was not printed.
    NotPrinted,
    /// The draft is kept.
    DraftKept,
    /// The pass phrase is another now.
    PassPhraseChanged,
    /// The sign-in before this one, so that a stranger's shows.
    LastSignIn(LastSignIn),
    /// The machine's clock is wrong by so many minutes.
    WrongClock(u64),
    /// The relay serves a newer build of the page.
    NewBuild,
    /// Something failed.
    Failed(Failure),
}

/// The way back.
#[derive(Clone, Debug, PartialEq)]
pub enum Undo {
    /// Take the letter back from the relay.
    Send(LetterId),
    /// Move letters back.
    Move(Vec<EmailId>, MailboxRole),
    /// No way back but one ahead: load the newer build.
    Reload,
    /// Do not destroy these letters after all.
    Destroy(Vec<EmailId>),
    /// Open the draft again that was closed.
    Reopen(EmailId),
    /// Do not throw this draft away after all.
    Discard(Box<Compose>),
    /// Put the quote back.
    Quote(DraftId, Quote),
    /// Take the quote out of the text again, to fold it.
    FoldQuote(DraftId, Quote),
}

/// Names a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NoticeId(u32);

/// A notice.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Names it.
    pub id: NoticeId,
    /// What it says.
    pub word: Word,
    /// The way back, while there is one.
    pub undo: Option<Undo>,
    /// Seconds it stays.
    pub seconds_left: u32,
}

/// The notices shown now.
#[derive(Clone, Debug, Default)]
pub struct Notices {
    next: u32,
    shown: Vec<Notice>,
}

impl Notices {
    /// Says something; the oldest word makes room.
    pub fn say(&mut self, word: Word, undo: Option<Undo>) -> NoticeId {
        let seconds = match (&word, &undo) {
            (_, Some(Undo::Reload)) => STAYS,
            (_, Some(Undo::Send(_))) => UNDO_SEND_SECONDS,
            (_, Some(_)) => UNDO_SECONDS,
            (Word::Failed(_) | Word::WrongClock(_) | Word::NotPrinted, None) => LONG_SECONDS,
            (Word::LastSignIn(_), None) => UNDO_SECONDS,
            (_, None) => PLAIN_SECONDS,
        };
        let id = NoticeId(self.next);
        self.next = self.next.wrapping_add(1);
        self.shown.push(Notice { id, word, undo, seconds_left: seconds });
        id
    }

    /// Takes a notice away and says what undoing it means.
    pub fn take(&mut self, id: NoticeId) -> Option<Notice> {
        let index = self.shown.iter().position(|notice| notice.id == id)?;
        Some(self.shown.remove(index))
    }

    /// A second has passed; gives back the notices whose time is over.
    pub fn tick(&mut self) -> Vec<Notice> {
        for notice in &mut self.shown {
            if notice.seconds_left != STAYS {
                notice.seconds_left = notice.seconds_left.saturating_sub(1);
            }
        }
        let over = self.shown.len().saturating_sub(AT_ONCE);
        let mut index = 0;
        self.shown
            .extract_if(.., |notice| {
                index += 1;
                notice.seconds_left == 0 || (index <= over && notice.undo.is_none())
            })
            .collect()
    }

    /// The worker has stopped: drafts that may come back have to be begun again.
    pub fn orphaned(&mut self) {
        for notice in &mut self.shown {
            if let Some(Undo::Discard(compose)) = &mut notice.undo {
                compose.orphaned();
            }
        }
    }

    /// The notices, oldest first.
    pub fn shown(&self) -> &[Notice] {
        &self.shown
    }

    /// Whether a clock is needed.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sent_letter_can_be_taken_back_for_ten_seconds() {
        let mut notices = Notices::default();
        notices.say(Word::Sent, Some(Undo::Send(LetterId("l1".into()))));
        for _ in 1..UNDO_SEND_SECONDS {
            assert_eq!(notices.tick(), []);
        }
        assert_eq!(notices.tick().len(), 1);
        assert!(notices.is_empty());
    }

    #[test]
    fn a_newer_build_is_told_until_it_is_answered() {
        let mut notices = Notices::default();
        let id = notices.say(Word::NewBuild, Some(Undo::Reload));
        for _ in 0..100 {
            assert_eq!(notices.tick(), []);
        }
        assert_eq!(notices.take(id).and_then(|notice| notice.undo), Some(Undo::Reload));
    }

    #[test]
    fn undoing_takes_the_notice_away() {
        let mut notices = Notices::default();
        let id = notices.say(Word::Destroyed, Some(Undo::Destroy(vec![EmailId("e1".into())])));
        assert!(notices.take(id).is_some());
        assert_eq!(notices.take(id), None);
        assert_eq!(notices.tick(), []);
    }

    #[test]
    fn a_way_back_is_never_pushed_out_by_other_words() {
        let mut notices = Notices::default();
        notices.say(Word::Destroyed, Some(Undo::Destroy(Vec::new())));
        for _ in 0..5 {
            notices.say(Word::DraftKept, None);
        }
        notices.tick();
        assert!(notices.shown().iter().any(|notice| notice.undo.is_some()));
        assert!(notices.shown().len() <= AT_ONCE + 1);
    }
}
