//! HTTP to the relay: `XMLHttpRequest` for exchanges, because it alone tells how far an upload has come, and `fetch`
//! for the event source, because it alone streams.

use std::cell::{Cell, RefCell};

use futures::channel::oneshot;
use futures::future::poll_fn;
use futures::stream::unfold;
use js_sys::{Reflect, Uint8Array};
use sceau_client::world::{
    Chunks, Local, MAX_RESPONSE, OnOctets, Request, Response, Transport, TransportError,
};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, ProgressEvent, ReadableStreamDefaultReader, RequestInit, XmlHttpRequest,
    XmlHttpRequestResponseType,
};

use crate::scope::scope;

/// HTTP to one origin.
pub(crate) struct Requests {
    origin: RefCell<String>,
}

impl Requests {
    /// Requests to an origin.
    pub(crate) fn new(origin: String) -> Self {
        Self { origin: RefCell::new(origin) }
    }

    /// The relay's origin, as the page knows it; what is no web address leaves the worker's own.
    pub(crate) fn set_origin(&self, origin: &str) {
        if origin.starts_with("http://") || origin.starts_with("https://") {
            self.origin.replace(origin.trim_end_matches('/').to_owned());
        }
    }

    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.origin.borrow())
    }
}

impl Transport for Requests {
    fn exchange<'a>(
        &'a self,
        request: Request,
        sent: OnOctets<'a>,
        received: OnOctets<'a>,
    ) -> Local<'a, Result<Response, TransportError>> {
        let address = self.address(&request.path);
        Box::pin(async move {
            let exchange = Exchange::start(&address, &request).map_err(|_| TransportError::Unreachable)?;
            drop(request);
            exchange.finish(sent, received).await
        })
    }

    fn stream(&self, request: Request) -> Local<'_, Result<Chunks, TransportError>> {
        let address = self.address(&request.path);
        Box::pin(async move { open_stream(&address, &request).await })
    }
}

type OnProgress = Closure<dyn Fn(ProgressEvent)>;

/// Octets passed, as the browser last told.
type Passed = std::rc::Rc<Cell<Option<(u64, u64)>>>;

/// A request under way; dropping it takes it back.
struct Exchange {
    request: XmlHttpRequest,
    done: oneshot::Receiver<()>,
    sent: Passed,
    received: Passed,
    woken: std::rc::Rc<RefCell<Option<std::task::Waker>>>,
    _listeners: (Closure<dyn FnMut()>, OnProgress, OnProgress),
}

impl Exchange {
    fn start(address: &str, of: &Request) -> Result<Self, JsValue> {
        let request = XmlHttpRequest::new()?;
        request.open_with_async(of.method.name(), address, true)?;
        request.set_response_type(XmlHttpRequestResponseType::Arraybuffer);
        for (name, value) in &of.headers {
            request.set_request_header(name, value)?;
        }
        let (tell, done) = oneshot::channel();
        let mut tell = Some(tell);
        let on_end = Closure::<dyn FnMut()>::new(move || {
            if let Some(tell) = tell.take() {
                let _ = tell.send(());
            }
        });
        request.set_onloadend(Some(on_end.as_ref().unchecked_ref()));
        let woken = std::rc::Rc::default();
        let (sent, on_sent) = watch(&woken);
        let (received, on_received) = watch(&woken);
        request.upload()?.set_onprogress(Some(on_sent.as_ref().unchecked_ref()));
        request.set_onprogress(Some(on_received.as_ref().unchecked_ref()));
        if of.body.is_empty() {
            request.send()?;
        } else {
            request.send_with_opt_js_u8_array(Some(&Uint8Array::from(of.body.as_slice())))?;
        }
        Ok(Self { request, done, sent, received, woken, _listeners: (on_end, on_sent, on_received) })
    }

    async fn finish(
        mut self,
        sent: OnOctets<'_>,
        received: OnOctets<'_>,
    ) -> Result<Response, TransportError> {
        poll_fn(|context| {
            self.woken.replace(Some(context.waker().clone()));
            tell(&self.sent, sent);
            tell(&self.received, received);
            Future::poll(std::pin::Pin::new(&mut self.done), context).map(drop)
        })
        .await;
        let status = self.request.status().unwrap_or_default();
        if status == 0 {
            return Err(TransportError::Unreachable);
        }
        let body = self.request.response().map_err(|_| TransportError::Unreachable)?;
        let body = Uint8Array::new(&body);
        if usize::try_from(body.length()).unwrap_or(usize::MAX) > MAX_RESPONSE {
            return Err(TransportError::TooLarge);
        }
        Ok(Response { status, body: body.to_vec() })
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.request.set_onloadend(None);
        self.request.set_onprogress(None);
        if let Ok(upload) = self.request.upload() {
            upload.set_onprogress(None);
        }
        let _ = self.request.abort();
    }
}

fn watch(woken: &std::rc::Rc<RefCell<Option<std::task::Waker>>>) -> (Passed, OnProgress) {
    let passed = Passed::default();
    let (note, woken) = (passed.clone(), woken.clone());
    let on_progress = OnProgress::new(move |event: ProgressEvent| {
        let total = if event.length_computable() { octets(event.total()) } else { 0 };
        note.set(Some((octets(event.loaded()), total)));
        if let Some(waker) = woken.borrow().as_ref() {
            waker.wake_by_ref();
        }
    });
    (passed, on_progress)
}

fn tell(passed: &Passed, to: OnOctets<'_>) {
    if let Some((done, total)) = passed.take() {
        to(done, total);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the browser counts octets in a double, never negative"
)]
fn octets(number: f64) -> u64 {
    number as u64
}

async fn open_stream(address: &str, of: &Request) -> Result<Chunks, TransportError> {
    let control = AbortController::new().map_err(|_| TransportError::Unreachable)?;
    let request = stream_request(address, of, &control).map_err(|_| TransportError::Unreachable)?;
    let answer = JsFuture::from(scope().fetch_with_request(&request))
        .await
        .map_err(|_| TransportError::Unreachable)?
        .unchecked_into::<web_sys::Response>();
    if !answer.ok() {
        return Err(TransportError::Refused(answer.status()));
    }
    let body = answer.body().ok_or(TransportError::Unreachable)?;
    let reader = body.get_reader().unchecked_into::<ReadableStreamDefaultReader>();
    Ok(Box::pin(unfold((reader, Ending(control)), |(reader, ending)| async move {
        let chunk = next_chunk(&reader).await.transpose()?;
        Some((chunk, (reader, ending)))
    })))
}

/// Ends a stream's request when the stream is dropped.
struct Ending(AbortController);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn stream_request(
    address: &str,
    of: &Request,
    control: &AbortController,
) -> Result<web_sys::Request, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in &of.headers {
        headers.set(name, value)?;
    }
    let init = RequestInit::new();
    init.set_method(of.method.name());
    init.set_headers(&headers);
    init.set_signal(Some(&control.signal()));
    web_sys::Request::new_with_str_and_init(address, &init)
}

async fn next_chunk(reader: &ReadableStreamDefaultReader) -> Result<Option<Vec<u8>>, TransportError> {
    let read = JsFuture::from(reader.read()).await.map_err(|_| TransportError::Unreachable)?;
    let done = Reflect::get(&read, &"done".into()).is_ok_and(|done| done.is_truthy());
    if done {
        return Ok(None);
    }
    let value = Reflect::get(&read, &"value".into()).map_err(|_| TransportError::Unreachable)?;
    Ok(Some(Uint8Array::new(&value).to_vec()))
}
