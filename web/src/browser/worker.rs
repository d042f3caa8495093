//! The dedicated worker and its messages: `{ message, buffers }` both ways, the buffers transferred.

use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Object, Reflect, Uint8Array};
use sceau_protocol::{FailureCode, FromWorker, ToWorker, wire};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, Worker};

use super::link::{Deliver, Incoming, Wire};

#[wasm_bindgen]
extern "C" {
    /// `boot.js` makes the worker from files it has checked: docs/design/loading.md.
    #[wasm_bindgen(js_namespace = sceau, js_name = startWorker, catch)]
    fn start_worker() -> Result<Worker, JsValue>;
}

struct BrowserWorker {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(web_sys::Event)>,
}

/// Starts a worker.
pub fn make(deliver: Deliver) -> Result<Box<dyn Wire>, FailureCode> {
    let worker = start_worker().map_err(|_| FailureCode::WorkerStopped)?;

    let words = Rc::clone(&deliver);
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        words(read(&event.data()).map_or(Incoming::Stopped, |(word, buffers)| Incoming::Word(word, buffers)));
    });
    let on_error = Closure::<dyn FnMut(web_sys::Event)>::new(move |_| deliver(Incoming::Stopped));
    worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    worker.set_onmessageerror(Some(on_error.as_ref().unchecked_ref()));
    Ok(Box::new(BrowserWorker { worker, _on_message: on_message, _on_error: on_error }))
}

impl Wire for BrowserWorker {
    fn post(&self, message: &ToWorker, buffers: &[ArrayBuffer]) -> Result<(), FailureCode> {
        let octets = wire::to_octets(message).ok_or(FailureCode::Internal)?;
        let message = Uint8Array::from(octets.as_slice()).buffer();
        let transfer: Array = buffers.iter().collect();
        let envelope = Object::new();
        set(&envelope, "message", &message)?;
        set(&envelope, "buffers", &transfer)?;
        // It goes over with the buffers: a pass phrase in it stays nowhere here.
        let transfer = transfer.concat(&Array::of1(&message));
        self.worker.post_message_with_transfer(&envelope, &transfer).map_err(|_| FailureCode::Internal)
    }
}

impl Drop for BrowserWorker {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.set_onmessageerror(None);
        self.worker.terminate();
    }
}

fn read(data: &JsValue) -> Option<(FromWorker, Vec<ArrayBuffer>)> {
    let message = Reflect::get(data, &"message".into()).ok()?;
    let word = wire::from_octets(&Uint8Array::new(&message).to_vec())?;
    let buffers = Reflect::get(data, &"buffers".into()).ok()?;
    let buffers = Array::from(&buffers).iter().filter_map(|buffer| buffer.dyn_into().ok()).collect();
    Some((word, buffers))
}

fn set(object: &Object, name: &str, value: &JsValue) -> Result<(), FailureCode> {
    Reflect::set(object, &name.into(), value).map(drop).map_err(|_| FailureCode::Internal)
}
