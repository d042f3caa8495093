//! The page's line to its worker: a call goes out, its answer comes back as a future.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;

use futures::channel::oneshot;
use js_sys::ArrayBuffer;
use leptos::prelude::{LocalStorage, StoredValue, WithValue};
use sceau_protocol::{
    Call, Cancel, Event, Failure, FailureCode, FromWorker, JobId, Progress, Start, ToWorker,
};

use super::{page, preferences};
use crate::state::jobs::{Jobs, OnProgress, Outcome, Received, Running};

/// Starts that may fail in a row before the page gives up.
const START_ATTEMPTS: u32 = 3;

/// What carries messages to a worker.
pub trait Wire {
    /// Sends a message; the buffers are transferred and cannot be used afterwards.
    fn post(&self, message: &ToWorker, buffers: &[ArrayBuffer]) -> Result<(), FailureCode>;
}

/// What comes back over the wire.
pub enum Incoming {
    /// A word of the worker with the buffers transferred beside it.
    Word(FromWorker, Vec<ArrayBuffer>),
    /// The worker is gone.
    Stopped,
}

/// What the page must react to, beside answers.
pub enum Happening {
    /// The worker says so.
    Event(Event),
    /// The worker stopped and was started again; it holds no keys.
    WorkerStopped,
}

/// Hands what comes over the wire to the line.
pub type Deliver = Rc<dyn Fn(Incoming)>;
type MakeWire = Box<dyn Fn(Deliver) -> Result<Box<dyn Wire>, FailureCode>>;

/// The line. Copies lead to the same worker.
#[derive(Clone, Copy)]
pub struct Link(StoredValue<Rc<Line>, LocalStorage>);

struct Line {
    jobs: RefCell<Jobs<ArrayBuffer>>,
    wire: RefCell<Option<Box<dyn Wire>>>,
    make_wire: MakeWire,
    on_happening: Box<dyn Fn(Happening)>,
    failed_starts: Cell<u32>,
}

/// A call on its way.
pub struct Sent<C: Call> {
    /// For cancelling.
    pub job: JobId,
    outcome: oneshot::Receiver<Outcome<ArrayBuffer>>,
    call: std::marker::PhantomData<C>,
}

impl Link {
    /// Starts a worker; `on_happening` hears what nobody asked for.
    pub fn start(make_wire: MakeWire, on_happening: impl Fn(Happening) + 'static) -> Self {
        let line = Rc::new(Line {
            jobs: RefCell::default(),
            wire: RefCell::new(None),
            make_wire,
            on_happening: Box::new(on_happening),
            failed_starts: Cell::new(0),
        });
        line.open();
        Self(StoredValue::new_local(line))
    }

    /// Asks and waits.
    pub async fn ask<C: Call>(self, call: C) -> Result<C::Answer, Failure> {
        self.send(call, Vec::new(), Rc::new(|_| {})).answer().await.map(|(answer, _)| answer)
    }

    /// Asks with buffers, which are transferred, and hears how far it has come.
    pub fn send<C: Call>(self, call: C, buffers: Vec<ArrayBuffer>, progress: OnProgress) -> Sent<C> {
        self.0.with_value(|line| line.send(call, &buffers, progress))
    }

    /// Tells the worker by which backend to compute, as the address and the preferences say now.
    pub fn choose_backend(self) {
        self.0.with_value(|line| drop(line.start()));
    }

    /// Ends a call as soon as it yields.
    pub fn cancel(self, job: JobId) {
        self.0.with_value(|line| drop(line.send(Cancel { job }, &[], Rc::new(|_| {}))));
    }
}

impl<C: Call> Sent<C> {
    /// The answer, with the buffers that came beside it.
    pub fn answer(self) -> impl Future<Output = Result<(C::Answer, Vec<ArrayBuffer>), Failure>> {
        let outcome = self.outcome;
        async move {
            let (answer, buffers) = outcome.await.map_err(|_| FailureCode::WorkerStopped)??;
            let answer = C::Answer::try_from(answer).map_err(|_| FailureCode::Internal)?;
            Ok((answer, buffers))
        }
    }
}

impl Line {
    fn send<C: Call>(&self, call: C, buffers: &[ArrayBuffer], progress: OnProgress) -> Sent<C> {
        let Running { job, outcome } = self.jobs.borrow_mut().begin(progress);
        let message = ToWorker { job, ask: call.into() };
        let posted = match self.wire.borrow().as_ref() {
            Some(wire) => wire.post(&message, buffers),
            None => Err(FailureCode::WorkerStopped),
        };
        if let Err(code) = posted {
            self.jobs.borrow_mut().receive(FromWorker::Failed(job, code.into()), Vec::new());
        }
        Sent { job, outcome, call: std::marker::PhantomData }
    }

    /// Makes a worker and gives it its first call.
    fn open(self: &Rc<Self>) {
        let line = Rc::downgrade(self);
        let deliver: Deliver = Rc::new(move |incoming| {
            if let Some(line) = line.upgrade() {
                line.deliver(incoming);
            }
        });
        *self.wire.borrow_mut() = (self.make_wire)(deliver).ok();
        let started = self.start();
        let line = Rc::clone(self);
        leptos::task::spawn_local(async move {
            if started.answer().await.is_ok() {
                line.failed_starts.set(0);
            }
        });
    }

    fn start(&self) -> Sent<Start> {
        let start = Start { relay: page::origin(), backend: preferences::backend() };
        self.send(start, &[], Rc::new(|_: Progress| {}))
    }

    fn deliver(self: &Rc<Self>, incoming: Incoming) {
        match incoming {
            Incoming::Word(word, buffers) => {
                let received = self.jobs.borrow_mut().receive(word, buffers);
                match received {
                    Received::Settled => {}
                    Received::Progress(tell, progress) => tell(progress),
                    Received::Happened(event) => (self.on_happening)(Happening::Event(event)),
                }
            }
            Incoming::Stopped => self.restart(),
        }
    }

    fn restart(self: &Rc<Self>) {
        *self.wire.borrow_mut() = None;
        self.jobs.borrow_mut().fail_all(FailureCode::WorkerStopped);
        self.failed_starts.set(self.failed_starts.get().saturating_add(1));
        if self.failed_starts.get() < START_ATTEMPTS {
            self.open();
        }
        (self.on_happening)(Happening::WorkerStopped);
    }
}
