//! The public behaviour of sceau-tnef.

// `cfg(test)` tells clippy that helpers in here are test code too.
#[cfg(test)]
mod encoder;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod samples;
