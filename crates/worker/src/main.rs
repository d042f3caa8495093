//! The page's worker: the client behind messages (design section 5).
//!
//! The page says `{ message, buffers }`, the worker answers in the same form, buffers transferred both ways. Nothing is
//! kept in the browser's storage, and what was opened ends with the session or with the worker.

#![cfg_attr(
    not(target_arch = "wasm32"),
    allow(unused, reason = "built for the browser only; checked natively")
)]

mod clock;
mod randomness;
mod reading;
mod reference;
mod requests;
mod scope;
mod secondary;
mod wire;

use std::cell::RefCell;
use std::rc::Rc;

use sceau_client::engine::Engine;
use sceau_client::world::{NoStorage, World};
use sceau_protocol::Ask;
use sceau_smime::backend::{Backend, Remote, Rust};
use sceau_webcrypto::WebCrypto;
use wasm_bindgen_futures::spawn_local;

use crate::clock::BrowserClock;
use crate::randomness::BrowserRandomness;
use crate::reading::ReadingWorker;
use crate::reference::Reference;
use crate::requests::Requests;
use crate::secondary::SecondaryModule;

fn main() {
    let requests = Rc::new(Requests::new(scope::origin()));
    let crypto = Rc::new(Remote::new(WebCrypto::default(), Reference));
    let world = World {
        transport: requests.clone(),
        storage: Rc::new(NoStorage),
        clock: Rc::new(BrowserClock),
        randomness: Rc::new(BrowserRandomness),
        crypto: crypto.clone(),
        reading: Rc::new(ReadingWorker),
        secondary: Rc::new(SecondaryModule),
    };
    let engine = Engine::new(world, Rc::new(|word, buffers| wire::say(&word, buffers)));
    let started = RefCell::new(false);
    wire::listen(move |message, buffers| {
        if let Ask::Start(start) = &message.ask {
            requests.set_origin(&start.relay);
            crypto.near().set_off(start.backend.as_deref() == Some(Rust.name()));
        }
        if !started.replace(true) {
            spawn_local(Rc::clone(&engine).background());
        }
        spawn_local(Rc::clone(&engine).handle(message, buffers));
    });
}
