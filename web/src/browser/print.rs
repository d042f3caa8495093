//! Printing a letter: a frame out of sight prints itself, page by page, and goes.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::HtmlIFrameElement;

use super::frames::{FramePort, FrameWord, address};

/// Makes the frame; `print` is called with its port once it listens.
pub fn print(print: impl Fn(&FramePort) + 'static) {
    let Some(frame) = frame() else { return };
    let print = Rc::new(print);
    let port = Rc::new(RefCell::new(None::<FramePort>));
    let loaded = {
        let (frame, port) = (frame.clone(), Rc::clone(&port));
        Closure::<dyn FnMut()>::new(move || {
            let (shown, held, print) = (frame.clone(), Rc::downgrade(&port), Rc::clone(&print));
            let opened = FramePort::open(&frame, move |word| match word {
                FrameWord::Ready => {
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
