//! Programs that run once and are told what to do line by line: PKI.js under Node, Bouncy Castle under Java.
//!
//! A line to them is `write`, a layer in words and the content, or `read`, a layer in words, the object and, for a detached
//! signature, the content; tabs between, octets in base64. They answer `ok` and octets, or `no` and a sentence.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::carry;
use crate::layer::Layer;
use crate::party::{Carriage, Oracle, Written};
use crate::trouble::{Trouble, told};

/// A program that is running.
#[derive(Debug)]
pub struct Lines {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Lines {
    /// Starts the program.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(mut command: Command) -> Result<Self, Trouble> {
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = started.map_err(told("the other program does not start"))?;
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Trouble::new("the other program has no pipes"));
        };
        Ok(Self { child, to, from: BufReader::new(from) })
    }

    fn ask(&mut self, fields: &[&str]) -> Result<Vec<u8>, Trouble> {
        let line = format!("{}\n", fields.join("\t"));
        let sent = self.to.write_all(line.as_bytes()).and_then(|()| self.to.flush());
        sent.map_err(told("the other program does not listen"))?;
        let mut answer = String::new();
        self.from.read_line(&mut answer).map_err(told("the other program does not answer"))?;
        match answer.trim_end_matches('\n').split_once('\t') {
            Some(("ok", octets)) => STANDARD.decode(octets).map_err(told("the answer is no base64")),
            Some(("no", reason)) => Err(Trouble::new(reason)),
            _ => Err(Trouble::new(format!("the other program ended or answered '{}'", answer.trim_end()))),
        }
    }
}

impl Oracle for Lines {
    fn version(&mut self) -> Result<String, Trouble> {
        Ok(String::from_utf8_lossy(&self.ask(&["version"])?).into_owned())
    }

    fn write(&mut self, layer: &Layer, content: &[u8], carriage: Carriage) -> Result<Written, Trouble> {
        let words = format!("{} stream={}", layer.words(), carriage.stream);
        self.ask(&["write", &words, &STANDARD.encode(content)]).map(Written::Object)
    }

    fn read(&mut self, layer: &Layer, message: &[u8]) -> Result<Vec<u8>, Trouble> {
        let found = carry::find(message)?;
        let detached = found.detached.as_deref().map(|content| STANDARD.encode(content)).unwrap_or_default();
        self.ask(&["read", &layer.words(), &STANDARD.encode(found.cms), &detached])
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
