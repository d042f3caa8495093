//! What goes to standard output and standard error.

use std::io::Write;

use serde::Serialize;

use crate::failure::Failure;

/// A reason or warning: a code that is never renamed and a sentence.
#[derive(Serialize)]
pub(crate) struct Note {
    pub(crate) code: String,
    pub(crate) text: String,
}

pub(crate) fn bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(|error| Failure::file("standard output", &error))
}

pub(crate) fn text(text: &str) -> Result<(), Failure> {
    bytes(text.as_bytes())
}

/// One JSON object and a line end.
pub(crate) fn json(object: &impl Serialize) -> Result<(), Failure> {
    let mut rendered = serde_json::to_string_pretty(object)
        .map_err(|error| Failure::file("standard output", &std::io::Error::other(error)))?;
    rendered.push('\n');
    text(&rendered)
}

/// A sentence for whoever sits at the terminal.
pub(crate) fn notice(text: &str) {
    // Nothing can be done when even this cannot be written.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

pub(crate) fn failure(failure: &Failure, as_json: bool) {
    if as_json {
        #[derive(Serialize)]
        struct Report {
            error: Note,
        }
        let error = Note { code: failure.code().to_owned(), text: failure.text.clone() };
        if json(&Report { error }).is_ok() {
            return;
        }
    }
    notice(&format!("sceau: {}", failure.text));
}
