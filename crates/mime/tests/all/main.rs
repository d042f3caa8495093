//! The public behaviour of sceau-mime.

// `cfg(test)` tells clippy that helpers in here are test code too.
#[cfg(test)]
mod addresses;
#[cfg(test)]
mod bounds;
#[cfg(test)]
mod charset;
#[cfg(test)]
mod compose_read;
#[cfg(test)]
mod containers;
#[cfg(test)]
mod cpython;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod mail;
#[cfg(test)]
mod mail_parser;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod protection;
#[cfg(test)]
mod python;
#[cfg(test)]
mod random;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod replies;
#[cfg(test)]
mod reports;
#[cfg(test)]
mod rfc9788;
#[cfg(test)]
mod rich;
#[cfg(test)]
mod typed;
#[cfg(test)]
mod uuencode;
#[cfg(test)]
mod vectors;
