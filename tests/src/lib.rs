//! sceau-tests
