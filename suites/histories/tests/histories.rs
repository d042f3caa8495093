//! A share of the long run, and the model against histories that cannot be. One binary; the parts are modules.

#[cfg(test)]
mod suite;
