//! Messages to and from the page: `{ message, buffers }`, the buffers transferred.

use js_sys::{Array, ArrayBuffer, Object, Reflect, Uint8Array};
use sceau_protocol::{FromWorker, ToWorker, wire};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::MessageEvent;
use zeroize::Zeroizing;

use crate::scope::{scope, set};

/// Calls `take` for every message of the page. A message that cannot be read stops the worker, which the page hears of:
/// page and worker are of one build, so it is a defect.
pub(crate) fn listen(take: impl Fn(ToWorker, Vec<Vec<u8>>) + 'static) {
    let on_message =
        Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| match read(&event.data()) {
            Some((message, buffers)) => take(message, buffers),
            None => wasm_bindgen::throw_str("a message of the page cannot be read"),
        });
    let listener = on_message.as_ref().unchecked_ref();
    let _ = scope().add_event_listener_with_callback("message", listener);
    on_message.forget();
}

/// Says a word to the page.
pub(crate) fn say(word: &FromWorker, buffers: Vec<Vec<u8>>) {
    let Some(octets) = wire::to_octets(word) else {
        wasm_bindgen::throw_str("a word of the worker cannot be written");
    };
    let message = Uint8Array::from(octets.as_slice()).buffer();
    let transfer: Array = buffers.iter().map(|buffer| Uint8Array::from(buffer.as_slice()).buffer()).collect();
    let envelope = Object::new();
    set(&envelope, "message", &message);
    set(&envelope, "buffers", &transfer);
    let _ = scope().post_message_with_transfer(&envelope, &transfer.concat(&Array::of1(&message)));
}

fn read(data: &JsValue) -> Option<(ToWorker, Vec<Vec<u8>>)> {
    let message = Reflect::get(data, &"message".into()).ok()?;
    let message = wire::from_octets(&taken(&message))?;
    let buffers = Reflect::get(data, &"buffers".into()).ok()?;
    let copy = |buffer: JsValue| buffer.dyn_into::<ArrayBuffer>().ok().map(|b| Uint8Array::new(&b).to_vec());
    let buffers = Array::from(&buffers).iter().map(copy).collect::<Option<_>>()?;
    Some((message, buffers))
}

/// Takes octets over and wipes where they were: pass phrases are among them.
fn taken(buffer: &JsValue) -> Zeroizing<Vec<u8>> {
    let view = Uint8Array::new(buffer);
    let octets = Zeroizing::new(view.to_vec());
    view.fill(0, 0, view.length());
    octets
}
