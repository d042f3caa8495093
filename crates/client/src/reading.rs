//! Asking the worker that reads what letters bring.

use futures::future::{Either, select};
use sceau_protocol::{FailureCode, ReadingAnswer, ReadingAsk, Refusal, Stage};

use crate::failure::{Error, Result};
use crate::job::Job;
use crate::unlocked::Unlocked;
use crate::world::{ReadingFault, TransportError};

/// Octets of a question after which that worker is ended: a module's memory never shrinks.
const LARGE: u64 = 64 * 1024 * 1024;

/// Asks, and ends that worker when the job is cancelled: what it does cannot be cut.
///
/// # Errors
/// `CannotShow` and `Locked` for what it refuses, `Cancelled`, or that the relay does not answer.
pub(crate) async fn ask(
    unlocked: &Unlocked,
    job: &Job,
    ask: ReadingAsk,
    buffers: Vec<Vec<u8>>,
) -> Result<(ReadingAnswer, Vec<Vec<u8>>)> {
    let octets: u64 = buffers.iter().map(|buffer| crate::relay::octets(buffer.len())).sum();
    // That worker answers once: how far it has come is not known.
    job.tell(Stage::Preparing, 0, 0);
    let reading = &unlocked.relay.world().reading;
    let until_cancelled = Box::pin(job.until_cancelled());
    let answer = match select(reading.ask(ask, buffers), until_cancelled).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => {
            reading.forget();
            return Err(Error::of(FailureCode::Cancelled));
        }
    };
    if octets > LARGE {
        reading.forget();
    }
    match answer {
        Ok((ReadingAnswer::Refused(refusal), _)) => Err(Error::of(failure(refusal))),
        Ok(answer) => Ok(answer),
        Err(ReadingFault::Unreachable) => Err(TransportError::Unreachable.into()),
        Err(ReadingFault::Stopped) => Err(Error::of(FailureCode::CannotShow)),
    }
}

fn failure(refusal: Refusal) -> FailureCode {
    match refusal {
        Refusal::TooLarge | Refusal::Damaged => FailureCode::CannotShow,
        Refusal::Encrypted => FailureCode::Locked,
    }
}
