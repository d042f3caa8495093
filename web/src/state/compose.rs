//! The letter being written. Its words live here, in the page, so that nothing the worker or the relay does can
//! lose them.

mod recipients;
mod words;

use sceau_protocol::{
    AnswerWords, Attached, AttachmentId, DraftContent, DraftId, DraftKind, EmailId, Failure, FailureCode,
    JobId, OpenDraft, Person, Progress, Quote, RecipientClass, RichText, SavedDraft, Signing, UnixSeconds,
};

use super::weight;

pub use recipients::Leftover;

/// The three lines of recipients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Line {
    /// To.
    To,
    /// Cc.
    Cc,
    /// Bcc.
    Bcc,
}

/// A recipient as a chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    /// Who.
    pub person: Person,
    /// What the directory says.
    pub check: Check,
}

/// What is known of a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Asked, not answered.
    Pending,
    /// The letter can be sealed for them, in this way.
    Sealable(RecipientClass),
    /// It cannot.
    Obstacle(FailureCode),
}

/// Names an attachment in the page, before and after the worker has taken it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileNumber(pub u32);

/// A file on its way into the draft, or in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Enclosure {
    /// Names it in the page.
    pub number: FileNumber,
    /// File name.
    pub name: String,
    /// Size in octets.
    pub size: u64,
    /// Where it is.
    pub state: EnclosureState,
    /// An image for the text: it travels only while it stands there.
    pub inline: bool,
    /// The address at which this page shows it, once it is known.
    pub picture: Option<String>,
}

/// How far a file has come.
#[derive(Clone, Debug, PartialEq)]
pub enum EnclosureState {
    /// Chosen before the worker had begun the draft; it leaves once there is one.
    Waiting,
    /// Being sealed and sent to the relay.
    Leaving(Option<JobId>, Option<Progress>),
    /// Sealed into the draft.
    There(AttachmentId),
    /// It could not be attached.
    Failed(Failure),
}

/// What the panel is doing.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    /// The worker prepares the draft; the person may write already.
    Starting,
    /// Words are being written.
    Writing,
    /// On its way: not to be changed.
    Sending(Option<JobId>, Option<Progress>),
}

/// What the panel wants to know before it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// The words announce a file, and none is attached: to be sent all the same?
    NothingAttached,
    /// Plain text loses the formatting: all the same?
    LoseFormat,
}

/// The letter being written.
#[derive(Clone, Debug, PartialEq)]
pub struct Compose {
    /// What it began as, to begin again after the worker stopped.
    pub kind: DraftKind,
    /// The words it begins with when it answers a letter or hands one on.
    pub answer_words: AnswerWords,
    /// The worker's name for it; none while the worker is starting it.
    pub draft: Option<DraftId>,
    /// The Email that holds its last kept state.
    pub email: Option<EmailId>,
    to: Vec<Chip>,
    cc: Vec<Chip>,
    bcc: Vec<Chip>,
    typed: [String; 3],
    /// What was typed into the lines and is no address.
    pub leftovers: Vec<Leftover>,
    subject: String,
    text: String,
    rich: Option<RichText>,
    /// Counts changes of the words that were not typed into the field.
    pub shown: u32,
    /// What it is signed with.
    pub signature: Signing,
    /// The quote, while it is folded away.
    pub quote: Quote,
    /// The largest letter the relay takes.
    pub most_octets: Option<u64>,
    /// What is to be answered first.
    pub question: Option<Question>,
    /// Files.
    pub enclosures: Vec<Enclosure>,
    /// What the panel is doing.
    pub phase: Phase,
    /// Why the last attempt to send failed.
    pub failure: Option<Failure>,
    /// The relay did not answer when it was to leave: it goes when the relay does, unless it is changed first.
    pub waits_for_relay: bool,
    /// Why the last attempt to keep the draft failed.
    pub save_failure: Option<Failure>,
    /// When the draft was kept last.
    pub saved_at: Option<UnixSeconds>,
    revision: u32,
    saved_revision: u32,
    next_file: u32,
}

/// Counts changes, so that an answer about an older state does not hide a newer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revision(u32);

impl Compose {
    /// An empty panel, before the worker has answered.
    pub fn begin(kind: DraftKind) -> Self {
        Self {
            kind,
            answer_words: AnswerWords::default(),
            draft: None,
            email: None,
            to: Vec::new(),
            cc: Vec::new(),
            bcc: Vec::new(),
            typed: Default::default(),
            leftovers: Vec::new(),
            subject: String::new(),
            text: String::new(),
            rich: None,
            shown: 0,
            signature: Signing::default(),
            quote: Quote::default(),
            most_octets: None,
            question: None,
            enclosures: Vec::new(),
            phase: Phase::Starting,
            failure: None,
            waits_for_relay: false,
            save_failure: None,
            saved_at: None,
            revision: 0,
            saved_revision: 0,
            next_file: 0,
        }
    }

    /// Takes up what the worker prepared. Words typed meanwhile, or before the worker stopped, stay, and so do files chosen meanwhile.
    pub fn opened(&mut self, open: OpenDraft) {
        self.draft = Some(open.draft);
        self.phase = Phase::Writing;
        self.saved_at = open.saved_at;
        self.most_octets = open.most_octets;
        let before = std::mem::take(&mut self.enclosures);
        for attached in open.attachments {
            self.enclose(attached);
        }
        let chosen = before.iter().filter(|file| file.state == EnclosureState::Waiting);
        self.enclosures.extend(chosen.cloned());
        if self.is_unsaved() {
            self.rename_images(&before);
            self.take_around(open.content);
            return;
        }
        self.address_to([open.content.to, open.content.cc, open.content.bcc]);
        self.subject = open.content.subject;
        self.text = open.content.text;
        self.rich = open.content.rich.map(|rich| self.with_own_numbers(rich));
        (self.signature, self.quote) = (open.content.signature, open.content.quote);
        self.shown = self.shown.wrapping_add(1);
    }

    /// The worker has stopped: its draft is begun again when it is back, with these words.
    pub fn orphaned(&mut self) {
        self.draft = None;
        self.phase = Phase::Starting;
        self.touch();
        if let Some(email) = &self.email {
            self.kind = DraftKind::Continue(email.clone());
        }
    }

    /// The words as the worker takes them.
    pub fn content(&self) -> DraftContent {
        DraftContent {
            to: self.people(Line::To),
            cc: self.people(Line::Cc),
            bcc: self.people(Line::Bcc),
            subject: self.subject.clone(),
            text: self.own_words(),
            rich: self.rich.as_ref().map(|rich| self.with_draft_numbers(rich)),
            signature: self.signature.clone(),
            quote: self.quote.clone(),
        }
    }

    /// The subject.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Changes the subject.
    pub fn set_subject(&mut self, subject: String) {
        self.subject = subject;
        self.touch();
    }

    /// A file begins its way into the draft, or waits for it; `picture` is the address of an image for the text.
    pub fn file_leaves(&mut self, name: String, size: u64, picture: Option<String>) -> FileNumber {
        let number = FileNumber(self.next_file);
        self.next_file = self.next_file.wrapping_add(1);
        let state = match self.draft {
            Some(_) => EnclosureState::Leaving(None, None),
            None => EnclosureState::Waiting,
        };
        let inline = picture.is_some();
        self.enclosures.push(Enclosure { number, name, size, state, inline, picture });
        number
    }

    /// Changes what is known of a file; a file taken out meanwhile stays out.
    pub fn set_file(&mut self, number: FileNumber, state: EnclosureState) {
        if let Some(file) = self.enclosures.iter_mut().find(|file| file.number == number) {
            file.state = state;
            self.touch();
        }
    }

    /// Says how far a file has come: nothing that would have to be kept again.
    pub fn set_progress(&mut self, number: FileNumber, state: EnclosureState) {
        if let Some(file) = self.enclosures.iter_mut().find(|file| file.number == number) {
            file.state = state;
        }
    }

    /// Takes a file out.
    pub fn drop_file(&mut self, number: FileNumber) {
        self.enclosures.retain(|file| file.number != number);
        self.touch();
    }

    /// Files on their way stay out: the draft is thrown away. Gives back what is to be cancelled.
    pub fn stop_files(&mut self) -> Vec<JobId> {
        let leaving = self.enclosures.extract_if(.., |file| file.state.is_leaving());
        let job = |file: Enclosure| match file.state {
            EnclosureState::Leaving(job, _) => job,
            _ => None,
        };
        leaving.filter_map(job).collect()
    }

    /// Whether any file is still on its way.
    pub fn has_files_leaving(&self) -> bool {
        self.enclosures.iter().any(|file| file.state.is_leaving())
    }

    /// Whether a file that waited is still to leave.
    pub fn is_waiting(&self, number: FileNumber) -> bool {
        self.enclosures.iter().any(|file| file.number == number && file.state == EnclosureState::Waiting)
    }

    /// Whether nothing was written at all.
    pub fn is_blank(&self) -> bool {
        self.is_to_nobody()
            && self.enclosures.is_empty()
            && self.subject.trim().is_empty()
            && self.rich.as_ref().map_or(self.text.trim().is_empty(), RichText::is_blank)
    }

    /// Whether there are words the relay does not hold.
    pub fn is_unsaved(&self) -> bool {
        self.revision != self.saved_revision
    }

    /// Why the relay does not hold them, as far as is known.
    pub fn why_unsaved(&self) -> Failure {
        self.save_failure.clone().unwrap_or(FailureCode::RelayUnreachable.into())
    }

    /// The present state's number.
    pub fn revision(&self) -> Revision {
        Revision(self.revision)
    }

    /// The draft was kept as it was at `revision`.
    pub fn saved(&mut self, revision: Revision, saved: SavedDraft) {
        self.saved_revision = revision.0;
        self.saved_at = Some(saved.at);
        self.email = Some(saved.email);
        self.save_failure = None;
    }

    /// Why it cannot be sent yet, as far as the page can tell.
    pub fn obstacle(&self) -> Option<Failure> {
        if let Some(left) = self.leftovers.first() {
            return Some(Failure::about(FailureCode::BadAddress, left.typed.clone()));
        }
        if self.everyone().next().is_none() {
            return Some(FailureCode::NoRecipient.into());
        }
        self.obstacles().into_iter().next()
    }

    /// The recipients it cannot be sealed for, each with the reason.
    pub fn obstacles(&self) -> Vec<Failure> {
        let obstacle = |chip: &Chip| match chip.check {
            Check::Obstacle(code) => Some(Failure::about(code, chip.person.address.clone())),
            Check::Pending | Check::Sealable(_) => None,
        };
        self.everyone().filter_map(obstacle).collect()
    }

    /// It was to leave and could not.
    pub fn stayed(&mut self, failure: Failure) {
        if self.draft.is_some() {
            self.phase = Phase::Writing;
        }
        self.waits_for_relay = failure.code == FailureCode::RelayUnreachable;
        self.failure = Some(failure);
    }

    /// It stays, even when the relay answers again.
    pub fn wait_no_longer(&mut self) {
        self.waits_for_relay = false;
        self.failure = None;
    }

    fn touch(&mut self) {
        self.waits_for_relay = false;
        self.revision = self.revision.wrapping_add(1);
    }

    fn enclose(&mut self, attached: Attached) {
        let number = FileNumber(self.next_file);
        self.next_file = self.next_file.wrapping_add(1);
        let (state, inline) = (EnclosureState::There(attached.attachment), attached.inline);
        let Attached { name, size, .. } = attached;
        self.enclosures.push(Enclosure { number, name, size, state, inline, picture: None });
    }
}

impl EnclosureState {
    /// Whether it is on its way, or will be.
    pub fn is_leaving(&self) -> bool {
        matches!(self, Self::Waiting | Self::Leaving(..))
    }
}

impl Chip {
    fn new(person: Person) -> Self {
        Self { person, check: Check::Pending }
    }

    /// The name, else the address.
    pub fn shown(&self) -> &str {
        if self.person.name.is_empty() { &self.person.address } else { &self.person.name }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sceau_protocol::Recipient;

    fn person(address: &str) -> Person {
        Person { name: String::new(), address: address.into() }
    }

    fn open(text: &str) -> OpenDraft {
        let content =
            DraftContent { text: text.into(), to: vec![person("a@b.example")], ..Default::default() };
        OpenDraft { draft: DraftId(1), content, attachments: Vec::new(), saved_at: None, most_octets: None }
    }

    fn saved() -> SavedDraft {
        SavedDraft { email: EmailId("e1".into()), at: 5 }
    }

    #[test]
    fn an_answer_brings_its_words() {
        let mut compose = Compose::begin(DraftKind::New);
        compose.opened(open("> cité"));
        assert_eq!(compose.text(), "> cité");
        assert_eq!(compose.chips(Line::To).len(), 1);
        assert!(!compose.is_unsaved());
    }

    #[test]
    fn words_typed_before_the_worker_answered_stay() {
        let mut compose = Compose::begin(DraftKind::New);
        compose.set_text("Cher confrère".into());
        compose.opened(open(""));
        assert_eq!(compose.text(), "Cher confrère");
    }

    #[test]
    fn an_answer_typed_before_the_worker_answered_goes_to_whom_it_answers() {
        let answer = || {
            let mut open = open("");
            open.content.subject = "Re: Scanner".into();
            open
        };
        let mut compose = Compose::begin(DraftKind::New);
        compose.set_text("Merci".into());
        compose.opened(answer());
        assert_eq!((compose.subject(), compose.chips(Line::To).len()), ("Re: Scanner", 1));
        assert!(compose.is_unsaved());
        let mut compose = Compose::begin(DraftKind::New);
        compose.set_subject("Autre chose".into());
        compose.add(Line::Cc, vec![person("c@b.example")]);
        compose.opened(answer());
        assert_eq!((compose.subject(), compose.everyone().count()), ("Autre chose", 1), "hers stay");
    }

    #[test]
    fn what_is_typed_before_a_kept_draft_is_there_goes_on_below_it() {
        let formatted = |text: &str| RichText::from_plain(text);
        for (kept, typed, all) in [
            (None, None, None),
            (Some("Bonjour,"), None, Some("Bonjour,\nMerci")),
            (None, Some("Merci"), Some("Bonjour,\nMerci")),
        ] {
            let mut compose = Compose::begin(DraftKind::Continue(EmailId("e1".into())));
            compose.set_text("Merci".into());
            compose.rich = typed.map(formatted);
            let mut open = open("Bonjour,\n");
            open.content.rich = kept.map(formatted);
            compose.opened(open);
            assert_eq!(compose.rich().map(RichText::to_plain).as_deref(), all);
            assert_eq!(compose.own_words(), "Bonjour,\nMerci");
        }
    }

    #[test]
    fn words_survive_a_worker_that_stops() {
        let mut compose = Compose::begin(DraftKind::New);
        compose.opened(open(""));
        compose.set_text("Bonjour".into());
        compose.saved(compose.revision(), saved());
        compose.orphaned();
        assert_eq!(compose.kind, DraftKind::Continue(EmailId("e1".into())));
        compose.opened(open("older words"));
        assert_eq!(compose.text(), "Bonjour");
    }

    #[test]
    fn a_late_answer_does_not_hide_newer_words() {
        let mut compose = Compose::begin(DraftKind::New);
        compose.set_text("a".into());
        let revision = compose.revision();
        compose.set_text("ab".into());
        compose.saved(revision, saved());
        assert!(compose.is_unsaved());
        compose.saved(compose.revision(), saved());
        assert!(!compose.is_unsaved());
    }

    #[test]
    fn a_letter_waits_for_the_relay_only_and_not_once_it_is_changed() {
        let mut compose = Compose::begin(DraftKind::New);
        compose.opened(open(""));
        compose.phase = Phase::Sending(None, None);
        compose.stayed(FailureCode::RelayFull.into());
        assert_eq!((compose.phase.clone(), compose.waits_for_relay), (Phase::Writing, false));
        compose.stayed(FailureCode::RelayUnreachable.into());
        assert!(compose.waits_for_relay);
        compose.set_text("autre chose".into());
        assert!(!compose.waits_for_relay);
        compose.stayed(FailureCode::RelayUnreachable.into());
        compose.wait_no_longer();
        assert_eq!((compose.waits_for_relay, compose.failure), (false, None));
    }

    #[test]
    fn nobody_is_named_twice() {
        let mut compose = Compose::begin(DraftKind::New);
        compose.add(Line::To, vec![person("a@b.example")]);
        compose.add(Line::Bcc, vec![person("A@b.example"), person("c@b.example")]);
        assert_eq!(compose.everyone().count(), 2);
    }

    #[test]
    fn an_obstacle_names_the_recipient() {
        let mut compose = Compose::begin(DraftKind::New);
        assert_eq!(compose.obstacle(), Some(FailureCode::NoRecipient.into()));
        compose.add(Line::Cc, vec![person("a@b.example")]);
        assert_eq!(compose.unchecked(), ["a@b.example"]);
        compose.checked(&[Recipient {
            address: "a@b.example".into(),
            name: Some("Anne Roy".into()),
            class: None,
            obstacle: Some(FailureCode::RecipientRevoked),
        }]);
        assert_eq!(compose.obstacle(), Some(Failure::about(FailureCode::RecipientRevoked, "a@b.example")));
        assert_eq!(compose.chips(Line::Cc)[0].shown(), "Anne Roy");
    }

    #[test]
    fn a_file_chosen_before_the_worker_answered_waits_and_stays() {
        let mut compose = Compose::begin(DraftKind::New);
        let number = compose.file_leaves("ecg.pdf".into(), 10, None);
        assert!(compose.is_waiting(number) && compose.has_files_leaving());
        compose.opened(open(""));
        assert!(compose.is_waiting(number), "it is sealed into the draft now");
        compose.set_file(number, EnclosureState::There(AttachmentId(1)));
        assert!(!compose.has_files_leaving() && compose.is_unsaved());
        let number = compose.file_leaves("irm.pdf".into(), 10, None);
        assert!(!compose.is_waiting(number), "there is a draft");
    }

    #[test]
    fn a_file_chosen_while_the_worker_is_gone_follows_those_of_the_draft() {
        let mut compose = Compose::begin(DraftKind::New);
        compose.opened(open(""));
        compose.orphaned();
        let number = compose.file_leaves("ecg.pdf".into(), 10, None);
        let attachment = AttachmentId(7);
        let kept = Attached {
            attachment,
            name: "irm.pdf".into(),
            size: 5,
            content_type: String::new(),
            inline: false,
        };
        compose.opened(OpenDraft { attachments: vec![kept], ..open("") });
        let names: Vec<&str> = compose.enclosures.iter().map(|file| file.name.as_str()).collect();
        assert_eq!((names, compose.is_waiting(number)), (vec!["irm.pdf", "ecg.pdf"], true));
    }

    #[test]
    fn a_file_taken_out_while_leaving_stays_out() {
        let mut compose = Compose::begin(DraftKind::New);
        let number = compose.file_leaves("ecg.pdf".into(), 10, None);
        assert!(compose.has_files_leaving());
        compose.drop_file(number);
        compose.set_file(number, EnclosureState::There(AttachmentId(1)));
        assert!(compose.enclosures.is_empty());
    }
}
