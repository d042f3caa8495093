//! What goes on without being asked for: reading new letters into the index, and hearing what changes at the relay.

use std::rc::Rc;
use std::time::Duration;

use futures::channel::mpsc::UnboundedReceiver;
use futures::future::{Either, select};
use futures::{FutureExt, StreamExt};
use sceau_api::answer;
use sceau_api::push::{ObjectType, STATE_EVENT, StateChange};
use sceau_protocol::Event;

use super::Engine;
use crate::events::{EventParser, SourceEvent};
use crate::failure::{Error, Result};
use crate::job::Job;
use crate::unlocked::Unlocked;
use crate::world::Chunks;

/// Pause before the event source is asked for again; doubled up to [`LONGEST_PAUSE`].
const PAUSE: Duration = Duration::from_secs(2);
/// The longest pause: a letter may be waiting in the panel for the relay to answer.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

impl Engine {
    /// Runs for the life of the page; what it does when nobody is signed in is wait.
    pub async fn background(self: Rc<Self>) {
        let Some(mut woken) = self.woken.borrow_mut().take() else { return };
        let (mut pause, mut lost) = (PAUSE, false);
        loop {
            let account = self.unlocked.borrow().clone();
            let Some(unlocked) = account else {
                if woken.next().await.is_none() {
                    return;
                }
                continue;
            };
            match self.attend(&unlocked, &mut woken, lost).await {
                Ok(()) => (pause, lost) = (PAUSE, false),
                Err(error) => {
                    lost = true;
                    self.trouble(&unlocked, &error);
                    if self.is_current(&unlocked) {
                        drop(unlocked);
                        self.world.clock.sleep(pause).await;
                        pause = (pause * 2).min(LONGEST_PAUSE);
                    }
                }
            }
        }
    }

    fn trouble(&self, unlocked: &Rc<Unlocked>, error: &Error) {
        if error.is_lost_answer() {
            self.set_online(false);
        }
        if error.is_session_end() && self.is_current(unlocked) {
            self.end_session();
        }
    }

    fn is_current(&self, unlocked: &Rc<Unlocked>) -> bool {
        self.unlocked.borrow().as_ref().is_some_and(|current| Rc::ptr_eq(current, unlocked))
    }

    /// Attends to one account until it is left or the event source ends. An event source that was `lost` may have missed
    /// something, whatever other calls found out about the relay meanwhile: that it is back is told in any case.
    async fn attend(
        &self,
        unlocked: &Rc<Unlocked>,
        woken: &mut UnboundedReceiver<()>,
        lost: bool,
    ) -> Result<()> {
        let mut source = self.relay.events().await?;
        if lost {
            self.online.set(None);
        }
        self.set_online(true);
        let mut parser = EventParser::default();
        self.catch_up_once_asked(unlocked).await?;
        while self.is_current(unlocked) {
            match next(&mut source, woken).await {
                Next::Woken => self.catch_up_once_asked(unlocked).await?,
                Next::Chunk(chunk) => {
                    self.set_online(true);
                    if parser.push(&chunk).iter().any(is_about_mail) {
                        self.happened(Event::MailChanged);
                        self.catch_up_once_asked(unlocked).await?;
                    }
                }
                Next::Ended(error) => return Err(error),
            }
            while woken.next().now_or_never().flatten().is_some() {}
        }
        Ok(())
    }

    /// Reads letters no device has read yet, if the account can, and the page has drawn its first list.
    async fn catch_up_once_asked(&self, unlocked: &Rc<Unlocked>) -> Result<()> {
        if self.reads_new.get() { self.catch_up(unlocked).await } else { Ok(()) }
    }

    async fn catch_up(&self, unlocked: &Rc<Unlocked>) -> Result<()> {
        let loaded = self.secondary().await?;
        let job = Job::silent(Rc::clone(&self.world.clock));
        let tell = |done, total| {
            if !self.is_current(unlocked) {
                job.cancel();
            }
            self.happened(Event::Indexed { done, total });
        };
        loaded.catch_up(unlocked, &job, tell).await
    }

    /// Reads everything there is to read now: what [`Engine::background`] does by and by, for programs without a
    /// background.
    ///
    /// # Errors
    /// `SignedOut`, or that the relay does not answer.
    pub async fn settle(&self) -> Result<()> {
        self.catch_up(&self.unlocked()?).await
    }
}

enum Next {
    Woken,
    Chunk(Vec<u8>),
    Ended(Error),
}

async fn next(source: &mut Chunks, woken: &mut UnboundedReceiver<()>) -> Next {
    match select(source.next(), woken.next()).await {
        Either::Left((Some(Ok(chunk)), _)) => Next::Chunk(chunk),
        Either::Left((Some(Err(error)), _)) => Next::Ended(error.into()),
        Either::Left((None, _)) => Next::Ended(crate::world::TransportError::Unreachable.into()),
        Either::Right(_) => Next::Woken,
    }
}

fn is_about_mail(event: &SourceEvent) -> bool {
    let about =
        |kind: &ObjectType| matches!(kind, ObjectType::Mailbox | ObjectType::Email | ObjectType::Letter);
    event.name == STATE_EVENT
        && answer::read_octets::<StateChange>(event.data.as_bytes())
            .is_some_and(|change| change.changed.values().flat_map(|states| states.keys()).any(about))
}
