//! Whether there is an order in which everything that happened to one object could have happened (Wing and Gong, with what was
//! already looked at remembered, as Lowe has it).
//!
//! A step takes effect at one moment between its begin and its end. Steps that nobody was told the end of may take effect at any
//! time after their begin, or never.

use std::collections::HashSet;
use std::fmt::Debug;
use std::hash::Hash;

/// Positions the search looks at before it gives up; real histories need a few thousand.
const POSITIONS: usize = 1_000_000;

/// What can happen to an object.
pub trait Happening: Debug {
    /// What the object is.
    type State: Clone + Eq + Hash + Debug;

    /// The object after it; `None` when it cannot have happened to `state`.
    fn apply(&self, state: &Self::State) -> Option<Self::State>;

    /// Whether it never changes anything.
    fn only_looks(&self) -> bool;
}

/// One thing that happened, or may have.
#[derive(Debug, Clone)]
pub struct Step<H> {
    /// Not before.
    pub begin: u64,
    /// Not after; [`crate::record::NEVER`] when that is not known.
    pub end: u64,
    /// Whether it certainly happened.
    pub certain: bool,
    /// What.
    pub what: H,
}

/// The answer of [`fits`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// There is such an order.
    Fits,
    /// There is none; the words say how far one came.
    Contradiction(String),
    /// Nobody knows.
    TooMuch,
}

/// Which steps have taken effect.
type Done = Vec<u64>;

/// Looks for an order of `steps` that begins with `start`.
pub fn fits<H: Happening>(start: H::State, steps: &[Step<H>]) -> Verdict {
    let mut search = Search { steps, seen: HashSet::new(), furthest: (0, String::new()) };
    let mut open = vec![(vec![0; steps.len().div_ceil(64)], start)];
    while let Some((done, state)) = open.pop() {
        if search.seen.len() > POSITIONS {
            return Verdict::TooMuch;
        }
        let done = search.look(done, &state);
        let Some(horizon) = search.horizon(&done) else { return Verdict::Fits };
        if !search.seen.insert((done.clone(), state.clone())) {
            continue;
        }
        search.note(&done, &state, horizon);
        open.extend(search.next(&done, &state, horizon));
    }
    Verdict::Contradiction(search.furthest.1)
}

struct Search<'a, H: Happening> {
    steps: &'a [Step<H>],
    seen: HashSet<(Done, H::State)>,
    furthest: (usize, String),
}

impl<H: Happening> Search<'_, H> {
    /// The first end of what has certainly happened and is not done; `None` when all of that is.
    fn horizon(&self, done: &Done) -> Option<u64> {
        self.open(done).filter(|(_, step)| step.certain).map(|(_, step)| step.end).min()
    }

    fn open<'s>(&'s self, done: &'s Done) -> impl Iterator<Item = (usize, &'s Step<H>)> {
        self.steps.iter().enumerate().filter(|(number, _)| !has(done, *number))
    }

    /// Takes every look that fits: doing it now leaves everything else as possible as it was.
    fn look(&self, mut done: Done, state: &H::State) -> Done {
        while let Some(horizon) = self.horizon(&done) {
            let fitting: Vec<usize> = self
                .open(&done)
                .filter(|(_, step)| step.begin < horizon && step.what.only_looks())
                .filter(|(_, step)| step.what.apply(state).is_some())
                .map(|(number, _)| number)
                .collect();
            if fitting.is_empty() {
                break;
            }
            fitting.into_iter().for_each(|number| mark(&mut done, number));
        }
        done
    }

    /// What may come next.
    fn next(&self, done: &Done, state: &H::State, horizon: u64) -> Vec<(Done, H::State)> {
        let changes = self.open(done).filter(|(_, step)| step.begin < horizon && !step.what.only_looks());
        let after = changes.filter_map(|(number, step)| {
            let mut done = done.clone();
            mark(&mut done, number);
            Some((done, step.what.apply(state)?))
        });
        after.collect()
    }

    /// Remembers the furthest that was come, for whoever has to understand it.
    fn note(&mut self, done: &Done, state: &H::State, horizon: u64) {
        let count = done.iter().map(|word| usize::try_from(word.count_ones()).unwrap_or(0)).sum::<usize>();
        if count >= self.furthest.0 {
            let next: Vec<String> = self
                .open(done)
                .filter(|(_, step)| step.begin < horizon)
                .map(|(_, step)| format!("{:?} ({}-{})", step.what, step.begin, step.end))
                .collect();
            let words = format!("after {count} of {} steps it is {state:?}, and then", self.steps.len());
            self.furthest = (count, format!("{words}: {}", next.join("; ")));
        }
    }
}

fn has(done: &Done, number: usize) -> bool {
    done.get(number / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
}

fn mark(done: &mut Done, number: usize) {
    if let Some(word) = done.get_mut(number / 64) {
        *word |= 1 << (number % 64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::NEVER;

    #[derive(Debug, Clone)]
    enum Number {
        Write(u8),
        Read(u8),
        Swap(u8, u8),
    }
    use Number::{Read, Swap, Write};

    impl Happening for Number {
        type State = u8;

        fn apply(&self, state: &u8) -> Option<u8> {
            match *self {
                Write(new) => Some(new),
                Read(seen) => (seen == *state).then_some(seen),
                Swap(old, new) => (old == *state).then_some(new),
            }
        }

        fn only_looks(&self) -> bool {
            matches!(self, Read(_))
        }
    }

    fn verdict(steps: &[(u64, u64, Number)]) -> Verdict {
        let step = |(begin, end, what): &(u64, u64, Number)| Step {
            begin: *begin,
            end: *end,
            certain: *end != NEVER,
            what: what.clone(),
        };
        fits(0, &steps.iter().map(step).collect::<Vec<_>>())
    }

    fn is_wrong(steps: &[(u64, u64, Number)]) -> bool {
        matches!(verdict(steps), Verdict::Contradiction(_))
    }

    #[test]
    fn what_overlaps_may_have_happened_in_either_order() {
        let both = [(1, 4, Write(1)), (2, 3, Write(2))];
        for seen in [1, 2] {
            assert_eq!(verdict(&[both[0].clone(), both[1].clone(), (5, 6, Read(seen))]), Verdict::Fits);
        }
        assert!(is_wrong(&[both[0].clone(), both[1].clone(), (5, 6, Read(0))]));
    }

    #[test]
    fn what_was_told_is_seen_by_whoever_asks_later() {
        assert!(is_wrong(&[(1, 2, Write(1)), (3, 4, Read(0))]));
        assert_eq!(verdict(&[(1, 3, Write(1)), (2, 4, Read(0))]), Verdict::Fits);
        assert!(is_wrong(&[(1, 9, Write(1)), (2, 3, Read(1)), (4, 5, Read(0))]), "seen once, seen for good");
    }

    #[test]
    fn what_nobody_was_told_may_come_late_once_or_never() {
        let late = (1, NEVER, Write(1));
        assert_eq!(verdict(&[late.clone(), (3, 4, Read(0)), (5, 6, Read(1))]), Verdict::Fits);
        assert_eq!(verdict(&[late.clone(), (3, 4, Read(0))]), Verdict::Fits);
        assert!(is_wrong(&[late, (3, 4, Read(1)), (5, 6, Write(2)), (7, 8, Read(1))]));
    }

    #[test]
    fn of_two_that_compared_with_the_same_one_cannot_have_changed_it() {
        assert!(is_wrong(&[(1, 4, Swap(0, 1)), (2, 3, Swap(0, 2))]));
        assert_eq!(verdict(&[(1, 4, Swap(0, 1)), (2, 3, Swap(1, 2))]), Verdict::Fits);
    }

    #[test]
    fn many_at_once_are_searched() {
        let mut steps: Vec<(u64, u64, Number)> =
            (1..=12).map(|n| (n, 100 + n, Write(u8::try_from(n).unwrap()))).collect();
        steps.push((200, 201, Read(7)));
        assert_eq!(verdict(&steps), Verdict::Fits);
        steps.push((202, 203, Read(8)));
        assert!(is_wrong(&steps));
    }
}
