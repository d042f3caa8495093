//! The event source (RFC 8620 §7.3; the HTML standard's `text/event-stream`).

/// Longest line kept; longer ones are cut, because nothing the relay says is that long.
const MAX_LINE: usize = 64 * 1024;

/// An event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceEvent {
    /// Its name; `message` when the source gives none.
    pub name: String,
    /// Its data, lines joined by line feeds.
    pub data: String,
}

/// Takes an event stream apart, whatever its chunks.
#[derive(Debug, Default)]
pub struct EventParser {
    line: Vec<u8>,
    after_return: bool,
    name: String,
    data: Vec<String>,
}

impl EventParser {
    /// Takes a chunk in; gives the events that are complete now.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<SourceEvent> {
        let mut events = Vec::new();
        for &octet in chunk {
            let after_return = std::mem::replace(&mut self.after_return, octet == b'\r');
            match octet {
                b'\n' if after_return => {}
                b'\n' | b'\r' => events.extend(self.end_line()),
                _ if self.line.len() < MAX_LINE => self.line.push(octet),
                _ => {}
            }
        }
        events
    }

    fn end_line(&mut self) -> Option<SourceEvent> {
        let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
        if line.is_empty() {
            return self.end_event();
        }
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => self.data.push(value.to_owned()),
            _ => {}
        }
        None
    }

    fn end_event(&mut self) -> Option<SourceEvent> {
        let name = std::mem::take(&mut self.name);
        let data = std::mem::take(&mut self.data);
        let name = if name.is_empty() { "message".to_owned() } else { name };
        (!data.is_empty()).then(|| SourceEvent { name, data: data.join("\n") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, data: &str) -> SourceEvent {
        SourceEvent { name: name.to_owned(), data: data.to_owned() }
    }

    #[test]
    fn events_come_whole_however_they_are_cut() {
        let stream =
            b": hello\r\nevent: state\r\ndata: {\"a\":1}\r\ndata: 2\r\n\r\ndata:x\n\nevent: ping\n\n";
        let expected = [event("state", "{\"a\":1}\n2"), event("message", "x")];
        for size in 1..stream.len() {
            let mut parser = EventParser::default();
            let found: Vec<_> = stream.chunks(size).flat_map(|chunk| parser.push(chunk)).collect();
            assert_eq!(found, expected, "in chunks of {size}");
        }
    }

    #[test]
    fn an_endless_line_does_not_fill_memory() {
        let mut parser = EventParser::default();
        parser.push(&vec![b'x'; 3 * MAX_LINE]);
        assert_eq!(parser.line.len(), MAX_LINE);
    }
}
