//! Waiting for the browser's promises.
//!
//! `JsFuture` makes two functions of JavaScript for each promise and has both watched by the collector of garbage, which for a
//! small letter costs more than its hash. Here the functions are made once and used again.

use core::cell::RefCell;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};

use crate::subtle::Refused;

#[wasm_bindgen]
extern "C" {
    /// `Promise`, whose `then` is given both functions.
    type Pending;

    #[wasm_bindgen(method)]
    fn then(this: &Pending, kept: &Callback, broken: &Callback) -> Promise;
}

type Callback = Closure<dyn FnMut(JsValue)>;

thread_local! {
    /// Those that nobody waits with: as many as ever were waited for at a time.
    static IDLE: RefCell<Vec<Rc<Slot>>> = const { RefCell::new(Vec::new()) };
}

/// One promise being waited for, and later another.
struct Slot {
    state: RefCell<State>,
    /// Hold the slot themselves, so that they are there whenever they are called.
    callbacks: RefCell<Option<(Callback, Callback)>>,
}

enum State {
    Waiting(Option<Waker>),
    Settled(Result<JsValue, Refused>),
    /// Nobody wants the answer any more.
    Abandoned,
}

/// What a promise settles to.
pub(crate) struct Settled(Option<Rc<Slot>>);

impl Settled {
    pub(crate) fn of(promise: JsValue) -> Self {
        let idle = IDLE.with_borrow_mut(Vec::pop);
        let slot = idle.unwrap_or_else(Slot::make);
        slot.state.replace(State::Waiting(None));
        if let Some((kept, broken)) = &*slot.callbacks.borrow() {
            let _ = wasm_bindgen::JsCast::unchecked_into::<Pending>(promise).then(kept, broken);
        }
        Self(Some(slot))
    }
}

impl Slot {
    fn make() -> Rc<Self> {
        let slot = Rc::new(Self { state: RefCell::new(State::Abandoned), callbacks: RefCell::new(None) });
        let (kept, broken) = (slot.clone(), slot.clone());
        let kept = Closure::new(move |value| kept.settle(Ok(value)));
        let broken = Closure::new(move |_| broken.settle(Err(Refused)));
        slot.callbacks.replace(Some((kept, broken)));
        slot
    }

    fn settle(self: &Rc<Self>, answer: Result<JsValue, Refused>) {
        match self.state.replace(State::Settled(answer)) {
            State::Waiting(Some(waker)) => waker.wake(),
            State::Waiting(None) | State::Settled(_) => {}
            State::Abandoned => self.clone().rest(),
        }
    }

    /// Forgets the answer and waits for somebody else.
    fn rest(self: Rc<Self>) {
        self.state.replace(State::Abandoned);
        IDLE.with_borrow_mut(|idle| idle.push(self));
    }
}

impl Future for Settled {
    type Output = Result<JsValue, Refused>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(slot) = self.0.take() else { return Poll::Ready(Err(Refused)) };
        match slot.state.replace(State::Abandoned) {
            State::Settled(answer) => {
                slot.rest();
                Poll::Ready(answer)
            }
            State::Waiting(_) | State::Abandoned => {
                slot.state.replace(State::Waiting(Some(context.waker().clone())));
                self.0 = Some(slot);
                Poll::Pending
            }
        }
    }
}

impl Drop for Settled {
    fn drop(&mut self) {
        if let Some(slot) = self.0.take()
            && let State::Settled(_) = slot.state.replace(State::Abandoned)
        {
            slot.rest();
        }
    }
}
