//! sceau-relay
