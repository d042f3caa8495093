//! Where the person is, as the address bar says it: a folder and at most one letter, by their ids.
//!
//! The fragment reaches the browser's history and session files, so it never holds a word of anybody's.

use sceau_protocol::{EmailId, MailboxId, MailboxRole};

/// A folder: by role, or by id for those without one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Folder {
    /// One of the folders everybody has.
    Role(MailboxRole),
    /// A folder of the person's own.
    Own(MailboxId),
}

/// A place to go back to after a reload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The folder listed.
    pub folder: Folder,
    /// The letter shown.
    pub letter: Option<EmailId>,
}

impl Default for Place {
    fn default() -> Self {
        Self { folder: Folder::Role(MailboxRole::Inbox), letter: None }
    }
}

impl Place {
    /// A folder without a letter.
    pub fn folder(folder: Folder) -> Self {
        Self { folder, letter: None }
    }

    /// The same folder with a letter.
    pub fn with_letter(&self, letter: Option<EmailId>) -> Self {
        Self { folder: self.folder.clone(), letter }
    }

    /// Reads a fragment (`#/inbox/e12`); what cannot be read is the inbox.
    pub fn from_fragment(fragment: &str) -> Self {
        let mut steps = fragment.trim_start_matches('#').trim_start_matches('/').split('/');
        let folder = steps.next().map(Folder::from_step).unwrap_or(Folder::Role(MailboxRole::Inbox));
        let letter = steps.next().filter(|id| is_id(id)).map(|id| EmailId(id.to_owned()));
        Self { folder, letter }
    }

    /// The fragment that leads here.
    pub fn fragment(&self) -> String {
        match &self.letter {
            Some(letter) => format!("#/{}/{}", self.folder.step(), letter.0),
            None => format!("#/{}", self.folder.step()),
        }
    }
}

impl Folder {
    fn from_step(step: &str) -> Self {
        for (role, name) in ROLES {
            if *name == step {
                return Self::Role(*role);
            }
        }
        match step.strip_prefix("m-").filter(|id| is_id(id)) {
            Some(id) => Self::Own(MailboxId(id.to_owned())),
            None => Self::Role(MailboxRole::Inbox),
        }
    }

    fn step(&self) -> String {
        match self {
            Self::Role(role) => role_name(*role).to_owned(),
            Self::Own(id) => format!("m-{}", id.0),
        }
    }
}

const ROLES: &[(MailboxRole, &str)] = &[
    (MailboxRole::Inbox, "inbox"),
    (MailboxRole::Drafts, "drafts"),
    (MailboxRole::Sent, "sent"),
    (MailboxRole::Archive, "archive"),
    (MailboxRole::Trash, "trash"),
];

fn role_name(role: MailboxRole) -> &'static str {
    ROLES.iter().find(|(known, _)| *known == role).map_or("inbox", |(_, name)| name)
}

/// The characters an id may have (RFC 8620 §1.2): nothing that could carry words or leave the fragment.
fn is_id(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_the_address_bar() {
        for (role, _) in ROLES {
            let place = Place { folder: Folder::Role(*role), letter: Some(EmailId("e-1_x".into())) };
            assert_eq!(Place::from_fragment(&place.fragment()), place);
        }
        let own = Place::folder(Folder::Own(MailboxId("box7".into())));
        assert_eq!(Place::from_fragment(&own.fragment()), own);
    }

    #[test]
    fn nonsense_leads_to_the_inbox() {
        for fragment in ["", "#", "#/", "#/nowhere", "#/m-", "#/m-a b", "#/inbox/é", "#/inbox/a b"] {
            assert_eq!(Place::from_fragment(fragment), Place::default(), "{fragment}");
        }
    }
}
