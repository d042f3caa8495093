//! sceau-cli

fn main() {}
