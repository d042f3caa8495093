//! A share of the long runs. One binary; the suites are modules.

#[cfg(test)]
mod suite;
