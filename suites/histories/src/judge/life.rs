//! What lives: it is not there yet, it is there, it is gone for good.

/// Where an object is in its life.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Life<T> {
    /// Not there yet.
    Unborn,
    /// There.
    Here(T),
    /// No more.
    Gone,
}

impl<T: Clone + PartialEq> Life<T> {
    /// What is there.
    pub(super) fn here(&self) -> Option<&T> {
        match self {
            Self::Here(what) => Some(what),
            Self::Unborn | Self::Gone => None,
        }
    }

    /// Begins it, once.
    pub(super) fn born(&self, what: &T) -> Option<Self> {
        (*self == Self::Unborn).then(|| Self::Here(what.clone()))
    }

    /// Stays as it is if it looks like that.
    pub(super) fn seen(&self, sight: Option<&T>) -> Option<Self> {
        (self.here() == sight).then(|| self.clone())
    }
}
