//! Every method the relay knows, with the capability it belongs to. docs/protocol.md lists the same, and a test
//! compares.

use sceau_api::{capability, push::ObjectType};

use super::{Call, Outcome, echo, standard};
use crate::{
    authority, blob, directory, email, identity, index_segment, letter, mailbox, push, quota, submission,
    thread, vault,
};

/// A method.
pub(crate) type Method = fn(&Call<'_>) -> Outcome;

/// Name, capability, method.
pub(crate) const METHODS: &[(&str, &str, Method)] = &[
    ("Core/echo", capability::CORE, echo),
    ("PushSubscription/get", capability::CORE, push::get::get),
    ("PushSubscription/set", capability::CORE, push::set::set),
    ("Mailbox/get", capability::MAIL, mailbox::get::get),
    ("Mailbox/changes", capability::MAIL, |call| standard::changes(call, &ObjectType::Mailbox)),
    ("Mailbox/query", capability::MAIL, mailbox::query::query),
    ("Mailbox/queryChanges", capability::MAIL, mailbox::query::query_changes),
    ("Mailbox/set", capability::MAIL, mailbox::set::set),
    ("Thread/get", capability::MAIL, thread::get::get),
    ("Thread/changes", capability::MAIL, |call| standard::changes(call, &ObjectType::Thread)),
    ("Email/get", capability::MAIL, email::get::get),
    ("Email/changes", capability::MAIL, |call| standard::changes(call, &ObjectType::Email)),
    ("Email/query", capability::MAIL, email::query::query),
    ("Email/queryChanges", capability::MAIL, email::query_changes::query_changes),
    ("Email/set", capability::MAIL, email::set::set),
    ("Email/import", capability::MAIL, email::import::import),
    ("Identity/get", capability::SUBMISSION, identity::get::get),
    ("Identity/changes", capability::SUBMISSION, |call| standard::changes(call, &ObjectType::Identity)),
    ("Identity/set", capability::SUBMISSION, identity::set::set),
    ("EmailSubmission/get", capability::SUBMISSION, submission::get::get),
    ("EmailSubmission/changes", capability::SUBMISSION, |call| {
        standard::changes(call, &ObjectType::EmailSubmission)
    }),
    ("EmailSubmission/query", capability::SUBMISSION, submission::query::query),
    ("EmailSubmission/queryChanges", capability::SUBMISSION, submission::query::query_changes),
    ("EmailSubmission/set", capability::SUBMISSION, submission::set::set),
    ("Blob/upload", capability::BLOB, blob::set::upload),
    ("Blob/get", capability::BLOB, blob::get::get),
    ("Blob/lookup", capability::BLOB, blob::lookup::lookup),
    ("Quota/get", capability::QUOTA, quota::get::get),
    ("Quota/changes", capability::QUOTA, |call| standard::changes(call, &ObjectType::Quota)),
    ("Quota/query", capability::QUOTA, quota::query::query),
    ("Quota/queryChanges", capability::QUOTA, quota::query::query_changes),
    ("Letter/send", capability::LETTER, letter::send::send),
    ("Letter/cancel", capability::LETTER, letter::cancel::cancel),
    ("Letter/get", capability::LETTER, letter::get::get),
    ("Letter/changes", capability::LETTER, |call| standard::changes(call, &ObjectType::Letter)),
    ("Vault/get", capability::VAULT, vault::get::get),
    ("Vault/set", capability::VAULT, vault::set::set),
    ("Directory/lookup", capability::DIRECTORY, directory::lookup::lookup),
    ("Directory/query", capability::DIRECTORY, directory::query::query),
    ("Directory/publish", capability::DIRECTORY, directory::publish::publish),
    ("Authority/get", capability::DIRECTORY, authority::get::get),
    ("IndexSegment/append", capability::INDEX, index_segment::append::append),
    ("IndexSegment/get", capability::INDEX, index_segment::get::get),
];

/// Methods that take no `accountId` (RFC 8620 §4, §7.2).
pub(crate) const WITHOUT_ACCOUNT: [&str; 3] = ["Core/echo", "PushSubscription/get", "PushSubscription/set"];

/// A method by name; one whose capability is not in `using` is not known (RFC 8620 §3.3).
pub(crate) fn find(name: &str, using: &[String]) -> Option<Method> {
    let (_, capability, method) = METHODS.iter().find(|(known, ..)| *known == name)?;
    using.iter().any(|used| used == capability).then_some(*method)
}

/// The method's name as a word of the program; one word for all that are none.
pub(super) fn known(name: &str) -> &'static str {
    METHODS.iter().find(|(known, ..)| *known == name).map_or("unknown", |(known, ..)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_protocol_page_lists_exactly_these_methods() {
        let page = include_str!("../../../../docs/protocol.md");
        let (_, rest) = page.split_once("```json\n").unwrap();
        let (block, _) = rest.split_once("\n```").unwrap();
        let claims: serde_json::Value = serde_json::from_str(block).unwrap();
        let listed: Vec<_> = claims["methods"].as_object().unwrap().iter().collect();
        assert_eq!(listed.len(), METHODS.len());
        for (name, capability, _) in METHODS {
            assert_eq!(claims["methods"][name], *capability, "{name}");
        }
    }
}
