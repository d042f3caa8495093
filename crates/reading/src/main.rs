//! The worker that reads what letters bring. The page's worker starts it at the first question, and ends it to cancel one:
//! docs/design/reading.md.
//!
//! A question is `{ message, buffers }` with a port beside it; the answer goes to the port in the same form.

#![cfg_attr(
    not(target_arch = "wasm32"),
    allow(unused, reason = "built for the browser only; checked natively")
)]

use js_sys::{Array, Object, Reflect, Uint8Array};
use sceau_protocol::{ReadingAnswer, ReadingAsk, Refusal, wire};
use sceau_reading::{Buffers, answer};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, MessagePort};

fn main() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| {
        let port: MessagePort = event.ports().get(0).unchecked_into();
        let (answer, buffers) = match asked(&event.data()) {
            Some((ask, buffers)) => answer(ask, buffers),
            None => (ReadingAnswer::Refused(Refusal::Damaged), Buffers::new()),
        };
        say(&port, &answer, &buffers);
    });
    let _ = scope.add_event_listener_with_callback("message", on_message.as_ref().unchecked_ref());
    on_message.forget();
}

fn asked(data: &JsValue) -> Option<(ReadingAsk, Buffers)> {
    let message = Reflect::get(data, &"message".into()).ok()?;
    let ask = wire::from_octets(&Uint8Array::new(&message).to_vec())?;
    let buffers = Array::from(&Reflect::get(data, &"buffers".into()).ok()?);
    Some((ask, buffers.iter().map(|buffer| Uint8Array::new(&buffer).to_vec()).collect()))
}

fn say(port: &MessagePort, answer: &ReadingAnswer, buffers: &Buffers) {
    let Some(octets) = wire::to_octets(answer) else {
        wasm_bindgen::throw_str("an answer cannot be written");
    };
    let message = Uint8Array::from(octets.as_slice());
    let transfer: Array = buffers.iter().map(|buffer| Uint8Array::from(buffer.as_slice()).buffer()).collect();
    let envelope = Object::new();
    let _ = Reflect::set(&envelope, &"message".into(), &message);
    let _ = Reflect::set(&envelope, &"buffers".into(), &transfer);
    let _ = port.post_message_with_transferable(&envelope, &transfer);
}
