//! sceau-relay

fn main() {}
