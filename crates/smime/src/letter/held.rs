//! What is inside a layer, held apart or as a part of the layer around it.

use std::borrow::Cow;
#[cfg(feature = "fast")]
use std::{ops::Deref, ops::Range, sync::Arc};

#[cfg(feature = "fast")]
use sceau_mime as mime;
#[cfg(any(feature = "more", not(feature = "fast")))]
use zeroize::Zeroizing;

/// Octets that are wiped when nobody holds them any more. Where there is room for it, a layer inside another is held as a part
/// of it.
#[cfg(feature = "fast")]
#[derive(Clone)]
pub(super) struct Held {
    octets: Arc<mime::Wiped<'static, [u8]>>,
    place: Range<usize>,
}

#[cfg(not(feature = "fast"))]
pub(super) type Held = Zeroizing<Vec<u8>>;

#[cfg(feature = "fast")]
impl From<Vec<u8>> for Held {
    fn from(octets: Vec<u8>) -> Self {
        Self { place: 0..octets.len(), octets: Arc::new(octets.into()) }
    }
}

#[cfg(feature = "fast")]
impl Default for Held {
    fn default() -> Self {
        Vec::new().into()
    }
}

#[cfg(feature = "fast")]
impl Deref for Held {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.octets.get(self.place.clone()).unwrap_or_default()
    }
}

#[cfg(feature = "fast")]
impl core::fmt::Debug for Held {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Held({} octets, redacted)", self.len())
    }
}

/// What was inside a layer.
pub(super) enum Inner {
    Own(Vec<u8>),
    /// That part of the layer.
    #[cfg(feature = "fast")]
    Part(Range<usize>),
}

impl From<Vec<u8>> for Inner {
    fn from(octets: Vec<u8>) -> Self {
        Self::Own(octets)
    }
}

impl Inner {
    /// `content` may be octets of `layer` itself.
    pub(super) fn of(content: Cow<'_, [u8]>, layer: &[u8]) -> Self {
        #[cfg(feature = "fast")]
        if let Cow::Borrowed(content) = content
            && let Some(start) = content.as_ptr().addr().checked_sub(layer.as_ptr().addr())
            && let Some(end) = start.checked_add(content.len())
            && end <= layer.len()
        {
            return Self::Part(start..end);
        }
        #[cfg(not(feature = "fast"))]
        let _ = layer;
        Self::Own(content.into_owned())
    }

    /// The same beside the layer it was found in.
    #[cfg(feature = "more")]
    pub(super) fn into_octets(self, layer: &[u8]) -> Zeroizing<Vec<u8>> {
        #[cfg(not(feature = "fast"))]
        let _ = layer;
        match self {
            Self::Own(octets) => Zeroizing::new(octets),
            #[cfg(feature = "fast")]
            Self::Part(place) => Zeroizing::new(layer.get(place).unwrap_or_default().to_vec()),
        }
    }

    /// The same, found in `layer`, or in the letter when there was no layer yet.
    pub(super) fn held(self, letter: &[u8], layer: Option<&Held>) -> Held {
        #[cfg(not(feature = "fast"))]
        let _ = (letter, layer);
        match self {
            Self::Own(octets) => octets.into(),
            #[cfg(feature = "fast")]
            Self::Part(place) => match layer {
                None => letter.get(place).unwrap_or_default().to_vec().into(),
                Some(layer) => {
                    let start = layer.place.start;
                    let place = start.saturating_add(place.start)..start.saturating_add(place.end);
                    Held { octets: layer.octets.clone(), place }
                }
            },
        }
    }
}
