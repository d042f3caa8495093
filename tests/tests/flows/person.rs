//! A person at a client: the calls of the page, made natively.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use sceau_client::engine::{Buffers, Engine};
use sceau_client::world::{InOnePiece, NoStorage, Secondary, Transport, World};
use sceau_protocol::{
    Account, AccountStage, Answer, AnswerWords, AttachFile, Attached, Call, ChangePassPhrase, DraftContent,
    DraftId, DraftKind, EmailId, Enrol, Enrolment, Event, Failure, FailureCode, FromWorker, ImportKeys,
    JobId, LetterView, List, Mailbox, MailboxRole, Mailboxes, Open, OpenDraft, Person as Named, PinAuthority,
    ProposedAuthority, Row, Secret, Send, SentLetter, SignIn, StartDraft, WayIn,
};

use crate::native::{NativeClock, NativeRandomness, NativeReading};

/// Rows asked for at once; more than any flow has.
const ROWS: u32 = 200;

/// A person at a client.
pub(crate) struct Person {
    engine: Rc<Engine>,
    next: Cell<u32>,
    events: Rc<RefCell<Vec<Event>>>,
}

impl Person {
    /// A person whose client talks over `transport`, with the machine's clock.
    pub(crate) fn over(transport: Rc<dyn Transport>) -> Self {
        Self::with_clock(transport, NativeClock::right())
    }

    /// The same with a clock of one's own.
    pub(crate) fn with_clock(transport: Rc<dyn Transport>, clock: NativeClock) -> Self {
        Self::with(transport, clock, Rc::new(InOnePiece))
    }

    /// The same whose code comes in two parts.
    pub(crate) fn in_two_parts(transport: Rc<dyn Transport>, secondary: Rc<dyn Secondary>) -> Self {
        Self::with(transport, NativeClock::right(), secondary)
    }

    fn with(transport: Rc<dyn Transport>, clock: NativeClock, secondary: Rc<dyn Secondary>) -> Self {
        let events = Rc::<RefCell<Vec<Event>>>::default();
        let heard = Rc::clone(&events);
        let say = move |word: FromWorker, _: Buffers| {
            if let FromWorker::Happened(event) = word {
                heard.borrow_mut().push(event);
            }
        };
        let world = World {
            transport,
            storage: Rc::new(NoStorage),
            clock: Rc::new(clock),
            randomness: Rc::new(NativeRandomness),
            crypto: Rc::new(sceau_smime::backend::Rust),
            reading: Rc::new(NativeReading),
            secondary,
        };
        Self { engine: Engine::new(world, Rc::new(say)), next: Cell::new(0), events }
    }

    /// The client itself.
    pub(crate) fn engine(&self) -> &Rc<Engine> {
        &self.engine
    }

    /// What happened without being asked for, since this was last asked.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.events.take()
    }

    /// Makes a call.
    pub(crate) async fn ask<C: Call>(&self, call: C) -> Result<C::Answer, Failure> {
        Ok(self.ask_with(call, Vec::new()).await?.0)
    }

    /// Makes a call with buffers.
    pub(crate) async fn ask_with<C: Call>(
        &self,
        call: C,
        buffers: Buffers,
    ) -> Result<(C::Answer, Buffers), Failure> {
        let id = self.next.get();
        self.next.set(id.wrapping_add(1));
        let (answer, buffers) = self.engine.ask(JobId(id), call.into(), buffers).await?;
        let answer = C::Answer::try_from(answer).map_err(|_: Answer| Failure::of(FailureCode::Internal))?;
        Ok((answer, buffers))
    }

    /// First log-in.
    pub(crate) async fn enrol(
        &self,
        address: &str,
        code: &str,
        pass_phrase: &str,
    ) -> Result<Enrolment, Failure> {
        self.ask(Enrol {
            address: address.to_owned(),
            code: code.to_owned(),
            pass_phrase: Secret::new(pass_phrase.to_owned()),
        })
        .await
    }

    /// Signs in by pass phrase.
    pub(crate) async fn sign_in(&self, address: &str, pass_phrase: &str) -> Result<Account, Failure> {
        let secret = Secret::new(pass_phrase.to_owned());
        self.ask(SignIn { address: address.to_owned(), secret, way: WayIn::PassPhrase }).await
    }

    /// Signs in by the recovery code.
    pub(crate) async fn recover(&self, address: &str, code: &str) -> Result<Account, Failure> {
        let secret = Secret::new(code.to_owned());
        self.ask(SignIn { address: address.to_owned(), secret, way: WayIn::RecoveryCode }).await
    }

    /// Sets a new pass phrase; hands back the new recovery code.
    pub(crate) async fn change_pass_phrase(
        &self,
        current: Option<&str>,
        new: &str,
    ) -> Result<String, Failure> {
        let [current, new] =
            [current, Some(new)].map(|phrase| phrase.map(|text| Secret::new(text.to_owned())));
        let new = new.ok_or(Failure::of(FailureCode::Internal))?;
        Ok(self.ask(ChangePassPhrase { current, new }).await?.recovery_code)
    }

    /// Pins the one authority proposed whose fingerprint (hexadecimal, any spacing) is this.
    pub(crate) async fn pin(&self, stage: &AccountStage, fingerprint: &str) -> Result<AccountStage, Failure> {
        let AccountStage::NeedsAuthority(proposed) = stage else { return Ok(stage.clone()) };
        let wanted = plain(fingerprint);
        let same = |authority: &&ProposedAuthority| plain(&authority.fingerprint) == wanted;
        let authority = proposed.iter().find(same).ok_or(Failure::of(FailureCode::FingerprintChanged))?;
        let (id, fingerprint) = (authority.id.clone(), authority.fingerprint.clone());
        self.ask(PinAuthority { id, fingerprint }).await
    }

    /// Imports a PKCS#12 file.
    pub(crate) async fn import(&self, key_file: Vec<u8>, pass_phrase: &str) -> Result<AccountStage, Failure> {
        let secret = Secret::new(pass_phrase.to_owned());
        Ok(self.ask_with(ImportKeys { secret }, vec![key_file]).await?.0)
    }

    /// The mailbox with a role.
    pub(crate) async fn mailbox(&self, role: MailboxRole) -> Result<Mailbox, Failure> {
        let all = self.ask(Mailboxes {}).await?;
        all.into_iter().find(|mailbox| mailbox.role == Some(role)).ok_or(Failure::of(FailureCode::Gone))
    }

    /// The rows of a mailbox, once everything in it was read.
    pub(crate) async fn rows(&self, role: MailboxRole) -> Result<Vec<Row>, Failure> {
        self.engine.settle().await?;
        self.rows_now(role, None).await
    }

    /// The rows of a mailbox as they are known now, perhaps those with some words only.
    pub(crate) async fn rows_now(
        &self,
        role: MailboxRole,
        search: Option<&str>,
    ) -> Result<Vec<Row>, Failure> {
        let mailbox = self.mailbox(role).await?.id;
        let search = search.map(str::to_owned);
        Ok(self.ask(List { mailbox, search, offset: 0, limit: ROWS }).await?.rows)
    }

    /// Opens a letter.
    pub(crate) async fn open(&self, email: &EmailId) -> Result<LetterView, Failure> {
        Ok(*self.ask(Open { email: email.clone() }).await?)
    }

    /// Starts a draft.
    pub(crate) async fn start(&self, kind: DraftKind) -> Result<OpenDraft, Failure> {
        Ok(*self.ask(StartDraft { kind, words: answer_words() }).await?)
    }

    /// Attaches a file.
    pub(crate) async fn attach(&self, draft: DraftId, file: &File) -> Result<Attached, Failure> {
        let (name, content_type) = (file.name.clone(), file.content_type.clone());
        let call = AttachFile { draft, name, content_type, inline: false };
        Ok(self.ask_with(call, vec![file.octets.clone()]).await?.0)
    }

    /// Writes and sends a letter, delivered at once.
    pub(crate) async fn write(&self, content: DraftContent, files: &[File]) -> Result<SentLetter, Failure> {
        let draft = self.start(DraftKind::New).await?.draft;
        for file in files {
            self.attach(draft, file).await?;
        }
        self.ask(Send { draft, content, undo_seconds: 0 }).await
    }
}

/// What a page that speaks English would hand on.
fn answer_words() -> AnswerWords {
    AnswerWords { quote_head: QUOTE_HEAD.to_owned(), forward_prefix: "Fwd: ".to_owned() }
}

/// The line above quoted words.
pub(crate) const QUOTE_HEAD: &str = "On Monday, somebody wrote:";

/// A file to attach.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// Its name.
    pub(crate) name: String,
    /// Its media type.
    pub(crate) content_type: String,
    /// Its octets.
    pub(crate) octets: Vec<u8>,
}

impl File {
    /// A file.
    pub(crate) fn new(name: &str, content_type: &str, octets: Vec<u8>) -> Self {
        Self { name: name.to_owned(), content_type: content_type.to_owned(), octets }
    }
}

/// A person as a letter names them.
pub(crate) fn named(name: &str, address: &str) -> Named {
    Named { name: name.to_owned(), address: address.to_owned() }
}

fn plain(fingerprint: &str) -> String {
    fingerprint.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_lowercase()
}
