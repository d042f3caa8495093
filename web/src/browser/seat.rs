//! One tab per account: whoever has the mailbox open holds a lock of the browser (Web Locks). The lock's name lives in
//! the browser's memory only, and ends with the tab.
//!
//! There are two locks. Taking a mailbox over steals the first; the tab that had it keeps its words, and only then
//! gives the second back, which the other tab waits for.

use futures::channel::oneshot;
use futures::future::{Either, select};
use js_sys::{Function, Object, Promise, Reflect};
use leptos::prelude::window;
use leptos::task::spawn_local;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use super::clock;

/// How long the other tab may take to keep its words; a tab that does not answer keeps nobody out.
const PATIENCE_MILLISECONDS: i32 = 15_000;

#[wasm_bindgen]
extern "C" {
    /// `LockManager` of Web Locks, which web-sys holds back as unstable.
    type LockManager;
    #[wasm_bindgen(method)]
    fn request(this: &LockManager, name: &str, options: &Object, callback: &Function) -> Promise;
}

/// The seat of an account in this browser; dropping it gives it up.
pub struct Seat {
    _first: Held,
    _words: Held,
}

/// Takes the seat if no other tab has it. `lost` is called when another tab takes it over.
pub async fn take(account: &str, lost: impl Fn() + 'static) -> Option<Seat> {
    let first = hold(account, "ifAvailable", lost).await?;
    let words = hold(&words_of(account), "steal", || {}).await?;
    Some(Seat { _first: first, _words: words })
}

/// Takes the seat from the tab that has it, once that one has kept its words.
pub async fn take_over(account: &str, lost: impl Fn() + 'static) -> Option<Seat> {
    let first = hold(account, "steal", lost).await?;
    let name = words_of(account);
    let kept = Box::pin(hold(&name, "", || {}));
    let words = match select(kept, Box::pin(clock::sleep(PATIENCE_MILLISECONDS))).await {
        Either::Left((words, _)) => words,
        Either::Right(_) => hold(&name, "steal", || {}).await,
    };
    Some(Seat { _first: first, _words: words? })
}

fn words_of(account: &str) -> String {
    format!("{account} words")
}

/// A lock: it ends when this is dropped. None where the browser has no Web Locks.
type Held = Option<oneshot::Sender<()>>;

/// Asks for a lock, with one option or none; nothing when another tab has it and it was asked for `ifAvailable`.
async fn hold(name: &str, option: &str, lost: impl Fn() + 'static) -> Option<Held> {
    let Some(locks) = manager() else { return Some(None) };
    let options = Object::new();
    Reflect::set(&options, &option.into(), &JsValue::TRUE).ok();
    let (tell, told) = oneshot::channel();
    let granted = Closure::once_into_js(move |lock: JsValue| {
        if lock.is_null() {
            return JsValue::UNDEFINED;
        }
        let (held, dropped) = oneshot::channel::<()>();
        tell.send(held).ok();
        future_to_promise(async move {
            dropped.await.ok();
            Ok(JsValue::UNDEFINED)
        })
        .into()
    });
    let until = locks.request(name, &options, granted.unchecked_ref());
    spawn_local(async move {
        if JsFuture::from(until).await.is_err() {
            lost();
        }
    });
    told.await.ok().map(Some)
}

fn manager() -> Option<LockManager> {
    let locks = Reflect::get(&window().navigator(), &"locks".into()).ok()?;
    (!locks.is_undefined()).then(|| locks.unchecked_into())
}
