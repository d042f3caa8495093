//! sceau-mime
