//! The arithmetic of keys in pure Rust, in a worker of its own, which the page's worker starts when the browser's WebCrypto
//! cannot do something: docs/design/loading.md.
//!
//! A question is `[name, number, parts]` with a port beside it; the answer, parts or the code of an error, goes to the port.

#![cfg_attr(
    not(target_arch = "wasm32"),
    allow(unused, reason = "built for the browser only; checked natively")
)]

use js_sys::{Array, Uint8Array};
use rand_core::UnwrapErr;
use sceau_smime::backend::{Octets, answer};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, MessagePort};
use zeroize::Zeroizing;

fn main() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| {
        let port: MessagePort = event.ports().get(0).unchecked_into();
        let answer = answered(&event.data().unchecked_into());
        let transfer = answer.dyn_ref::<Array>().map(buffers).unwrap_or_default();
        let _ = port.post_message_with_transferable(&answer, &transfer);
    });
    let _ = scope.add_event_listener_with_callback("message", on_message.as_ref().unchecked_ref());
    on_message.forget();
}

/// Parts, or the code of an error.
fn answered(question: &Array) -> JsValue {
    let name = question.get(0).as_string().unwrap_or_default();
    let number = whole(question.get(1).as_f64().unwrap_or_default());
    let parts: Vec<Octets> = Array::from(&question.get(2)).iter().map(taken).collect();
    match answer(&name, number, &parts, &mut UnwrapErr(getrandom::SysRng)) {
        Ok(parts) => parts.iter().map(|part| Uint8Array::from(part.as_slice())).collect::<Array>().into(),
        Err(error) => error.code().into(),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the page's worker sends a u32, and JavaScript has doubles only"
)]
fn whole(number: f64) -> u32 {
    number as u32
}

/// Takes octets over and wipes where they were.
fn taken(part: JsValue) -> Octets {
    let view: Uint8Array = part.unchecked_into();
    let octets = Zeroizing::new(view.to_vec());
    view.fill(0, 0, view.length());
    octets
}

fn buffers(parts: &Array) -> Array {
    parts.iter().map(|part| part.unchecked_into::<Uint8Array>().buffer()).collect()
}
