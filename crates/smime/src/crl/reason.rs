//! Reasons of revocation (RFC 5280 §5.3.1).

/// Why a certificate was revoked (RFC 5280 §5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationReason {
    /// No reason given, or one that we do not know.
    Unspecified,
    /// The private key is in other hands.
    KeyCompromise,
    /// The authority's private key is in other hands.
    CaCompromise,
    /// The subject's name or function changed.
    AffiliationChanged,
    /// Replaced by another certificate.
    Superseded,
    /// No longer needed.
    CessationOfOperation,
    /// Suspended; may come back.
    CertificateHold,
    /// In a delta list only: no longer suspended, or expired.
    RemoveFromCrl,
    /// The subject no longer has the privileges.
    PrivilegeWithdrawn,
    /// The attribute authority's private key is in other hands.
    AaCompromise,
}

impl RevocationReason {
    /// All reasons with their number and their name in RFC 5280.
    const ALL: [(Self, u32, &'static str); 10] = [
        (Self::Unspecified, 0, "unspecified"),
        (Self::KeyCompromise, 1, "keyCompromise"),
        (Self::CaCompromise, 2, "cACompromise"),
        (Self::AffiliationChanged, 3, "affiliationChanged"),
        (Self::Superseded, 4, "superseded"),
        (Self::CessationOfOperation, 5, "cessationOfOperation"),
        (Self::CertificateHold, 6, "certificateHold"),
        (Self::RemoveFromCrl, 8, "removeFromCRL"),
        (Self::PrivilegeWithdrawn, 9, "privilegeWithdrawn"),
        (Self::AaCompromise, 10, "aACompromise"),
    ];

    /// The name in RFC 5280.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(reason, ..)| *reason == self).map_or("unspecified", |(_, _, name)| name)
    }

    /// The reason with this name, case not counting. removeFromCRL is no reason to revoke.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(.., known)| known.eq_ignore_ascii_case(name));
        found.map(|(reason, ..)| *reason).filter(|reason| *reason != Self::RemoveFromCrl)
    }

    /// The number in RFC 5280.
    #[must_use]
    pub fn number(self) -> u32 {
        Self::ALL.iter().find(|(reason, ..)| *reason == self).map_or(0, |(_, number, _)| *number)
    }

    pub(crate) fn from_number(number: u32) -> Self {
        Self::ALL
            .iter()
            .find(|(_, known, _)| *known == number)
            .map_or(Self::Unspecified, |(reason, ..)| *reason)
    }

    /// Whether the key may have been used by somebody else, so that not even older
    /// signatures count without a proof of their time.
    #[must_use]
    pub fn is_compromise(self) -> bool {
        matches!(self, Self::KeyCompromise | Self::CaCompromise | Self::AaCompromise)
    }
}
