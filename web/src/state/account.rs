//! Who is at the desk: nobody yet, somebody setting up, or the owner of an open mailbox.
//!
//! The three are different types on purpose: a page that shows letters takes an [`OpenMailbox`], and the only
//! way to one leads through an account whose set-up is finished.

use sceau_protocol::{Account, AccountStage, Enrolment, FailureCode, LastSignIn, UnixSeconds, WayIn};

/// What the page is about now.
#[derive(Clone, Debug, PartialEq)]
pub enum Session {
    /// Nobody is signed in.
    Locked(LockedMailbox),
    /// Signed in, but another tab of this browser has the mailbox open.
    Elsewhere(Box<Account>),
    /// Signed in, but letters cannot be written or read yet.
    SettingUp(SetUp),
    /// Letters can be written and read.
    Open(OpenMailbox),
}

/// A mailbox without keys: it knows at most whose it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LockedMailbox {
    /// The address used last in this page, so that the person types only the pass phrase again.
    pub address: String,
    /// Why it is locked, when the person did not ask for it.
    pub why: Option<Why>,
}

/// Why a mailbox is locked although the person at this tab did not ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Something failed or ended.
    Failed(FailureCode),
    /// Another tab took the mailbox over.
    TakenOver,
}

/// An account whose keys, certificates or authority are still missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetUp {
    address: String,
    recovery_code: Option<String>,
    stage: AccountStage,
}

/// A mailbox whose keys are in the worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenMailbox {
    address: String,
    name: Option<String>,
    /// The sign-in before this one.
    pub last_sign_in: Option<LastSignIn>,
    wrong_clock_seconds: Option<i64>,
    /// The recovery code opened it: a new pass phrase has to be chosen.
    pub forgot_pass_phrase: bool,
    /// When the signing certificate ends.
    pub certificate_ends: Option<UnixSeconds>,
}

impl Session {
    /// The session after a sign-in: open when the set-up is finished, else where it stopped.
    pub fn signed_in(account: Account) -> Self {
        match account.stage {
            AccountStage::Ready => Self::Open(OpenMailbox {
                address: account.address,
                name: account.name,
                last_sign_in: account.last_sign_in,
                wrong_clock_seconds: account.clock_is_wrong.then_some(account.clock_offset_seconds),
                forgot_pass_phrase: account.way == WayIn::RecoveryCode,
                certificate_ends: account.certificate_ends,
            }),
            stage => Self::SettingUp(SetUp { address: account.address, recovery_code: None, stage }),
        }
    }

    /// The session after an enrolment: the recovery code is shown first, whatever the stage.
    pub fn enrolled(enrolment: Enrolment) -> Self {
        Self::SettingUp(SetUp {
            address: enrolment.address,
            recovery_code: Some(enrolment.recovery_code),
            stage: enrolment.stage,
        })
    }

    /// The address at the desk, if any.
    pub fn address(&self) -> &str {
        match self {
            Self::Locked(locked) => &locked.address,
            Self::Elsewhere(account) => &account.address,
            Self::SettingUp(set_up) => &set_up.address,
            Self::Open(open) => &open.address,
        }
    }

    /// The same page without keys; the address stays so that only the pass phrase is asked again.
    pub fn lock(&self, why: Option<Why>) -> Self {
        Self::Locked(LockedMailbox { address: self.address().to_owned(), why })
    }
}

impl SetUp {
    /// The recovery code, until the person says that it is printed.
    pub fn recovery_code(&self) -> Option<&str> {
        self.recovery_code.as_deref()
    }

    /// What is missing next.
    pub fn stage(&self) -> &AccountStage {
        &self.stage
    }

    /// Whose account it is.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The person has the recovery code on paper: it leaves the page.
    pub fn code_is_kept(self) -> Session {
        Self { recovery_code: None, ..self }.settle()
    }

    /// A step was done; the mailbox opens when it was the last.
    pub fn advance(self, stage: AccountStage) -> Session {
        Self { stage, ..self }.settle()
    }

    fn settle(self) -> Session {
        if self.stage != AccountStage::Ready || self.recovery_code.is_some() {
            return Session::SettingUp(self);
        }
        Session::Open(OpenMailbox {
            address: self.address,
            name: None,
            last_sign_in: None,
            wrong_clock_seconds: None,
            forgot_pass_phrase: false,
            certificate_ends: None,
        })
    }
}

impl OpenMailbox {
    /// By how many minutes the machine's clock is wrong, if it is.
    pub fn wrong_clock_minutes(&self) -> Option<u64> {
        self.wrong_clock_seconds.map(|seconds| seconds.unsigned_abs() / 60)
    }

    /// Whose mailbox it is.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The confirmed name, else the address.
    pub fn shown_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(stage: AccountStage) -> Account {
        Account {
            address: "paul@cabinet.example".into(),
            name: Some("Paul Roux".into()),
            stage,
            last_sign_in: None,
            clock_offset_seconds: 86_400,
            clock_is_wrong: true,
            way: WayIn::PassPhrase,
            certificate_ends: None,
        }
    }

    #[test]
    fn only_a_finished_account_opens() {
        assert!(matches!(Session::signed_in(account(AccountStage::NeedsKeys)), Session::SettingUp(_)));
        let Session::Open(open) = Session::signed_in(account(AccountStage::Ready)) else {
            panic!("a ready account opens");
        };
        assert_eq!(open.shown_name(), "Paul Roux");
        assert_eq!(open.wrong_clock_minutes(), Some(1_440));
    }

    #[test]
    fn the_recovery_code_is_shown_before_anything_opens() {
        let enrolment = Enrolment {
            address: "paul@cabinet.example".into(),
            recovery_code: "ABCD-EFGH".into(),
            stage: AccountStage::Ready,
        };
        let Session::SettingUp(set_up) = Session::enrolled(enrolment) else {
            panic!("the code comes first");
        };
        assert_eq!(set_up.recovery_code(), Some("ABCD-EFGH"));
        assert!(matches!(set_up.code_is_kept(), Session::Open(_)));
    }

    #[test]
    fn who_came_by_the_recovery_code_has_a_pass_phrase_to_choose() {
        for (way, forgot) in [(WayIn::PassPhrase, false), (WayIn::RecoveryCode, true)] {
            let Session::Open(open) = Session::signed_in(Account { way, ..account(AccountStage::Ready) })
            else {
                panic!("a ready account opens");
            };
            assert_eq!(open.forgot_pass_phrase, forgot);
        }
    }

    #[test]
    fn set_up_goes_on_until_ready() {
        let Session::SettingUp(set_up) = Session::signed_in(account(AccountStage::NeedsKeys)) else {
            panic!("keys are missing");
        };
        let Session::SettingUp(set_up) = set_up.advance(AccountStage::NeedsKeys) else {
            panic!("still missing");
        };
        assert!(matches!(set_up.advance(AccountStage::Ready), Session::Open(_)));
    }

    #[test]
    fn locking_keeps_the_address_and_the_reason_only() {
        for session in [
            Session::signed_in(account(AccountStage::Ready)),
            Session::Elsewhere(Box::new(account(AccountStage::Ready))),
        ] {
            for why in [None, Some(Why::TakenOver), Some(Why::Failed(FailureCode::SessionEnded))] {
                let expected = LockedMailbox { address: "paul@cabinet.example".into(), why };
                assert_eq!(session.lock(why), Session::Locked(expected));
            }
        }
    }
}
