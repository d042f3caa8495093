//! What a simulation puts in the place of the operating system, on its own thread: chance that repeats itself, and another end
//! for the log. Compiled only with the feature `simulation`, which no shipped program has (docs/design/simulation.md).

use std::cell::RefCell;

/// Fills octets "by chance".
pub type Chance = Box<dyn FnMut(&mut [u8])>;

/// What stands for the operating system.
pub struct Substitute {
    /// Every draw. **Danger:** whoever knows the seed knows every token.
    pub danger_chance: Chance,
    /// Takes the lines of the log.
    pub log: Box<dyn FnMut(&str)>,
}

thread_local! {
    static HERE: RefCell<Option<Substitute>> = const { RefCell::new(None) };
}

/// While this lives, the substitute stands for the operating system on this thread.
pub struct Simulated(());

/// Puts `substitute` in place on this thread.
#[must_use]
pub fn begin(substitute: Substitute) -> Simulated {
    HERE.set(Some(substitute));
    Simulated(())
}

impl Drop for Simulated {
    fn drop(&mut self) {
        HERE.set(None);
    }
}

/// Fills octets; false where nothing is simulated.
pub(crate) fn fill(octets: &mut [u8]) -> bool {
    with(|here| (here.danger_chance)(octets))
}

/// Takes a line of the log; false where nothing is simulated.
pub(crate) fn log(text: &str) -> bool {
    with(|here| (here.log)(text))
}

fn with(work: impl FnOnce(&mut Substitute)) -> bool {
    HERE.with_borrow_mut(|here| here.as_mut().map(work).is_some())
}
