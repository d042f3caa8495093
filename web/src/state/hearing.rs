//! Whether a frame lets itself be heard.

/// What is known of a frame. One whose page could not be fetched loads all the same, with a page of the browser's own, which says
/// nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hearing {
    /// It was asked for.
    #[default]
    Waiting,
    /// It spoke.
    Heard,
    /// It has not spoken for as long as one waits, and was asked for once more.
    AskedAgain,
    /// It has not spoken even then; it still may.
    Silent,
}

impl Hearing {
    /// The time is up.
    pub fn give_up(&mut self) {
        if !matches!(self, Self::Heard) {
            *self = Self::Silent;
        }
    }

    /// Whether something else is shown in its place.
    pub fn is_missed(self) -> bool {
        matches!(self, Self::Silent | Self::AskedAgain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_frame_that_never_spoke_is_silent() {
        let mut hearing = Hearing::default();
        hearing.give_up();
        assert_eq!((hearing, hearing.is_missed()), (Hearing::Silent, true));
        let mut hearing = Hearing::Heard;
        hearing.give_up();
        assert_eq!(hearing, Hearing::Heard);
    }
}
