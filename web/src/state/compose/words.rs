//! The words of the letter: plain or formatted, with signature and quote below.

use sceau_protocol::{AttachmentId, DraftContent, Quote, RichText, Signing};

use super::{Check, Compose, Enclosure, EnclosureState, FileNumber, Question, RecipientClass, weight};
use crate::state::announced::announces_files;

impl Compose {
    /// The plain text; empty while there is formatting.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Changes the plain text.
    pub fn set_text(&mut self, text: String) {
        self.text = text;
        self.touch();
    }

    /// The text with formatting, if there is any. Images are named by [`FileNumber`].
    pub fn rich(&self) -> Option<&RichText> {
        self.rich.as_ref()
    }

    /// What stands in the field now.
    pub fn set_rich(&mut self, rich: RichText) {
        if self.rich.as_ref().is_some_and(|before| *before != rich) {
            self.rich = Some(rich);
            self.touch();
        }
    }

    /// The writer's words, without formatting.
    pub fn own_words(&self) -> String {
        self.rich.as_ref().map_or_else(|| self.text.clone(), RichText::to_plain)
    }

    /// Formatting becomes possible.
    pub fn format(&mut self) {
        let text = std::mem::take(&mut self.text);
        self.show(String::new(), Some(RichText::from_plain(&text)));
    }

    /// Formatting goes; what would be lost is asked about first.
    pub fn ask_to_unformat(&mut self) {
        if self.rich.as_ref().is_some_and(RichText::has_format) {
            self.question = Some(Question::LoseFormat);
        } else {
            self.unformat();
        }
    }

    /// Formatting goes.
    pub fn unformat(&mut self) {
        self.question = None;
        self.show(self.own_words(), None);
    }

    /// Puts the quote into the text, where it can be answered line by line.
    pub fn unfold_quote(&mut self) -> Quote {
        let quote = std::mem::take(&mut self.quote);
        match &self.rich {
            Some(rich) => {
                let mut rich = rich.clone();
                rich.blocks.extend(in_text(&quote).blocks);
                self.show(String::new(), Some(rich));
            }
            None => self.show(format!("{}\n\n{}", self.text.trim_end(), quote.text), None),
        }
        quote
    }

    /// Folds the quote again that stands at the end of the text, if it still does.
    pub fn fold_quote(&mut self, quote: Quote) {
        if let Some(rich) = &self.rich {
            let Some(words) = rich.blocks.strip_suffix(in_text(&quote).blocks.as_slice()) else { return };
            let rich = RichText { blocks: words.to_vec() };
            self.show(String::new(), Some(rich));
        } else {
            let Some(words) = self.text.trim_end().strip_suffix(quote.text.trim_end()) else { return };
            let words = words.trim_end().to_owned();
            self.show(words, None);
        }
        self.quote = quote;
    }

    /// Takes the quote out, or puts one back.
    pub fn change_quote(&mut self, quote: Quote) -> Quote {
        self.touch();
        std::mem::replace(&mut self.quote, quote)
    }

    /// Quotes all of the letter, or leaves signatures and old quotes out again.
    pub fn swap_quote(&mut self) {
        if let Some(whole) = &mut self.quote.whole {
            std::mem::swap(&mut self.quote.text, whole);
            self.touch();
        }
    }

    /// Whether the quote leaves something out.
    pub fn is_quote_short(&self) -> bool {
        self.quote.whole.as_ref().is_some_and(|whole| whole.len() > self.quote.text.len())
    }

    /// Signs this letter, or does not.
    pub fn sign(&mut self, on: bool) {
        self.signature.on = on;
        self.touch();
    }

    /// The account's signature is another now.
    pub fn set_signature(&mut self, text: String) {
        self.signature = Signing { on: !text.trim().is_empty(), text };
        self.touch();
    }

    /// Whether the writer's own words announce a file, and there is none.
    pub fn lacks_files(&self) -> bool {
        self.travelling().next().is_none() && announces_files(&self.own_words())
    }

    /// The files that travel with the letter: all but images that stand nowhere in the text.
    pub fn travelling(&self) -> impl Iterator<Item = &Enclosure> {
        let stands = |file: &Enclosure| {
            let number = AttachmentId(file.number.0);
            self.rich.as_ref().is_some_and(|rich| rich.images().any(|image| image == number))
        };
        self.enclosures.iter().filter(move |file| {
            !matches!(file.state, EnclosureState::Failed(_)) && (!file.inline || stands(file))
        })
    }

    /// The files that are listed: images for the text only where something went wrong with them.
    pub fn listed(&self) -> impl Iterator<Item = &Enclosure> {
        self.enclosures.iter().filter(|file| !file.inline || matches!(file.state, EnclosureState::Failed(_)))
    }

    /// What the files weigh together, and about what the letter will.
    pub fn weight(&self) -> (u64, u64) {
        let files: u64 = self.travelling().map(|file| file.size).fold(0, u64::saturating_add);
        let words = self.text.len().saturating_add(self.quote.text.len());
        let content = files.saturating_add(u64::try_from(words).unwrap_or(u64::MAX));
        let old = self.everyone().any(|chip| chip.check == Check::Sealable(RecipientClass::Compat));
        (files, weight::of_letter(content, old))
    }

    /// Whether the relay will refuse it for its size.
    pub fn is_too_heavy(&self) -> bool {
        self.most_octets.is_some_and(|most| self.weight().1 > most)
    }

    /// The file with this number.
    pub fn file(&self, number: FileNumber) -> Option<&Enclosure> {
        self.enclosures.iter().find(|file| file.number == number)
    }

    /// The page shows an image at this address from now on.
    pub fn set_picture(&mut self, number: FileNumber, address: String) {
        if let Some(file) = self.enclosures.iter_mut().find(|file| file.number == number) {
            file.picture = Some(address);
        }
    }

    /// The text with the draft's names of images; those that are not yet there are left out.
    pub(super) fn with_draft_numbers(&self, rich: &RichText) -> RichText {
        rich.clone().with_images(|number| match self.file(FileNumber(number.0))?.state {
            EnclosureState::There(attachment) => Some(attachment),
            EnclosureState::Waiting | EnclosureState::Leaving(..) | EnclosureState::Failed(_) => None,
        })
    }

    /// The text with the page's names of images.
    pub(super) fn with_own_numbers(&self, rich: RichText) -> RichText {
        rich.with_images(|attachment| {
            let there = EnclosureState::There(attachment);
            self.enclosures.iter().find(|file| file.state == there).map(|file| AttachmentId(file.number.0))
        })
    }

    /// The worker has begun the draft again: what the text names by numbers of `before` is found among the files now.
    pub(super) fn rename_images(&mut self, before: &[Enclosure]) {
        let Some(rich) = self.rich.take() else { return };
        let now = |number: AttachmentId| {
            let old = before.iter().find(|file| file.number.0 == number.0)?;
            let same = |file: &&Enclosure| file.inline && (&file.name, file.size) == (&old.name, old.size);
            self.enclosures.iter().find(same).map(|file| AttachmentId(file.number.0))
        };
        self.rich = Some(rich.with_images(now));
        self.shown = self.shown.wrapping_add(1);
    }

    /// Words typed before the worker had begun the draft get what it begins with around them: recipients, subject, the words of a draft
    /// that is taken up, signature, quote. Those of a draft that this panel kept itself are its own.
    pub(super) fn take_around(&mut self, content: DraftContent) {
        if self.email.is_some() {
            return;
        }
        self.go_on_below(&content.text, content.rich);
        if self.is_to_nobody() {
            self.address_to([content.to, content.cc, content.bcc]);
        }
        if self.subject.trim().is_empty() {
            self.subject = content.subject;
        }
        if self.signature == Signing::default() && self.quote == Quote::default() {
            (self.signature, self.quote) = (content.signature, content.quote);
        }
    }

    /// What was typed stands below what was there.
    fn go_on_below(&mut self, text: &str, rich: Option<RichText>) {
        let text = text.trim_end_matches('\n');
        if rich.is_none() && text.is_empty() {
            return;
        }
        if rich.is_none() && self.rich.is_none() {
            return self.show(format!("{text}\n{}", self.text), None);
        }
        let typed = self.rich.take().unwrap_or_else(|| RichText::from_plain(&self.text));
        let mut all = rich.map_or_else(|| RichText::from_plain(text), |rich| self.with_own_numbers(rich));
        all.blocks.extend(typed.blocks);
        self.show(String::new(), Some(all));
    }

    fn show(&mut self, text: String, rich: Option<RichText>) {
        (self.text, self.rich) = (text, rich);
        self.shown = self.shown.wrapping_add(1);
        self.touch();
    }
}

/// A quote as it stands in formatted text, below an empty line.
fn in_text(quote: &Quote) -> RichText {
    RichText::from_plain(&format!("\n{}", quote.text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sceau_protocol::{Attached, Block, BlockKind, DraftId, DraftKind, OpenDraft, Run};

    fn opened(content: DraftContent, attachments: Vec<Attached>) -> Compose {
        let mut compose = Compose::begin(DraftKind::New);
        let draft = DraftId(1);
        compose.opened(OpenDraft { draft, content, attachments, saved_at: None, most_octets: Some(100_000) });
        compose
    }

    fn quoted() -> DraftContent {
        let whole = Some("A a écrit :\n> court et long".into());
        DraftContent {
            quote: Quote { text: "A a écrit :\n> court".into(), whole },
            ..DraftContent::default()
        }
    }

    #[test]
    fn a_quote_is_shown_and_folded_again_in_both_forms() {
        for formatted in [false, true] {
            let mut compose = opened(quoted(), Vec::new());
            compose.set_text("Merci.".into());
            if formatted {
                compose.format();
            }
            let quote = compose.unfold_quote();
            assert_eq!(compose.own_words(), "Merci.\n\nA a écrit :\n> court");
            assert_eq!(compose.quote, Quote::default());
            compose.fold_quote(quote.clone());
            assert_eq!((compose.own_words().as_str(), &compose.quote), ("Merci.", &quote));
        }
    }

    #[test]
    fn a_quote_that_was_answered_in_between_stays_in_the_text() {
        let mut compose = opened(quoted(), Vec::new());
        let quote = compose.unfold_quote();
        compose.set_text(format!("{}\nOui.", compose.text()));
        compose.fold_quote(quote);
        assert!(compose.text().ends_with("Oui.") && compose.quote.text.is_empty());
    }

    #[test]
    fn all_of_a_letter_can_be_quoted() {
        let mut compose = opened(quoted(), Vec::new());
        assert!(compose.is_quote_short());
        compose.swap_quote();
        assert!(compose.quote.text.ends_with("long") && !compose.is_quote_short());
        compose.swap_quote();
        assert!(compose.is_quote_short());
    }

    #[test]
    fn formatting_asks_before_it_is_lost() {
        let mut compose = opened(DraftContent::default(), Vec::new());
        compose.set_text("a\n> b".into());
        compose.format();
        compose.ask_to_unformat();
        assert_eq!((compose.question, compose.text()), (None, "a\n> b"));
        compose.format();
        let mut rich = compose.rich().unwrap().clone();
        rich.blocks.push(block(vec![Run { bold: true, ..Run::plain("gras") }]));
        compose.set_rich(rich);
        compose.ask_to_unformat();
        assert_eq!(compose.question, Some(Question::LoseFormat));
        compose.unformat();
        assert_eq!((compose.question, compose.text()), (None, "a\n> b\ngras"));
    }

    fn block(runs: Vec<Run>) -> Block {
        Block { quote: 0, kind: BlockKind::Paragraph(runs) }
    }

    #[test]
    fn images_have_the_pages_numbers_in_the_page_and_the_drafts_in_the_draft() {
        let image = |number| Run { image: Some(AttachmentId(number)), ..Run::plain("x") };
        let numbers = |rich: Option<RichText>| rich.unwrap().images().map(|id| id.0).collect::<Vec<_>>();
        let file = |number, inline| {
            let (attachment, name, content_type) = (AttachmentId(number), "x.png".into(), "image/png".into());
            Attached { attachment, name, content_type, size: 10, inline }
        };
        let rich = Some(RichText { blocks: vec![block(vec![image(9), image(8)])] });
        let content = DraftContent { rich, ..DraftContent::default() };
        let mut compose = opened(content, vec![file(7, false), file(9, true), file(8, true)]);
        assert_eq!(numbers(compose.rich().cloned()), [1, 2]);
        assert_eq!(numbers(compose.content().rich), [9, 8]);
        assert_eq!(compose.travelling().count(), 3);
        compose.set_rich(RichText { blocks: vec![block(vec![image(2)])] });
        assert_eq!((compose.travelling().count(), compose.weight().0), (2, 20));
    }

    #[test]
    fn a_file_is_missed_only_where_it_is_announced_and_not_there() {
        let mut compose = opened(quoted(), Vec::new());
        assert!(!compose.lacks_files());
        compose.set_text("Voir pièce jointe.".into());
        assert!(compose.lacks_files());
        let number = compose.file_leaves("ecg.pdf".into(), 200_000, None);
        assert!(!compose.lacks_files() && compose.is_too_heavy());
        compose.drop_file(number);
        compose.set_text("Merci.".into());
        compose.signature = Signing { text: "Pièces jointes confidentielles".into(), on: true };
        assert!(!compose.lacks_files() && !compose.is_too_heavy());
    }
}
