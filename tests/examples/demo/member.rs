//! A member of the demo at her own machine: what the page would ask of its worker, asked natively.

use std::rc::Rc;

use axum::Router;
use sceau_client::engine::Engine;
use sceau_protocol::{
    AccountStage, AnswerWords, AttachFile, Call, DraftContent, DraftKind, EmailId, Enrol,
    InstallCertificates, JobId, LetterSource, List, MailboxRole, Mailboxes, MakeKeys, MarkSeen, Open, Person,
    PinAuthority, ProposedAuthority, Secret, Send, StartDraft,
};

use crate::Trouble;
use crate::authority::Authority;
use crate::letters::Letter;
use crate::people::Who;
use crate::world::world;

/// The line above the words an answer quotes.
fn quote_head(answers: Option<Who>) -> String {
    answers.map(|sender| format!("{} a écrit :", sender.name())).unwrap_or_default()
}

/// Somebody signed in.
pub(crate) struct Member {
    who: Who,
    engine: Rc<Engine>,
}

impl Member {
    /// First log-in: vault, authority compared with its own fingerprint, keys made here and certified.
    pub(crate) async fn enrolled(
        router: &Router,
        who: Who,
        code: String,
        authority: &Authority,
    ) -> Result<Self, Trouble> {
        let member = Self { who, engine: Engine::new(world(router), Rc::new(|_, _| {})) };
        let pass_phrase = Secret::new(who.pass_phrase().to_owned());
        let enrolment = member.ask(Enrol { address: who.address(), code, pass_phrase }).await?;
        let AccountStage::NeedsAuthority(proposed) = enrolment.stage else {
            return Err(format!("{}: no authority is proposed", who.address()).into());
        };
        member.pin(&proposed, authority).await?;
        member.make_keys(authority).await?;
        Ok(member)
    }

    async fn pin(&self, proposed: &[ProposedAuthority], authority: &Authority) -> Result<(), Trouble> {
        let expected = authority.fingerprint()?;
        let same = |p: &&ProposedAuthority| p.fingerprint.replace(' ', "").eq_ignore_ascii_case(&expected);
        let ours =
            proposed.iter().find(same).ok_or("the relay proposes another authority than the demo's")?;
        let (id, fingerprint) = (ours.id.clone(), ours.fingerprint.clone());
        self.ask(PinAuthority { id, fingerprint }).await.map(drop)
    }

    async fn make_keys(&self, authority: &Authority) -> Result<(), Trouble> {
        let requests = self.ask(MakeKeys { name: self.who.name().to_owned() }).await?;
        let address = self.who.address();
        let signing = authority.issue(&requests.signing, &address, "sign")?;
        let encryption = authority.issue(&requests.encryption, &address, "encrypt")?;
        match self.ask_with(InstallCertificates {}, vec![signing, encryption]).await?.0 {
            AccountStage::Ready => Ok(()),
            stage => Err(format!("{address}: not ready after the certificates: {stage:?}").into()),
        }
    }

    /// Writes and sends a letter.
    pub(crate) async fn write(&self, letter: Letter) -> Result<(), Trouble> {
        let kind = match letter.answers {
            Some(sender) => DraftKind::Reply(LetterSource::Email(self.newest_from(sender).await?)),
            None => DraftKind::New,
        };
        let words = AnswerWords { quote_head: quote_head(letter.answers), forward_prefix: "Tr: ".to_owned() };
        let open = self.ask(StartDraft { kind, words }).await?;
        for (name, kind, bytes) in letter.files {
            let (name, content_type) = (name.to_owned(), kind.to_owned());
            let call = AttachFile { draft: open.draft, name, content_type, inline: false };
            self.ask_with(call, vec![bytes]).await?;
        }
        let text = letter.text.to_owned();
        let content = match letter.answers {
            Some(_) => DraftContent { text, ..open.content },
            None => DraftContent {
                to: persons(&letter.to),
                cc: persons(&letter.cc),
                bcc: persons(&letter.bcc),
                subject: letter.subject.to_owned(),
                text,
                ..DraftContent::default()
            },
        };
        self.ask(Send { draft: open.draft, content, undo_seconds: 0 }).await.map(drop)
    }

    /// The newest letter of the inbox from somebody: opened and read, as one does before answering.
    async fn newest_from(&self, sender: Who) -> Result<EmailId, Trouble> {
        let mailboxes = self.ask(Mailboxes {}).await?;
        let inbox = mailboxes.into_iter().find(|m| m.role == Some(MailboxRole::Inbox)).ok_or("no inbox")?;
        let page = self.ask(List { mailbox: inbox.id, search: None, offset: 0, limit: 50 }).await?;
        for row in page.rows {
            let view = self.ask(Open { email: row.email.clone() }).await?;
            if view.from.iter().any(|from| from.address == sender.address()) {
                self.ask(MarkSeen { emails: vec![row.email.clone()], seen: true }).await?;
                return Ok(row.email);
            }
        }
        Err(format!("{} has no letter from {}", self.who.address(), sender.address()).into())
    }

    async fn ask<C: Call>(&self, call: C) -> Result<C::Answer, Trouble> {
        self.ask_with(call, Vec::new()).await.map(|(answer, _)| answer)
    }

    async fn ask_with<C: Call>(
        &self,
        call: C,
        buffers: Vec<Vec<u8>>,
    ) -> Result<(C::Answer, Vec<Vec<u8>>), Trouble> {
        let told = self.engine.ask(JobId(0), call.into(), buffers).await;
        let (answer, buffers) = told.map_err(|failure| format!("{}: {failure:?}", self.who.address()))?;
        let answer =
            C::Answer::try_from(answer).map_err(|other| format!("an answer of another kind: {other:?}"))?;
        Ok((answer, buffers))
    }
}

fn persons(people: &[Who]) -> Vec<Person> {
    people.iter().map(|who| Person { name: who.name().to_owned(), address: who.address() }).collect()
}
