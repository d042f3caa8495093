//! The browser's random number generator (`crypto.getRandomValues`).

use sceau_client::world::{NoRandomness, Randomness};

/// `crypto.getRandomValues`, through getrandom.
pub(crate) struct BrowserRandomness;

impl Randomness for BrowserRandomness {
    fn fill(&self, out: &mut [u8]) -> Result<(), NoRandomness> {
        getrandom::fill(out).map_err(|_| NoRandomness)
    }
}
