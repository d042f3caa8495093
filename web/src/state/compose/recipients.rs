//! The lines of recipients.

use sceau_protocol::{Person, Recipient, TypedRecipient, WrongAddress};

use super::{Check, Chip, Compose, Line};

/// What was typed into a line and is no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// Where it was typed.
    pub line: Line,
    /// As typed.
    pub typed: String,
    /// What is wrong with it.
    pub wrong: WrongAddress,
}

impl Line {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::To, Self::Cc, Self::Bcc];

    fn place(self) -> usize {
        match self {
            Self::To => 0,
            Self::Cc => 1,
            Self::Bcc => 2,
        }
    }
}

impl Compose {
    /// The recipients of a line.
    pub fn chips(&self, line: Line) -> &[Chip] {
        match line {
            Line::To => &self.to,
            Line::Cc => &self.cc,
            Line::Bcc => &self.bcc,
        }
    }

    /// Every recipient.
    pub fn everyone(&self) -> impl Iterator<Item = &Chip> {
        self.to.iter().chain(&self.cc).chain(&self.bcc)
    }

    /// Whether nobody is named in any line, and nothing typed into one.
    pub(super) fn is_to_nobody(&self) -> bool {
        self.everyone().next().is_none() && self.typed.iter().all(|typed| typed.trim().is_empty())
    }

    /// Puts these people in place of all recipients: those of To, Cc and Bcc.
    pub(super) fn address_to(&mut self, lines: [Vec<Person>; 3]) {
        [self.to, self.cc, self.bcc] = lines.map(|people| people.into_iter().map(Chip::new).collect());
    }

    /// Adds recipients; one already named anywhere is not named twice.
    pub fn add(&mut self, line: Line, people: Vec<Person>) {
        for person in people {
            if !self.names(&person.address) {
                self.line_mut(line).push(Chip::new(person));
                self.touch();
            }
        }
    }

    /// Whether somebody with this address is named in any line.
    pub fn names(&self, address: &str) -> bool {
        self.everyone().any(|chip| chip.person.address.eq_ignore_ascii_case(address))
    }

    /// Takes a recipient out.
    pub fn remove(&mut self, line: Line, address: &str) {
        self.line_mut(line).retain(|chip| chip.person.address != address);
        self.touch();
    }

    /// Addresses nothing is known of yet.
    pub fn unchecked(&self) -> Vec<String> {
        self.everyone()
            .filter(|chip| chip.check == Check::Pending)
            .map(|chip| chip.person.address.clone())
            .collect()
    }

    /// Takes what the directory says.
    pub fn checked(&mut self, known: &[Recipient]) {
        for chip in self.to.iter_mut().chain(&mut self.cc).chain(&mut self.bcc) {
            let same = |found: &&Recipient| found.address.eq_ignore_ascii_case(&chip.person.address);
            let Some(found) = known.iter().find(same) else { continue };
            chip.check = match (found.class, found.obstacle) {
                (_, Some(obstacle)) => Check::Obstacle(obstacle),
                (Some(class), None) => Check::Sealable(class),
                (None, None) => Check::Pending,
            };
            if let Some(name) = &found.name {
                chip.person.name.clone_from(name);
            }
        }
    }

    /// What is typed into a line and not yet read.
    pub fn typed(&self, line: Line) -> &str {
        self.typed.get(line.place()).map_or("", String::as_str)
    }

    /// Changes what is typed; what was wrong before is forgotten.
    pub fn set_typed(&mut self, line: Line, typed: String) {
        self.leftovers.retain(|left| left.line != line);
        if let Some(place) = self.typed.get_mut(line.place()).filter(|place| **place != typed) {
            *place = typed;
            self.touch();
        }
    }

    /// Takes what is typed out of a line, to have it read.
    pub fn take_typed(&mut self, line: Line) -> String {
        let typed = self.typed(line).trim().to_owned();
        self.set_typed(line, String::new());
        typed
    }

    /// What was read of a line: people are named, the rest goes back before what was typed meanwhile.
    pub fn read(&mut self, line: Line, entries: Vec<TypedRecipient>) {
        let (mut wrong, mut people) = (Vec::new(), Vec::new());
        for entry in entries {
            match entry.wrong {
                None => people.push(entry.person),
                Some(why) => wrong.push(Leftover { line, typed: entry.person.address, wrong: why }),
            }
        }
        self.add(line, people);
        if wrong.is_empty() {
            return;
        }
        let typed = wrong.iter().map(|left| left.typed.as_str()).chain([self.typed(line)]);
        let typed = typed.filter(|one| !one.is_empty()).collect::<Vec<_>>().join(", ");
        self.set_typed(line, typed);
        self.leftovers.extend(wrong);
    }

    /// The people of a line; what could not be read is kept with them, so that nothing typed is lost.
    pub(super) fn people(&self, line: Line) -> Vec<Person> {
        let mut people: Vec<Person> = self.chips(line).iter().map(|chip| chip.person.clone()).collect();
        let typed = self.typed(line).trim();
        if !typed.is_empty() {
            people.push(Person { name: String::new(), address: typed.to_owned() });
        }
        people
    }

    fn line_mut(&mut self, line: Line) -> &mut Vec<Chip> {
        match line {
            Line::To => &mut self.to,
            Line::Cc => &mut self.cc,
            Line::Bcc => &mut self.bcc,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sceau_protocol::DraftKind;

    fn person(address: &str) -> Person {
        Person { name: String::new(), address: address.into() }
    }

    #[test]
    fn what_is_wrong_stays_in_the_line_and_in_the_draft() {
        let mut compose = Compose::begin(DraftKind::New);
        compose.set_typed(Line::To, " rien, a@b.example ".into());
        assert_eq!(compose.take_typed(Line::To), "rien, a@b.example");
        compose.set_typed(Line::To, "c@d".into());
        let entries = vec![
            TypedRecipient { person: person("rien"), wrong: Some(WrongAddress::NoAt) },
            TypedRecipient { person: person("a@b.example"), wrong: None },
        ];
        compose.read(Line::To, entries);
        assert_eq!((compose.typed(Line::To), compose.leftovers.len()), ("rien, c@d", 1));
        assert_eq!(compose.content().to, [person("a@b.example"), person("rien, c@d")]);
        assert!(compose.obstacle().is_some_and(|failure| failure.about.as_deref() == Some("rien")));
        compose.set_typed(Line::To, "c@d.example".into());
        assert!(compose.leftovers.is_empty());
    }
}
