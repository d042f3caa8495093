//! What a client may change of an Email, and how (RFC 8621 §4.6).

use std::collections::BTreeSet;

use sceau_crash::client::at;
use serde_json::{Map, Value};

/// Keywords and Mailboxes of an Email.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Tags {
    pub(super) keywords: BTreeSet<String>,
    pub(super) mailboxes: BTreeSet<String>,
}

impl Tags {
    /// Those of an Email or of one being imported.
    pub(super) fn read(email: &Value) -> Self {
        Self { keywords: members(at(email, "/keywords")), mailboxes: members(at(email, "/mailboxIds")) }
    }

    /// In one Mailbox.
    pub(super) fn within(mailbox: &str, keywords: &[&str]) -> Self {
        let keywords = keywords.iter().map(|&keyword| keyword.to_owned()).collect();
        Self { keywords, mailboxes: BTreeSet::from([mailbox.to_owned()]) }
    }

    /// After a patch (RFC 8620 §5.3); `None` when that would leave it in no Mailbox.
    pub(super) fn patched(&self, patch: &Map<String, Value>) -> Option<Self> {
        let mut after = self.clone();
        for (path, value) in patch {
            let (property, member) =
                path.split_once('/').map_or((path.as_str(), None), |(p, m)| (p, Some(m)));
            let set = if property == "keywords" { &mut after.keywords } else { &mut after.mailboxes };
            match member {
                None => *set = members(value),
                Some(member) if value.is_null() => drop(set.remove(member)),
                Some(member) => drop(set.insert(member.to_owned())),
            }
        }
        (!after.mailboxes.is_empty()).then_some(after)
    }

    /// Without a Mailbox.
    pub(super) fn without(&self, mailbox: &str) -> Option<Self> {
        let mut after = self.clone();
        after.mailboxes.remove(mailbox);
        (!after.mailboxes.is_empty()).then_some(after)
    }
}

fn members(set: &Value) -> BTreeSet<String> {
    set.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
}
