//! The client's outside, natively: the relay in the same process, the machine's clock and randomness.

use std::rc::Rc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use http_body_util::BodyExt as _;
use sceau_client::world::{
    Chunks, Clock, InOnePiece, Local, NoRandomness, NoReading, NoStorage, OnOctets, Randomness, Request,
    Response, Transport, TransportError, World,
};
use tower::ServiceExt as _;

/// A world whose only relay is this router.
pub(crate) fn world(router: &Router) -> World {
    World {
        transport: Rc::new(InProcess(router.clone())),
        storage: Rc::new(NoStorage),
        clock: Rc::new(MachineClock(Instant::now())),
        randomness: Rc::new(MachineRandomness),
        crypto: Rc::new(sceau_smime::backend::Rust),
        reading: Rc::new(NoReading),
        secondary: Rc::new(InOnePiece),
    }
}

struct InProcess(Router);

impl Transport for InProcess {
    fn exchange<'a>(
        &'a self,
        request: Request,
        _: OnOctets<'a>,
        _: OnOctets<'a>,
    ) -> Local<'a, Result<Response, TransportError>> {
        Box::pin(async move {
            let mut builder = axum::http::Request::builder().method(request.method.name()).uri(&request.path);
            for (name, value) in &request.headers {
                builder = builder.header(name, value);
            }
            let request = builder.body(Body::from(request.body)).map_err(|_| TransportError::Unreachable)?;
            let answer = self.0.clone().oneshot(request).await.map_err(|never| match never {})?;
            let status = answer.status().as_u16();
            let body = answer.into_body().collect().await.map_err(|_| TransportError::Unreachable)?;
            Ok(Response { status, body: body.to_bytes().to_vec() })
        })
    }

    /// Nobody waits for news here.
    fn stream(&self, _: Request) -> Local<'_, Result<Chunks, TransportError>> {
        Box::pin(async { Err(TransportError::Unreachable) })
    }
}

struct MachineClock(Instant);

impl Clock for MachineClock {
    fn now(&self) -> sceau_protocol::UnixSeconds {
        time::UtcDateTime::now().unix_timestamp()
    }

    fn monotonic(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, pause: Duration) -> Local<'_, ()> {
        Box::pin(tokio::time::sleep(pause))
    }
}

struct MachineRandomness;

impl Randomness for MachineRandomness {
    fn fill(&self, out: &mut [u8]) -> Result<(), NoRandomness> {
        getrandom::fill(out).map_err(|_| NoRandomness)
    }
}
