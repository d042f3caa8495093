//! The page: the files of a build, as they are.

pub(crate) mod serve;
