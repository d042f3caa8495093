//! The calls up to the first list of letters; all others are answered by the [secondary module](super::secondary).

use sceau_protocol::{Account, Answer, Ask, Ready, SignIn};

use super::{Buffers, Engine};
use crate::failure::Result;
use crate::job::Job;
use crate::mailbox::{self, Wanted};
use crate::unlocked::Unlocked;
use crate::{identity, login, own};

/// An answer, and the buffers beside it.
pub(super) type Answered = Result<(Answer, Buffers)>;

pub(super) fn plain(answer: impl Into<Answer>) -> Answered {
    Ok((answer.into(), Vec::new()))
}

/// Runs any call.
pub(super) async fn run(engine: &Engine, job: &Job, ask: Ask, buffers: Buffers) -> Answered {
    match ask {
        Ask::Start(_) => plain(ready(engine)),
        Ask::Cancel(call) => {
            engine.cancel(call.job);
            plain(())
        }
        Ask::SignIn(call) => plain(sign_in(engine, job, call).await?),
        Ask::SignOut(_) => plain(sign_out(engine, job).await?),
        Ask::Describe(_) => plain(account(&*engine.unlocked()?, job).await?),
        Ask::Mailboxes(_) => plain(mailbox::mailboxes(&*engine.unlocked()?, job).await?),
        Ask::List(call) => {
            let wanted =
                Wanted { mailbox: call.mailbox, search: call.search, offset: call.offset, limit: call.limit };
            plain(mailbox::list(&*engine.unlocked()?, job, wanted).await?)
        }
        Ask::ReadNew(_) => {
            engine.reads_new.set(true);
            engine.wake_background();
            plain(())
        }
        other => engine.secondary().await?.answer(engine, job, other, buffers).await,
    }
}

fn ready(engine: &Engine) -> Ready {
    Ready { backend: engine.world.crypto.name().to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
}

async fn sign_in(engine: &Engine, job: &Job, call: SignIn) -> Result<Account> {
    engine.forget_quietly();
    let secret = call.secret.expose();
    let entry = login::sign_in(&engine.relay, job, &call.address, secret, call.way).await?;
    let unlocked = Unlocked::open(engine.relay.clone(), job, entry).await?;
    let account = account(&unlocked, job).await?;
    engine.take_up(unlocked);
    Ok(account)
}

/// Ends the session. The keys are wiped even when the relay does not answer; the token then ends by itself.
async fn sign_out(engine: &Engine, job: &Job) -> Result<()> {
    let job = job.committed();
    engine.leave();
    let outcome = engine.relay.log_out(&job).await;
    engine.forget();
    match outcome {
        Err(error) if !error.is_lost_answer() && !error.is_session_end() => Err(error),
        _ => Ok(()),
    }
}

async fn account(unlocked: &Unlocked, job: &Job) -> Result<Account> {
    let keys = unlocked.vault.get()?;
    let certificate = own::signing_certificate(&keys);
    let offset = unlocked.clock_offset_seconds;
    Ok(Account {
        address: unlocked.address.clone(),
        name: certificate.as_ref().and_then(|own| own.common_name().map(str::to_owned)),
        stage: identity::stage(unlocked, job).await?,
        last_sign_in: unlocked.last_sign_in.clone(),
        clock_offset_seconds: offset,
        clock_is_wrong: offset.abs() > login::CLOCK_TOLERANCE_SECONDS,
        way: unlocked.way,
        certificate_ends: certificate.map(|own| own.not_after().0),
    })
}

impl Engine {
    /// Another account's leftovers must not outlive the attempt to enter this one.
    pub(super) fn forget_quietly(&self) {
        if self.unlocked.borrow().is_some() {
            self.unlocked.replace(None);
            self.relay.forget();
        }
    }
}
