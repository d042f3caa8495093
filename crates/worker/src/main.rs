//! sceau-worker

fn main() {}
