//! Printing a letter: a frame out of sight prints itself, page by page, and goes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::prelude::document;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::HtmlIFrameElement;

use super::clock;
use super::frames::{FramePort, FrameWord, PATIENCE_MS, address};

/// Makes the frame; `print` is called with its port once it listens, `silent` when it has not spoken for as long as one waits.
pub fn print(print: impl Fn(&FramePort) + 'static, silent: impl FnOnce() + 'static) {
    let Some(frame) = frame() else { return };
    let print = Rc::new(print);
    let port = Rc::new(RefCell::new(None::<FramePort>));
    let is_heard = Rc::new(Cell::new(false));
    let loaded = {
        let (frame, port, is_heard) = (frame.clone(), Rc::clone(&port), Rc::clone(&is_heard));
        Closure::<dyn FnMut()>::new(move || {
            let (shown, held, print) = (frame.clone(), Rc::downgrade(&port), Rc::clone(&print));
            let is_heard = Rc::clone(&is_heard);
            let opened = FramePort::open(&frame, move |word| match word {
                FrameWord::Ready => {
                    is_heard.set(true);
                    if let Some(port) = held.upgrade().as_ref().and_then(|port| port.try_borrow().ok())
                        && let Some(port) = port.as_ref()
                    {
                        print(port);
                    }
                }
                FrameWord::Printed => shown.remove(),
                _ => {}
            });
            port.replace(opened);
        })
    };
    frame.set_onload(Some(loaded.as_ref().unchecked_ref()));
    // Kept for as long as the page: a letter is not printed often.
    loaded.forget();
    if let Some(body) = document().body() {
        body.append_child(&frame).ok();
    }
    spawn_local(async move {
        clock::sleep(PATIENCE_MS).await;
        if !is_heard.get() {
            // Whoever was told that nothing was printed is not to see the print dialogue after all.
            frame.remove();
            silent();
        }
    });
}

fn frame() -> Option<HtmlIFrameElement> {
    const CLASS: &str = "printed";
    if let Ok(Some(before)) = document().query_selector(&format!("iframe.{CLASS}")) {
        before.remove();
    }
    let frame: HtmlIFrameElement = document().create_element("iframe").ok()?.dyn_into().ok()?;
    frame.set_class_name(CLASS);
    frame.set_attribute("sandbox", "allow-scripts allow-modals").ok()?;
    frame.set_attribute("aria-hidden", "true").ok()?;
    frame.set_attribute("tabindex", "-1").ok()?;
    frame.set_src(&address("letter")?);
    Some(frame)
}
