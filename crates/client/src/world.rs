//! The outside, as small traits: transport, storage, clock, randomness, and whoever reads what letters bring.
//!
//! The engine runs in a browser's worker and natively; it sees neither. Futures need not be `Send`: a worker has
//! one thread, and so has a test.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use futures::Stream;
use sceau_protocol::{ReadingAnswer, ReadingAsk, UnixSeconds};
use sceau_smime::backend::Backend;

/// A future that stays on its thread.
pub type Local<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// A stream of body chunks that stays on its thread.
pub type Chunks = Pin<Box<dyn Stream<Item = Result<Vec<u8>, TransportError>>>>;

/// Called with octets done and octets in all (0 while unknown).
pub type OnOctets<'a> = &'a dyn Fn(u64, u64);

/// The HTTP methods in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// RFC 9110 §9.3.1.
    Get,
    /// RFC 9110 §9.3.3.
    Post,
}

impl Method {
    /// The method's name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// A request to the relay.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query below the relay's origin, percent-encoded, beginning with `/`.
    pub path: String,
    /// Header fields.
    pub headers: Vec<(String, String)>,
    /// The body; ciphertext or protocol, never opened content.
    pub body: Vec<u8>,
}

/// An answer of the relay; everything in it is untrusted.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No connection, or it broke before the answer was complete: the request may have had its effect.
    #[error("the relay does not answer")]
    Unreachable,
    /// The answer is larger than [`MAX_RESPONSE`].
    #[error("the answer is too large")]
    TooLarge,
    /// The body of a stream was refused with this status.
    #[error("the stream was refused with status {0}")]
    Refused(u16),
}

/// The largest answer taken in: the relay's own upload limit with room for its base64 form.
pub const MAX_RESPONSE: usize = 200 * 1024 * 1024;

/// HTTP to the relay.
pub trait Transport {
    /// Sends a request and reads the whole answer. `sent` and `received` are told as octets pass.
    fn exchange<'a>(
        &'a self,
        request: Request,
        sent: OnOctets<'a>,
        received: OnOctets<'a>,
    ) -> Local<'a, Result<Response, TransportError>>;

    /// Sends a request and gives the answer's body as it comes (event source).
    fn stream(&self, request: Request) -> Local<'_, Result<Chunks, TransportError>>;
}

/// A shelf for ciphertext that may survive the tab, keyed by name. May forget everything at any time.
pub trait Storage {
    /// What was kept under a name.
    fn get<'a>(&'a self, name: &'a str) -> Local<'a, Option<Vec<u8>>>;
    /// Keeps ciphertext; a failure to keep is silent, because nothing relies on it.
    fn put<'a>(&'a self, name: &'a str, sealed: Vec<u8>) -> Local<'a, ()>;
    /// Forgets everything.
    fn clear(&self) -> Local<'_, ()>;
}

/// The machine's clock; it may be wrong (design section 3).
pub trait Clock {
    /// The machine's idea of now.
    fn now(&self) -> UnixSeconds;
    /// Milliseconds since some fixed moment, never going back.
    fn monotonic(&self) -> Duration;
    /// Lets others run, then returns after at least `pause`; [`Duration::ZERO`] only yields.
    fn sleep(&self, pause: Duration) -> Local<'_, ()>;
}

/// The machine's random number generator failed; nothing secret can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no randomness")]
pub struct NoRandomness;

/// The machine's random number generator.
pub trait Randomness {
    /// Fills `out` with octets fit for keys.
    ///
    /// # Errors
    /// When the machine has none to give.
    fn fill(&self, out: &mut [u8]) -> Result<(), NoRandomness>;
}

/// Why there is no answer of whoever reads what letters bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadingFault {
    /// Its program could not be fetched.
    #[error("what reads files could not be fetched")]
    Unreachable,
    /// It stopped in the middle.
    #[error("what reads files stopped")]
    Stopped,
}

/// An answer, with the octets beside it.
pub type Read = Result<(ReadingAnswer, Vec<Vec<u8>>), ReadingFault>;

/// Reads what letters bring, apart from everything secret: hostile octets go in, and nothing else.
pub trait Reading {
    /// Asks; octets go beside in the order that [`ReadingAsk`] gives.
    fn ask(&self, ask: ReadingAsk, buffers: Vec<Vec<u8>>) -> Local<'_, Read>;

    /// Ends what is under way, and forgets what it was given.
    fn forget(&self);
}

/// The code that the first list of letters does not need: it may come later (docs/design/loading.md).
pub trait Secondary {
    /// Returns once it is there; what could not be fetched is fetched again by the next call.
    fn load(&self) -> Local<'_, Result<(), TransportError>>;
}

/// A program whose code is all there from the start.
pub struct InOnePiece;

impl Secondary for InOnePiece {
    fn load(&self) -> Local<'_, Result<(), TransportError>> {
        Box::pin(async { Ok(()) })
    }
}

/// All of them together, and what letters are worked on with, cheap to clone.
#[derive(Clone)]
pub struct World {
    /// HTTP.
    pub transport: Rc<dyn Transport>,
    /// Ciphertext shelf.
    pub storage: Rc<dyn Storage>,
    /// Time.
    pub clock: Rc<dyn Clock>,
    /// Randomness.
    pub randomness: Rc<dyn Randomness>,
    /// Keys, ciphers and digests.
    pub crypto: Rc<dyn Backend>,
    /// What reads HTML and packed files.
    pub reading: Rc<dyn Reading>,
    /// Code that may come later.
    pub secondary: Rc<dyn Secondary>,
}

/// A shelf that keeps nothing: for machines that must not remember.
pub struct NoStorage;

impl Storage for NoStorage {
    fn get<'a>(&'a self, _: &'a str) -> Local<'a, Option<Vec<u8>>> {
        Box::pin(async { None })
    }

    fn put<'a>(&'a self, _: &'a str, _: Vec<u8>) -> Local<'a, ()> {
        Box::pin(async {})
    }

    fn clear(&self) -> Local<'_, ()> {
        Box::pin(async {})
    }
}

/// Nobody who reads what letters bring: letters are shown as text, and their files are saved as they are.
pub struct NoReading;

impl Reading for NoReading {
    fn ask(&self, _: ReadingAsk, _: Vec<Vec<u8>>) -> Local<'_, Read> {
        Box::pin(async { Err(ReadingFault::Stopped) })
    }

    fn forget(&self) {}
}
