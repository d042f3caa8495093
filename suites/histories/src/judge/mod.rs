//! The model: whether a history could have happened to a relay that keeps its word.

mod counts;
mod email;
mod life;
mod mailbox;
mod order;
pub mod register;
mod sending;
mod source;
mod span;
mod tags;
mod told;
mod view;

use std::fmt;

use crate::record::{Answer, History};

/// What kind of thing is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Something acknowledged is not there, or something is there that nobody did.
    LostUpdate,
    /// A state that hides a change, goes back, or names two things.
    HiddenChange,
    /// One submission with two effects.
    Duplicate,
    /// A submission without the effect it was said to have.
    LostLetter,
    /// A change of which nobody was told who listened.
    Untold,
    /// The relay failed.
    Failure,
    /// The model could not decide.
    Undecided,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which kind.
    pub kind: Kind,
    /// What exactly, in a sentence.
    pub text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.text)
    }
}

/// Judges everything that happened.
#[must_use]
pub fn judge(history: &History) -> Vec<Finding> {
    let mut findings = Vec::new();
    failures(history, &mut findings);
    order::check(history, &mut findings);
    for account in &history.accounts {
        let of = |kind: &'static str| view::Views::read(history, &account.id, kind);
        let kinds = ["Email", "Mailbox", "Thread", "EmailSubmission", "Letter"].map(of);
        for views in &kinds {
            views.check(&mut findings);
            span::check(history, views, &mut findings);
        }
        let [emails, mailboxes, _, _, _] = &kinds;
        let sources = source::all(history, account);
        email::check(history, account, emails, &sources, &mut findings);
        mailbox::check(history, account, mailboxes, &mut findings);
        counts::check(emails, mailboxes, &mut findings);
        sending::check(history, account, &mut findings);
        told::check(history, account, &mut findings);
    }
    findings
}

/// Answers that no request of the clients should have.
fn failures(history: &History, findings: &mut Vec<Finding>) {
    let defects = ["serverFail", "serverPartialFail", "cannotCalculateChanges"];
    for record in &history.records {
        if let Answer::Refused(why) = &record.answer
            && (why.starts_with('5') || defects.iter().any(|defect| why.contains(defect)))
        {
            let text = format!("{} {} of {}: {why}", record.method, record.arguments, record.account);
            let hides = why.contains("cannotCalculateChanges");
            let kind = if hides { Kind::HiddenChange } else { Kind::Failure };
            findings.push(Finding { kind, text });
        }
    }
}
