//! Signing in, the first log-in, and locking.

use std::rc::Rc;

use js_sys::ArrayBuffer;
use leptos::prelude::*;
use sceau_protocol::{
    AccountStage, Describe, Enrol, Failure, FailureCode, ImportKeys, InstallCertificates, MakeKeys, PinAuthority,
    Secret, SignIn, SignOut, WayIn,
};

use super::Desk;
use crate::browser::{dom, files, page};
use crate::state::account::{OpenMailbox, Session, SetUp};
use crate::state::compose::Compose;
use crate::state::connection::Connection;
use crate::state::jobs::OnProgress;
use crate::state::notices::Word;
use crate::state::place::Place;

impl Desk {
    /// Signs in. The secret is gone from the page when the message has left.
    pub async fn sign_in(
        self,
        address: String,
        secret: Secret,
        way: WayIn,
        progress: OnProgress,
    ) -> Result<(), Failure> {
        let (account, _) =
            self.link.send(SignIn { address, secret, way }, Vec::new(), progress).answer().await?;
        self.forget_words_of_another(&account.address);
        self.enter(Session::signed_in(account));
        Ok(())
    }

    /// Redeems an enrolment code.
    pub async fn enrol(
        self,
        address: String,
        code: String,
        pass_phrase: Secret,
        progress: OnProgress,
    ) -> Result<(), Failure> {
        let sent = self.link.send(Enrol { address, code, pass_phrase }, Vec::new(), progress);
        let (enrolment, _) = sent.answer().await?;
        self.forget_words_of_another(&enrolment.address);
        self.enter(Session::enrolled(enrolment));
        Ok(())
    }

    /// The recovery code is on paper.
    pub async fn code_is_kept(self) {
        self.advance(SetUp::code_is_kept).await;
    }

    /// Pins the authority whose fingerprint was compared.
    pub async fn pin(self, id: String, fingerprint: String) -> Result<(), Failure> {
        let stage = self.ask(PinAuthority { id, fingerprint }).await?;
        self.advance(|set_up| set_up.advance(stage)).await;
        Ok(())
    }

    /// Imports a key file.
    pub async fn import_keys(self, file: web_sys::File, secret: Secret) -> Result<(), Failure> {
        let file = files::read(&file).await?;
        let sent = self.link.send(ImportKeys { secret }, vec![file], Rc::new(|_| {}));
        let (stage, _) = self.heed(sent.answer().await)?;
        self.advance(|set_up| set_up.advance(stage)).await;
        Ok(())
    }

    /// Makes both keys.
    pub async fn make_keys(self, name: String, progress: OnProgress) -> Result<(), Failure> {
        let sent = self.link.send(MakeKeys { name }, Vec::new(), progress);
        let (requests, _) = self.heed(sent.answer().await)?;
        self.advance(|set_up| set_up.advance(AccountStage::AwaitsCertificates(requests))).await;
        Ok(())
    }

    /// Installs what the authority answered.
    pub async fn install_certificates(self, files: Vec<ArrayBuffer>) -> Result<(), Failure> {
        let sent = self.link.send(InstallCertificates {}, files, Rc::new(|_| {}));
        let (stage, _) = self.heed(sent.answer().await)?;
        self.advance(|set_up| set_up.advance(stage)).await;
        Ok(())
    }

    /// Locks on purpose: what is written is kept at the relay first.
    pub async fn lock(self) {
        self.close_compose().await;
        self.carry_out_destructions();
        self.ask(SignOut {}).await.ok();
        // Words the relay did not take stay in the page, for the same person only.
        self.change(Compose::orphaned);
        self.leave(None);
    }

    /// The keys are gone: lists and letters leave the page, words being written stay.
    pub(super) fn ended(self, code: FailureCode) {
        if matches!(self.session.get_untracked(), Session::Locked(_)) && code != FailureCode::WorkerStopped {
            return;
        }
        self.change(Compose::orphaned);
        let was_locked = matches!(self.session.get_untracked(), Session::Locked(_));
        self.leave((!was_locked).then_some(code));
    }

    fn leave(self, why: Option<FailureCode>) {
        self.session.update(|session| *session = session.lock(why));
        self.mail.set(Default::default());
        self.reading.set(Default::default());
        self.file.set_value(None);
        self.notices.set(Default::default());
        self.connection.set(Connection::Unknown);
        self.indexing.set(None);
        self.saving.set(false);
        dom::focus_later("main input");
    }

    fn enter(self, session: Session) {
        self.session.set(session);
        if let Session::Open(open) = self.session.get_untracked() {
            self.settle_in(&open);
        }
    }

    async fn advance(self, step: impl FnOnce(SetUp) -> Session) {
        let Session::SettingUp(set_up) = self.session.get_untracked() else { return };
        let mut next = step(set_up);
        // The last step brought the certificates, and with them the name.
        if matches!(next, Session::Open(_)) {
            let described = self.ask(Describe {}).await;
            if !matches!(self.session.get_untracked(), Session::SettingUp(_)) {
                return;
            }
            next = described.map_or(next, Session::signed_in);
        }
        self.enter(next);
    }

    /// Words written under one account are not shown to another, and its place means nothing to them.
    fn forget_words_of_another(self, address: &str) {
        let before = self.session.with_untracked(|session| session.address().to_owned());
        if !before.is_empty() && !before.eq_ignore_ascii_case(address) {
            self.compose.set(None);
            self.place.set(Place::default());
            page::replace(&Place::default().fragment());
        }
    }

    fn settle_in(self, open: &OpenMailbox) {
        if let Some(minutes) = open.wrong_clock_minutes() {
            self.say(Word::WrongClock(minutes), None);
        }
        if let Some(last) = open.last_sign_in.clone() {
            self.say(Word::LastSignIn(last), None);
        }
        self.arrive();
        self.load_folders();
        self.resume_compose();
    }
}
