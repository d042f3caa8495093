//! Traces for OpenTelemetry: how long a request took and where, as spans of request, method, transaction, blob and delivery.
//!
//! Off unless `--otlp` says where they go: then a span costs a look at a variable of the thread. Names and attributes are words of
//! the program, as the figures' labels are.

mod context;
mod export;
mod recorder;

use std::{cell::RefCell, future::Future, sync::Arc};

pub(crate) use context::Parent;
pub(crate) use export::Endpoint;
pub(crate) use recorder::{Kind, Recorder};

use crate::{random::generate_bytes, relay::Relay};
use recorder::Done;

/// What spans begun on this thread, or in this task, belong to.
#[derive(Clone)]
struct Current {
    recorder: Arc<Recorder>,
    trace: [u8; 16],
    span: [u8; 8],
}

thread_local! {
    static THREAD: RefCell<Option<Current>> = const { RefCell::new(None) };
}

tokio::task_local! {
    static TASK: Current;
}

/// A span that is open; it ends when it is dropped. One that nobody records is empty.
pub(crate) struct Span(Option<Open>);

struct Open {
    current: Current,
    before: Option<Current>,
    done: Done,
}

impl Span {
    /// Begins one within whatever this thread is at.
    pub(crate) fn begin(name: &'static str) -> Self {
        let parent = THREAD.with_borrow(Clone::clone);
        Self(parent.map(|parent| Open::of(parent, name, Kind::Internal)))
    }

    /// Begins one that belongs to nothing: work the relay does by itself.
    pub(crate) fn root(recorder: Option<&Arc<Recorder>>, name: &'static str) -> Self {
        let found = recorder.filter(|recorder| recorder.samples(&Parent::None));
        Self(found.map(|recorder| {
            let nobody = Current { recorder: Arc::clone(recorder), trace: generate_bytes(), span: [0; 8] };
            Open::of(nobody, name, Kind::Internal)
        }))
    }

    /// Ends it with a word about how it went, and whether the relay itself failed.
    pub(crate) fn ended(mut self, outcome: &str, failed: bool) {
        if let Some(open) = &mut self.0 {
            open.done.attributes.push(("sceau.outcome", outcome.to_owned()));
            open.done.failed = failed;
        }
    }
}

impl Open {
    /// On this thread, until it ends.
    fn of(parent: Current, name: &'static str, kind: Kind) -> Self {
        let current = Current { span: generate_bytes(), ..parent.clone() };
        let before = THREAD.replace(Some(current.clone()));
        let done = parent.recorder.start(name, kind, parent.trace, current.span, parent.span);
        Self { current, before, done }
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if let Some(open) = self.0.take() {
            THREAD.set(open.before);
            open.current.recorder.end(open.done);
        }
    }
}

impl Relay {
    /// Records spans from now on, of so many of a million traces, for the collector at `endpoint` (`http://HOST:PORT`).
    ///
    /// # Errors
    /// When `endpoint` is no such address; in a sentence.
    pub fn record_spans(&self, endpoint: &str, millionths: u32) -> Result<(), &'static str> {
        self.watch().record(Recorder::new(endpoint.parse()?, millionths));
        Ok(())
    }

    /// Sends the spans that ended; what the collector does not take is lost, and counted.
    pub async fn send_spans(&self) {
        if let Some(recorder) = self.watch().recorder() {
            export::send(recorder, self.watch().node()).await;
        }
    }
}

/// A request's span: tasks move between threads, so that it is the task's.
pub(crate) struct Request(Option<(Current, Done)>);

impl Request {
    /// Begins one where the caller's trace goes on, or a trace of its own.
    pub(crate) fn begin(recorder: Option<&Arc<Recorder>>, parent: &Parent) -> Self {
        Self(recorder.filter(|recorder| recorder.samples(parent)).map(|recorder| {
            let (trace, above) = match parent {
                Parent::Some { trace, span, .. } => (*trace, *span),
                Parent::None => (generate_bytes(), [0; 8]),
            };
            let current = Current { recorder: Arc::clone(recorder), trace, span: generate_bytes() };
            let done = recorder.start("request", Kind::Server, trace, current.span, above);
            (current, done)
        }))
    }

    /// Answers the request within it.
    pub(crate) async fn around<T>(&self, work: impl Future<Output = T>) -> T {
        match &self.0 {
            Some((current, _)) => TASK.scope(current.clone(), work).await,
            None => work.await,
        }
    }

    /// Ends it, with what the answer was.
    pub(crate) fn end(self, route: &'static str, method: &str, status: u16, operation: &str) {
        let Some((current, mut done)) = self.0 else { return };
        done.attributes = vec![
            ("http.request.method", method.to_owned()),
            ("http.route", route.to_owned()),
            ("http.response.status_code", status.to_string()),
            ("sceau.operation", operation.to_owned()),
        ];
        done.failed = status >= 500;
        current.recorder.end(done);
    }
}

/// Work for another thread that goes on with what this task is at.
pub(crate) fn carried<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let current = TASK.try_with(Clone::clone).ok();
    move || {
        let Some(current) = current else { return work() };
        let _restored = Restored(THREAD.replace(Some(current)));
        work()
    }
}

/// What the thread was at before, put back even when the work panics: threads are used again.
struct Restored(Option<Current>);

impl Drop for Restored {
    fn drop(&mut self) {
        THREAD.set(self.0.take());
    }
}
