//! Whether the relay answers.

use sceau_protocol::{Event, UnixSeconds};

/// The line to the relay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Connection {
    /// Nothing is known yet.
    #[default]
    Unknown,
    /// What is shown was true then.
    UpToDate(UnixSeconds),
    /// The relay has not answered since then.
    Offline(UnixSeconds),
}

impl Connection {
    /// A list came in.
    pub fn synced(&mut self, now: UnixSeconds) {
        *self = Self::UpToDate(now);
    }

    /// What an event says about the line.
    pub fn happened(&mut self, event: &Event) {
        match event {
            Event::Online { since } => *self = Self::UpToDate(*since),
            Event::Offline { since } => *self = Self::Offline(*since),
            Event::MailChanged | Event::SessionEnded | Event::Indexed { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_follows_events() {
        let mut line = Connection::default();
        line.synced(10);
        line.happened(&Event::MailChanged);
        assert_eq!(line, Connection::UpToDate(10));
        line.happened(&Event::Offline { since: 20 });
        assert_eq!(line, Connection::Offline(20));
        line.happened(&Event::Online { since: 30 });
        assert_eq!(line, Connection::UpToDate(30));
    }
}
