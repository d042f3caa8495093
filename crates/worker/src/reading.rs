//! The worker that reads what letters bring, which `boot.js` starts at the first question.

use js_sys::{Array, ArrayBuffer, Object, Reflect, Uint8Array};
use sceau_client::world::{Local, Read, Reading, ReadingFault};
use sceau_protocol::{ReadingAsk, wire};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use crate::scope::set;

#[wasm_bindgen]
extern "C" {
    /// `{ message, buffers }` both ways; broken with an `Event` when that worker stopped, with an `Error` when it could not be
    /// fetched. What is in `transfer` goes over.
    #[wasm_bindgen(js_namespace = ["sceau", "reading"], js_name = ask, catch)]
    async fn ask_reading(question: Object, transfer: Array) -> Result<JsValue, JsValue>;

    /// Ends that worker, and with it whatever it does and was given.
    #[wasm_bindgen(js_namespace = ["sceau", "reading"], js_name = forget)]
    fn forget_reading();
}

/// The way to that worker.
pub(crate) struct ReadingWorker;

impl Reading for ReadingWorker {
    fn ask(&self, ask: ReadingAsk, buffers: Vec<Vec<u8>>) -> Local<'_, Read> {
        Box::pin(async move {
            let octets = wire::to_octets(&ask).ok_or(ReadingFault::Stopped)?;
            let message = Uint8Array::from(octets.as_slice());
            let transfer: Array =
                buffers.iter().map(|buffer| Uint8Array::from(buffer.as_slice()).buffer()).collect();
            drop(buffers);
            let envelope = Object::new();
            set(&envelope, "message", &message);
            set(&envelope, "buffers", &transfer);
            let answer = ask_reading(envelope, transfer).await.map_err(fault)?;
            read(&answer).ok_or(ReadingFault::Stopped)
        })
    }

    fn forget(&self) {
        forget_reading();
    }
}

fn fault(thrown: JsValue) -> ReadingFault {
    if thrown.is_instance_of::<web_sys::Event>() { ReadingFault::Stopped } else { ReadingFault::Unreachable }
}

fn read(answer: &JsValue) -> Option<(sceau_protocol::ReadingAnswer, Vec<Vec<u8>>)> {
    let message = Reflect::get(answer, &"message".into()).ok()?;
    let message = wire::from_octets(&Uint8Array::new(&message).to_vec())?;
    let buffers = Array::from(&Reflect::get(answer, &"buffers".into()).ok()?);
    let octets =
        |buffer: JsValue| buffer.dyn_into::<ArrayBuffer>().ok().map(|it| Uint8Array::new(&it).to_vec());
    Some((message, buffers.iter().map(octets).collect::<Option<_>>()?))
}
