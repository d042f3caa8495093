//! The calls that run in the worker: who waits for which answer.

use std::collections::HashMap;
use std::rc::Rc;

use futures::channel::oneshot;
use sceau_protocol::{Answer, Event, Failure, FailureCode, FromWorker, JobId, Progress};

/// How a call ended: its answer with the buffers that came beside it, or why there is none.
pub type Outcome<B> = Result<(Answer, Vec<B>), Failure>;

/// Called with every word about how far a call has come.
pub type OnProgress = Rc<dyn Fn(Progress)>;

/// A call that was begun.
pub struct Running<B> {
    /// Names it on the wire and for cancelling.
    pub job: JobId,
    /// Resolves when the worker has answered; dropped senders mean the worker stopped.
    pub outcome: oneshot::Receiver<Outcome<B>>,
}

/// What a word of the worker asks the page to do next.
pub enum Received {
    /// An answer went to whoever waited for it.
    Settled,
    /// Tell the waiting side how far its call has come.
    Progress(OnProgress, Progress),
    /// Something happened that nobody asked for.
    Happened(Event),
}

/// Calls under way. `B` is what a transferred buffer is: an `ArrayBuffer` in the page, bytes in tests.
pub struct Jobs<B> {
    next: u32,
    waiting: HashMap<JobId, Waiting<B>>,
}

struct Waiting<B> {
    answer: oneshot::Sender<Outcome<B>>,
    progress: OnProgress,
}

impl<B> Default for Jobs<B> {
    fn default() -> Self {
        Self { next: 1, waiting: HashMap::new() }
    }
}

impl<B> Jobs<B> {
    /// Takes a number for a new call; numbers are never reused within a page.
    pub fn begin(&mut self, progress: OnProgress) -> Running<B> {
        let job = JobId(self.next);
        self.next = self.next.wrapping_add(1);
        let (answer, outcome) = oneshot::channel();
        self.waiting.insert(job, Waiting { answer, progress });
        Running { job, outcome }
    }

    /// Hands a word of the worker to whoever waits for it; answers to forgotten calls are dropped.
    pub fn receive(&mut self, message: FromWorker, buffers: Vec<B>) -> Received {
        match message {
            FromWorker::Done(job, answer) => self.settle(job, Ok((answer, buffers))),
            FromWorker::Failed(job, failure) => self.settle(job, Err(failure)),
            FromWorker::Progress(job, progress) => match self.waiting.get(&job) {
                Some(waiting) => Received::Progress(Rc::clone(&waiting.progress), progress),
                None => Received::Settled,
            },
            FromWorker::Happened(event) => Received::Happened(event),
        }
    }

    /// Ends every call with the same failure: the worker is gone.
    pub fn fail_all(&mut self, code: FailureCode) {
        for (_, waiting) in self.waiting.drain() {
            waiting.answer.send(Err(Failure::of(code))).ok();
        }
    }

    fn settle(&mut self, job: JobId, outcome: Outcome<B>) -> Received {
        if let Some(waiting) = self.waiting.remove(&job) {
            waiting.answer.send(outcome).ok();
        }
        Received::Settled
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use sceau_protocol::Stage;

    use super::*;

    fn quiet() -> OnProgress {
        Rc::new(|_| {})
    }

    #[test]
    fn answers_reach_the_call_they_belong_to() {
        let mut jobs = Jobs::<Vec<u8>>::default();
        let (mut first, mut second) = (jobs.begin(quiet()), jobs.begin(quiet()));
        jobs.receive(FromWorker::Done(second.job, Answer::Nothing(())), vec![vec![7]]);
        jobs.receive(FromWorker::Failed(first.job, FailureCode::Gone.into()), Vec::new());
        let (_, buffers) = second.outcome.try_recv().unwrap().unwrap().unwrap();
        assert_eq!(buffers, [vec![7]]);
        let failure = first.outcome.try_recv().unwrap().unwrap().unwrap_err();
        assert_eq!(failure.code, FailureCode::Gone);
    }

    #[test]
    fn an_answer_nobody_waits_for_is_dropped() {
        let mut jobs = Jobs::<Vec<u8>>::default();
        let received = jobs.receive(FromWorker::Done(JobId(99), Answer::Nothing(())), Vec::new());
        assert!(matches!(received, Received::Settled));
    }

    #[test]
    fn progress_goes_to_its_own_call() {
        let seen = Rc::new(Cell::new(0));
        let mut jobs = Jobs::<Vec<u8>>::default();
        let sink = Rc::clone(&seen);
        let running = jobs.begin(Rc::new(move |progress: Progress| sink.set(progress.done)));
        let word = Progress { stage: Stage::Sealing, done: 5, total: 9 };
        let Received::Progress(tell, word) =
            jobs.receive(FromWorker::Progress(running.job, word), Vec::new())
        else {
            panic!("progress expected");
        };
        tell(word);
        assert_eq!(seen.get(), 5);
    }

    #[test]
    fn a_dead_worker_ends_every_call_with_a_reason() {
        let mut jobs = Jobs::<Vec<u8>>::default();
        let mut running = jobs.begin(quiet());
        jobs.fail_all(FailureCode::WorkerStopped);
        let failure = running.outcome.try_recv().unwrap().unwrap().unwrap_err();
        assert_eq!(failure.code, FailureCode::WorkerStopped);
    }
}
