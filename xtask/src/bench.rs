//! `./x bench`: what takes how long, natively and in the browser's worker, in one run.

use crate::place::Place;
use crate::trouble::{Trouble, trouble};

/// Not there yet.
pub(crate) fn run(_place: &Place) -> Result<(), Trouble> {
    Err(trouble("there is nothing to measure yet", "It comes with sealing and opening."))
}
