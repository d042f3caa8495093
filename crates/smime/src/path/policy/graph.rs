//! Certificate policies along a path: the graph of RFC 9618, which replaces the tree of RFC 5280 §6.1.
//!
//! A level holds at most one node per policy, so the graph grows with the certificates read and not, as the tree did,
//! with the product of their policies (CVE-2023-0464).

use std::collections::{BTreeMap, BTreeSet};

use const_oid::ObjectIdentifier;

use super::PolicyInput;
use crate::oids::ANY_POLICY;
use crate::path::{Budget, PathError};
use crate::x509::{Certificate, PolicyExtensions};

struct Node {
    policy: ObjectIdentifier,
    expected: BTreeSet<ObjectIdentifier>,
    /// Places in the level above.
    parents: Vec<usize>,
}

impl Node {
    fn new(policy: ObjectIdentifier, parents: Vec<usize>) -> Self {
        Self { policy, expected: BTreeSet::from([policy]), parents }
    }
}

/// The state variables of RFC 5280 §6.1.2, for one path.
pub(in crate::path) struct Policies<'a> {
    input: PolicyInput<'a>,
    /// valid_policy_graph, the anchor's level first. It is NULL when the last level is empty: a node without children is
    /// never asked for again.
    levels: Vec<Vec<Node>>,
    explicit_policy: usize,
    policy_mapping: usize,
    inhibit_any_policy: usize,
}

impl<'a> Policies<'a> {
    /// For a path of `length` certificates below the anchor. The anchor's own constraints apply (RFC 5937); the policies it
    /// states do not, because roots name the policy they were made under and not those of the people below.
    pub(in crate::path) fn new(input: PolicyInput<'a>, length: usize, anchor: &Certificate) -> Self {
        let unless = |set: bool| if set { 0 } else { length.saturating_add(1) };
        let mut policies = Self {
            input,
            levels: vec![vec![Node::new(ANY_POLICY, Vec::new())]],
            explicit_policy: unless(input.require_explicit),
            policy_mapping: unless(input.inhibit_mapping),
            inhibit_any_policy: unless(input.inhibit_any),
        };
        policies.constrain(&anchor.extensions().policies);
        policies
    }

    /// RFC 9618 §5.2, replacing RFC 5280 §6.1.3 d to f. `is_last` tells the certificate in question from those above.
    pub(in crate::path) fn enter(
        &mut self,
        certificate: &Certificate,
        is_last: bool,
        budget: &mut Budget,
    ) -> Result<(), PathError> {
        let above = self.levels.last().map(Vec::as_slice).unwrap_or_default();
        let stated = certificate.extensions().policies.stated.as_deref().unwrap_or_default();
        let expected: usize = above.iter().map(|node| node.expected.len()).sum();
        budget.spend_policies(expected.saturating_add(stated.len()))?;
        let any_counts = self.inhibit_any_policy > 0 || (!is_last && certificate.is_self_issued());
        let level = next_level(above, stated, any_counts);
        self.levels.push(level);
        self.check_explicit(certificate)
    }

    /// RFC 9618 §5.3 and RFC 5280 §6.1.4 a, b, h to j: before the next certificate.
    pub(in crate::path) fn descend(
        &mut self,
        authority: &Certificate,
        budget: &mut Budget,
    ) -> Result<(), PathError> {
        let own = &authority.extensions().policies;
        budget.spend_policies(own.mappings.len())?;
        let mut mapped: BTreeMap<ObjectIdentifier, BTreeSet<ObjectIdentifier>> = BTreeMap::new();
        for (issuer_domain, subject_domain) in &own.mappings {
            if [*issuer_domain, *subject_domain].contains(&ANY_POLICY) {
                return Err(PathError::PolicyMapping { subject: authority.subject().to_string() });
            }
            mapped.entry(*issuer_domain).or_default().insert(*subject_domain);
        }
        self.map(mapped);
        if !authority.is_self_issued() {
            for counter in [&mut self.explicit_policy, &mut self.policy_mapping, &mut self.inhibit_any_policy]
            {
                *counter = counter.saturating_sub(1);
            }
        }
        self.constrain(own);
        Ok(())
    }

    /// RFC 9618 §5.4: the wrap-up, and user_constrained_policy_set.
    pub(in crate::path) fn finish(
        mut self,
        certificate: &Certificate,
    ) -> Result<Vec<ObjectIdentifier>, PathError> {
        self.explicit_policy = self.explicit_policy.saturating_sub(1);
        if certificate.extensions().policies.require_explicit == Some(0) {
            self.explicit_policy = 0;
        }
        let authority = self.authority_constrained();
        let acceptable: BTreeSet<ObjectIdentifier> = self.input.acceptable.iter().copied().collect();
        let all = acceptable.is_empty() || acceptable.contains(&ANY_POLICY);
        let found: BTreeSet<ObjectIdentifier> = if all {
            authority
        } else if authority.contains(&ANY_POLICY) {
            acceptable
        } else {
            authority.intersection(&acceptable).copied().collect()
        };
        if self.explicit_policy == 0 && found.is_empty() {
            Err(refused(certificate))
        } else {
            Ok(sorted(found))
        }
    }

    fn check_explicit(&self, certificate: &Certificate) -> Result<(), PathError> {
        let is_null = self.levels.last().is_none_or(Vec::is_empty);
        if self.explicit_policy == 0 && is_null { Err(refused(certificate)) } else { Ok(()) }
    }

    fn map(&mut self, mapped: BTreeMap<ObjectIdentifier, BTreeSet<ObjectIdentifier>>) {
        let Some((level, above)) = self.levels.split_last_mut() else { return };
        if self.policy_mapping == 0 {
            level.retain(|node| !mapped.contains_key(&node.policy));
            return;
        }
        let has_any = level.iter().any(|node| node.policy == ANY_POLICY);
        let any_above =
            above.last().and_then(|nodes| nodes.iter().position(|node| node.policy == ANY_POLICY));
        for (policy, expected) in mapped {
            match (level.iter_mut().find(|node| node.policy == policy), any_above) {
                (Some(node), _) => node.expected = expected,
                (None, Some(parent)) if has_any => {
                    level.push(Node { policy, expected, parents: vec![parent] });
                }
                (None, _) => {}
            }
        }
    }

    fn constrain(&mut self, own: &PolicyExtensions) {
        let lower = |counter: &mut usize, limit: Option<u32>| {
            if let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) {
                *counter = limit.min(*counter);
            }
        };
        lower(&mut self.explicit_policy, own.require_explicit);
        lower(&mut self.policy_mapping, own.inhibit_mapping);
        lower(&mut self.inhibit_any_policy, own.inhibit_any);
    }

    /// The policies in the anchor's domain for which the path is valid: nodes right below anyPolicy from which the last level
    /// can be reached, and anyPolicy when it reaches the last level itself.
    fn authority_constrained(&self) -> BTreeSet<ObjectIdentifier> {
        let mut found = BTreeSet::new();
        let last = self.levels.last().map(Vec::as_slice).unwrap_or_default();
        if last.iter().any(|node| node.policy == ANY_POLICY) {
            found.insert(ANY_POLICY);
        }
        let mut alive: BTreeSet<usize> = (0..last.len()).collect();
        for pair in self.levels.windows(2).rev() {
            let [above, level] = pair else { continue };
            let mut alive_above = BTreeSet::new();
            for node in alive.iter().filter_map(|at| level.get(*at)) {
                let below_any = node.parents.iter().any(|at| is_any(above, *at));
                if node.policy != ANY_POLICY && below_any {
                    found.insert(node.policy);
                }
                alive_above.extend(node.parents.iter().copied());
            }
            alive = alive_above;
        }
        found
    }
}

fn is_any(level: &[Node], at: usize) -> bool {
    level.get(at).is_some_and(|node| node.policy == ANY_POLICY)
}

/// RFC 9618 §5.2 d 1 and 2.
fn next_level(above: &[Node], stated: &[ObjectIdentifier], any_counts: bool) -> Vec<Node> {
    let mut expecting: BTreeMap<ObjectIdentifier, Vec<usize>> = BTreeMap::new();
    for (at, node) in above.iter().enumerate() {
        for policy in &node.expected {
            expecting.entry(*policy).or_default().push(at);
        }
    }
    let any_above = above.iter().position(|node| node.policy == ANY_POLICY);
    let stated: BTreeSet<ObjectIdentifier> = stated.iter().copied().collect();
    let mut level = BTreeMap::new();
    for policy in stated.iter().copied().filter(|policy| *policy != ANY_POLICY) {
        let parents = expecting.get(&policy).cloned().or_else(|| any_above.map(|at| vec![at]));
        if let Some(parents) = parents {
            level.insert(policy, Node::new(policy, parents));
        }
    }
    if any_counts && stated.contains(&ANY_POLICY) {
        for (policy, parents) in expecting {
            level.entry(policy).or_insert_with(|| Node::new(policy, parents));
        }
    }
    level.into_values().collect()
}

/// In the order of the numbers people see.
fn sorted(found: BTreeSet<ObjectIdentifier>) -> Vec<ObjectIdentifier> {
    let mut found: Vec<ObjectIdentifier> = found.into_iter().collect();
    found.sort_by_cached_key(|policy| policy.arcs().collect::<Vec<_>>());
    found
}

fn refused(certificate: &Certificate) -> PathError {
    PathError::Policy { subject: certificate.subject().to_string() }
}
