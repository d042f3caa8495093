//! At the end, the counts of Mailboxes are those of the Emails, and no Email is in a Mailbox that is gone.

use std::collections::BTreeMap;

use sceau_crash::client::at;
use serde_json::Value;

use super::tags::Tags;
use super::view::{View, Views};
use super::{Finding, Kind};
use crate::record::AUDITOR;

/// Checks the last look at both.
pub(super) fn check(emails: &Views<'_>, mailboxes: &Views<'_>, findings: &mut Vec<Finding>) {
    let (Some(emails), Some(last)) = (last(emails), last(mailboxes)) else { return };
    let mut counts: BTreeMap<String, [u64; 2]> = BTreeMap::new();
    for tags in emails.objects.values().map(|email| Tags::read(email)) {
        let is_unread = !["$seen", "$draft"].iter().any(|keyword| tags.keywords.contains(*keyword));
        for mailbox in tags.mailboxes {
            let [all, unread] = counts.entry(mailbox).or_default();
            (*all, *unread) = (*all + 1, *unread + u64::from(is_unread));
        }
    }
    let mut wrong = |text| findings.push(Finding { kind: Kind::LostUpdate, text });
    for (id, mailbox) in &last.objects {
        let counted = counts.remove(*id).unwrap_or_default();
        let told =
            ["/totalEmails", "/unreadEmails"].map(|count| at(mailbox, count).as_u64().unwrap_or(u64::MAX));
        if told != counted {
            wrong(format!(
                "{}: {id} has {counted:?} Emails and unread ones, and says {told:?}",
                mailboxes.account
            ));
        }
    }
    for id in counts.keys() {
        wrong(format!("{}: Emails are in {id}, which is not there", mailboxes.account));
    }
}

/// What the auditor saw last.
fn last<'v, 'h>(views: &'v Views<'h>) -> Option<&'v View<'h>> {
    let audits = views.all.iter().filter(|view| view.is_full && view.record.client == AUDITOR);
    audits
        .max_by_key(|view| view.record.end)
        .filter(|view| view.objects.values().all(|object| Value::is_object(object)))
}
