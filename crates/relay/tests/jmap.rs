//! The relay's behaviour, by calling its router. One binary; the suites are modules.

#[cfg(test)]
mod suite;
