//! sceau-smime
