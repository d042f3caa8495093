//! Signing in, the first log-in, and locking.

use std::rc::Rc;

use js_sys::ArrayBuffer;
use leptos::prelude::*;
use leptos::task::spawn_local;
use sceau_protocol::{
    AccountStage, Describe, Enrol, Failure, FailureCode, ImportKeys, InstallCertificates, MakeKeys,
    PinAuthority, Secret, SignIn, SignOut, WayIn,
};

use super::Desk;
use crate::browser::{files, page, seat};
use crate::state::account::{OpenMailbox, Session, SetUp, Why};
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
        if self.sit_down(&account.address).await {
            self.enter(Session::signed_in(account));
        } else {
            self.session.set(Session::Elsewhere(Box::new(account)));
        }
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
        // Nobody can have an account open elsewhere that did not exist.
        self.sit_down(&enrolment.address).await;
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

    /// Takes the mailbox over from another tab.
    pub async fn take_over(self) {
        let Session::Elsewhere(account) = self.session.get_untracked() else { return };
        let taken = seat::take_over(&seat_name(&account.address), self.lost()).await;
        self.seat.set_value(taken);
        if matches!(self.session.get_untracked(), Session::Elsewhere(_)) {
            self.enter(Session::signed_in(*account));
        }
    }

    /// Whether no other tab of this browser has the account open.
    async fn sit_down(self, address: &str) -> bool {
        let taken = seat::take(&seat_name(address), self.lost()).await;
        let alone = taken.is_some();
        self.seat.set_value(taken);
        alone
    }

    /// Another tab takes over: what is written is kept first, then this one is locked.
    fn lost(self) -> impl Fn() + 'static {
        move || {
            spawn_local(async move {
                self.put_away().await;
                self.leave(Some(Why::TakenOver));
            });
        }
    }

    /// Locks on purpose: what is written is kept at the relay first.
    pub async fn lock(self) {
        self.put_away().await;
        self.leave(None);
    }

    pub(super) async fn put_away(self) {
        self.close_compose().await;
        self.carry_out_destructions();
        self.ask(SignOut {}).await.ok();
        // Words the relay did not take stay in the page, for the same person only.
        self.change(Compose::orphaned);
    }

    /// The keys are gone: lists and letters leave the page, words being written stay.
    pub(super) fn ended(self, code: FailureCode) {
        if matches!(self.session.get_untracked(), Session::Locked(_)) && code != FailureCode::WorkerStopped {
            return;
        }
        self.change(Compose::orphaned);
        let was_locked = matches!(self.session.get_untracked(), Session::Locked(_));
        self.leave((!was_locked).then_some(Why::Failed(code)));
    }

    fn leave(self, why: Option<Why>) {
        self.session.update(|session| *session = session.lock(why));
        self.mail.set(Default::default());
        self.reading.set(Default::default());
        self.file.set_value(None);
        self.notices.set(Default::default());
        self.connection.set(Connection::Unknown);
        self.indexing.set(None);
        self.saving_is_over();
        self.seat.set_value(None);
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
        self.tell_of_build();
        self.arrive();
        self.load_folders();
        self.resume_compose();
    }
}

/// One account, however its address is written.
fn seat_name(address: &str) -> String {
    format!("sceau {}", address.to_lowercase())
}
