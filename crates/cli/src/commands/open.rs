//! `sceau open` and `sceau verify`: open a letter and judge it.

use crate::args::{OpenArgs, VerifyArgs};
use crate::failure::Failure;

pub(crate) fn open(_args: &OpenArgs) -> Result<u8, Failure> {
    Err(Failure::later("open is", "Sealing and opening"))
}

pub(crate) fn verify(_args: &VerifyArgs) -> Result<u8, Failure> {
    Err(Failure::later("verify is", "Sealing and opening"))
}
