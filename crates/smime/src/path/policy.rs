//! Certificate policies along a path (RFC 5280 §6.1, RFC 9618).

#[cfg(feature = "more")]
mod graph;
#[cfg(not(feature = "more"))]
mod refused;

use const_oid::ObjectIdentifier;

#[cfg(feature = "more")]
pub(super) use self::graph::Policies;
#[cfg(not(feature = "more"))]
pub(super) use self::refused::Policies;

/// What the reader demands of policies (RFC 5280 §6.1.1 c, e, f, g). The default demands nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolicyInput<'a> {
    /// user-initial-policy-set: the policies that are acceptable. Empty, or with anyPolicy in it, means all.
    pub acceptable: &'a [ObjectIdentifier],
    /// initial-explicit-policy: the path must be valid for an acceptable policy.
    pub require_explicit: bool,
    /// initial-policy-mapping-inhibit.
    pub inhibit_mapping: bool,
    /// initial-any-policy-inhibit.
    pub inhibit_any: bool,
}
