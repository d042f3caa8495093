//! What a token may do. A log-in may do everything; a program what its keeper gave it.

use std::fmt;

use sceau_api::ProblemCode;
use serde_json::Value;

use crate::problem::Denied;

/// A set of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u8);

impl Scopes {
    /// None: what any token may do.
    pub const NONE: Self = Self(0);
    /// Reading mail: mailboxes, letters, states of sendings, downloads, being told of changes.
    pub const READ: Self = Self(1);
    /// Changing mail: flags, moves, mailboxes, importing, destroying.
    pub const CHANGE: Self = Self(2);
    /// Sending letters, and taking them back in time.
    pub const SEND: Self = Self(4);
    /// Looking people and authorities up.
    pub const DIRECTORY: Self = Self(8);
    /// What belongs to the person's keys: the vault, the sealed index, the certificates others seal for.
    pub const KEYS: Self = Self(16);
    /// Everything.
    pub const ALL: Self = Self(31);

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `wanted` is in here.
    #[must_use]
    pub const fn contain(self, wanted: Self) -> bool {
        self.0 & wanted.0 == wanted.0
    }

    /// Whether any of `wanted` is in here.
    #[must_use]
    pub const fn contain_any(self, wanted: Self) -> bool {
        self.0 & wanted.0 != 0
    }

    /// The scope of a name, as on the command line.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let (_, scope) = NAMES.iter().find(|(known, _)| *known == name)?;
        Some(*scope)
    }

    /// The set of names with spaces between, as it is stored. A name not known gives nothing.
    pub(crate) fn stored(names: &str) -> Self {
        names.split(' ').filter_map(Self::named).fold(Self::NONE, Self::and)
    }

    /// The names of what is in here.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        match self {
            Self::ALL => vec!["all"],
            _ => NAMES.iter().filter(|(_, scope)| self.contain(*scope)).map(|(name, _)| *name).collect(),
        }
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names().join(" "))
    }
}

/// Every scope that has a name; `all` is last, so that a set is told by its parts.
const NAMES: [(&str, Scopes); 6] = [
    ("read", Scopes::READ),
    ("change", Scopes::CHANGE),
    ("send", Scopes::SEND),
    ("directory", Scopes::DIRECTORY),
    ("keys", Scopes::KEYS),
    ("all", Scopes::ALL),
];

/// What a method takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Any token will do.
    Nothing,
    /// One of these.
    AnyOf(Scopes),
}

/// To bring bytes to the relay, one must be able to put them somewhere.
pub(crate) const UPLOAD: Scopes = Scopes::CHANGE.and(Scopes::SEND);

/// What a method takes; `None` is a method nobody put on the list, which takes everything.
pub(crate) fn of_method(name: &str) -> Option<Needs> {
    let scopes = match name {
        "Core/echo" => return Some(Needs::Nothing),
        "Mailbox/set" | "Email/set" | "Email/import" => Scopes::CHANGE,
        "EmailSubmission/set" | "Identity/set" | "Letter/send" | "Letter/cancel" => Scopes::SEND,
        "Blob/upload" => UPLOAD,
        "Directory/lookup" | "Directory/query" | "Authority/get" => Scopes::DIRECTORY,
        "Directory/publish" | "Vault/get" | "Vault/set" | "IndexSegment/append" | "IndexSegment/get" => {
            Scopes::KEYS
        }
        _ => match name.split_once('/')? {
            (
                "Mailbox" | "Thread" | "Email" | "Identity" | "EmailSubmission" | "Quota" | "Letter",
                "get" | "changes" | "query" | "queryChanges",
            )
            | ("Blob", "get" | "lookup")
            | ("PushSubscription", "get" | "set") => Scopes::READ,
            _ => return None,
        },
    };
    Some(Needs::AnyOf(scopes))
}

/// Arguments by which a sending also changes letters (RFC 8621 §7.5, `Letter/send`): they take what the change takes.
const CHANGES_LETTERS: [&str; 2] = ["onSuccessDestroyEmail", "onSuccessUpdateEmail"];

/// Whether a token that has `scopes` may call the method with these arguments.
pub(crate) fn may_call(scopes: Scopes, method: &str, arguments: &Value) -> bool {
    if scopes == Scopes::ALL {
        return true;
    }
    let changes =
        CHANGES_LETTERS.iter().any(|name| arguments.get(name).is_some_and(|value| !value.is_null()));
    let granted = match of_method(method) {
        Some(Needs::Nothing) => true,
        Some(Needs::AnyOf(wanted)) => scopes.contain_any(wanted),
        None => false,
    };
    granted && (!changes || method == "Core/echo" || scopes.contain(Scopes::CHANGE))
}

/// Refuses a token that has none of `wanted`.
pub(crate) fn must_have(scopes: Scopes, wanted: Scopes) -> Result<(), Denied> {
    scopes.contain_any(wanted).then_some(()).ok_or_else(|| Denied::new(ProblemCode::Forbidden))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_stored_by_its_names_and_unknown_ones_give_nothing() {
        for set in [Scopes::NONE, Scopes::READ, Scopes::READ.and(Scopes::KEYS), Scopes::ALL] {
            assert_eq!(Scopes::stored(&set.to_string()), set, "{set}");
        }
        assert_eq!(Scopes::stored("read everything"), Scopes::READ);
        assert_eq!(Scopes::ALL.to_string(), "all");
    }
}
