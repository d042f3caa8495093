//! How much work one validation may cost: counters, not clocks.

use super::PathError;

/// How much work one validation may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Signatures checked; webpki allows 100, chosen there after hostile chains.
    pub signatures: u32,
    /// Candidate certificates, lists and answers looked at; webpki allows 200,000 calls.
    pub steps: u32,
    /// Names compared with constraints; webpki allows 250,000.
    pub name_comparisons: u32,
    /// Policies, and edges between them, in the graphs of all candidate paths. A certificate of the greatest size in use
    /// (64 KiB) states fewer than 10,000.
    pub policies: u32,
    /// Authorities between the anchor and the certificate, self-issued ones not counted. Real
    /// paths have at most 3.
    pub depth: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { signatures: 100, steps: 20_000, name_comparisons: 250_000, policies: 100_000, depth: 8 }
    }
}

impl Budget {
    pub(super) fn spend_signature(&mut self) -> Result<(), PathError> {
        spend(&mut self.signatures, 1)
    }

    pub(super) fn spend_step(&mut self) -> Result<(), PathError> {
        spend(&mut self.steps, 1)
    }

    pub(super) fn spend_names(&mut self, count: usize) -> Result<(), PathError> {
        spend(&mut self.name_comparisons, count)
    }

    #[cfg(feature = "more")]
    pub(super) fn spend_policies(&mut self, count: usize) -> Result<(), PathError> {
        spend(&mut self.policies, count)
    }
}

/// A counter that would go below zero goes to zero: nothing else is tried either.
fn spend(counter: &mut u32, count: usize) -> Result<(), PathError> {
    let left = u32::try_from(count).ok().and_then(|count| counter.checked_sub(count));
    *counter = left.unwrap_or(0);
    left.map(|_| ()).ok_or(PathError::BudgetSpent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spent_is_gone() {
        let mut budget = Budget { policies: 3, ..Budget::default() };
        assert_eq!(budget.spend_policies(3), Ok(()));
        assert_eq!(budget.spend_policies(1), Err(PathError::BudgetSpent));
        assert_eq!(budget.spend_names(usize::MAX), Err(PathError::BudgetSpent));
        assert_eq!((budget.policies, budget.name_comparisons), (0, 0));
    }
}
