//! The letter being written. Its words live here, in the page, so that nothing the worker or the relay does can
//! lose them.

use sceau_protocol::{
    AnswerWords, Attached, AttachmentId, DraftContent, DraftId, DraftKind, EmailId, Failure, FailureCode,
    JobId, OpenDraft, Person, Progress, Recipient, RecipientClass, SavedDraft, UnixSeconds,
};

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
}

/// How far a file has come.
#[derive(Clone, Debug, PartialEq)]
pub enum EnclosureState {
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
    subject: String,
    text: String,
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
            subject: String::new(),
            text: String::new(),
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

    /// Takes up what the worker prepared. Words typed meanwhile, or before the worker stopped, stay.
    pub fn opened(&mut self, open: OpenDraft) {
        self.draft = Some(open.draft);
        self.phase = Phase::Writing;
        self.saved_at = open.saved_at;
        self.enclosures.clear();
        for attached in open.attachments {
            self.enclose(attached);
        }
        if self.is_unsaved() {
            return;
        }
        self.to = open.content.to.into_iter().map(Chip::new).collect();
        self.cc = open.content.cc.into_iter().map(Chip::new).collect();
        self.bcc = open.content.bcc.into_iter().map(Chip::new).collect();
        self.subject = open.content.subject;
        self.text = open.content.text;
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
        let people = |chips: &[Chip]| chips.iter().map(|chip| chip.person.clone()).collect();
        DraftContent {
            to: people(&self.to),
            cc: people(&self.cc),
            bcc: people(&self.bcc),
            subject: self.subject.clone(),
            text: self.text.clone(),
        }
    }

    /// The recipients of a line.
    pub fn chips(&self, line: Line) -> &[Chip] {
        match line {
            Line::To => &self.to,
            Line::Cc => &self.cc,
            Line::Bcc => &self.bcc,
        }
    }

    /// Every recipient.
    pub fn everyone(&self) -> impl Iterator<Item = &Chip> {
        self.to.iter().chain(&self.cc).chain(&self.bcc)
    }

    /// Adds recipients; one already named anywhere is not named twice.
    pub fn add(&mut self, line: Line, people: Vec<Person>) {
        for person in people {
            if !self.names(&person.address) {
                self.line_mut(line).push(Chip::new(person));
                self.touch();
            }
        }
    }

    /// Whether somebody with this address is named in any line.
    pub fn names(&self, address: &str) -> bool {
        self.everyone().any(|chip| chip.person.address.eq_ignore_ascii_case(address))
    }

    /// Takes a recipient out.
    pub fn remove(&mut self, line: Line, address: &str) {
        self.line_mut(line).retain(|chip| chip.person.address != address);
        self.touch();
    }

    /// Addresses nothing is known of yet.
    pub fn unchecked(&self) -> Vec<String> {
        self.everyone()
            .filter(|chip| chip.check == Check::Pending)
            .map(|chip| chip.person.address.clone())
            .collect()
    }

    /// Takes what the directory says.
    pub fn checked(&mut self, known: &[Recipient]) {
        for chip in self.to.iter_mut().chain(&mut self.cc).chain(&mut self.bcc) {
            let same = |found: &&Recipient| found.address.eq_ignore_ascii_case(&chip.person.address);
            let Some(found) = known.iter().find(same) else { continue };
            chip.check = match (found.class, found.obstacle) {
                (_, Some(obstacle)) => Check::Obstacle(obstacle),
                (Some(class), None) => Check::Sealable(class),
                (None, None) => Check::Pending,
            };
            if let Some(name) = &found.name {
                chip.person.name.clone_from(name);
            }
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

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Changes the text.
    pub fn set_text(&mut self, text: String) {
        self.text = text;
        self.touch();
    }

    /// A file begins its way into the draft.
    pub fn file_leaves(&mut self, name: String, size: u64) -> FileNumber {
        let number = FileNumber(self.next_file);
        self.next_file = self.next_file.wrapping_add(1);
        self.enclosures.push(Enclosure { number, name, size, state: EnclosureState::Leaving(None, None) });
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

    /// Whether any file is still on its way.
    pub fn has_files_leaving(&self) -> bool {
        self.enclosures.iter().any(|file| matches!(file.state, EnclosureState::Leaving(..)))
    }

    /// Whether nothing was written at all.
    pub fn is_blank(&self) -> bool {
        self.everyone().next().is_none()
            && self.enclosures.is_empty()
            && self.subject.trim().is_empty()
            && self.text.trim().is_empty()
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

    fn line_mut(&mut self, line: Line) -> &mut Vec<Chip> {
        match line {
            Line::To => &mut self.to,
            Line::Cc => &mut self.cc,
            Line::Bcc => &mut self.bcc,
        }
    }

    fn enclose(&mut self, attached: Attached) {
        let number = FileNumber(self.next_file);
        self.next_file = self.next_file.wrapping_add(1);
        let state = EnclosureState::There(attached.attachment);
        self.enclosures.push(Enclosure { number, name: attached.name, size: attached.size, state });
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

/// Reads typed recipients: addresses apart by commas, semicolons or line ends, each alone or as `Name <address>`.
pub fn typed_people(typed: &str) -> Vec<Person> {
    typed.split([',', ';', '\n']).map(str::trim).filter(|piece| !piece.is_empty()).map(typed_person).collect()
}

fn typed_person(piece: &str) -> Person {
    match piece.strip_suffix('>').and_then(|rest| rest.split_once('<')) {
        Some((name, address)) => {
            Person { name: name.trim().trim_matches('"').to_owned(), address: address.trim().to_owned() }
        }
        None => Person { name: String::new(), address: piece.to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(address: &str) -> Person {
        Person { name: String::new(), address: address.into() }
    }

    fn open(text: &str) -> OpenDraft {
        let content =
            DraftContent { text: text.into(), to: vec![person("a@b.example")], ..Default::default() };
        OpenDraft { draft: DraftId(1), content, attachments: Vec::new(), saved_at: None }
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
    fn a_file_taken_out_while_leaving_stays_out() {
        let mut compose = Compose::begin(DraftKind::New);
        let number = compose.file_leaves("ecg.pdf".into(), 10);
        assert!(compose.has_files_leaving());
        compose.drop_file(number);
        compose.set_file(number, EnclosureState::There(AttachmentId(1)));
        assert!(compose.enclosures.is_empty());
    }

    #[test]
    fn typed_recipients_are_told_apart() {
        let people = typed_people("a@b.example; \"Roy, Anne\" <c@d.example>,, e@f.example");
        let addresses: Vec<_> = people.iter().map(|person| person.address.as_str()).collect();
        assert_eq!(addresses.last(), Some(&"e@f.example"));
        assert!(addresses.contains(&"c@d.example"));
        assert_eq!(typed_people("Anne Roy <c@d.example>")[0].name, "Anne Roy");
    }
}
