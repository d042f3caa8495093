//! A file that the preview frame draws: what it said of it (docs/design/preview.md). Nothing of that is believed.

use super::hearing::Hearing;

/// Most pages of a document whose number is shown; a number beyond it is no number.
const MAX_PAGES: u32 = 1_000_000;

/// Why nothing is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undrawn {
    /// It is neither a PDF nor an image of a kind that is drawn.
    NotKnown,
    /// It is damaged.
    Damaged,
    /// No pass phrase was given.
    Locked,
    /// It has too many octets.
    TooLarge,
    /// It has too many pixels.
    TooManyPixels,
    /// What draws PDFs is not there.
    NoEngine,
    /// The frame has not spoken for as long as one waits; it still may.
    Silent,
}

impl Undrawn {
    /// The code that the frame tells; what is unknown is damage.
    pub fn from_code(code: &str) -> Self {
        match code {
            "not_known" => Self::NotKnown,
            "locked" => Self::Locked,
            "too_large" => Self::TooLarge,
            "too_many_pixels" => Self::TooManyPixels,
            "no_engine" => Self::NoEngine,
            _ => Self::Damaged,
        }
    }
}

/// How far the frame is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// It has not opened the file yet.
    #[default]
    Waiting,
    /// It shows it.
    Shown,
    /// It does not, for this reason.
    Undrawn(Undrawn),
}

/// A question for the pass phrase of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock {
    /// The question, to be named in the answer.
    pub id: u32,
    /// Whether a wrong one was given before.
    pub again: bool,
}

/// A file that is drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Whether the frame was heard.
    pub hearing: Hearing,
    /// How far it is.
    pub stage: Stage,
    /// Pages, where it has some: all of them, and those that are laid out.
    pub pages: Option<(u32, u32)>,
    /// The page that is looked at.
    pub page: u32,
    /// Whether a page could not be drawn in full.
    pub has_damage: bool,
    /// The question that waits for an answer.
    pub lock: Option<Lock>,
    /// The link that was chosen; it is asked about before it is followed.
    pub link: Option<String>,
}

impl Drawn {
    /// It was opened.
    pub fn opened(&mut self, is_pdf: bool, pages: u32, shown: u32) {
        (self.stage, self.lock) = (Stage::Shown, None);
        self.page = 1;
        self.pages = (is_pdf && pages <= MAX_PAGES).then_some((pages, shown.min(pages)));
    }

    /// It cannot be drawn.
    pub fn failed(&mut self, code: &str) {
        (self.stage, self.lock) = (Stage::Undrawn(Undrawn::from_code(code)), None);
    }

    /// The frame listens, be it late.
    pub fn heard(&mut self) {
        (self.hearing, self.stage) = (Hearing::Heard, Stage::Waiting);
    }

    /// The time is up that one waits for the frame.
    pub fn give_up(&mut self) {
        self.hearing.give_up();
        if self.hearing == Hearing::Silent {
            self.stage = Stage::Undrawn(Undrawn::Silent);
        }
    }

    /// Another page is looked at.
    pub fn at(&mut self, page: u32) {
        let most = self.pages.map_or(1, |(pages, _)| pages);
        self.page = page.clamp(1, most.max(1));
    }
}

/// Where a link of a document leads, if it may lead anywhere: `http`, `https` or `mailto`, and nothing but visible ASCII, since
/// whatever is beyond it is written otherwise in an address.
pub fn link_target(said: &str) -> Option<String> {
    const MAX_TARGET: usize = 8_192;
    let lower = said.get(..8).unwrap_or(said).to_ascii_lowercase();
    let leads = ["https://", "http://", "mailto:"].iter().any(|scheme| lower.starts_with(scheme));
    let is_plain = said.len() <= MAX_TARGET && said.chars().all(|at| at.is_ascii_graphic());
    (leads && is_plain).then(|| said.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_frame_says_stays_within_bounds() {
        let mut drawn = Drawn::default();
        drawn.opened(true, 3, 900);
        assert_eq!((drawn.pages, drawn.page, drawn.stage), (Some((3, 3)), 1, Stage::Shown));
        drawn.at(900);
        assert_eq!(drawn.page, 3);
        drawn.at(0);
        assert_eq!(drawn.page, 1);
        drawn.opened(true, u32::MAX, u32::MAX);
        assert_eq!(drawn.pages, None);
        drawn.opened(false, 1, 1);
        assert_eq!(drawn.pages, None);
    }

    #[test]
    fn a_frame_that_speaks_late_is_waited_for_again() {
        let mut drawn = Drawn::default();
        drawn.give_up();
        assert_eq!(drawn.stage, Stage::Undrawn(Undrawn::Silent));
        drawn.heard();
        drawn.give_up();
        assert_eq!(drawn.stage, Stage::Waiting);
    }

    #[test]
    fn a_failure_ends_the_question() {
        let lock = Some(Lock { id: 3, again: true });
        let mut drawn = Drawn { lock, ..Drawn::default() };
        drawn.failed("locked");
        assert_eq!((drawn.stage, drawn.lock), (Stage::Undrawn(Undrawn::Locked), None));
        drawn.failed("something new");
        assert_eq!(drawn.stage, Stage::Undrawn(Undrawn::Damaged));
    }

    #[test]
    fn only_addresses_that_can_be_read_lead_somewhere() {
        for said in
            ["https://x.example/é", "javascript:alert(1)", "file:///x", "", "https://x\n.example", "//x", "é"]
        {
            assert_eq!(link_target(said), None, "{said}");
        }
        assert_eq!(link_target("HTTPS://x.example/").as_deref(), Some("HTTPS://x.example/"));
        assert_eq!(link_target("mailto:a@b.example").as_deref(), Some("mailto:a@b.example"));
        assert_eq!(link_target(&format!("https://{}", "x".repeat(9_000))), None);
    }
}
