//! The public behaviour of sceau-archive.

// `cfg(test)` tells clippy that helpers in here are test code too.
#[cfg(test)]
mod bombs;
#[cfg(test)]
mod builder;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod python;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod writing;
