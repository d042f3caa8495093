//! Identifiers (RFC 8620 §1.2): opaque to clients, each kind with a type of its own.

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($($(#[$meta:meta])* $name:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The identifier as it travels.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::convert::From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl std::convert::From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

id! {
    /// An account (RFC 8620 §1.6.2).
    AccountId;
    /// A Mailbox (RFC 8621 §2).
    MailboxId;
    /// An Email (RFC 8621 §4).
    EmailId;
    /// A Thread (RFC 8621 §3).
    ThreadId;
    /// Stored bytes (RFC 8620 §6): the SHA-256 of the bytes, in hexadecimal.
    BlobId;
    /// A Quota (RFC 9425 §4).
    QuotaId;
    /// An Identity (RFC 8621 §6).
    IdentityId;
    /// An EmailSubmission (RFC 8621 §7).
    SubmissionId;
    /// Who is told of changes by POST (RFC 8620 §7.2).
    PushSubscriptionId;
    /// One sending by `Letter/send`, all its envelopes together.
    LetterId;
    /// A blob of the vault: `keys`, `settings`, `contacts`, `anchors`, `index-manifest`, …
    VaultId;
    /// An authority the relay proposes.
    AuthorityId;
    /// A log-in under way, between its two messages.
    LoginId;
    /// The state of all objects of one type in an account (RFC 8620 §1.6.3 and §5.1).
    State;
}

impl VaultId {
    /// Longest name of a vault blob.
    pub const MAX_LENGTH: usize = 64;

    /// Whether the name is made of 1 to 64 of `a-z`, `0-9` and `-`.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        (1..=Self::MAX_LENGTH).contains(&self.0.len()) && self.0.bytes().all(allowed)
    }
}

#[cfg(test)]
mod tests {
    use super::VaultId;

    #[test]
    fn vault_ids_are_short_lower_case_names() {
        assert!(VaultId::from("index-manifest").is_valid());
        assert!(VaultId::from("a".repeat(64)).is_valid());
        for wrong in ["", "Keys", "a_b", "clés", &"a".repeat(65)] {
            assert!(!VaultId::from(wrong).is_valid(), "{wrong}");
        }
    }
}
