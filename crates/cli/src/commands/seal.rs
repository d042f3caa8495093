//! `sceau seal`: sign a letter and seal it.

use crate::args::SealArgs;
use crate::failure::Failure;

pub(crate) fn run(_args: &SealArgs) -> Result<u8, Failure> {
    Err(Failure::later("seal is", "Sealing and opening"))
}
