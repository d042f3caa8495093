//! The calls of the page (`sceau_protocol::Ask`), answered.

mod background;
mod calls;
mod secondary;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use futures::channel::mpsc;
use sceau_protocol::{Answer, Ask, Event, Failure, FailureCode, FromWorker, JobId, ToWorker};

use crate::failure::{Error, Result};
use crate::job::Job;
use crate::relay::Relay;
use crate::unlocked::Unlocked;
use crate::world::World;

/// Where the engine says its words, with the buffers that go beside them.
pub type Say = Rc<dyn Fn(FromWorker, Vec<Vec<u8>>)>;

/// Buffers beside a message.
pub type Buffers = Vec<Vec<u8>>;

/// One page's client.
pub struct Engine {
    world: World,
    say: Say,
    relay: Rc<Relay>,
    unlocked: RefCell<Option<Rc<Unlocked>>>,
    jobs: RefCell<HashMap<JobId, Job>>,
    wake: mpsc::UnboundedSender<()>,
    woken: RefCell<Option<mpsc::UnboundedReceiver<()>>>,
    online: Cell<Option<bool>>,
    /// Whether letters that no device has read yet are read: once this account's first list is drawn.
    reads_new: Cell<bool>,
}

impl Engine {
    /// A client nobody is signed in to.
    pub fn new(world: World, say: Say) -> Rc<Self> {
        let (wake, woken) = mpsc::unbounded();
        Rc::new(Self {
            relay: Rc::new(Relay::new(world.clone())),
            world,
            say,
            unlocked: RefCell::default(),
            jobs: RefCell::default(),
            wake,
            woken: RefCell::new(Some(woken)),
            online: Cell::new(None),
            reads_new: Cell::new(false),
        })
    }

    /// Runs a call and says how it ended.
    pub async fn handle(self: Rc<Self>, message: ToWorker, buffers: Buffers) {
        let ToWorker { job: id, ask } = message;
        match self.ask(id, ask, buffers).await {
            Ok((answer, buffers)) => (self.say)(FromWorker::Done(id, answer), buffers),
            Err(failure) => (self.say)(FromWorker::Failed(id, failure), Vec::new()),
        }
    }

    /// Runs a call.
    ///
    /// # Errors
    /// What the page has a sentence for.
    pub async fn ask(&self, id: JobId, ask: Ask, buffers: Buffers) -> Result<(Answer, Buffers), Failure> {
        let say = Rc::clone(&self.say);
        let tell = move |progress| say(FromWorker::Progress(id, progress), Vec::new());
        let job = Job::new(Rc::clone(&self.world.clock), Rc::new(tell));
        self.jobs.borrow_mut().insert(id, job.clone());
        let answers = self.relay.answers();
        let outcome = calls::run(self, &job, ask, buffers).await;
        self.jobs.borrow_mut().remove(&id);
        self.note_connection(&outcome, self.relay.answers() != answers);
        if let Err(error) = &outcome
            && error.is_session_end()
            && self.unlocked.borrow().is_some()
        {
            self.end_session();
        }
        outcome.map_err(Failure::from)
    }

    /// Ends a call as soon as it yields.
    fn cancel(&self, id: JobId) {
        if let Some(job) = self.jobs.borrow().get(&id) {
            job.cancel();
        }
    }

    /// The open account.
    fn unlocked(&self) -> Result<Rc<Unlocked>> {
        self.unlocked.borrow().clone().ok_or(Error::of(FailureCode::SignedOut))
    }

    fn take_up(&self, unlocked: Unlocked) -> Rc<Unlocked> {
        let unlocked = Rc::new(unlocked);
        self.reads_new.set(false);
        self.unlocked.replace(Some(Rc::clone(&unlocked)));
        self.wake_background();
        unlocked
    }

    /// Closes the account; jobs under way end. Only the session is left, to be ended at the relay.
    fn leave(&self) {
        for job in self.jobs.borrow().values() {
            job.cancel();
        }
        self.unlocked.replace(None);
        self.world.crypto.forget();
        self.world.reading.forget();
        self.wake_background();
    }

    /// Forgets everything opened, and the session.
    fn forget(&self) {
        self.leave();
        self.relay.forget();
    }

    /// The relay ended the session.
    fn end_session(&self) {
        self.forget();
        self.happened(Event::SessionEnded);
    }

    fn happened(&self, event: Event) {
        (self.say)(FromWorker::Happened(event), Vec::new());
    }

    fn wake_background(&self) {
        // The receiver lives as long as the engine, or nobody runs in the background.
        let _ = self.wake.unbounded_send(());
    }

    /// Tells when the relay begins or ceases to answer. What is done or fails without asking it says nothing of it.
    fn note_connection<T>(&self, outcome: &Result<T>, has_answered: bool) {
        match outcome {
            Err(error) if error.is_lost_answer() => self.set_online(false),
            Err(Error::Problem(_) | Error::Method(_) | Error::Set(_)) => self.set_online(true),
            Ok(_) if has_answered && self.unlocked.borrow().is_some() => self.set_online(true),
            _ => {}
        }
    }

    fn set_online(&self, online: bool) {
        if self.online.replace(Some(online)) != Some(online) {
            let since = self.world.clock.now();
            self.happened(if online { Event::Online { since } } else { Event::Offline { since } });
        }
    }
}
