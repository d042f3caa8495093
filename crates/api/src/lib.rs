//! sceau-api
