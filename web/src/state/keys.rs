//! Keyboard commands.

use sceau_protocol::MailboxRole;

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Write a letter.
    Write,
    /// The next letter of the list.
    Next,
    /// The letter before.
    Previous,
    /// Open the chosen letter.
    Open,
    /// Answer the sender.
    Reply,
    /// Answer everyone.
    ReplyAll,
    /// Hand the letter on.
    Forward,
    /// Put it into the archive.
    Archive,
    /// Put it into the bin.
    Delete,
    /// Mark it unread.
    Unread,
    /// Go to the search field.
    Search,
    /// Go to a folder.
    GoTo(MailboxRole),
    /// Show the keys.
    Help,
    /// Send the letter being written.
    Send,
    /// One step back.
    Back,
    /// Lock the mailbox.
    Lock,
}

/// A key press, as far as commands care.
#[derive(Clone, Copy, Debug)]
pub struct Press<'a> {
    /// `KeyboardEvent.key`.
    pub key: &'a str,
    /// Ctrl (or ⌘) is held.
    pub control: bool,
    /// Alt is held.
    pub alt: bool,
    /// The focus is in a field one types into.
    pub typing: bool,
    /// The focus is on a control that Enter activates.
    pub on_control: bool,
}

/// Reads key presses; remembers a `g` that waits for its second letter.
#[derive(Clone, Copy, Debug)]
pub struct Keyboard {
    /// Single letters are commands; a person may switch that off.
    pub letters: bool,
    after_g: bool,
}

impl Default for Keyboard {
    fn default() -> Self {
        Self { letters: true, after_g: false }
    }
}

impl Keyboard {
    /// The command a press stands for. Letters are never commands while typing.
    pub fn press(&mut self, press: Press<'_>) -> Option<Command> {
        let after_g = std::mem::take(&mut self.after_g);
        match press.key {
            "Enter" if press.control => return Some(Command::Send),
            "Escape" => return Some(Command::Back),
            _ => {}
        }
        if !self.letters || press.typing || press.control || press.alt {
            return None;
        }
        if after_g {
            return second_letter(press.key);
        }
        if press.key == "g" {
            self.after_g = true;
            return None;
        }
        if press.key == "Enter" && press.on_control { None } else { single_letter(press.key) }
    }
}

fn second_letter(key: &str) -> Option<Command> {
    match key {
        "i" => Some(Command::GoTo(MailboxRole::Inbox)),
        "s" => Some(Command::GoTo(MailboxRole::Sent)),
        "d" => Some(Command::GoTo(MailboxRole::Drafts)),
        _ => None,
    }
}

fn single_letter(key: &str) -> Option<Command> {
    Some(match key {
        "c" => Command::Write,
        "j" => Command::Next,
        "k" => Command::Previous,
        "Enter" => Command::Open,
        "r" => Command::Reply,
        "a" => Command::ReplyAll,
        "f" => Command::Forward,
        "e" => Command::Archive,
        "#" => Command::Delete,
        "u" => Command::Unread,
        "/" => Command::Search,
        "?" => Command::Help,
        "l" => Command::Lock,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(key: &str) -> Press<'_> {
        Press { key, control: false, alt: false, typing: false, on_control: false }
    }

    #[test]
    fn letters_are_commands_only_outside_fields() {
        let mut keyboard = Keyboard::default();
        assert_eq!(keyboard.press(press("c")), Some(Command::Write));
        assert_eq!(keyboard.press(Press { typing: true, ..press("c") }), None);
        assert_eq!(keyboard.press(Press { control: true, ..press("c") }), None);
    }

    #[test]
    fn escape_and_sending_work_while_typing_and_with_letters_off() {
        let mut keyboard = Keyboard { letters: false, ..Keyboard::default() };
        assert_eq!(keyboard.press(Press { typing: true, ..press("Escape") }), Some(Command::Back));
        let send = Press { typing: true, control: true, ..press("Enter") };
        assert_eq!(keyboard.press(send), Some(Command::Send));
        assert_eq!(keyboard.press(press("c")), None);
    }

    #[test]
    fn g_waits_for_one_letter_only() {
        let mut keyboard = Keyboard::default();
        assert_eq!(keyboard.press(press("g")), None);
        assert_eq!(keyboard.press(press("s")), Some(Command::GoTo(MailboxRole::Sent)));
        keyboard.press(press("g"));
        assert_eq!(keyboard.press(press("x")), None);
        assert_eq!(keyboard.press(press("c")), Some(Command::Write));
    }

    #[test]
    fn enter_on_a_button_is_the_buttons() {
        let mut keyboard = Keyboard::default();
        assert_eq!(keyboard.press(Press { on_control: true, ..press("Enter") }), None);
        assert_eq!(keyboard.press(press("Enter")), Some(Command::Open));
    }
}
