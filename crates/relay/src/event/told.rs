//! How far one who follows an account was told.

use std::collections::BTreeMap;

use sceau_api::{State, push::ObjectType};

/// States by type.
pub(super) type States = BTreeMap<ObjectType, State>;

/// The highest counter that was told, or that was there when the following began. The counters of all types of an account are one
/// sequence, and changes are told in the order of their commits: what is not above it is known.
pub(super) struct Told(i64);

impl Told {
    /// With states of all types that are known.
    pub(super) fn up_to(states: &States) -> Self {
        Self(highest(states))
    }

    /// Those of the states that are not known yet; from now on they are.
    pub(super) fn newer(&mut self, states: States) -> States {
        let known = self.0;
        self.0 = known.max(highest(&states));
        above(states, known)
    }
}

/// The states above a counter.
pub(super) fn above(mut states: States, known: i64) -> States {
    states.retain(|_, state| counter(state) > known);
    states
}

/// The highest of the counters.
pub(super) fn highest(states: &States) -> i64 {
    states.values().map(counter).max().unwrap_or(0)
}

fn counter(state: &State) -> i64 {
    state.0.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states(states: &[(ObjectType, &str)]) -> States {
        states.iter().map(|(kind, state)| (kind.clone(), State::from(*state))).collect()
    }

    #[test]
    fn what_is_known_is_not_told_again() {
        let mut told = Told::up_to(&states(&[(ObjectType::Email, "7"), (ObjectType::Mailbox, "9")]));
        assert_eq!(
            told.newer(states(&[(ObjectType::Email, "7"), (ObjectType::Mailbox, "8")])),
            States::new()
        );
        let new = states(&[(ObjectType::Email, "10"), (ObjectType::Mailbox, "11")]);
        assert_eq!(told.newer(new.clone()), new);
        assert_eq!(told.newer(new), States::new());
    }
}
