//! sceau-web

fn main() {}
