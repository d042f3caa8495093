//! Where pass phrases come from: a file, the variable SCEAU_PASSWORD, a prompt.

#[cfg(not(target_family = "wasm"))]
use std::io::IsTerminal;

use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::files;

/// The variable that holds a pass phrase.
const VARIABLE: &str = "SCEAU_PASSWORD";

/// The pass phrase for reading `what`, asked for when it is not given.
pub(crate) fn to_read(what: &str, file: Option<&str>) -> Result<Zeroizing<String>, Failure> {
    match given(file)? {
        Some(password) => Ok(password),
        None => prompt(&format!("Pass phrase of {what}: ")),
    }
}

/// The pass phrase for writing a new container, asked for twice when it is not given.
pub(crate) fn to_write(what: &str, file: Option<&str>) -> Result<Zeroizing<String>, Failure> {
    if let Some(password) = given(file)? {
        return Ok(password);
    }
    let first = prompt(&format!("New pass phrase for {what}: "))?;
    let second = prompt("The same again: ")?;
    if first == second { Ok(first) } else { Err(Failure::usage("the two pass phrases differ")) }
}

/// The pass phrase from a file or the variable, without a prompt.
pub(crate) fn given(file: Option<&str>) -> Result<Option<Zeroizing<String>>, Failure> {
    if let Some(path) = file {
        let bytes = files::read(path)?;
        let text = core::str::from_utf8(&bytes)
            .map_err(|_| Failure::usage(format!("{path}: the pass phrase is not UTF-8")))?;
        let line = text.strip_suffix('\n').unwrap_or(text);
        return Ok(Some(Zeroizing::new(line.strip_suffix('\r').unwrap_or(line).to_owned())));
    }
    Ok(std::env::var(VARIABLE).ok().map(Zeroizing::new))
}

#[cfg(not(target_family = "wasm"))]
fn prompt(question: &str) -> Result<Zeroizing<String>, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(needed());
    }
    rpassword::prompt_password(question)
        .map(Zeroizing::new)
        .map_err(|error| Failure::file("terminal", &error))
}

/// WASI cannot stop a terminal from showing what is typed, so nobody is asked.
#[cfg(target_family = "wasm")]
fn prompt(_question: &str) -> Result<Zeroizing<String>, Failure> {
    Err(needed())
}

fn needed() -> Failure {
    Failure::usage(format!("a pass phrase is needed: give --password-file or the variable {VARIABLE}"))
}
