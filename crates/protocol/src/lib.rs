//! sceau-protocol
