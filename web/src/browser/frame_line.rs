//! The line to a frame of opaque origin: one port, which ends with this.

use js_sys::Array;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlIFrameElement, MessageChannel, MessageEvent, MessagePort};

/// The line; it ends when this is dropped.
pub(super) struct FrameLine {
    pub(super) port: MessagePort,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

impl FrameLine {
    /// Hands a loaded frame its port, and hears those of its words that can be read.
    pub(super) fn open<W: 'static>(
        frame: &HtmlIFrameElement,
        read: fn(&JsValue) -> Option<W>,
        mut hear: impl FnMut(W) + 'static,
    ) -> Option<Self> {
        let channel = MessageChannel::new().ok()?;
        let port = channel.port1();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(word) = read(&event.data()) {
                hear(word);
            }
        });
        port.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        // A document of opaque origin has no origin that could be named here.
        let window = frame.content_window()?;
        window.post_message_with_transfer(&JsValue::NULL, "*", &Array::of1(&channel.port2())).ok()?;
        Some(Self { port, _on_message: on_message })
    }
}

impl Drop for FrameLine {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        self.port.close();
    }
}
